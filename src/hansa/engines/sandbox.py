"""A locked-down DuckDB for SQL that nobody vouches for: unit tests and bundles of others."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hansa.engines.sandbox_clock import clock_statements
from hansa.errors import InvalidInput, OutsideUnreachable
from hansa.sql.identifiers import literal, quote, quote_path
from hansa.sql.macros import Macro

if TYPE_CHECKING:
    import duckdb

DIALECT = "duckdb"
TIME_LIMIT = 60.0
ROW_LIMIT = 100_000
MEMORY_LIMIT = "1GB"

_MISSING_FUNCTION = re.compile(r"Function with name \"?(?P<name>[^\s\"]+)\"? (?:does not exist|is)")
_KIND = re.compile(r"^(?P<kind>[A-Z][A-Za-z ]*?) Error: ")
_VALUE_ERRORS = frozenset({"Conversion", "Invalid Input", "Out of Range", "Constraint"})
_ECHO = re.compile(r"^LINE (?P<line>\d+): (?P<text>.*)\n(?P<caret> *)\^", re.MULTILINE)
_QUOTED = re.compile(r'"([^"]+)"')
_NESTED = re.compile(r"(?:\]$|^STRUCT\(|^MAP\()", re.IGNORECASE)


class SandboxError(InvalidInput):
    """SQL could not be computed in the sandbox; `function` names one that DuckDB lacks.

    `of_values` tells that the query runs on other rows: it met a value that it cannot take.
    `at` is the line and column of the SQL, from 1, that DuckDB points to.
    """

    slug = "sandbox-error"

    def __init__(self, message: str) -> None:
        kind = _KIND.match(message.strip())
        self.of_values = kind is not None and kind["kind"] in _VALUE_ERRORS
        self.function = _missing_function(message)
        self.fatal = message.startswith(("FATAL", "INTERNAL"))
        self.at = _pointed_to(message)
        self.message, self.hint = _clean(message)

    def __str__(self) -> str:
        return self.message


class NotOnlySelect(InvalidInput):
    """SQL for the sandbox does anything else than reading by one SELECT."""

    slug = "not-only-select"
    hint = "write one SELECT that changes nothing"

    def __str__(self) -> str:
        return "the sandbox runs nothing but one SELECT"


class TimeLimitReached(InvalidInput):
    """A computation was stopped because it ran longer than it may."""

    slug = "time-limit-reached"
    hint = "give fewer rows, or look for a join that multiplies them"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __str__(self) -> str:
        return f"stopped after its time limit of {self.seconds:g} seconds"


class TooManyRows(InvalidInput):
    """A query gave more rows than are read into memory."""

    slug = "too-many-rows"
    hint = "give fewer rows, or look for a join that multiplies them"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __str__(self) -> str:
        return f"more than {self.limit} rows came out"


class DatabaseFileUnusable(OutsideUnreachable):
    """A database file for computed tables cannot be opened or created."""

    slug = "database-file-unusable"
    hint = "close other programs that use the file, or remove it and try again"

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"the database file `{self.path}` cannot be used: {self.reason}"


@dataclass(frozen=True, slots=True)
class Rows:
    """A query's answer; `types` are DuckDB's words. Instants come as text with their offset."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Sandbox:
    """A DuckDB in which SQL reaches no file, no network, no extension and no setting.

    In memory, or writing into the one database file `path`. The zone is UTC. A computation
    longer than `time_limit` seconds is stopped. `execute` is for our own statements only;
    `query` and `create_table` take SQL of others and run nothing but one SELECT. One thread
    uses a sandbox at a time.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        readable: Path | None = None,
        time_limit: float = TIME_LIMIT,
    ) -> None:
        self._limit = time_limit
        self._accepted: set[str] = set()
        self._frozen: datetime | None = None
        self._macros: list[Macro] = []
        self._connection = _connect(path, readable)
        self._watchdog = _Watchdog(self._connection)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the memory, or release the file; closing twice is harmless."""
        self._watchdog.stop()
        self._connection.close()

    def execute(self, sql: str, params: Sequence[Any] | None = None) -> None:
        """Run a statement of our own. Raises SandboxError or TimeLimitReached."""
        with self._errors():
            self._connection.execute(sql, params)

    def query(
        self, sql: str, params: Sequence[Any] | None = None, max_rows: int = ROW_LIMIT
    ) -> Rows:
        """The rows of one SELECT, whoever wrote it.

        Raises NotOnlySelect, SandboxError, TimeLimitReached, or TooManyRows beyond `max_rows`.
        """
        wrapped = self._wrapped(sql)
        with self._errors():
            answer = self._connection.execute(wrapped, params)
            columns, types = _described(answer)
            if any("WITH TIME ZONE" in one for one in types):
                # DuckDB's Python client cannot hand out instants without a package for zones.
                answer = self._connection.execute(_instants_as_text(wrapped, types), params)
            rows = answer.fetchmany(max_rows + 1)
        if len(rows) > max_rows:
            raise TooManyRows(max_rows)
        return Rows(columns, types, rows)

    def create_table(
        self, path: Sequence[str], select: str, params: Sequence[Any] | None = None
    ) -> None:
        """Store what one SELECT gives, whoever wrote it; raises as `query` does."""
        wrapped = self._wrapped(select)
        self.execute(f"CREATE TABLE {quote_path(path, DIALECT)} AS {wrapped}", params)

    def describe(self, path: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """The columns of a stored table, each with its type in DuckDB's words."""
        sql = f"SELECT * FROM {quote_path(path, DIALECT)} LIMIT 0"
        with self._errors():
            columns, types = _described(self._connection.execute(sql))
        return tuple(zip(columns, types, strict=True))

    def create_schema(self, name: str) -> None:
        """Make an empty schema; one of that name is dropped with everything in it."""
        self.drop_schema(name)
        self.execute(f"CREATE SCHEMA {quote(name, DIALECT)}")

    def freeze(self, moment: datetime | None) -> None:
        """Let every function that tells the time of day tell this one; None undoes it.

        The functions are shadowed in the database, so that all SQL that runs in it sees the
        same time, whoever wrote or generated it. A time without an offset is one of UTC.
        """
        if moment == self._frozen:
            return
        for statement in clock_statements(moment):
            self.execute(statement)
        self._frozen = moment

    @property
    def macros(self) -> tuple[Macro, ...]:
        """The macros that SQL in the sandbox can call."""
        return tuple(self._macros)

    def has_function(self, name: str) -> bool:
        """Whether DuckDB itself has a function or macro of that name."""
        known = "SELECT 1 FROM duckdb_functions() WHERE internal AND function_name = lower(?)"
        return bool(self.query(f"{known} LIMIT 1", [name]).rows)

    def create_macro(self, macro: Macro) -> None:
        """Let SQL call a macro, whoever wrote it: its body runs locked in as all SQL does.

        Raises SandboxError when DuckDB refuses it.
        """
        import duckdb

        with self._errors():
            statements = self._connection.extract_statements(macro.sql)
        if [one.type for one in statements] != [duckdb.StatementType.CREATE]:
            raise SandboxError("it is something else than one CREATE statement")
        self.execute(macro.sql)
        self._macros.append(macro)

    def drop_macros(self) -> None:
        """Take away all macros that were created."""
        while self._macros:
            macro = self._macros.pop()
            kind = "MACRO TABLE" if macro.is_table else "MACRO"
            self.execute(f"DROP {kind} IF EXISTS main.{quote(macro.name, DIALECT)}")

    def drop_schema(self, name: str) -> None:
        """Drop a schema with everything in it, if there is one."""
        self.execute(f"DROP SCHEMA IF EXISTS {quote(name, DIALECT)} CASCADE")

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Within the block all computations together may take `seconds`."""
        before = self._watchdog.watch(seconds)
        try:
            yield
        finally:
            self._watchdog.resume(before)

    def _wrapped(self, sql: str) -> str:
        """The SELECT as a subquery, where DuckDB refuses WITH clauses that change data."""
        sql = sql.rstrip().rstrip(";")
        if sql not in self._accepted:
            self._check_select(sql)
            self._accepted.add(sql)
        # The line break ends a comment that would swallow the closing parenthesis.
        return f"SELECT * FROM (\n{sql}\n)"

    def _check_select(self, sql: str) -> None:
        import duckdb

        with self._errors():
            statements = self._connection.extract_statements(sql)
        if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
            raise NotOnlySelect

    @contextmanager
    def _errors(self) -> Iterator[None]:
        if not self._watchdog.is_watching:
            with self.limited(self._limit), self._errors():
                yield
            return
        import duckdb

        self._watchdog.check()
        try:
            yield
        except duckdb.Error as error:
            self._watchdog.check()
            raise SandboxError(str(error)) from None


class _Watchdog:
    """Interrupts a connection whose computations take longer than they may.

    One thread serves all computations of a sandbox, as starting one costs more than most of
    them take. It begins with the first computation and ends with the sandbox.
    """

    _INTERVAL = 0.05

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._seconds = 0.0
        self._deadline = math.inf
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_watching(self) -> bool:
        return self._deadline != math.inf

    def watch(self, seconds: float) -> tuple[float, float]:
        """From now on computations may take so long, all together; gives what held before."""
        before = (self._seconds, self._deadline)
        deadline = time.monotonic() + seconds
        self.resume((seconds, deadline) if deadline < self._deadline else before)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        return before

    def resume(self, limit: tuple[float, float]) -> None:
        """Go back to an earlier limit; at the outermost level that is none."""
        with self._lock:
            self._seconds, self._deadline = limit

    def check(self) -> None:
        """Raise TimeLimitReached once the time is up."""
        if time.monotonic() >= self._deadline:
            raise TimeLimitReached(self._seconds)

    def stop(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        # An interrupt that comes between two statements is lost, so it is repeated.
        while not self._ended.wait(self._INTERVAL):
            # The lock keeps it from hitting a computation that began under a later limit.
            with self._lock:
                if time.monotonic() >= self._deadline:
                    self._connection.interrupt()


def open_sandbox(path: Path | None = None, *, time_limit: float = TIME_LIMIT) -> Sandbox:
    """A sandbox in memory, or one that writes the database file `path` (made if missing).

    Raises DatabaseFileUnusable when the file cannot be opened.
    """
    return Sandbox(path, time_limit=time_limit)


def text_of_column(name: str, kind: str) -> str:
    """An expression for a column's values as text: nested values as JSON, others as DuckDB's."""
    column = quote(name, DIALECT)
    if is_nested(kind):
        return f"CAST(to_json({column}) AS VARCHAR) AS {column}"
    return f"CAST({column} AS VARCHAR) AS {column}"


def is_nested(kind: str) -> bool:
    """Whether a type in DuckDB's words is a list, struct or map."""
    return _NESTED.search(kind) is not None


def _connect(path: Path | None, readable: Path | None) -> duckdb.DuckDBPyConnection:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": "",  # its default may be read and written even without outside access
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
        "allow_community_extensions": False,
        "python_enable_replacements": False,
    }
    try:
        connection = duckdb.connect(str(path) if path else ":memory:", config=config)
    except (duckdb.Error, OSError) as error:
        if path is None:
            raise SandboxError(str(error)) from None
        raise DatabaseFileUnusable(path, _clean(str(error))[0]) from None
    connection.execute("LOAD icu")  # built in; zones need it
    connection.execute("SET TimeZone = 'UTC'")
    # DuckDB takes some programs for a terminal session and draws on standard output
    connection.execute("SET enable_progress_bar = false")
    if readable is not None:
        connection.execute(f"SET allowed_directories = [{literal(str(readable), DIALECT)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _described(
    answer: duckdb.DuckDBPyConnection,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    described = answer.description or []
    return tuple(one[0] for one in described), tuple(str(one[1]) for one in described)


def _instants_as_text(sql: str, types: Sequence[str]) -> str:
    names = [f"c{number}" for number in range(len(types))]
    columns = (
        f"CAST({name} AS VARCHAR)" if "WITH TIME ZONE" in kind else name
        for name, kind in zip(names, types, strict=True)
    )
    return f"SELECT {', '.join(columns)} FROM ({sql}) AS t({', '.join(names)})"


def _missing_function(message: str) -> str | None:
    match = _MISSING_FUNCTION.search(message)
    return match["name"] if match else None


def _pointed_to(message: str) -> tuple[int, int] | None:
    """The place below which DuckDB draws its caret; it cuts long lines, which tell none."""
    found = _ECHO.search(message)
    if found is None or found["text"].startswith("..."):
        return None
    column = len(found["caret"]) - len(f"LINE {found['line']}: ") + 1
    return int(found["line"]), max(column, 1)


def _clean(message: str) -> tuple[str, str | None]:
    """DuckDB's first sentence in our form, and what it suggests, without its echo of the SQL."""
    text = _KIND.sub("", message.strip()).split("\nLINE ", 1)[0]
    lines = [_QUOTED.sub(r"`\1`", line.strip()) for line in text.splitlines() if line.strip()]
    first, *others = lines or ["the database gave no reason"]
    hints = [line for line in others if line.startswith(("Did you mean", "Candidate bindings"))]
    return _lowered(first.rstrip(".!")), _lowered(hints[0]) if hints else None


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:] if sentence[1:2].islower() else sentence
