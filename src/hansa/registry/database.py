"""The embedded registry's SQLite file: created, migrated and opened by any number of processes."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from hansa.registry.schema import HEAD
from hansa.registry.service import WRITES

_PAUSE_SECONDS = 0.02


class SchemaTooNew(Exception):
    """The file's schema is one that this version does not know."""


def prepare(database: Path, busy_seconds: float) -> None:
    """Brings the file to the newest schema, creating it when it is not there.

    Safe when several processes do it at once. Raises SchemaTooNew or sqlite3.Error.
    """
    revision = _revision(database, busy_seconds) if database.exists() else None
    if revision == HEAD:
        return
    if revision is not None and revision > HEAD:
        raise SchemaTooNew(revision)
    with closing(_connect(database, "rwc", busy_seconds)) as connection:
        _use_wal(connection, busy_seconds)
    _migrate(open_engine(database, busy_seconds))


def open_engine(database: Path, busy_seconds: float) -> Engine:
    """An engine on the file; connections are read-only where the file or directory is."""
    engine = create_engine(
        "sqlite://", creator=lambda: _connect_as_allowed(database, busy_seconds), poolclass=NullPool
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    # A reader that becomes a writer halfway may find its snapshot outdated and fail at once;
    # taking the write lock at the start waits instead.
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _connect_as_allowed(database: Path, busy_seconds: float) -> sqlite3.Connection:
    if os.access(database, os.W_OK) and os.access(database.parent, os.W_OK):
        connection = _connect(database, "rw", busy_seconds)
    elif Path(f"{database}-wal").exists():
        connection = _connect(database, "ro", busy_seconds)
    else:
        # Without a log there is no writer, and without the right to create one SQLite would
        # refuse to open the file at all.
        connection = _connect(database, "ro&immutable=1", busy_seconds)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _connect(database: Path, mode: str, busy_seconds: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{database.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )


def _revision(database: Path, busy_seconds: float) -> str | None:
    """The schema that the file says it has; None for an empty file."""
    with closing(_connect_as_allowed(database, busy_seconds)) as connection:
        named = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
        if named.fetchone() is None:
            return None
        row: Any = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def _use_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Lets readers go on while somebody writes; a property of the file from then on."""
    give_up = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # SQLite does not wait for the lock that this change needs.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _migrate(engine: Engine) -> None:
    # Alembic takes long to import and is needed once in the life of most registries.
    from alembic import command
    from alembic.config import Config

    config = Config()
    scripts = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", scripts.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
