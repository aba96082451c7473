"""hansa impact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, progress
from hansa.core.version import line_name
from hansa.ops.dependents import Dependent
from hansa.ops.impact import Impact, impact
from hansa.ops.lineage import Effect
from hansa.ops.propagation import Propagation, ReachedPart, ReachedRelease, ReachedTable
from hansa.ops.workspace import Workspace

app = typer.Typer()

_MOST_SPOTS = 4

_EFFECTS = {
    Effect.PASSES: "passes it through",
    Effect.COMPUTES: "computes with it",
    Effect.ROWS: "decides rows by it",
}


@app.command("impact")
def impact_verb(
    ctx: typer.Context,
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="[TABLE[.COLUMN]]", help="As SQL names it; default: all public tables."
        ),
    ] = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show which products, tables and columns a change would reach."""
    with progress(format is Format.JSON) as report:
        result = impact(Workspace(directory_of(ctx, directory), report=report), subject)
    answer(format, lambda: _json(result), lambda: _print(result))


def _json(result: Impact) -> dict[str, Any]:
    return {
        "product": result.product,
        "subject": str(result.subject) if result.subject else None,
        "line": line_name(result.line),
        "own": [_table_json(table) for table in result.own],
        **propagation_json(result.dependents),
    }


def propagation_json(found: Propagation) -> dict[str, Any]:
    """The stable JSON of what a change reaches in dependents."""
    return {
        "reached": [
            {
                "release": str(one.dependent.release.name),
                "owner": one.dependent.release.team,
                "contact": one.dependent.release.contact,
                "distance": one.distance,
                "pins": [str(name) for name in one.pins],
                "effects": _ordered(one.effects),
                "tables": [_table_json(table) for table in one.tables],
            }
            for one in found.releases
        ],
        "untouched": [str(one.release.name) for one in found.untouched],
        "elsewhere": [_elsewhere_json(one) for one in found.elsewhere],
        "unreadable": [
            {"release": str(one.dependent.release.name), "reason": one.reason}
            for one in found.unreadable
        ],
    }


def _table_json(table: ReachedTable) -> dict[str, Any]:
    return {
        "table": table.table,
        "public": table.public,
        "reached": [
            {
                "column": part.column,
                "effect": part.effect.value,
                "through": [str(spot) for spot in part.through],
            }
            for part in table.parts
        ],
    }


def _elsewhere_json(dependent: Dependent) -> dict[str, Any]:
    pinned = str(dependent.pinned) if dependent.pinned else None
    return {"release": str(dependent.release.name), "pinned": pinned}


def _ordered(effects: Iterable[Effect]) -> list[str]:
    present = set(effects)
    return [effect.value for effect in Effect if effect in present]


def _print(result: Impact) -> None:
    subject = str(result.subject) if result.subject else "every public table"
    print_lines(
        f"{subject} of {result.product} {line_name(result.line)}.x: {_count(result)}", style="bold"
    )
    if result.own:
        print_lines("", f"{result.product}, this product")
        print_lines(*table_lines(result.own))
    for one in result.dependents.releases:
        print_lines("", *release_lines(one))
    others = list(_others(result))
    if others:
        print_lines("", *others, style="dim")


def _count(result: Impact) -> str:
    found = result.dependents.releases
    if not found:
        return "no dependent is reached"
    products = len({one.dependent.release.name.product for one in found})
    tables = [table for one in found for table in _shown(one.tables)]
    columns = sum(part.column is not None for table in tables for part in table.parts)
    counted = ((products, "product"), (len(tables), "table"), (columns, "column"))
    return "reaches " + ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counted)


def release_lines(one: ReachedRelease) -> Iterator[str]:
    """A reached release, its owner and how it is concerned; then its tables, indented."""
    release = one.dependent.release
    owner = f", owned by {release.team}" if release.team else ""
    contact = f" ({release.contact})" if release.contact else ""
    only = "only " if one.effects == {Effect.PASSES} else ""
    how = ", ".join(f"{only}{_EFFECTS[effect]}" for effect in Effect if effect in one.effects)
    pins = ", ".join(str(name) for name in one.pins)
    yield f"{release.name}{owner}{contact}: {how}"
    yield f"  pins {pins}"
    yield from table_lines(one.tables)


def table_lines(tables: Sequence[ReachedTable]) -> Iterator[str]:
    """Each reached column or set of rows, how, and through what, indented."""
    shown = [(table, part) for table in _shown(tables) for part in table.parts]
    names = [_name(table, part) for table, part in shown]
    width = max(map(len, names), default=0)
    for name, (table, part) in zip(names, shown, strict=True):
        spots = ", ".join(str(spot) for spot in part.through[:_MOST_SPOTS])
        more = len(part.through) - _MOST_SPOTS
        rest = f" and {more} more" if more > 0 else ""
        private = "" if table.public else " (private)"
        yield f"  {name:<{width}}  {part.effect:<8}  {spots}{rest}{private}"


def _name(table: ReachedTable, part: ReachedPart) -> str:
    return f"{table.table}.{part.column}" if part.column else f"{table.table}, its rows"


def _shown(tables: Sequence[ReachedTable]) -> Sequence[ReachedTable]:
    """Public tables; private models where the change ends in them."""
    public = [table for table in tables if table.public]
    return public or tables


def _others(result: Impact) -> Iterator[str]:
    found = result.dependents
    if found.untouched:
        names = ", ".join(str(one.release.name) for one in found.untouched)
        yield f"not reached: {names}"
    if found.elsewhere:
        names = ", ".join(f"{one.release.name} ({one.pinned or '-'})" for one in found.elsewhere)
        yield f"on another major line of {result.product}: {names}"
    for one in found.unreadable:
        yield f"not known: {one.dependent.release.name}: {one.reason}"
