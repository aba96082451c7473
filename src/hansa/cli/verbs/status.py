"""hansa status."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer

from hansa.cli.freshness import freshness_json
from hansa.cli.options import DirectoryOption, Format, FormatOption, TargetOption, directory_of
from hansa.cli.render import answer, format_bytes, print_lines, print_table
from hansa.core.duration import in_words
from hansa.deploy.costs import ProductCost
from hansa.deploy.status import ReleaseStatus, TargetStatus
from hansa.ops.operate import status
from hansa.ops.workspace import Workspace

app = typer.Typer()

# how many blocks a bar has at most
_BAR = 50


@app.command("status")
def status_verb(
    ctx: typer.Context,
    target: TargetOption = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only this directory's product.")] = False,
    fail_stale: Annotated[
        bool,
        typer.Option("--fail-stale", help="Exit 1 when promised freshness is not known to be met."),
    ] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show live releases, who pins them, rows, bytes and freshness."""
    result = status(Workspace(directory_of(ctx, directory)), target, everything=not mine)
    answer(format, lambda: _json(result), lambda: _print(result))
    if fail_stale and any(one.broken for one in result.freshness):
        raise typer.Exit(1)


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
                "frees": {
                    "releases": [str(name) for name in one.frees.releases],
                    "tables": list(one.frees.tables),
                    "bytes": one.frees.bytes,
                },
                "deployed_at": one.deployed_at.isoformat(),
                "data_from": one.data_from.isoformat() if one.data_from else None,
            }
            for one in result.releases
        ],
        "products": [
            {
                "product": cost.product,
                "releases": cost.releases,
                "bytes": cost.bytes,
                "bytes_of_one": cost.bytes_of_one,
                "ratio": None if cost.ratio is None else round(cost.ratio, 3),
            }
            for cost in result.costs
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
        "freshness": [freshness_json(one) for one in result.freshness],
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
    print_lines("", *(f"removing {one.name} frees {_frees(one)}" for one in result.releases))
    _print_freshness(result)
    print_lines("")
    for cost in result.costs:
        print_lines(_bar(cost, max(len(one.product) for one in result.costs)))
    total = sum(one.bytes or 0 for one in tables)
    plural = "table" if len(tables) == 1 else "tables"
    print_lines("", f"{len(tables)} stored {plural}, {format_bytes(total)}")


def _print_freshness(result: TargetStatus) -> None:
    if not result.freshness:
        return
    print_lines("")
    print_table(
        ("promise of fresh data", "counts from", "age", "at most", "state"),
        [
            (
                f"{one.release} {one.table}" + (f".{one.column}" if one.column else ""),
                f"{one.data_at:%Y-%m-%d %H:%M:%S}" if one.data_at else "-",
                in_words(max(one.age, timedelta())) if one.age is not None else "-",
                in_words(one.limit) if one.limit else "-",
                one.state.value,
            )
            for one in result.freshness
        ],
    )
    broken = [one for one in result.freshness if one.broken]
    print_lines(*(f"{one}" for one in broken), style="yellow")


def _bar(cost: ProductCost, width: int) -> str:
    """The cost of all live releases of a product, each block a tenth of one release."""
    count = f"{cost.releases} release" + ("" if cost.releases == 1 else "s")
    if cost.ratio is None:
        return f"{cost.product:{width}}  {count} that store nothing"
    blocks = round(cost.ratio * 10)
    shown = "█" * min(blocks, 10) + "▓" * max(0, min(blocks, _BAR) - 10)
    more = "…" if blocks > _BAR else ""
    return f"{cost.product:{width}}  {shown}{more} {cost.ratio:.2f} of one, {count}"


def _frees(one: ReleaseStatus) -> str:
    words = format_bytes(one.frees.bytes) if one.frees.tables else "nothing"
    if one.frees.releases:
        words += f", with {', '.join(str(name) for name in one.frees.releases)}"
    return words


def _reason(one: ReleaseStatus) -> str:
    reasons = []
    if one.line_schema:
        reasons.append(f"newest of {one.line_schema}")
    if one.pinned_by:
        reasons.append("pinned")
    if one.kept:
        reasons.append("kept by hand")
    return ", ".join(reasons) or "-"
