"""hansa rollback."""

from __future__ import annotations

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, TargetOption, directory_of
from hansa.cli.render import answer, print_lines, progress
from hansa.ops.operate import rollback
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("rollback")
def rollback_verb(
    ctx: typer.Context,
    target: TargetOption = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Give readers the data back that the last run replaced."""
    with progress(format is Format.JSON) as report:
        result = rollback(Workspace(directory_of(ctx, directory), report=report), target)
    answer(
        format,
        lambda: {
            "product": result.product,
            "target": result.target,
            "tables": list(result.tables),
        },
        lambda: print_lines(
            f"{result.product} in {result.target} shows the data before its last run",
            *(f"  restored {name}" for name in result.tables),
        ),
    )
