"""What deploying needs of a database, so that each engine is one module behind it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

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


class Engine(Protocol):
    """One open target.

    `execute` and `query` raise StatementFailed when the statement itself is wrong and
    TargetFailed when the target could not do its work. Paths are `(schema, relation)`.
    """

    @property
    def dialect(self) -> str:
        """The SQL dialect that `execute` and `query` take."""
        ...

    @property
    def url(self) -> str:
        """The target's address for messages, without secrets."""
        ...

    @property
    def name_limit(self) -> int:
        """The most bytes that a name may have in any engine hansa writes for."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: commits at the end, rolls back when the block raises."""
        ...

    def lock(self, product: str) -> AbstractContextManager[None]:
        """Keep others from changing that product here; the lock of a dead holder is taken over.

        Raises TargetBusy when another holds it for longer than the engine waits.
        """
        ...

    def execute(self, sql: str) -> None: ...

    def query(self, sql: str) -> Rows: ...

    def has_schema(self, schema: str) -> bool: ...

    def create_schema(self, schema: str) -> None:
        """Make the schema unless it is there. Raises InvalidTarget when its name cannot be used."""
        ...

    def relations(self, schema: str) -> tuple[Relation, ...]:
        """Tables and views of the schema by name; none when there is no such schema."""
        ...

    def columns(self, path: Sequence[str]) -> tuple[RelationColumn, ...]:
        """The columns of a table or view, in order; none when it is not there."""
        ...

    def describe(self, select: str) -> tuple[RelationColumn, ...]:
        """The columns that a SELECT gives, in order, without running it."""
        ...

    def size(self, path: Sequence[str]) -> Size: ...

    def settle(self) -> None:
        """Bring what was committed to its final form on disk, so that sizes are true."""
        ...

    def scan_sql(self, source: SourceTable, base: Path) -> str:
        """A SELECT over the files of a source, with its declared columns.

        `base` is the directory that relative paths start from. Raises UnknownFileFormat.
        """
        ...

    def matches_sql(self, value: str, pattern: str) -> str:
        """A condition that is true where the SQL expression `value` matches the pattern."""
        ...

    def close(self) -> None: ...
