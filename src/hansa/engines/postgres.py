"""PostgreSQL 14 to 18, through psycopg."""

from __future__ import annotations

import getpass
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hansa.core.datatype import DataType
from hansa.core.product import SourceTable
from hansa.engines.errors import (
    StatementFailed,
    StillRead,
    TargetBusy,
    TargetFailed,
    TargetUnreachable,
)
from hansa.engines.postgres_errors import clean, raising
from hansa.engines.postgres_files import read_files
from hansa.engines.postgres_grants import grant
from hansa.engines.postgres_views import Dependents
from hansa.engines.protocol import (
    Engine,
    Records,
    Relation,
    RelationColumn,
    RelationKind,
    Rows,
    Size,
)
from hansa.engines.type_words import exact_type_sql
from hansa.sql.identifiers import literal, quote, quote_path

if TYPE_CHECKING:
    import psycopg

DIALECT = "postgres"

# NAMEDATALEN less one: what PostgreSQL would cut off without an error
NAME_LIMIT = 63

_OLDEST = 140000
_INTEGER_BITS = (16, 32, 64)
_RETRY_AFTER = 0.1

# one attempt to get hold of what readers read; short, as others queue behind it
_ATTEMPT = "200ms"
# no product has that name
_SWITCH = ""

_VIEW_KINDS = {"r": RelationKind.TABLE, "p": RelationKind.TABLE, "v": RelationKind.VIEW}
_VIEW_KINDS |= {"m": RelationKind.VIEW, "f": RelationKind.TABLE}


def open_server(address: str, url: str, secret: str | None, patience: float) -> PostgresEngine:
    """A session of the database at the address; `url` and messages are without the secret.

    Raises TargetUnreachable.
    """
    try:
        import psycopg
    except ImportError:
        raise TargetUnreachable(
            url, "its driver is not installed", "run `pip install 'hansa[postgres]'`"
        ) from None
    who = f"hansa of {_user()} on {platform.node()}, process {os.getpid()}"[:NAME_LIMIT]
    try:
        connection = psycopg.connect(
            address, autocommit=True, connect_timeout=10, application_name=who
        )
    except psycopg.Error as error:
        raise TargetUnreachable(url, clean(str(error), secret)) from None
    if connection.info.server_version < _OLDEST:
        connection.close()
        raise TargetUnreachable(
            url, f"it is PostgreSQL {connection.info.server_version // 10000}", "use 14 or newer"
        )
    engine = PostgresEngine(
        connection, url, patience, lambda: open_server(address, url, secret, patience)
    )
    # a session whose machine is gone must not hold its locks for hours
    for setting, value in (("idle", 60), ("interval", 10), ("count", 6)):
        engine.execute(f"SET tcp_keepalives_{setting} = {value}")
    engine.execute("SET client_min_messages = error")
    return engine


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


class PostgresEngine:
    """One session of a PostgreSQL database; see `Engine` for what its methods promise."""

    dialect = DIALECT
    title = "PostgreSQL"
    name_limit = NAME_LIMIT
    column_limit: int | None = NAME_LIMIT
    transactional_ddl = True
    records: Records | None = None
    reads_files = False

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        url: str,
        patience: float,
        another: Callable[[], PostgresEngine],
    ) -> None:
        self._connection = connection
        self._open = another
        self._patience = patience
        self._dependents = Dependents(self)
        self._within = False
        self.url = url

    # -- statements ----------------------------------------------------------------------

    def execute(self, sql: str) -> None:
        with raising(self.url, sql):
            self._connection.execute(sql.encode())

    def query(self, sql: str) -> Rows:
        with raising(self.url, sql):
            cursor = self._connection.execute(sql.encode())
            columns = tuple(str(column.name) for column in cursor.description or ())
            rows = cursor.fetchall() if cursor.description else []
            return Rows(columns, tuple(rows))

    def describe(self, select: str) -> tuple[RelationColumn, ...]:
        with raising(self.url, select):
            cursor = self._connection.execute(f"SELECT * FROM ({select}) AS q LIMIT 0".encode())
            result = cursor.pgresult
            assert result is not None
            found = [
                (column.name, result.ftype(index), result.fmod(index))
                for index, column in enumerate(cursor.description or ())
            ]
        if not found:
            return ()
        kinds = ", ".join(f"format_type({oid}, {modifier})" for _, oid, modifier in found)
        (types,) = self.query(f"SELECT {kinds}").rows
        return tuple(
            RelationColumn(name, str(kind)) for (name, _, _), kind in zip(found, types, strict=True)
        )

    def estimate(self, select: str) -> int | None:
        plan = self.query(f"EXPLAIN (FORMAT json) {select}").scalar
        plans = json.loads(plan) if isinstance(plan, str) else plan
        return int(plans[0]["Plan"]["Plan Rows"])

    def now(self) -> datetime | None:
        seconds = self.query("SELECT extract(epoch FROM clock_timestamp())").scalar
        return datetime.fromtimestamp(float(seconds), UTC)

    # -- working together ----------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("BEGIN")
        self._within = True
        try:
            yield
            self._dependents.restore()
            self.execute("COMMIT")
        except BaseException:
            with suppress(StatementFailed, TargetFailed, TargetBusy):
                self.execute("ROLLBACK")
            raise
        finally:
            self._within = False
            self._dependents.forget()

    @contextmanager
    def switch(self, schemas: Sequence[str]) -> Iterator[None]:
        with self.transaction():
            self._take_turn(schemas)
            # what was not foreseen is waited for, though not for ever
            self.execute("SET LOCAL lock_timeout = '10s'")
            yield

    def _take_turn(self, schemas: Sequence[str]) -> None:
        """Get the turn of switching, and hold of all that readers of the schemas read.

        Each attempt is short and lets go of everything when it fails: a long query is waited for
        without anybody else having to wait behind this session, and nobody can deadlock with it.
        """
        end = time.monotonic() + self._patience
        while True:
            self.execute("SAVEPOINT turn")
            try:
                self.execute(f"SET LOCAL lock_timeout = '{_ATTEMPT}'")
                self.execute(f"SELECT pg_advisory_xact_lock({_key(_SWITCH)})")
                names = self._lockable(schemas)
                if names:
                    self.execute(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
                self.execute("RELEASE SAVEPOINT turn")
                return
            except TargetBusy:
                self.execute("ROLLBACK TO SAVEPOINT turn")
                if time.monotonic() >= end:
                    holder = self._reader(schemas) or "a reader or another publishing command"
                    raise TargetBusy(self.url, holder, self._patience) from None
            time.sleep(_RETRY_AFTER)

    def _lockable(self, schemas: Sequence[str]) -> list[str]:
        if not schemas:
            return []
        found = self.query(
            "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n"
            " ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v')"
            f" AND n.nspname IN ({self._texts(schemas)}) ORDER BY c.oid"
        )
        return [quote_path((str(schema), str(name)), DIALECT) for schema, name in found.rows]

    def _reader(self, schemas: Sequence[str]) -> str | None:
        """Who holds on to something in the schemas."""
        if not schemas:
            return None
        found = self.query(
            "SELECT a.application_name, a.pid, a.usename FROM pg_locks AS l"
            " JOIN pg_class AS c ON c.oid = l.relation JOIN pg_namespace AS n"
            " ON n.oid = c.relnamespace JOIN pg_stat_activity AS a ON a.pid = l.pid"
            f" WHERE l.granted AND l.pid <> pg_backend_pid()"
            " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            f" AND n.nspname IN ({self._texts(schemas)}) LIMIT 1"
        )
        return _worded(found.rows[0]) if found.rows else None

    @contextmanager
    def lock(self, product: str) -> Iterator[None]:
        end = time.monotonic() + self._patience
        while not self._try(product):
            if time.monotonic() >= end:
                who = self._holder(product) or "another session"
                raise TargetBusy(self.url, f"{who}, which changes `{product}`", self._patience)
            time.sleep(_RETRY_AFTER)
        try:
            yield
        finally:
            self._unlock(product)

    @contextmanager
    def try_lock(self, product: str) -> Iterator[bool]:
        free = self._try(product)
        try:
            yield free
        finally:
            if free:
                self._unlock(product)

    @contextmanager
    def parallel(self, product: str, count: int) -> Iterator[Sequence[Engine]]:
        with ExitStack() as stack:
            sessions = [stack.enter_context(closing(self._open())) for _ in range(count)]
            for session in sessions:
                # ends what nobody waits for any more; until then the lock tells of it
                session.execute("SET client_connection_check_interval = 500")
                session.execute(f"SELECT pg_advisory_lock_shared({_key(f'{product} workers')})")
            yield sessions

    def interrupt(self) -> None:
        self._connection.cancel_safe()

    def _try(self, product: str) -> bool:
        """Get the lock, unless its holder or a table that a dead one began is still at work."""
        if not self._try_key(product):
            return False
        workers = f"{product} workers"
        if self._try_key(workers):
            self._unlock(workers)
            return True
        self._unlock(product)
        return False

    def _try_key(self, name: str) -> bool:
        return bool(self.query(f"SELECT pg_try_advisory_lock({_key(name)})").scalar)

    def _unlock(self, product: str) -> None:
        # the server lets go by itself when the session is lost
        with suppress(StatementFailed, TargetFailed):
            self.query(f"SELECT pg_advisory_unlock({_key(product)})")

    def _holder(self, product: str) -> str | None:
        found = self.query(
            "SELECT a.application_name, a.pid, a.usename FROM pg_locks AS l"
            " JOIN pg_stat_activity AS a ON a.pid = l.pid"
            " WHERE l.locktype = 'advisory' AND l.granted"
            " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            f" AND ((l.classid::bigint << 32) | l.objid::bigint) = {_key(product)} LIMIT 1"
        )
        return _worded(found.rows[0]) if found.rows else None

    # -- what is there -------------------------------------------------------------------

    def has_schema(self, schema: str) -> bool:
        name = literal(schema, DIALECT)
        return bool(self.query(f"SELECT 1 FROM pg_namespace WHERE nspname = {name}").rows)

    def relations(self, schema: str) -> tuple[Relation, ...]:
        found = self.query(
            "SELECT c.relname, c.relkind FROM pg_class AS c JOIN pg_namespace AS n"
            f" ON n.oid = c.relnamespace WHERE n.nspname = {literal(schema, DIALECT)}"
            " AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        )
        made = (Relation(str(name), _VIEW_KINDS[_text(kind)]) for name, kind in found.rows)
        return tuple(sorted(made))

    def columns(self, path: Sequence[str]) -> tuple[RelationColumn, ...]:
        schema, name = (literal(part, DIALECT) for part in path[-2:])
        found = self.query(
            "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute AS a"
            " JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n"
            f" ON n.oid = c.relnamespace WHERE n.nspname = {schema} AND c.relname = {name}"
            " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
        )
        return tuple(RelationColumn(str(column), str(kind)) for column, kind in found.rows)

    def size(self, path: Sequence[str]) -> Size:
        relation = quote_path(path, DIALECT)
        name = literal(relation, DIALECT)
        ((rows, size),) = self.query(
            f"SELECT count(*), pg_total_relation_size({name}::regclass) FROM {relation}"
        ).rows
        return Size(int(rows), int(size))

    def settle(self) -> None:
        """Nothing: what is committed is where it will be."""

    # -- making and dropping -------------------------------------------------------------

    def create_schema(self, schema: str) -> None:
        if not self.has_schema(schema):
            self.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(schema, DIALECT)}")

    def drop_schema(self, schema: str) -> None:
        self.execute(f"DROP SCHEMA IF EXISTS {quote(schema, DIALECT)}")

    def create_table(self, path: Sequence[str], select: str) -> None:
        self.execute(f"CREATE TABLE {quote_path(path, DIALECT)} AS {select}")

    def create_temporary_table(self, name: str, select: str) -> tuple[str, ...]:
        self.execute(f"CREATE TEMPORARY TABLE {quote(name, DIALECT)} AS {select}")
        return ("pg_temp", name)

    def create_view(self, path: Sequence[str], select: str) -> None:
        with self._transaction_here():
            if self._kind(path) is RelationKind.TABLE:
                self._dependents.unhook(path)
            before = self.columns(path)
            if before and self.describe(select)[: len(before)] != before:
                # PostgreSQL only ever adds columns to a view
                self._dependents.take_down(path)
                self.execute(f"DROP VIEW {quote_path(path, DIALECT)}")
            self.execute(f"CREATE OR REPLACE VIEW {quote_path(path, DIALECT)} AS {select}")

    def replace_table(self, path: Sequence[str], new: str, keep: str | None = None) -> None:
        with self._transaction_here():
            kind = self._kind(path)
            if kind is RelationKind.TABLE:
                self._dependents.unhook(path, keep)
            elif kind is RelationKind.VIEW:
                # it must not hold on to what it reads
                self._dependents.take_down(path)
                self.execute(f"DROP VIEW {quote_path(path, DIALECT)}")
            added = quote_path((*path[:-1], new), DIALECT)
            self.execute(f"ALTER TABLE {added} RENAME TO {quote(path[-1], DIALECT)}")

    def _kind(self, path: Sequence[str]) -> RelationKind | None:
        found = [one.kind for one in self.relations(path[-2]) if one.name == path[-1]]
        return found[0] if found else None

    def drop(self, relations: Sequence[tuple[str, Relation]]) -> None:
        for kind in (RelationKind.VIEW, RelationKind.TABLE):
            names = [
                quote_path((schema, relation.name), DIALECT)
                for schema, relation in relations
                if relation.kind is kind
            ]
            if names:
                self._drop(kind, names)

    def _drop(self, kind: RelationKind, names: Sequence[str]) -> None:
        try:
            # in one statement, as what depends on each other may only go together
            self.execute(f"DROP {kind.value.upper()} {', '.join(names)}")
        except StatementFailed as failure:
            if "depend" not in failure.reason:
                raise
            shown = names[0].replace('"', "") if len(names) == 1 else f"a {kind.value}"
            raise StillRead(shown, (), failure.reason) from None

    @contextmanager
    def _transaction_here(self) -> Iterator[None]:
        """The caller's transaction, or one of its own."""
        if self._within:
            yield
        else:
            with self.transaction():
                yield

    def load_table(self, path: Sequence[str], source: SourceTable, base: Path) -> None:
        relation = quote_path(path, DIALECT)
        with read_files(source, base, self.url) as files, self._transaction_here():
            columns = ", ".join(
                f"{quote(name, DIALECT)} {self.type_sql(kind)}" for name, kind in files.columns
            )
            self.execute(f"CREATE TABLE {relation} ({columns})")
            statement = f"COPY {relation} FROM STDIN (FORMAT csv)"
            with (
                raising(self.url, statement),
                self._connection.cursor() as cursor,
                cursor.copy(statement.encode()) as copy,
            ):
                for block in files.blocks():
                    copy.write(block)

    def grant(self, schema: str, roles: Sequence[str]) -> tuple[str, ...]:
        return grant(self, schema, roles)

    # -- pieces of SQL -------------------------------------------------------------------

    def scan_sql(self, source: SourceTable, base: Path) -> str:
        raise NotImplementedError("the server does not see the files of whoever runs hansa")

    def type_sql(self, type: DataType) -> str:  # noqa: A002
        return exact_type_sql(type, DIALECT, self.title, _INTEGER_BITS)

    def text_sql(self, value: str) -> str:
        return f"CAST({value} AS TEXT)"

    def matches_sql(self, value: str, pattern: str) -> str:
        return f"{self.text_sql(value)} ~ {literal(pattern, DIALECT)}"

    def extent_sql(self, value: str) -> str | None:
        del value
        return None

    def distinct_sql(self, value: str, extent: Any = None) -> str:
        del extent
        return f"count(DISTINCT {value})"

    def close(self) -> None:
        self._connection.close()

    def _texts(self, values: Sequence[str]) -> str:
        return ", ".join(literal(value, DIALECT) for value in values)


def _key(product: str) -> int:
    """The number of an advisory lock: a fixed beginning, so that it meets nobody else's."""
    from hashlib import sha256

    digest = sha256(f"hansa lock {product}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def _worded(row: Sequence[Any]) -> str:
    program, pid, user = row
    return f"`{program or 'a session'}` (server process {pid}, user `{user}`)"


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
