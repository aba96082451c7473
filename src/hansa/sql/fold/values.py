"""What folding takes and gives: versions of a model, and the tables that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hansa.core.schema import TableSchema
from hansa.sql.identifiers import quote, quote_path


@dataclass(frozen=True, slots=True)
class FoldInput:
    """A relation that a version reads.

    `relation` is equal for two inputs only where the same rows are read. `schema` is the shape
    that the reader sees. An input that is one version of a folded table has `columns`: each
    name that the reader sees, and the column of `relation` that holds it; then `relation`
    stands for the folded table, whichever of its versions is read; `flag` is the stored column
    that is true for the version's rows, where it does not have all of them.
    """

    relation: str
    schema: TableSchema | None = None
    columns: Mapping[str, str] | None = None
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a model: SQL that reads its inputs as `input.0`, `input.1`, ….

    `label` names it in what folding gives.
    """

    label: str
    sql: str
    inputs: tuple[FoldInput, ...] = ()


@dataclass(frozen=True, slots=True)
class Projection:
    """How a version is restored: each of its columns, in order, and the stored column.

    `flag` is the stored column that is true for this version's rows, None where every row is.
    """

    columns: tuple[tuple[str, str], ...]
    flag: str | None = None

    def sql(self, relation: tuple[str, ...], dialect: str) -> str:
        """The SELECT that restores the version from the stored relation."""
        shown = ", ".join(
            f"{quote(stored, dialect)} AS {quote(name, dialect)}" for name, stored in self.columns
        )
        where = f" WHERE {quote(self.flag, dialect)}" if self.flag is not None else ""
        return f"SELECT {shown} FROM {quote_path(relation, dialect)}{where}"


@dataclass(frozen=True, slots=True)
class FoldedTable:
    """One stored table and the versions that it restores.

    `sql` computes it; it reads `inputs` as `input.0`, `input.1`, …. An input with `columns` is
    read as its version shows it, one without is the relation itself. `columns` are the table's
    own, in order; None where `sql` is the unchanged text of its only version (or of several
    equal ones) and the names could not be told. A projection of None shows the table as it is.
    """

    sql: str
    inputs: tuple[FoldInput, ...]
    columns: tuple[str, ...] | None
    projections: Mapping[str, Projection | None]

    @property
    def versions(self) -> tuple[str, ...]:
        """The labels of the versions that the table holds."""
        return tuple(self.projections)


@dataclass(frozen=True, slots=True)
class Folding:
    """The tables that hold all versions, each version in exactly one.

    `reasons` says of a version that shares its table with no other why, in words for a plan.
    """

    tables: tuple[FoldedTable, ...]
    reasons: Mapping[str, str] = field(default_factory=dict)

    def table(self, label: str) -> FoldedTable:
        """The table that holds a version; raises KeyError for a label that was not given."""
        for table in self.tables:
            if label in table.projections:
                return table
        raise KeyError(label)
