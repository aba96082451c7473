"""Tables of Spark that are replaced while they are read.

Nothing in Spark puts one table in the place of another at one moment, but a view can be made anew
so. A published table is a view of its name over the newest of its generations, `t__hansa1`,
`t__hansa2`, …; the one before stays until the next publication, for queries that are reading it.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from hansa.engines.protocol import Relation, RelationKind

_GENERATION = re.compile(r"(?P<name>.+)__hansa(?P<number>[0-9]+)")


def generations_of(name: str, tables: Collection[str]) -> list[str]:
    """The tables among these that are generations of that name, oldest first."""
    found = [(int(match["number"]), match[0]) for match in map(_match, tables) if match]
    return [table for number, table in sorted(found) if table == f"{name}__hansa{number}"]


def next_generation(name: str, held: Collection[str]) -> str:
    """What the next generation is called."""
    numbers = (int(match["number"]) for match in map(_match, held) if match)
    return f"{name}__hansa{max(numbers, default=0) + 1}"


def shown(views: Collection[str], tables: Collection[str]) -> tuple[Relation, ...]:
    """The relations of a schema as everybody knows them: generations are no tables of their own."""
    owned = {match["name"] for match in map(_match, tables) if match}
    found = [
        Relation(one, RelationKind.TABLE if one in owned else RelationKind.VIEW) for one in views
    ]
    found += [Relation(one, RelationKind.TABLE) for one in tables if not _match(one)]
    return tuple(sorted(found))


def all_generations(tables: Collection[str]) -> list[str]:
    """All tables among these that are generations."""
    return sorted(table for table in tables if _match(table))


def _match(table: str) -> re.Match[str] | None:
    return _GENERATION.fullmatch(table)
