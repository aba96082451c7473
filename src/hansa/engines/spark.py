"""Apache Spark 3.5 to 4.x, on this machine or through Spark Connect."""

from __future__ import annotations

import getpass
import os
import platform
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hansa.core.datatype import DataType, Family
from hansa.core.product import SourceTable
from hansa.engines.errors import (
    InvalidTarget,
    StatementFailed,
    TargetFailed,
    TypeLacking,
)
from hansa.engines.protocol import Engine, Relation, RelationColumn, RelationKind, Rows, Size
from hansa.engines.spark_errors import raising
from hansa.engines.spark_files import is_remote, read_files, read_remote, sent
from hansa.engines.spark_generations import all_generations, generations_of, next_generation, shown
from hansa.engines.spark_locks import LeaseLocks, Locks
from hansa.engines.spark_notes import Notes, is_note
from hansa.engines.spark_records import FileShelf, RowRecords, ViewShelf
from hansa.engines.spark_session import LocalPlace, connect, end_local, start_local
from hansa.engines.thread_locks import ThreadLocks, if_free
from hansa.engines.type_words import exact_type_sql
from hansa.sql.identifiers import literal, quote, quote_path

DIALECT = "spark"

# what a Hive metastore takes as the name of a schema
NAME_LIMIT = 128

PARQUET = "parquet"

_INTEGER_BITS = (8, 16, 32, 64)
_FORMAT = re.compile(r"[a-z][a-z0-9_.]*")
_ROW_COUNT = re.compile(r"Statistics\([^)]*rowCount=([0-9.E+]+)")
_STATISTICS = re.compile(r"(\d+) bytes")
# no product has that name
_SWITCH = ""


def open_local(place: LocalPlace, table_format: str, patience: float) -> SparkEngine:
    """The warehouse in a directory, with a Spark that this process starts and ends.

    Raises TargetBusy when another process has it open, TargetUnreachable, InvalidTarget.
    """
    _check_format(place.url, table_format)
    engine = SparkEngine(start_local(place, patience), place.url, table_format, patience)
    engine.live_here(place)
    return engine


def open_connect(address: str, url: str, table_format: str, patience: float) -> SparkEngine:
    """A session of a Spark Connect server; `url` and messages are without the secret.

    Raises TargetUnreachable, InvalidTarget.
    """
    _check_format(url, table_format)
    return SparkEngine(connect(address, url), url, table_format, patience)


def _check_format(url: str, table_format: str) -> None:
    if not _FORMAT.fullmatch(table_format):
        raise InvalidTarget(
            url, f"names the table format `{table_format}`", "write ?format=parquet or iceberg"
        )


class SparkEngine:
    """One session of Spark; see `Engine` for what its methods promise."""

    dialect = DIALECT
    title = "Spark"
    name_limit = NAME_LIMIT
    column_limit: int | None = None
    transactional_ddl = False
    reads_files = False

    def __init__(self, session: Any, url: str, table_format: str, patience: float) -> None:
        self._session = session
        self._format = table_format
        self._patience = patience
        self._place: LocalPlace | None = None
        self.url = url
        self._locks: Locks = LeaseLocks(self, url, _who())
        self.records = RowRecords(ViewShelf(Notes(self, "record"), url))

    def live_here(self, place: LocalPlace) -> None:
        """Keep locks and records in this process and its warehouse, not in the catalog."""
        self._place = place
        self._locks = ThreadLocks(str(place.warehouse), self.url)
        self.records = RowRecords(FileShelf(place.warehouse / "records", self.url))

    # -- statements ----------------------------------------------------------------------

    def execute(self, sql: str) -> None:
        with raising(self.url, sql):
            self._session.sql(sql).collect()

    def query(self, sql: str) -> Rows:
        with raising(self.url, sql):
            frame = self._session.sql(sql)
            instants = [field.dataType.typeName() == "timestamp" for field in frame.schema.fields]
            found = frame.collect()
            columns = tuple(frame.schema.names)
        rows = (
            tuple(
                _instant(value) if instant else value
                for value, instant in zip(row, instants, strict=True)
            )
            for row in found
        )
        return Rows(columns, tuple(rows))

    def describe(self, select: str) -> tuple[RelationColumn, ...]:
        with raising(self.url, select):
            fields = self._session.sql(select).schema.fields
            return tuple(RelationColumn(one.name, one.dataType.simpleString()) for one in fields)

    def estimate(self, select: str) -> int | None:
        plan = str(self.query(f"EXPLAIN COST {select}").scalar)
        found = _ROW_COUNT.search(plan)
        return int(float(found[1])) if found else None

    def now(self) -> datetime | None:
        if self._place is not None:
            return None
        return datetime.fromtimestamp(self.clock(), UTC)

    def clock(self) -> float:
        """Seconds since 1970, by the clock of whatever runs Spark."""
        if self._place is not None:
            return time.time()
        return int(self.query("SELECT unix_micros(current_timestamp())").scalar) / 1e6

    # -- working together ----------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.records.together():
            yield
            # who lost its lock must not record what another one has changed since
            self._locks.check()

    @contextmanager
    def switch(self, schemas: Sequence[str]) -> Iterator[None]:
        del schemas  # readers hold on to files, which stay until their tables are dropped
        with self._locks.hold(_SWITCH, self._patience, "publishes"):
            self._locks.check()
            with self.transaction():
                yield

    @contextmanager
    def lock(self, product: str) -> Iterator[None]:
        with self._locks.hold(product, self._patience, f"changes `{product}`"):
            yield

    @contextmanager
    def try_lock(self, product: str) -> Iterator[bool]:
        held = self._locks.hold(product, 0, f"changes `{product}`")
        with if_free(held) as free:
            yield free

    @contextmanager
    def parallel(self, product: str, count: int) -> Iterator[Sequence[Engine]]:
        del product, count  # one statement has all cores already
        yield ()

    def interrupt(self) -> None:
        with suppress(Exception):
            self._session.interruptAll()

    # -- what is there -------------------------------------------------------------------

    def has_schema(self, schema: str) -> bool:
        with raising(self.url, f"SHOW SCHEMAS LIKE {schema}"):
            return bool(self._session.catalog.databaseExists(schema))

    def relations(self, schema: str) -> tuple[Relation, ...]:
        return tuple(one for one in self.all_relations(schema) if not is_note(one.name))

    def all_relations(self, schema: str) -> tuple[Relation, ...]:
        """The same with what hansa keeps for itself in views."""
        tables = self._tables(schema)
        if not tables:
            return ()
        rows = self.query(f"SHOW VIEWS IN {quote(schema, DIALECT)}").rows
        views = {str(row[1]) for row in rows if not row[2]}
        return shown(views, tables - views)

    def _generations(self, path: Sequence[str]) -> list[str]:
        """The tables that hold, or held, the rows of what is published at a path, oldest first."""
        return generations_of(path[-1].lower(), self._tables(path[-2]))

    def _tables(self, schema: str) -> set[str]:
        """All tables and views of a schema."""
        if not self.has_schema(schema):
            return set()
        rows = self.query(f"SHOW TABLES IN {quote(schema, DIALECT)}").rows
        # of sessions, not of the schema, are temporary ones
        return {str(row[1]) for row in rows if not row[2]}

    def columns(self, path: Sequence[str]) -> tuple[RelationColumn, ...]:
        relation = quote_path(path, DIALECT)
        with raising(self.url, relation):
            if not self._session.catalog.tableExists(relation):
                return ()
        return self.describe(f"SELECT * FROM {relation}")

    def size(self, path: Sequence[str]) -> Size:
        held = self._generations(path)
        relation = quote_path((path[-2], held[-1]) if held else path, DIALECT)
        try:
            # one scan of what the files say of themselves gives both
            files = self.query(
                "SELECT max(_metadata.file_size), count(*) FROM"
                f" {relation} GROUP BY _metadata.file_path"
            ).rows
            return Size(sum(int(row[1]) for row in files), sum(int(row[0]) for row in files))
        except StatementFailed:
            rows = int(self.query(f"SELECT count(*) FROM {relation}").scalar)
            return Size(rows, self._told_bytes(relation))

    def _told_bytes(self, relation: str) -> int:
        """What the catalog says of tables whose files Spark does not show."""
        for name, value, *_ in self.query(f"DESCRIBE TABLE EXTENDED {relation}").rows:
            found = _STATISTICS.search(str(value))
            if name == "Statistics" and found:
                return int(found[1])
        return 0

    def settle(self) -> None:
        """Nothing: what was written is where it will be."""

    # -- making and dropping -------------------------------------------------------------

    def create_schema(self, schema: str) -> None:
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema, DIALECT)}")

    def drop_schema(self, schema: str) -> None:
        # a command that was killed while it published may have left some
        self._drop_tables(schema, all_generations(self._tables(schema)))
        self.execute(f"DROP SCHEMA IF EXISTS {quote(schema, DIALECT)} RESTRICT")

    def create_table(self, path: Sequence[str], select: str) -> None:
        self._clear_place(path)
        relation = quote_path(path, DIALECT)
        self.execute(f"CREATE TABLE {relation} USING {self._format} AS {select}")

    def _clear_place(self, path: Sequence[str]) -> None:
        """Remove the files of a table that a killed command did not finish."""
        if self._place is None:
            return
        name = f"{path[-2]}.db/{path[-1]}".lower()
        left = self._place.tables / name
        if left.exists() and not self.columns(path):
            import shutil

            shutil.rmtree(left, ignore_errors=True)

    def create_temporary_table(self, name: str, select: str) -> tuple[str, ...]:
        with raising(self.url, select):
            frame = self._session.sql(select)
            if self._place is not None:
                frame = frame.localCheckpoint(eager=True)
            else:  # the client of Spark Connect asks for an active session, or has no checkpoints
                frame = frame.cache()
                frame.count()
            frame.createOrReplaceTempView(quote(name, DIALECT))
        return (name,)

    def create_view(self, path: Sequence[str], select: str) -> None:
        held = self._generations(path)
        if not held and self._is_table(path):
            self.execute(f"DROP TABLE {quote_path(path, DIALECT)}")
        self._show(path, select)
        self._drop_tables(path[-2], held)

    def _is_table(self, path: Sequence[str]) -> bool:
        return Relation(path[-1].lower(), RelationKind.TABLE) in self.relations(path[-2])

    def _show(self, path: Sequence[str], select: str) -> None:
        """Make a view, or let it show something else at one moment."""
        view = quote_path(path, DIALECT)
        # CREATE OR REPLACE drops the view before it makes it anew
        there = path[-1].lower() in self._tables(path[-2])
        self.execute(f"{'ALTER' if there else 'CREATE'} VIEW {view} AS {select}")

    def replace_table(self, path: Sequence[str], new: str, keep: str | None = None) -> None:
        # rows get a name that nobody reads, and a view that all read moves there at one moment;
        # what it showed before stays until the next time, for who is reading it now
        held = self._generations(path)
        plain = not held and self._is_table(path)
        if keep is not None and (held or plain):
            # a copy, as another name would move the files that readers have open
            rows = f"SELECT * FROM {quote_path(path, DIALECT)}"
            self.create_table((*path[:-1], keep), rows)
        added = (*path[:-1], next_generation(path[-1].lower(), held))
        self._clear_place(added)
        source = quote_path((*path[:-1], new), DIALECT)
        self.execute(f"ALTER TABLE {source} RENAME TO {quote_path(added, DIALECT)}")
        if plain:
            self.execute(f"DROP TABLE {quote_path(path, DIALECT)}")
        self._show(path, f"SELECT * FROM {quote_path(added, DIALECT)}")
        self._drop_tables(path[-2], held[:-1])

    def drop(self, relations: Sequence[tuple[str, Relation]]) -> None:
        # nobody shall meet a view whose table is gone already
        for kind in (RelationKind.VIEW, RelationKind.TABLE):
            for schema, relation in relations:
                if relation.kind is kind:
                    self._drop(kind, schema, relation.name)

    def _drop(self, kind: RelationKind, schema: str, name: str) -> None:
        held = self._generations((schema, name)) if kind is RelationKind.TABLE else []
        word = "VIEW" if held else kind.value.upper()
        self.execute(f"DROP {word} {quote_path((schema, name), DIALECT)}")
        self._drop_tables(schema, held)

    def _drop_tables(self, schema: str, names: Sequence[str]) -> None:
        for name in names:
            self.execute(f"DROP TABLE {quote_path((schema, name), DIALECT)}")

    def load_table(self, path: Sequence[str], source: SourceTable, base: Path) -> None:
        try:
            if is_remote(source):
                with raising(self.url, source.path or ""):
                    frame, columns = read_remote(self._session, source)
                self._append(path, frame, columns)
            else:
                self._load_here(path, source, base)
        except BaseException:
            with suppress(StatementFailed, TargetFailed):
                self.execute(f"DROP TABLE IF EXISTS {quote_path(path, DIALECT)}")
            raise

    def _load_here(self, path: Sequence[str], source: SourceTable, base: Path) -> None:
        with read_files(source, base, self.url) as files:
            if self._place is None:
                for batch in files.batches():
                    with raising(self.url, source.path or ""):
                        frame = sent(self._session, batch)
                    self._append(path, frame, "*")
                return
            with tempfile.TemporaryDirectory(prefix="hansa-") as directory:
                files.write(directory)
                with raising(self.url, source.path or ""):
                    frame = self._session.read.parquet(directory)
                self._append(path, frame, "*")

    def _append(self, path: Sequence[str], frame: Any, columns: str) -> None:
        """Make a table of rows, or add them to the one that this loading has made."""
        rows = "hansa_rows"
        with raising(self.url, rows):
            frame.createOrReplaceTempView(rows)
        select = f"SELECT {columns} FROM {rows}"
        if self.columns(path):
            self.execute(f"INSERT INTO {quote_path(path, DIALECT)} {select}")
        else:
            self.create_table(path, select)

    def grant(self, schema: str, roles: Sequence[str]) -> tuple[str, ...]:
        del schema, roles  # Spark has no roles of its own: catalogs that have are asked elsewhere
        return ()

    # -- pieces of SQL -------------------------------------------------------------------

    def scan_sql(self, source: SourceTable, base: Path) -> str:
        raise NotImplementedError("files are loaded, as Spark may run where they cannot be seen")

    def type_sql(self, type: DataType) -> str:  # noqa: A002
        wide = type.family is Family.DECIMAL and (type.precision or 0) > 38
        if wide or type.family in (Family.TIME, Family.UUID, Family.JSON, Family.OTHER):
            raise TypeLacking(str(type), self.title)
        plain = replace(type, precision=None) if type.family is Family.TIMESTAMP else type
        return exact_type_sql(plain, DIALECT, self.title, _INTEGER_BITS)

    def text_sql(self, value: str) -> str:
        return f"CAST({value} AS STRING)"

    def matches_sql(self, value: str, pattern: str) -> str:
        return f"{self.text_sql(value)} RLIKE {literal(pattern, DIALECT)}"

    def extent_sql(self, value: str) -> str | None:
        del value
        return None

    def distinct_sql(self, value: str, extent: Any = None) -> str:
        del extent
        return f"count(DISTINCT {value})"

    def close(self) -> None:
        if self._place is not None:
            self._place = None
            end_local()
            return
        with suppress(Exception):
            self._session.client.close()

    def __enter__(self) -> SparkEngine:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _instant(value: Any) -> Any:
    """Spark gives instants in this machine's zone, without saying so."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return f"`hansa` of {user} on {platform.node()} (process {os.getpid()})"
