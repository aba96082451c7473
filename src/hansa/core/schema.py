"""What is known about the shape of a relation: columns, nullability and keys."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.core.datatype import UNKNOWN, DataType


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a relation; `nullable` is False only where NULL is known to be impossible."""

    name: str
    type: DataType = UNKNOWN
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The shape of one relation.

    `columns` are in order. Each of `keys` is a set of column names whose values, taken
    together, no two rows share; a key holds only if none of its columns is NULL or its NULLs
    are distinct too, so `keys` lists only sets of columns that are unique AND never NULL.
    """

    columns: tuple[Column, ...]
    keys: frozenset[frozenset[str]] = frozenset()

    def column(self, name: str) -> Column | None:
        """The column of exactly that name, else the only one equal but for letter case."""
        folded = [column for column in self.columns if column.name.casefold() == name.casefold()]
        exact = [column for column in folded if column.name == name]
        if exact:
            return exact[0]
        return folded[0] if len(folded) == 1 else None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)
