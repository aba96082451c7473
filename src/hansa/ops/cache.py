"""Analysis facts on disk, by content: a damaged or foreign cache is rebuilt, never trusted."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from hansa.core.facts import ModelFacts

# Of more entries than this, only those stay that one of the last writes had a use for.
MOST_ENTRIES = 20_000
WRITES_KEPT = 20

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS entries"
    " (key TEXT PRIMARY KEY, value BLOB NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID"
)


class DiskFacts:
    """Facts of models in one SQLite file; keys name everything that they were made from.

    Whatever goes wrong with the file (it is damaged, locked for long, on a full or read-only
    disk) costs time and nothing else: facts are then computed again. The file does not grow
    without end: beyond `most` entries, those go that no recent write used.
    """

    def __init__(self, path: Path, most: int = MOST_ENTRIES) -> None:
        self._path = path
        self._most = most
        self._found: dict[str, bytes] = {}
        self._new: dict[str, bytes] = {}
        self._used: set[str] = set()
        self._decoder = msgspec.json.Decoder(ModelFacts)
        self._read()

    def get(self, key: str) -> ModelFacts | None:
        value = self._found.get(key)
        if value is None:
            return None
        try:
            facts = self._decoder.decode(value)
        except (msgspec.DecodeError, ValueError):
            return None
        self._used.add(key)
        return facts

    def put(self, key: str, facts: ModelFacts) -> None:
        self.add({key: msgspec.json.encode(facts)})

    def add(self, entries: Mapping[str, bytes]) -> None:
        """Take over what somebody else encoded."""
        self._found.update(entries)
        self._new.update(entries)

    def __contains__(self, key: str) -> bool:
        return key in self._found

    def save(self) -> None:
        """Write what was added since the file was read."""
        if not self._new:
            return
        with contextlib.suppress(sqlite3.OperationalError, OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._write()
            except sqlite3.OperationalError:
                # the disk is full or another process is busy: what was there is still good
                raise
            except sqlite3.Error:
                self._path.unlink()

    def _read(self) -> None:
        if not self._path.exists():
            return
        try:
            with self._connect() as connection:
                self._found = dict(connection.execute("SELECT key, value FROM entries"))
        except sqlite3.DatabaseError as error:
            if "locked" not in str(error) and "no such table" not in str(error):
                with contextlib.suppress(OSError):
                    self._path.unlink()

    def _write(self) -> None:
        with self._connect() as connection:
            connection.execute(_SCHEMA)
            count, last = connection.execute(
                "SELECT count(*), coalesce(max(used), 0) FROM entries"
            ).fetchone()
            now = last + 1
            connection.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)",
                ((key, value, now) for key, value in self._new.items()),
            )
            connection.executemany(
                "UPDATE entries SET used = ? WHERE key = ?", ((now, key) for key in self._used)
            )
            if count + len(self._new) > self._most:
                connection.execute("DELETE FROM entries WHERE used <= ?", (now - WRITES_KEPT,))
        self._new = {}

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=5)
        try:
            with connection:
                yield connection
        finally:
            connection.close()
