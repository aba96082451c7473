"""hansa status."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, TargetOption, directory_of
from hansa.cli.render import answer, format_bytes, print_lines, print_table
from hansa.deploy.status import ReleaseStatus, TargetStatus
from hansa.ops.operate import status
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("status")
def status_verb(
    ctx: typer.Context,
    target: TargetOption = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only this directory's product.")] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show live releases, who pins them, rows and bytes."""
    result = status(Workspace(directory_of(ctx, directory)), target, everything=not mine)
    answer(format, lambda: _json(result), lambda: _print(result))


def _json(result: TargetStatus) -> dict[str, Any]:
    return {
        "target": result.target,
        "releases": [
            {
                "product": one.name.product,
                "version": str(one.name.version),
                "live": True,
                "pinned_by": [str(name) for name in one.pinned_by],
                "pins": [str(name) for name in one.pins],
                "schema": one.schema,
                "line_schema": one.line_schema,
                "team": one.team,
                "kept": one.kept,
                "deployed_at": one.deployed_at.isoformat(),
                "data_from": one.data_from.isoformat() if one.data_from else None,
            }
            for one in result.releases
        ],
        "tables": [
            {
                "name": one.name,
                "model": one.label,
                "rows": one.rows,
                "bytes": one.bytes,
                "serves": [str(name) for name in one.serves],
                "built_at": one.built_at.isoformat(),
            }
            for one in result.tables
            if one.rows is not None
        ],
    }


def _print(result: TargetStatus) -> None:
    if not result.releases:
        print_lines(f"nothing is live in {result.target}; hansa deploy puts a release there")
        return
    print_table(
        ("live release", "read it in", "pinned by", "why it is live"),
        [
            (
                str(one.name),
                one.schema,
                ", ".join(str(name) for name in one.pinned_by) or "-",
                _reason(one),
            )
            for one in result.releases
        ],
    )
    tables = [one for one in result.tables if one.rows is not None]
    print_lines("")
    print_table(
        ("stored table", "rows", "size", "serves"),
        [
            (
                one.name,
                f"{one.rows:,}",
                format_bytes(one.bytes or 0),
                ", ".join(str(name) for name in one.serves),
            )
            for one in tables
        ],
        right="rows, size",
    )
    total = sum(one.bytes or 0 for one in tables)
    plural = "table" if len(tables) == 1 else "tables"
    print_lines("", f"{len(tables)} stored {plural}, {format_bytes(total)}")


def _reason(one: ReleaseStatus) -> str:
    reasons = []
    if one.line_schema:
        reasons.append(f"newest of {one.line_schema}")
    if one.pinned_by:
        reasons.append("pinned")
    if one.kept:
        reasons.append("kept by hand")
    return ", ".join(reasons) or "-"
