"""What deploying needs of a database, so that each engine is one module behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from hansa.core.datatype import DataType
from hansa.core.product import SourceTable


class RelationKind(StrEnum):
    """What stands behind a name in a schema."""

    TABLE = "table"
    VIEW = "view"


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """One table or view of a schema."""

    name: str
    kind: RelationKind


@dataclass(frozen=True, slots=True)
class RelationColumn:
    """A column as the engine has it; `type` is in the engine's dialect."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Size:
    """Rows of a table, and the bytes it takes in the target as well as the engine can tell."""

    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query gave."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def scalar(self) -> Any:
        """The first value of the first row; None when there is no row."""
        return self.rows[0][0] if self.rows else None


Row = Mapping[str, str | int | bool | None]


class Records(Protocol):
    """Small tables of an engine whose own tables cannot be changed row by row.

    Values of `where` must all be equal. Changes in a transaction of the engine are kept together.
    """

    def exists(self, table: str) -> bool: ...

    def select(
        self, table: str, columns: Sequence[str], where: Row
    ) -> tuple[tuple[Any, ...], ...]: ...

    def insert(self, table: str, row: Row) -> None: ...

    def update(self, table: str, values: Row, where: Row) -> None: ...

    def delete(self, table: str, where: Row) -> None: ...


class Engine(Protocol):
    """One open target.

    `execute` and `query` raise StatementFailed when the statement itself is wrong and
    TargetFailed when the target could not do its work; so does everything that uses them. Paths
    are `(schema, relation)`. An engine that promises less than is written here says so in its
    properties, and `docs/engines.md` tells what that means for readers.
    """

    @property
    def dialect(self) -> str:
        """The SQL dialect that `execute` and `query` take."""
        ...

    @property
    def title(self) -> str:
        """What people call the engine: `DuckDB`."""
        ...

    @property
    def url(self) -> str:
        """The target's address for messages, without secrets."""
        ...

    @property
    def name_limit(self) -> int:
        """The most bytes that the name of a schema or relation may have."""
        ...

    @property
    def column_limit(self) -> int | None:
        """The most bytes that the name of a column may have; None where there is no limit."""
        ...

    @property
    def transactional_ddl(self) -> bool:
        """Whether `transaction` and `switch` also take back and show at once what DDL made.

        Without it, statements take effect one by one, in the order they are given.
        """
        ...

    @property
    def reads_files(self) -> bool:
        """Whether `scan_sql` reads files where they are; if not, `load_table` brings them in."""
        ...

    @property
    def records(self) -> Records | None:
        """Where hansa's records go if tables have no INSERT, UPDATE and DELETE of rows.

        None where they have; without it, stored tables are written anew to change rows too.
        """
        ...

    def now(self) -> datetime | None:
        """The target's own clock, in UTC; None where it is this machine's."""
        ...

    # -- working together ----------------------------------------------------------------

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: commits at the end, rolls back when the block raises."""
        ...

    def switch(self, schemas: Sequence[str]) -> AbstractContextManager[None]:
        """A transaction that changes what readers of these schemas see, at one moment.

        Only one process switches in a target at a time. Where readers hold on to what they
        read, it waits for those of these schemas. Raises TargetBusy when that takes too long.
        """
        ...

    def lock(self, product: str) -> AbstractContextManager[None]:
        """Keep others from changing that product here; the lock of a dead holder is taken over.

        Raises TargetBusy when another holds it for longer than the engine waits.
        """
        ...

    def try_lock(self, product: str) -> AbstractContextManager[bool]:
        """The same without waiting: gives whether the lock was free and is held now."""
        ...

    def parallel(self, product: str, count: int) -> AbstractContextManager[Sequence[Engine]]:
        """Up to `count` more sessions that make tables at once, each in a thread of its own.

        They see what this session committed. Whoever gets the lock of the product after its
        holder died does not meet them. Fewer, or none, where the engine gains nothing by it.
        """
        ...

    def interrupt(self) -> None:
        """Break off the statement that another thread runs in this session."""
        ...

    # -- statements ----------------------------------------------------------------------

    def execute(self, sql: str) -> None: ...

    def query(self, sql: str) -> Rows: ...

    def describe(self, select: str) -> tuple[RelationColumn, ...]:
        """The columns that a SELECT gives, in order, without running it."""
        ...

    def estimate(self, select: str) -> int | None:
        """How many rows the engine's planner expects of a SELECT; None when it does not say."""
        ...

    # -- what is there -------------------------------------------------------------------

    def has_schema(self, schema: str) -> bool: ...

    def relations(self, schema: str) -> tuple[Relation, ...]:
        """Tables and views of the schema by name; none when there is no such schema."""
        ...

    def columns(self, path: Sequence[str]) -> tuple[RelationColumn, ...]:
        """The columns of a table or view, in order; none when it is not there."""
        ...

    def size(self, path: Sequence[str]) -> Size: ...

    def settle(self) -> None:
        """Bring what was committed to its final form on disk, so that sizes are true."""
        ...

    # -- making and dropping -------------------------------------------------------------

    def create_schema(self, schema: str) -> None:
        """Make the schema unless it is there. Raises InvalidTarget when its name cannot be used."""
        ...

    def drop_schema(self, schema: str) -> None:
        """Drop an empty schema, if it is there."""
        ...

    def create_table(self, path: Sequence[str], select: str) -> None:
        """Make a table of the rows that the SELECT gives."""
        ...

    def create_temporary_table(self, name: str, select: str) -> tuple[str, ...]:
        """The same for this session alone; gives the path that reads it."""
        ...

    def create_view(self, path: Sequence[str], select: str) -> None:
        """Make a view, or make it anew with whatever columns the SELECT gives.

        A table of that name makes room for it; views over the table then read the view.
        """
        ...

    def replace_table(self, path: Sequence[str], new: str, keep: str | None = None) -> None:
        """Put the table `new` of the same schema in the place of what is at `path`, if any.

        Views over the old one read the new one afterwards, at the latest when the transaction
        ends. With `keep`, an old table stays under that name instead of being dropped, where it
        can be read when the transaction has ended; an old view goes all the same.
        """
        ...

    def drop(self, relations: Sequence[tuple[str, Relation]]) -> None:
        """Drop tables and views, each with its schema; those that depend on others go first.

        Raises StillRead when something else depends on one of them.
        """
        ...

    def load_table(self, path: Sequence[str], source: SourceTable, base: Path) -> None:
        """Make a table of the files of a source, with its declared columns, or all of them.

        `base` is the directory that relative paths start from. Raises UnknownFileFormat.
        """
        ...

    def grant(self, schema: str, roles: Sequence[str]) -> tuple[str, ...]:
        """Let these roles, and nobody else but the owner, read the relations of the schema.

        Gives the roles that the target does not know. Nothing where an engine has no roles.
        """
        ...

    # -- pieces of SQL -------------------------------------------------------------------

    def scan_sql(self, source: SourceTable, base: Path) -> str:
        """A SELECT over the files of a source, with its declared columns, if `reads_files`.

        `base` is the directory that relative paths start from. Raises UnknownFileFormat.
        """
        ...

    def type_sql(self, type: DataType) -> str:  # noqa: A002
        """The type in the engine's words. Raises TypeLacking when it has no such type."""
        ...

    def text_sql(self, value: str) -> str:
        """The SQL expression `value` as a text of any length."""
        ...

    def matches_sql(self, value: str, pattern: str) -> str:
        """A condition that is true where the SQL expression `value` matches the pattern."""
        ...

    def extent_sql(self, value: str) -> str | None:
        """An aggregate over `value` whose result lets `distinct_sql` do with less work.

        None where the engine has no use for it.
        """
        ...

    def distinct_sql(self, value: str, extent: Any = None) -> str:
        """An aggregate that counts the distinct values of the SQL expression `value`, but NULL.

        `extent` is what the aggregate of `extent_sql` gave for the same rows, if it was asked.
        """
        ...

    def close(self) -> None: ...
