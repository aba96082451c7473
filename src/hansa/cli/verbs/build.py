"""hansa build."""

from __future__ import annotations

from typing import Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, print_table, progress
from hansa.ops.build import BuildResult, build
from hansa.ops.standins import Built
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("build")
def build_verb(
    ctx: typer.Context,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Compute the product in an embedded database, on fixtures."""
    with progress(format is Format.JSON) as report:
        result = build(Workspace(directory_of(ctx, directory), report=report))
    answer(format, lambda: _json(result), lambda: _print(result))


def _json(result: BuildResult) -> dict[str, Any]:
    return {
        "database": str(result.database),
        "product": _built_json(result.built),
        "stand_ins": [_built_json(built) for built in result.stand_ins],
    }


def _built_json(built: Built) -> dict[str, Any]:
    return {
        "product": built.product,
        "schema": built.schema,
        "tables": [
            {
                "name": table.name,
                "kind": table.kind.value,
                "relation": ".".join(table.relation),
                "rows": table.rows,
                "origin": table.origin,
            }
            for table in built.report.tables
        ],
    }


def _print(result: BuildResult) -> None:
    for built in result.stand_ins:
        rows = sum(table.rows for table in built.report.public)
        print_lines(f"stood in for {built.product} in {built.schema} ({rows:,} rows)", style="dim")
    print_lines(f"built {result.built.product} in {result.built.schema} of {result.database}")
    print_table(
        ("table", "kind", "rows", "from"),
        [
            (table.name, table.kind.value, f"{table.rows:,}", table.origin or "")
            for table in result.built.report.tables
        ],
        right="rows",
    )
