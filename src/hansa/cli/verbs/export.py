"""hansa export lineage."""

from __future__ import annotations

import json

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, progress
from hansa.ops.export import export_lineage
from hansa.ops.workspace import Workspace

app = typer.Typer(no_args_is_help=True, help="Print lineage for other tools.")


@app.callback()
def export_group() -> None:
    """Print lineage for other tools."""


@app.command("lineage")
def lineage_verb(
    ctx: typer.Context,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Print column lineage as OpenLineage job events, one a line."""
    with progress(format is Format.JSON) as report:
        events = export_lineage(Workspace(directory_of(ctx, directory), report=report))
    answer(
        format,
        lambda: {"events": list(events)},
        lambda: print_lines(*(json.dumps(event, ensure_ascii=False) for event in events)),
    )
