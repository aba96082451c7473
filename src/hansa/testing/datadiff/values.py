"""What is compared, and what comes out of comparing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

Relation = tuple[str, ...]
Value = str | int | float | bool | None


class Queries(Protocol):
    """An open database as comparing needs it: reading only."""

    @property
    def dialect(self) -> str: ...

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        """All rows of a SELECT of ours."""
        ...

    def types(self, relation: Relation) -> Mapping[str, str]:
        """The columns of a relation in order, each with its type in the dialect's words."""
        ...


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """One column of both sides by its names; they differ for a renamed column."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class TablePair:
    """Two relations to compare: `columns` that both have, `key` by the names of the new side.

    `added` and `removed` name the columns that only one side has; they are not compared.
    """

    table: str
    old: Relation
    new: Relation
    columns: tuple[ColumnNames, ...]
    key: tuple[str, ...] = ()
    old_table: str | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Method(StrEnum):
    """How rows of the two sides were brought together."""

    KEY = "key"
    BAG = "bag"


@dataclass(frozen=True, slots=True)
class Example:
    """One value that differs, and the key of its row."""

    key: Mapping[str, Value]
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class RowExample:
    """A row of one side only: its key, or all its values where rows are compared as a bag.

    `count` is how many more of such rows that side has.
    """

    values: Mapping[str, Value]
    count: int = 1


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """How many rows, of those on both sides, have another value in one column."""

    names: ColumnNames
    different: int
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class TableDifference:
    """How the data of one table differs.

    `changed_rows` counts rows on both sides with at least one other value; it is None, and
    `columns` is empty, where rows were compared as a bag. `note` says why that was done
    although the contract has a key. With `sample`, all counts are of that many keys.
    """

    pair: TablePair
    method: Method
    rows_old: int
    rows_new: int
    only_old: int
    only_new: int
    changed_rows: int | None = None
    columns: tuple[ColumnDifference, ...] = ()
    examples_old: tuple[RowExample, ...] = ()
    examples_new: tuple[RowExample, ...] = ()
    sample: int | None = None
    note: str | None = None

    @property
    def equal(self) -> bool:
        """Whether no difference was found."""
        return not (self.only_old or self.only_new or self.changed_rows)
