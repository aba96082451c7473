"""Hansa's records in a Spark target: rows by product, in one text a product.

Spark's own tables have no row changes and no transactions. A text is replaced as a whole, so what
a transaction changes of one product is seen together or not at all. Only the holder of a product's
lock changes its rows, so two commands on different products write different texts.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from hansa.engines.errors import StatementFailed, TargetBusy, TargetFailed
from hansa.engines.protocol import Row
from hansa.engines.spark_notes import Conflict, Note, Notes

_Tables = dict[str, list[dict[str, Any]]]

_ATTEMPTS = 5
_FILE = re.compile(r"(?P<key>[a-z0-9_]*)\.json")


class Shelf(Protocol):
    """Where the texts are; `load` gives all of them as they are now."""

    def load(self) -> Mapping[str, str]: ...

    def save(self, key: str, text: str) -> None:
        """Raises TargetBusy when somebody else saved this one since it was loaded."""
        ...


class FileShelf:
    """Files in a warehouse that one process at a time has open."""

    def __init__(self, directory: Path, url: str) -> None:
        self._directory = directory
        self._url = url

    def load(self) -> Mapping[str, str]:
        try:
            names = sorted(self._directory.iterdir()) if self._directory.exists() else []
            return {
                found["key"]: path.read_text(encoding="utf-8")
                for path in names
                if (found := _FILE.fullmatch(path.name))
            }
        except OSError as error:
            raise TargetFailed(self._url, (error.strerror or str(error)).lower()) from None

    def save(self, key: str, text: str) -> None:
        path = self._directory / f"{key}.json"
        beside = path.with_suffix(".new")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with beside.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise TargetFailed(self._url, (error.strerror or str(error)).lower()) from None


class ViewShelf:
    """Views in the catalog, for targets that many machines share."""

    def __init__(self, notes: Notes, url: str) -> None:
        self._notes = notes
        self._url = url
        self._known: dict[str, tuple[Note, str]] = {}

    def load(self) -> Mapping[str, str]:
        for attempt in range(_ATTEMPTS):
            try:
                self._known = {
                    key: (note, self._read(key, note))
                    for key, note in self._notes.list().items()
                    if note.generation
                }
                break
            except StatementFailed:
                # a writer dropped a generation between listing and reading
                if attempt == _ATTEMPTS - 1:
                    raise
        return {key: text for key, (_, text) in self._known.items()}

    def _read(self, key: str, note: Note) -> str:
        known = self._known.get(key)
        if known is not None and known[0].generation == note.generation:
            return known[1]
        return self._notes.read(key, note)

    def save(self, key: str, text: str) -> None:
        before = self._notes.list().get(key)
        known = self._known.get(key)
        if (before.generation if before else 0) != (known[0].generation if known else 0):
            raise self._busy(key)
        try:
            self._known[key] = (self._notes.write(key, text, before), text)
        except Conflict:
            raise self._busy(key) from None

    def _busy(self, key: str) -> TargetBusy:
        return TargetBusy(self._url, f"another command that changes `{key}`", 0)


class RowRecords:
    """Small tables over a shelf; see `Records` for what its methods promise."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._products: dict[str, _Tables] = {}
        self._changed: set[str] = set()
        self._within = False

    @contextmanager
    def together(self) -> Iterator[None]:
        """Changes inside are kept at its end, and forgotten when it raises."""
        if self._within:
            yield
            return
        self._within = True
        try:
            self._load()
            yield
            self._save()
        finally:
            self._within = False
            self._changed.clear()

    def exists(self, table: str) -> bool:
        return any(table in tables for tables in self._now().values())

    def select(self, table: str, columns: Sequence[str], where: Row) -> tuple[tuple[Any, ...], ...]:
        return tuple(
            tuple(row.get(column) for column in columns)
            for tables in self._now().values()
            for row in tables.get(table, ())
            if _meets(row, where)
        )

    def insert(self, table: str, row: Row) -> None:
        with self.together():
            key = str(row.get("product", ""))
            self._products.setdefault(key, {}).setdefault(table, []).append(dict(row))
            self._changed.add(key)

    def update(self, table: str, values: Row, where: Row) -> None:
        with self.together():
            for key, tables in self._products.items():
                for row in tables.get(table, ()):
                    if _meets(row, where):
                        row.update(values)
                        self._changed.add(key)

    def delete(self, table: str, where: Row) -> None:
        with self.together():
            for key, tables in self._products.items():
                rows = tables.get(table, [])
                kept = [row for row in rows if not _meets(row, where)]
                if len(kept) < len(rows):
                    tables[table] = kept
                    self._changed.add(key)

    def _now(self) -> Mapping[str, _Tables]:
        if not self._within:
            self._load()
        return self._products

    def _load(self) -> None:
        self._products = {key: json.loads(text) for key, text in self._shelf.load().items()}

    def _save(self) -> None:
        # what tells that there are records at all comes last
        for key in sorted(self._changed, reverse=True):
            self._shelf.save(key, json.dumps(self._products[key], sort_keys=True))


def _meets(row: Row, where: Row) -> bool:
    return all(row.get(column) == value for column, value in where.items())
