"""What inference knows of a value, of a column and of a relation inside one query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

from hansa.core.datatype import UNKNOWN, DataType
from hansa.core.facts import Input, Origin
from hansa.core.schema import Column, TableSchema

Origins = frozenset[Origin]
# Positions of columns that no two rows share and that are never NULL; empty: at most one row.
Key = frozenset[int]

NO_ORIGINS: Final[Origins] = frozenset()
MAX_KEYS = 8


class Null(Enum):
    """The NULL literal, which fits every type."""

    NULL = "NULL"


Literal = int | str | Null | None


class Value(NamedTuple):
    """An expression's type, whether it can be NULL, and the columns that it is made from.

    `literal` is set for constants, which some dialects fit to the type beside them.
    """

    type: DataType = UNKNOWN
    nullable: bool = True
    origins: Origins = NO_ORIGINS
    literal: Literal = None


class Field(NamedTuple):
    """One column of a relation.

    `numbered` is set when the column numbers the rows of each partition from 1: the positions
    of the partition's columns in the same relation.
    """

    name: str
    type: DataType = UNKNOWN
    nullable: bool = True
    origins: Origins = NO_ORIGINS
    numbered: Key | None = None
    null: bool = False


class Relation:
    """The columns, keys and row origins of a table, a CTE or a subquery.

    A relation that is not `complete` may have columns beyond those in `fields`; `input` is the
    input that they would come from, and `label` what to call it; without a label it is an error
    reported elsewhere that makes it incomplete. `single` says that it always has exactly one row.
    """

    __slots__ = ("_index", "complete", "fields", "input", "keys", "label", "row_origins", "single")

    def __init__(
        self,
        fields: tuple[Field, ...],
        keys: frozenset[Key] = frozenset(),
        row_origins: Origins = NO_ORIGINS,
        *,
        complete: bool = True,
        input: Input | None = None,  # noqa: A002
        label: str | None = None,
    ) -> None:
        self.fields = fields
        self.keys = keys
        self.row_origins = row_origins
        self.complete = complete
        self.input = input
        self.label = str(input) if input is not None else label
        self.single = False
        self._index: dict[str, list[int]] | None = None

    def positions(self, name: str) -> Sequence[int]:
        """The positions of the columns of that name, letter case ignored unless it decides."""
        index = self._index
        if index is None:
            index = self._index = {}
            for position, field in enumerate(self.fields):
                index.setdefault(field.name.casefold(), []).append(position)
        found: Sequence[int] = index.get(name.casefold(), ())
        if len(found) > 1:
            exact = [position for position in found if self.fields[position].name == name]
            return exact or found
        return found

    def renamed(self, names: Iterable[str]) -> Relation:
        """The same relation with its first columns under other names."""
        given = list(names)
        fields = tuple(
            field._replace(name=given[position]) if position < len(given) else field
            for position, field in enumerate(self.fields)
        )
        renamed = Relation(
            fields, self.keys, self.row_origins, complete=self.complete, input=self.input
        )
        renamed.label, renamed.single = self.label, self.single
        return renamed


UNKNOWN_RELATION = Relation((), complete=False)


@lru_cache(maxsize=4096)
def indirect(origins: Origins) -> Origins:
    """The same columns, as origins of a value that is computed from them."""
    if not any(origin.direct for origin in origins):
        return origins
    return frozenset(Origin(origin.input, origin.column) for origin in origins)


def merge(values: Iterable[Value]) -> Origins:
    """The origins of a value that is computed from these values."""
    found: Origins = NO_ORIGINS
    for value in values:
        if value.origins:
            found = found | value.origins if found else value.origins
    return indirect(found)


def tidy(origins: Iterable[Origin]) -> tuple[Origin, ...]:
    """Origins in a fixed order, each column once: direct only when every way to it is."""
    computed = {(origin.input, origin.column) for origin in origins if not origin.direct}
    return tuple(
        sorted(
            origin
            for origin in set(origins)
            if not origin.direct or (origin.input, origin.column) not in computed
        )
    )


def relation_of_schema(relation_input: Input, schema: TableSchema | None) -> Relation:
    """An input as a relation; without a schema it may have any column."""
    if schema is None:
        return Relation((), complete=False, input=relation_input)
    fields = tuple(
        Field(
            column.name,
            column.type,
            column.nullable,
            frozenset({Origin(relation_input, column.name, True)}),
        )
        for column in schema.columns
    )
    positions = {column.name: position for position, column in enumerate(schema.columns)}
    keys = frozenset(
        frozenset(positions[name] for name in key)
        for key in schema.keys
        if all(name in positions for name in key)
    )
    return Relation(fields, keys, input=relation_input)


def schema_of_relation(relation: Relation) -> TableSchema | None:
    """What readers of the relation may rely on; None when its columns are not all known."""
    if not relation.complete:
        return None
    columns = tuple(Column(field.name, field.type, field.nullable) for field in relation.fields)
    keys: set[frozenset[str]] = set()
    for key in minimal(relation.keys):
        if key:
            keys.add(frozenset(relation.fields[position].name for position in key))
        else:  # at most one row: every column that is never NULL is a key by itself
            keys |= {frozenset({field.name}) for field in relation.fields if not field.nullable}
    return TableSchema(columns, frozenset(keys))


def minimal(keys: Iterable[Key]) -> frozenset[Key]:
    """The keys that contain no other key, the shortest few when there are many."""
    kept: list[Key] = []
    for key in sorted(set(keys), key=lambda key: (len(key), sorted(key))):
        if not any(other <= key for other in kept):
            kept.append(key)
    return frozenset(kept[:MAX_KEYS])
