"""DuckDB: the embedded engine, one file a target."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hansa.core.datatype import DataType
from hansa.core.product import SourceTable
from hansa.engines.duckdb_files import scan
from hansa.engines.duckdb_size import estimate_bytes
from hansa.engines.errors import (
    InvalidTarget,
    StatementFailed,
    TargetBusy,
    TargetFailed,
    TargetUnreachable,
)
from hansa.engines.protocol import (
    Engine,
    Records,
    Relation,
    RelationColumn,
    RelationKind,
    Rows,
    Size,
)
from hansa.engines.thread_locks import ThreadLocks, if_free
from hansa.sql.identifiers import literal, quote, quote_path
from hansa.sql.types import type_sql

if TYPE_CHECKING:
    import duckdb

_T = TypeVar("_T")

DIALECT = "duckdb"

# DuckDB itself has no limit; PostgreSQL's is kept everywhere so that names are the same
NAME_LIMIT = 63

_RETRY_AFTER = 0.1
_CSV_ERROR = re.compile(
    r"CSV Error on Line: (?P<line>\d+)\n.*?^(?P<problem>(?:Error|Expected|Value|Maximum|Invalid)"
    r"[^\n]*)\n.*?^\s*file ?= ?(?P<file>[^\n]*)$",
    re.DOTALL | re.MULTILINE,
)
_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")

# a table of bits beats a hash table up to here, and takes less memory
_BITS_A_VALUE = 64
_EXTENT = ("least", "most", "known")

# what the lock of switching is called; no product has that name
_SWITCH = ""


def open_file(path: Path, url: str, *, read_only: bool, patience: float) -> DuckDbEngine:
    """The database in that file, made with its directories when it is not there.

    Raises TargetBusy when another process holds the file for longer than `patience` seconds,
    TargetUnreachable when it cannot be opened.
    """
    if not read_only:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TargetUnreachable(url, _os_reason(error)) from None
    connection = _connect(path, url, read_only, patience)
    return DuckDbEngine(connection, url, str(path.resolve()), patience)


def open_memory() -> DuckDbEngine:
    """An empty database in memory."""
    import duckdb

    connection = _quiet(duckdb.connect(":memory:"))
    return DuckDbEngine(connection, "duckdb:///:memory:", f"memory-{id(connection)}", 0)


def _connect(path: Path, url: str, read_only: bool, patience: float) -> duckdb.DuckDBPyConnection:
    import duckdb

    end = time.monotonic() + patience
    while True:
        try:
            return _quiet(duckdb.connect(str(path), read_only=read_only))
        except duckdb.IOException as error:
            reason = str(error)
            if "Could not set lock" not in reason:
                raise TargetUnreachable(url, clean(reason)) from None
            if time.monotonic() >= end:
                raise TargetBusy(url, _holder(reason), patience) from None
        except duckdb.Error as error:
            raise TargetUnreachable(url, clean(str(error))) from None
        time.sleep(_RETRY_AFTER)


def _quiet(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Without the bar that DuckDB draws on standard output of what it takes for a terminal."""
    connection.execute("SET enable_progress_bar = false")
    return connection


def _holder(reason: str) -> str | None:
    found = _HOLDER.search(reason)
    return f"`{Path(found['program']).name}` (process {found['pid']})" if found else None


def _file_of(path: str) -> tuple[int, int] | None:
    """What tells a file from another one of that name; None for a database in memory."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)


def _os_reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def clean(message: str) -> str:
    """DuckDB's message as the end of a sentence: no error class, no picture of the statement."""
    csv = _CSV_ERROR.search(message)
    if csv:
        problem = csv["problem"].replace(". Could", ", could").rstrip(" .")
        return f"line {csv['line']} of {csv['file']}: {problem[:1].lower()}{problem[1:]}"
    first = message.strip().split("\n\n")[0].split("\nLINE ")[0]
    line = " ".join(first.split())
    line = re.sub(r"^[A-Z][A-Za-z]*(?: [A-Z][A-Za-z]*)* Error: ", "", line)
    line = re.sub(r"\s*See also https?://\S+", "", line)
    line = re.sub(r"[.!] ([A-Z])", lambda found: f", {found[1].lower()}", line).rstrip(" .!")
    return line[:1].lower() + line[1:] if line[:2].istitle() else line


class DuckDbEngine:
    """One open DuckDB database; see `Engine` for what its methods promise."""

    dialect = DIALECT
    title = "DuckDB"
    name_limit = NAME_LIMIT
    column_limit: int | None = None
    transactional_ddl = True
    records: Records | None = None
    reads_files = True

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, url: str, identity: str, patience: float
    ) -> None:
        self._connection = connection
        self._identity = identity
        self._patience = patience
        self._file = _file_of(identity)
        # a DuckDB file has one writing process, so only threads of this one can meet
        self._locks = ThreadLocks(identity, url)
        self.url = url

    def now(self) -> datetime | None:
        return None

    def execute(self, sql: str) -> None:
        self._guarded(sql, lambda: self._connection.execute(sql))

    def query(self, sql: str) -> Rows:
        def read() -> Rows:
            cursor = self._connection.execute(sql)
            columns = tuple(str(column[0]) for column in cursor.description or ())
            return Rows(columns, tuple(cursor.fetchall()))

        return self._guarded(sql, read)

    def _guarded(self, sql: str, act: Callable[[], _T]) -> _T:
        import duckdb

        outside = (
            duckdb.IOException,
            duckdb.OutOfMemoryException,
            duckdb.FatalException,
            duckdb.InternalException,
            duckdb.ConnectionException,
        )
        try:
            return act()
        except outside as error:
            raise TargetFailed(self.url, clean(str(error))) from None
        except duckdb.Error as error:
            raise StatementFailed(clean(str(error)), sql) from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("BEGIN TRANSACTION")
        try:
            yield
            self._require_file()
        except BaseException:
            with suppress(StatementFailed, TargetFailed):
                self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    def _require_file(self) -> None:
        """What goes into a file that nobody can open any more is lost."""
        if self._file != _file_of(self._identity):
            raise TargetFailed(self.url, "its file was removed or replaced meanwhile")

    @contextmanager
    def switch(self, schemas: Sequence[str]) -> Iterator[None]:
        del schemas  # readers have snapshots of their own, so only other writers are waited for
        with self._locks.hold(_SWITCH, self._patience, "publishes"), self.transaction():
            yield

    @contextmanager
    def lock(self, product: str) -> Iterator[None]:
        with self._locks.hold(product, self._patience, f"changes `{product}`"):
            yield

    @contextmanager
    def try_lock(self, product: str) -> Iterator[bool]:
        with if_free(self._locks.hold(product, 0, f"changes `{product}`")) as free:
            yield free

    @contextmanager
    def parallel(self, product: str, count: int) -> Iterator[Sequence[Engine]]:
        del product  # they end with this process, as its lock does
        sessions = [
            DuckDbEngine(
                _quiet(self._connection.cursor()), self.url, self._identity, self._patience
            )
            for _ in range(count)
        ]
        try:
            yield sessions
        finally:
            for session in sessions:
                session.close()

    def interrupt(self) -> None:
        self._connection.interrupt()

    def describe(self, select: str) -> tuple[RelationColumn, ...]:
        described = self.query(f"DESCRIBE {select}")
        return tuple(RelationColumn(str(row[0]), str(row[1])) for row in described.rows)

    def estimate(self, select: str) -> int | None:
        ((_, plan),) = self.query(f"EXPLAIN (FORMAT json) {select}").rows
        return _expected_rows(json.loads(plan))

    def has_schema(self, schema: str) -> bool:
        return bool(self.query(_catalog_sql("duckdb_schemas()", "1", schema)).rows)

    def relations(self, schema: str) -> tuple[Relation, ...]:
        tables = _catalog_sql("duckdb_tables()", "table_name, 'table'", schema)
        views = _catalog_sql("duckdb_views()", "view_name, 'view'", schema)
        rows = self.query(f"{tables} UNION ALL {views}").rows
        return tuple(sorted(Relation(str(name), RelationKind(kind)) for name, kind in rows))

    def columns(self, path: Sequence[str]) -> tuple[RelationColumn, ...]:
        schema, name = path[-2], path[-1]
        if name not in {relation.name for relation in self.relations(schema)}:
            return ()
        return self.describe(f"SELECT * FROM {quote_path(path, DIALECT)}")

    def size(self, path: Sequence[str]) -> Size:
        relation = quote_path(path, DIALECT)
        rows = int(self.query(f"SELECT count(*) FROM {relation}").scalar)
        block = int(self.query("SELECT block_size FROM pragma_database_size()").scalar)
        segments = self.query(
            "SELECT block_id, block_offset, additional_block_ids, count, segment_type, persistent"
            f" FROM pragma_storage_info({literal(relation, DIALECT)})"
        )
        return Size(rows, estimate_bytes(segments.rows, block))

    def settle(self) -> None:
        # another connection may be in the middle of a transaction; then the next one settles
        with suppress(StatementFailed):
            self.execute("CHECKPOINT")

    def create_schema(self, schema: str) -> None:
        if str(self.query("SELECT current_database()").scalar).casefold() == schema.casefold():
            raise InvalidTarget(
                self.url,
                f"has the name of the schema `{schema}`, and DuckDB cannot tell them apart",
                "give the file another name, such as warehouse.duckdb",
            )
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema, DIALECT)}")

    def drop_schema(self, schema: str) -> None:
        self.execute(f"DROP SCHEMA IF EXISTS {quote(schema, DIALECT)}")

    def create_table(self, path: Sequence[str], select: str) -> None:
        self.execute(f"CREATE TABLE {quote_path(path, DIALECT)} AS {select}")

    def create_temporary_table(self, name: str, select: str) -> tuple[str, ...]:
        self.execute(f"CREATE TEMPORARY TABLE {quote(name, DIALECT)} AS {select}")
        return (name,)

    def create_view(self, path: Sequence[str], select: str) -> None:
        self._make_room(path, RelationKind.TABLE)
        self.execute(f"CREATE OR REPLACE VIEW {quote_path(path, DIALECT)} AS {select}")

    def replace_table(self, path: Sequence[str], new: str, keep: str | None = None) -> None:
        # a view knows its tables by name, so it finds the new one
        if keep is not None and Relation(path[-1], RelationKind.TABLE) in self.relations(path[-2]):
            old = quote_path(path, DIALECT)
            self.execute(f"ALTER TABLE {old} RENAME TO {quote(keep, DIALECT)}")
        self._make_room(path, RelationKind.TABLE, RelationKind.VIEW)
        added = quote_path((*path[:-1], new), DIALECT)
        self.execute(f"ALTER TABLE {added} RENAME TO {quote(path[-1], DIALECT)}")

    def _make_room(self, path: Sequence[str], *kinds: RelationKind) -> None:
        for found in self.relations(path[-2]):
            if found.name == path[-1] and found.kind in kinds:
                self.drop([(path[-2], found)])

    def drop(self, relations: Sequence[tuple[str, Relation]]) -> None:
        for schema, relation in relations:
            name = quote_path((schema, relation.name), DIALECT)
            self.execute(f"DROP {relation.kind.value.upper()} {name}")

    def load_table(self, path: Sequence[str], source: SourceTable, base: Path) -> None:
        self.create_table(path, self.scan_sql(source, base))

    def grant(self, schema: str, roles: Sequence[str]) -> tuple[str, ...]:
        del schema, roles  # who may open the file may read everything
        return ()

    def scan_sql(self, source: SourceTable, base: Path) -> str:
        return scan(source, base)

    def type_sql(self, type: DataType) -> str:  # noqa: A002
        return type_sql(type, DIALECT)

    def text_sql(self, value: str) -> str:
        return f"CAST({value} AS VARCHAR)"

    def matches_sql(self, value: str, pattern: str) -> str:
        return f"regexp_matches({self.text_sql(value)}, {literal(pattern, DIALECT)})"

    def extent_sql(self, value: str) -> str | None:
        least, most, known = _EXTENT
        return f"{{'{least}': min({value}), '{most}': max({value}), '{known}': count({value})}}"

    def distinct_sql(self, value: str, extent: Any = None) -> str:
        least, most, known = (extent[name] for name in _EXTENT) if extent else (None, None, 0)
        if type(least) is int and type(most) is int and most - least < known * _BITS_A_VALUE:
            # one bit for each value that there may be: a tenth of the work of a hash table
            return f"bit_count(bitstring_agg({value}, {least}, {most}))"
        return f"count(DISTINCT {value})"

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> DuckDbEngine:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _catalog_sql(catalog: str, column: str, schema: str) -> str:
    return (
        f"SELECT {column} FROM {catalog} WHERE NOT internal"
        f" AND database_name = current_database() AND schema_name = {literal(schema, DIALECT)}"
    )


def _expected_rows(plans: Sequence[Mapping[str, Any]]) -> int | None:
    """The estimate of the topmost operator that has one."""
    for plan in plans:
        found = plan.get("extra_info", {}).get("Estimated Cardinality")
        if found is not None:
            return int(found)
        below = _expected_rows(plan.get("children", ()))
        if below is not None:
            return below
    return None
