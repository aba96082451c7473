"""Builds relations beside those that readers see, and puts them in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hansa.core.facts import Input, InputKind
from hansa.deploy.definition import ObjectKind, StoredObject
from hansa.deploy.errors import ModelFailed, SourceUnreadable
from hansa.deploy.incremental import Delta, plan_delta
from hansa.deploy.names import DELTA_SUFFIX, NEW_SUFFIX, store_schema
from hansa.deploy.progress import Progress
from hansa.deploy.state_store import StateStore
from hansa.engines.errors import StatementFailed, TargetFailed
from hansa.engines.protocol import Engine, Relation, RelationKind
from hansa.sql.compile import compile_model


@dataclass(frozen=True, slots=True)
class Built:
    """One relation beside: the whole of it, or only what is new (`delta`)."""

    stored: StoredObject
    delta: Delta | None = None


class Workshop:
    """The relations that one command builds for one product.

    What is built reads what was built before it, so a whole product is computed from new data
    while readers see the old. Everything beside is recorded first: what a killed command
    leaves behind is found by the next one.
    """

    def __init__(self, engine: Engine, product: str, progress: Progress) -> None:
        self._engine = engine
        self._product = product
        self._progress = progress
        self._records = StateStore(engine)
        self._built: dict[str, Built] = {}
        self.store = store_schema(product, engine.name_limit)

    @property
    def built(self) -> tuple[Built, ...]:
        """What was built, in the order of building."""
        return tuple(self._built.values())

    def path(self, relation: str) -> tuple[str, ...]:
        """Where the newest rows of a stored relation are: beside, or in their place."""
        name = relation + NEW_SUFFIX if relation in self._built else relation
        return (self.store, name)

    def delta_path(self, relation: str) -> tuple[str, ...]:
        """Where the rows are that an audit has not seen: the new part, or all."""
        built = self._built.get(relation)
        if built is not None and built.delta is not None:
            return (self.store, relation + DELTA_SUFFIX)
        return self.path(relation)

    def clean(self) -> None:
        """Drop what this or an earlier, killed command left beside."""
        pending = self._records.pending(self._product)
        if not pending:
            return
        kinds = {found.name: found.kind for found in self._engine.relations(self.store)}
        with self._engine.transaction():
            self._drop({name: kinds[name] for name in pending if name in kinds})
            self._records.clear_pending(self._product)
        self._built.clear()

    def build(self, stored: StoredObject, *, full: bool = False) -> Built:
        """Build one relation beside. Raises ModelFailed, SourceUnreadable or TargetFailed."""
        self._progress(f"building {stored.label}")
        try:
            built = self._build(stored, full)
        except StatementFailed as failure:
            if stored.source is not None:
                raise _unreadable(stored, failure.reason) from None
            raise ModelFailed(stored.label, stored.file, failure.reason) from None
        except TargetFailed as failure:
            if stored.source is not None:
                raise _unreadable(stored, failure.reason) from None
            raise
        self._built[stored.relation] = built
        return built

    def publish(self) -> None:
        """Put everything built in its place; inside the caller's transaction."""
        views = [built for built in self.built if not built.stored.kind.holds_rows]
        beside = [
            built.stored.relation + NEW_SUFFIX
            for built in reversed(self.built)
            if built.delta is not None or not built.stored.kind.holds_rows
        ]
        self._drop(dict.fromkeys(beside, RelationKind.VIEW))
        for built in self.built:
            if built.stored.kind.holds_rows:
                self._replace_rows(built)
        self._built.clear()
        for built in views:
            self.show(built.stored)
        self._records.clear_pending(self._product)

    def show(self, stored: StoredObject) -> None:
        """Make the view of a stored object that holds no rows, or make it anew."""
        self._engine.create_view((self.store, stored.relation), self.select(stored))

    def select(self, stored: StoredObject) -> str:
        """The SELECT that computes a stored object from what its inputs hold now."""
        if stored.source is not None:
            return self._engine.scan_sql(stored.source, Path(stored.base))
        return self.resolve(stored.sql, stored.inputs, stored.file)

    def resolve(self, sql: str, inputs: Sequence[tuple[str, ...]], file: str) -> str:
        """Stored SQL with its numbered inputs replaced by where their rows are."""

        def relation_of(item: Input) -> tuple[str, ...]:
            path = inputs[int(item.name)]
            return self.path(path[-1]) if path[:-1] == (self.store,) else path

        def input_of(group: str, name: str) -> Input:
            return Input(InputKind.MODEL, name, group)

        dialect = self._engine.dialect
        return compile_model(sql, dialect, file, relation_of, input_of, dialect)

    def _build(self, stored: StoredObject, full: bool) -> Built:
        select = self.select(stored)
        if stored.kind is ObjectKind.INCREMENTAL and not full:
            delta = plan_delta(self._engine, self.store, stored)
            if delta is not None:
                rows, merged = stored.relation + DELTA_SUFFIX, stored.relation + NEW_SUFFIX
                self._engine.create_table(self._beside(rows), delta.rows_sql(select))
                if delta.fits(self._engine):
                    self._engine.create_view(self._beside(merged), delta.merged_sql())
                    return Built(stored, delta)
                # the model has other columns now: what is stored cannot take its rows
                self._drop({rows: RelationKind.TABLE})
        path = self._beside(stored.relation + NEW_SUFFIX)
        if stored.kind.holds_rows:
            self._engine.create_table(path, select)
        else:
            self._engine.create_view(path, select)
        return Built(stored)

    def _beside(self, relation: str) -> tuple[str, ...]:
        """Where to build something, written down first so that it is found after a crash."""
        self._records.add_pending(self._product, relation)
        return (self.store, relation)

    def _replace_rows(self, built: Built) -> None:
        relation = built.stored.relation
        if built.delta is not None:
            for statement in built.delta.apply_sql():
                self._engine.execute(statement)
            self._drop({relation + DELTA_SUFFIX: RelationKind.TABLE})
            return
        self._engine.replace_table((self.store, relation), relation + NEW_SUFFIX)

    def _drop(self, relations: Mapping[str, RelationKind]) -> None:
        self._engine.drop([(self.store, Relation(*item)) for item in relations.items()])


def _unreadable(stored: StoredObject, reason: str) -> SourceUnreadable:
    assert stored.source is not None
    return SourceUnreadable(stored.label, stored.source.path or "", reason)
