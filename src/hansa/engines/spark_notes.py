"""Texts kept in a catalog as views: what a target remembers where tables have no row changes.

A text is written as a new generation of views beside the last one. CREATE VIEW fails where a view
is there already, so of two writers that saw the same generation one is refused: that is what locks
and records of a remote Spark rest on. A generation counts when all of its parts are there, so a
writer that dies in between leaves the one before.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from hansa.engines.errors import StatementFailed
from hansa.engines.protocol import Relation, RelationKind, Rows
from hansa.sql.identifiers import literal, quote, quote_path

_DIALECT = "spark"

# the schema of everything that hansa keeps for itself
SCHEMA = "hansa"

_NAME = re.compile(
    r"(?P<kind>record|lock)__(?P<key>.*)__g(?P<generation>\d+)__(?P<part>\d+)of(?P<parts>\d+)"
)

# what a metastore in Derby takes as the text of a view, less the statement around it
_PART = 30_000


class Catalog(Protocol):
    """What locks and records need of the engine whose they are."""

    def execute(self, sql: str) -> None: ...

    def query(self, sql: str) -> Rows: ...

    def has_schema(self, schema: str) -> bool: ...

    def create_schema(self, schema: str) -> None: ...

    def all_relations(self, schema: str) -> tuple[Relation, ...]: ...

    def clock(self) -> float: ...


class Conflict(Exception):
    """Somebody else wrote the same text meanwhile."""


@dataclass(frozen=True, slots=True)
class Note:
    """The newest whole generation of one text, and the newest that was ever begun."""

    generation: int
    begun: int
    parts: int


def is_note(name: str) -> bool:
    """Whether a view of the schema holds a part of a text."""
    return _NAME.fullmatch(name) is not None


class Notes:
    """The texts of one kind in one target."""

    def __init__(self, engine: Catalog, kind: str) -> None:
        self._engine = engine
        self._kind = kind

    def list(self) -> Mapping[str, Note]:
        """The newest generation of every text, by key."""
        seen: dict[str, dict[int, tuple[int, int]]] = {}
        for relation in self._engine.all_relations(SCHEMA):
            found = _NAME.fullmatch(relation.name)
            if relation.kind is RelationKind.VIEW and found and found["kind"] == self._kind:
                generations = seen.setdefault(found["key"], {})
                number = int(found["generation"])
                there, parts = generations.get(number, (0, 0))
                begun = found["part"] == "0"
                generations[number] = (there, parts) if begun else (there + 1, int(found["parts"]))
        notes = {}
        for key, generations in seen.items():
            whole = [
                number for number, (there, parts) in generations.items() if there and there == parts
            ]
            newest = max(whole, default=0)
            parts = generations[newest][1] if newest else 0
            notes[key] = Note(newest, max(generations), parts)
        return notes

    def read(self, key: str, note: Note) -> str:
        """One text; StatementFailed when a newer generation has taken its place meanwhile."""
        paths = [
            self._path(key, note.generation, number, note.parts)
            for number in range(1, note.parts + 1)
        ]
        parts = [f"SELECT {number} AS n, part FROM {path}" for number, path in enumerate(paths)]
        rows = sorted(self._engine.query(" UNION ALL ".join(parts)).rows)
        return _unpack("".join(str(part) for _, part in rows))

    def write(self, key: str, text: str, before: Note | None) -> Note:
        """Put a text in the place of the generation that was seen before. Raises Conflict."""
        generation = before.begun + 1 if before else 1
        parts = _pack(text)
        note = Note(generation, generation, len(parts))
        if not self._engine.has_schema(SCHEMA):
            self._engine.create_schema(SCHEMA)
        # the same name for whatever text, so that it is refused to all but one
        self._create(f"CREATE VIEW {self._path(key, generation, 0, 0)} AS {_select('')}")
        for number, part in enumerate(parts, 1):
            path = self._path(key, generation, number, len(parts))
            self._create(f"CREATE VIEW {path} AS {_select(part)}")
        newest = self.list().get(key)
        if newest is None or newest.begun != generation:
            # who was slower than two others did not see that somebody came first
            self._forget(key, generation)
            raise Conflict
        self._forget(key, below=generation)
        return note

    def overwrite(self, key: str, text: str, note: Note) -> None:
        """Change a short text of a generation that is one's own. Raises Conflict if it is gone."""
        (part,) = _pack(text)
        try:
            path = self._path(key, note.generation, 1, 1)
            self._engine.execute(f"ALTER VIEW {path} AS {_select(part)}")
        except StatementFailed:
            raise Conflict from None

    def _create(self, statement: str) -> None:
        try:
            self._engine.execute(statement)
        except StatementFailed as failure:
            if "already exists" not in failure.reason:
                raise
            raise Conflict from None

    def _forget(self, key: str, exact: int | None = None, *, below: int = 0) -> None:
        """Drop the views of one generation, or of all that are older."""
        for relation in self._engine.all_relations(SCHEMA):
            found = _NAME.fullmatch(relation.name)
            if found is None or (found["kind"], found["key"]) != (self._kind, key):
                continue
            if int(found["generation"]) == exact or int(found["generation"]) < below:
                with suppress(StatementFailed):
                    self._engine.execute(
                        f"DROP VIEW IF EXISTS {quote_path((SCHEMA, relation.name), _DIALECT)}"
                    )

    def _path(self, key: str, generation: int, part: int, parts: int) -> str:
        name = f"{self._kind}__{key}__g{generation}__{part}of{parts}"
        return f"{quote(SCHEMA, _DIALECT)}.{quote(name, _DIALECT)}"


def _select(part: str) -> str:
    return f"SELECT {literal(part, _DIALECT)} AS part"


def _pack(text: str) -> list[str]:
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    return [packed[at : at + _PART] for at in range(0, len(packed), _PART)]


def _unpack(packed: str) -> str:
    return zlib.decompress(base64.b64decode(packed)).decode()
