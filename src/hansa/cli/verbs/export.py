"""hansa export lineage, dbt and sqlmesh."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, print_text, progress
from hansa.ops.export import export_dbt, export_lineage, export_sqlmesh
from hansa.ops.replacement import replace_file
from hansa.ops.workspace import Workspace

DialectOption = Annotated[
    str | None, typer.Option("--dialect", help="Types in another dialect than the product's.")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to this file.")
]

app = typer.Typer(no_args_is_help=True, help="Print lineage, dbt models or SQLMesh models.")


@app.callback()
def export_group() -> None:
    """Print lineage, dbt models or SQLMesh models for other tools."""


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


@app.command("dbt")
def dbt_verb(
    ctx: typer.Context,
    dialect: DialectOption = None,
    groups: Annotated[bool, typer.Option(help="Also define the groups that models are in.")] = True,
    output: OutputOption = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Print a properties file of dbt: models with contract, constraints, tests and versions."""
    text = export_dbt(Workspace(directory_of(ctx, directory)), dialect, groups)
    _answer(text, output, format)


@app.command("sqlmesh")
def sqlmesh_verb(
    ctx: typer.Context,
    schema: Annotated[
        str | None,
        typer.Option("--schema", help="Where they are read; default: the version's interface."),
    ] = None,
    dialect: DialectOption = None,
    output: OutputOption = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Print external_models.yaml of SQLMesh for those who read the public tables."""
    text = export_sqlmesh(Workspace(directory_of(ctx, directory)), schema, dialect)
    _answer(text, output, format)


def _answer(text: str, output: Path | None, format: Format) -> None:
    if output is not None:
        replace_file(output, text.encode())
    file = str(output) if output is not None else None
    answer(
        format,
        lambda: {"file": file, "text": text},
        lambda: print_lines(f"wrote {file}") if file else print_text(text),
    )
