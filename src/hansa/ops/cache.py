"""Analysis facts on disk, by content: a damaged or foreign cache is rebuilt, never trusted."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hansa.core.facts import ModelFacts

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
)


class DiskFacts:
    """Facts of models in one SQLite file; keys name everything that they were made from.

    Whatever goes wrong with the file (it is damaged, locked for long, on a full or read-only
    disk) costs time and nothing else: facts are then computed again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, bytes] = {}
        self._new: dict[str, bytes] = {}
        self._decoder = msgspec.json.Decoder(ModelFacts)
        self._read()

    def get(self, key: str) -> ModelFacts | None:
        value = self._found.get(key)
        if value is None:
            return None
        try:
            return self._decoder.decode(value)
        except (msgspec.DecodeError, ValueError):
            return None

    def put(self, key: str, facts: ModelFacts) -> None:
        value = msgspec.json.encode(facts)
        self._found[key] = value
        self._new[key] = value

    def save(self) -> None:
        """Write what was added since the file was read."""
        if not self._new:
            return
        with contextlib.suppress(sqlite3.Error, OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._write()

    def _read(self) -> None:
        if not self._path.exists():
            return
        try:
            with self._connect() as connection:
                self._found = dict(connection.execute("SELECT key, value FROM facts"))
        except sqlite3.DatabaseError as error:
            if "locked" not in str(error) and "no such table" not in str(error):
                with contextlib.suppress(OSError):
                    self._path.unlink()

    def _write(self) -> None:
        with self._connect() as connection:
            connection.execute(_SCHEMA)
            connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", self._new.items())
        self._new = {}

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=5)
        try:
            with connection:
                yield connection
        finally:
            connection.close()
