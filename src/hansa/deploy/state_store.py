"""Reads and writes what hansa keeps in a target (schema `hansa`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from hansa.core.release import ReleaseName
from hansa.core.version import Version
from hansa.deploy.definition import Definition, ObjectKind, Pin, StoredObject
from hansa.deploy.errors import ForeignObjects, StateDamaged, StateTooNew
from hansa.deploy.names import STATE_SCHEMA
from hansa.deploy.sql_records import SqlRecords
from hansa.deploy.state import (
    LiveRelease,
    ObjectRecord,
    PreviousRecord,
    RunRecord,
    TargetState,
    Use,
)
from hansa.engines.errors import StatementFailed
from hansa.engines.protocol import Engine, Records, Row, Size
from hansa.sql.identifiers import quote_path

_T = TypeVar("_T")

STATE_FORMAT = 3

# one entry a format: the statements that lead to it from the one before
_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE {meta} (format INTEGER NOT NULL)",
        "INSERT INTO {meta} VALUES (0)",
        "CREATE TABLE {schemas} (name VARCHAR NOT NULL, product VARCHAR NOT NULL)",
        "CREATE TABLE {releases} (product VARCHAR NOT NULL, version VARCHAR NOT NULL,"
        " digest VARCHAR NOT NULL, deployed_at VARCHAR NOT NULL,"
        " kept BOOLEAN NOT NULL, pins VARCHAR NOT NULL, definition VARCHAR NOT NULL)",
        "CREATE TABLE {objects} (product VARCHAR NOT NULL, relation VARCHAR NOT NULL,"
        " label VARCHAR NOT NULL, kind VARCHAR NOT NULL, content VARCHAR NOT NULL,"
        " fingerprint VARCHAR NOT NULL, row_count BIGINT, byte_count BIGINT,"
        " built_at VARCHAR NOT NULL)",
        "CREATE TABLE {uses} (product VARCHAR NOT NULL, version VARCHAR NOT NULL,"
        " relation VARCHAR NOT NULL, public_name VARCHAR)",
        "CREATE TABLE {runs} (id VARCHAR NOT NULL, product VARCHAR NOT NULL,"
        " started_at VARCHAR NOT NULL, finished_at VARCHAR,"
        " status VARCHAR NOT NULL, detail VARCHAR NOT NULL)",
        "CREATE TABLE {pending} (product VARCHAR NOT NULL, relation VARCHAR NOT NULL)",
    ),
    (
        "CREATE TABLE {checkpoints} (product VARCHAR NOT NULL, relation VARCHAR NOT NULL,"
        " signature VARCHAR NOT NULL)",
        "CREATE TABLE {previous} (product VARCHAR NOT NULL, relation VARCHAR NOT NULL,"
        " is_delta BOOLEAN NOT NULL, row_count BIGINT, byte_count BIGINT,"
        " built_at VARCHAR NOT NULL)",
    ),
    (
        "CREATE TABLE {newest} (product VARCHAR NOT NULL, version VARCHAR NOT NULL,"
        " table_name VARCHAR NOT NULL, column_name VARCHAR NOT NULL, value VARCHAR)",
    ),
)
_NEW_TABLE = re.compile(r"CREATE TABLE \{(?P<table>\w+)\} \((?P<columns>.*)\)")

# the columns of every table, in order
_COLUMNS = {
    found["table"]: tuple(column.split()[0] for column in found["columns"].split(", "))
    for statements in _MIGRATIONS
    for statement in statements
    if (found := _NEW_TABLE.fullmatch(statement))
}
_TABLES = (
    "meta",
    "schemas",
    "releases",
    "objects",
    "uses",
    "runs",
    "pending",
    "checkpoints",
    "previous",
    "newest",
)

# the format that brought a table in, where it was not the first
_SINCE = {"checkpoints": 2, "previous": 2, "newest": 3}


class StateStore:
    """Reads and writes the state of one target; callers hold a transaction where it matters."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._records: Records = engine.records or SqlRecords(engine, STATE_SCHEMA)
        self._up_to_date = False

    def exists(self) -> bool:
        """Whether hansa has ever written to this target."""
        return self._records.exists("meta")

    def prepare(self) -> None:
        """Make the state, or bring an older one to this format.

        Raises StateTooNew, and ForeignObjects when a schema of that name is somebody else's.
        """
        if self._found_format() == STATE_FORMAT:
            return
        with self._engine.switch(()):
            found = self._found_format()
            if found == STATE_FORMAT:
                return  # another product's command was faster
            self._engine.create_schema(STATE_SCHEMA)
            self._migrate(found)
            self._records.update("meta", {"format": STATE_FORMAT}, {})

    def _migrate(self, found: int) -> None:
        if self._engine.records is not None:
            # rows there have whatever columns they are given
            if found == 0:
                self._records.insert("meta", {"format": 0})
            return
        dialect = self._engine.dialect
        names = {name: quote_path((STATE_SCHEMA, name), dialect) for name in _TABLES}
        for statements in _MIGRATIONS[found:]:
            for statement in statements:
                self._engine.execute(statement.format(**names))

    def _found_format(self) -> int:
        """The format that is there, 0 for none."""
        if self.exists():
            found = self._format()
            self._check_format(found)
            return found
        foreign = tuple(item.name for item in self._engine.relations(STATE_SCHEMA))
        if foreign:
            raise ForeignObjects(STATE_SCHEMA, foreign)
        return 0

    def load(self) -> TargetState:
        """The state as it is; empty where hansa never wrote. Raises StateTooNew, StateDamaged."""
        if not self.exists():
            return TargetState()
        self._check_format(self._format())
        return self._read(self._load)

    def _load(self) -> TargetState:
        releases = self._select(
            "releases", "product, version, digest, deployed_at, kept, pins, definition"
        )
        objects = self._select(
            "objects",
            "product, relation, label, kind, content, fingerprint, row_count, byte_count, built_at",
        )
        uses = self._select("uses", "product, version, relation, public_name")
        newest = self._select("newest", "product, version, table_name, column_name, value")
        records = [_object_record(row) for row in objects]
        return TargetState(
            releases=tuple(sorted(map(_live_release, releases), key=lambda live: live.name)),
            objects={(record.product, record.relation): record for record in records},
            uses=tuple(
                Use(ReleaseName(product, Version.parse(version)), relation, public_name)
                for product, version, relation, public_name in uses
            ),
            schemas=self.schemas(),
            newest={
                (ReleaseName(product, Version.parse(version)), table, column): value
                for product, version, table, column, value in newest
            },
        )

    def schemas(self) -> dict[str, str]:
        """The schemas that hansa made in the target, and the product of each."""
        return dict(self._select("schemas", "name, product"))

    def runs(self, product: str) -> tuple[RunRecord, ...]:
        """The recorded runs of a product, newest first."""
        rows = self._select("runs", "id, product, started_at, finished_at, status, detail")
        records = [_run_record(row) for row in rows]
        found = [record for record in records if record.product == product]
        return tuple(sorted(found, key=lambda record: record.started_at, reverse=True))

    # -- writing -------------------------------------------------------------------------

    def add_schema(self, schema: str, product: str) -> None:
        self._insert("schemas", schema, product)

    def remove_schema(self, schema: str) -> None:
        self._delete("schemas", name=schema)

    def put_release(self, definition: Definition, deployed_at: datetime, kept: bool) -> None:
        """Record a release and what it uses, in place of what was recorded of it before."""
        self.remove_release(definition.name)
        pins = msgspec.json.encode(dict(definition.pins), order="deterministic").decode()
        raw = msgspec.json.encode(definition, order="deterministic").decode()
        row = (definition.product, definition.version, definition.digest)
        self._insert("releases", *row, deployed_at.isoformat(), kept, pins, raw)
        public = {table.relation: table.contract.name for table in definition.tables}
        for item in definition.objects:
            use = (definition.product, definition.version, item.relation)
            self._insert("uses", *use, public.get(item.relation))

    def change_release(self, definition: Definition) -> None:
        """Record that a live release is stored in another way; when it came stays."""
        live = self.load().find(definition.name)
        assert live is not None
        self.put_release(definition, live.deployed_at, live.kept)

    def remove_release(self, name: ReleaseName) -> None:
        for table in ("releases", "uses", "newest"):
            self._delete(table, product=name.product, version=str(name.version))

    def put_object(self, product: str, item: StoredObject, rows: int | None, now: datetime) -> None:
        self.remove_object(product, item.relation)
        described = (item.label, item.kind.value, item.content, item.fingerprint)
        self._insert("objects", product, item.relation, *described, rows, None, now.isoformat())

    def put_built(
        self, product: str, items: Sequence[StoredObject], now: datetime
    ) -> tuple[str, ...]:
        """Record what was built, and give the relations among it that were tables before."""
        before = self.load().objects
        for item in items:
            self.put_object(product, item, None, now)
        return tuple(
            item.relation
            for item in items
            if not item.kind.holds_rows
            and (record := before.get((product, item.relation))) is not None
            and record.kind.holds_rows
        )

    def set_size(self, product: str, relation: str, size: Size) -> None:
        measured: Row = {"row_count": size.rows, "byte_count": size.bytes}
        self._records.update("objects", measured, {"product": product, "relation": relation})

    def remove_object(self, product: str, relation: str) -> None:
        self._delete("objects", product=product, relation=relation)

    def put_newest(self, name: ReleaseName, table: str, values: Mapping[str, str | None]) -> None:
        """Record the newest values of columns of a public table, as the engine writes them."""
        version = str(name.version)
        for column, value in values.items():
            where = {"product": name.product, "version": version, "table_name": table}
            self._delete("newest", **where, column_name=column)
            self._insert("newest", name.product, version, table, column, value)

    def start_run(self, id: str, product: str, now: datetime) -> None:  # noqa: A002
        self._insert("runs", id, product, now.isoformat(), None, "running", "{}")

    def finish_run(self, id: str, now: datetime, status: str, detail: Mapping[str, Any]) -> None:  # noqa: A002
        text = msgspec.json.encode(detail).decode()
        ended: Row = {"status": status, "finished_at": now.isoformat(), "detail": text}
        self._records.update("runs", ended, {"id": id})

    def interrupt_runs(self, product: str, now: datetime) -> None:
        """Say of runs that never ended that they did not."""
        ended: Row = {"status": "interrupted", "finished_at": now.isoformat()}
        self._records.update("runs", ended, {"product": product, "status": "running"})

    def pending(self, product: str) -> tuple[str, ...]:
        """Relations of the product's store that a killed command may have left behind."""
        rows = self._select("pending", "relation", product=product)
        return tuple(sorted(relation for (relation,) in rows))

    def add_pending(self, product: str, relation: str) -> None:
        self._insert("pending", product, relation)

    def clear_pending(self, product: str) -> None:
        """Forget what is beside, and how far a command has come."""
        self._delete("pending", product=product)
        self._delete("checkpoints", product=product)

    def remove_pending(self, product: str, relation: str) -> None:
        self._delete("pending", product=product, relation=relation)

    def checkpoints(self, product: str) -> dict[str, str]:
        """The signatures of relations that a command built whole and did not publish."""
        return dict(self._select("checkpoints", "relation, signature", product=product))

    def put_checkpoint(self, product: str, relation: str, signature: str) -> None:
        self.remove_checkpoint(product, relation)
        self._insert("checkpoints", product, relation, signature)

    def remove_checkpoint(self, product: str, relation: str) -> None:
        self._delete("checkpoints", product=product, relation=relation)

    def previous(self, product: str) -> tuple[PreviousRecord, ...]:
        """What is kept of the rows that the last run replaced."""
        rows = self._select(
            "previous",
            "relation, is_delta, row_count, byte_count, built_at",
            product=product,
        )
        return tuple(
            PreviousRecord(relation, bool(delta), count, size, datetime.fromisoformat(built_at))
            for relation, delta, count, size, built_at in sorted(rows)
        )

    def add_previous(self, product: str, one: PreviousRecord) -> None:
        built_at = one.built_at.isoformat()
        self._insert("previous", product, one.relation, one.delta, one.rows, one.bytes, built_at)

    def clear_previous(self, product: str) -> None:
        self._delete("previous", product=product)

    # -- statements ----------------------------------------------------------------------

    def _format(self) -> int:
        return self._read(lambda: int(self._select("meta", "format")[0][0]))

    def _has(self, since: int) -> bool:
        self._up_to_date = self._up_to_date or self._format() >= STATE_FORMAT
        return self._up_to_date or self._format() >= since

    def _check_format(self, found: int) -> None:
        if found > STATE_FORMAT:
            raise StateTooNew(self._engine.url, found, STATE_FORMAT)

    def _read(self, read: Callable[[], _T]) -> _T:
        try:
            return read()
        except (StatementFailed, msgspec.DecodeError, LookupError, ValueError, TypeError) as error:
            raise StateDamaged(self._engine.url, str(error)) from None

    def _select(self, table: str, columns: str, **where: str) -> tuple[tuple[Any, ...], ...]:
        # who only reads an older state cannot bring it up to date: what it lacks is empty
        if table in _SINCE and not self._has(_SINCE[table]):
            return ()
        return self._records.select(table, columns.split(", "), where)

    def _insert(self, table: str, *values: str | int | bool | None) -> None:
        self._records.insert(table, dict(zip(_COLUMNS[table], values, strict=True)))

    def _delete(self, table: str, **values: str) -> None:
        self._records.delete(table, values)


def _live_release(row: Sequence[Any]) -> LiveRelease:
    product, version, digest, deployed_at, kept, pins, definition = row
    return LiveRelease(
        name=ReleaseName(product, Version.parse(version)),
        digest=digest,
        deployed_at=datetime.fromisoformat(deployed_at),
        kept=kept,
        pins=msgspec.json.decode(pins, type=dict[str, Pin]),
        raw_definition=definition,
    )


def _object_record(row: Sequence[Any]) -> ObjectRecord:
    *described, built_at = row
    product, relation, label, kind, content, fingerprint, rows, size = described
    return ObjectRecord(
        product=product,
        relation=relation,
        label=label,
        kind=ObjectKind(kind),
        content=content,
        fingerprint=fingerprint,
        rows=rows,
        bytes=size,
        built_at=datetime.fromisoformat(built_at),
    )


def _run_record(row: Sequence[Any]) -> RunRecord:
    id_, product, started_at, finished_at, status, detail = row
    return RunRecord(
        id=id_,
        product=product,
        started_at=datetime.fromisoformat(started_at),
        finished_at=datetime.fromisoformat(finished_at) if finished_at else None,
        status=status,
        detail=msgspec.json.decode(detail),
    )
