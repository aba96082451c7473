"""Builds relations beside those that readers see, and puts them in their place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hansa.core.facts import Input, InputKind
from hansa.deploy.definition import ObjectKind, StoredObject
from hansa.deploy.errors import ModelFailed, SourceUnreadable
from hansa.deploy.incremental import Delta, plan_delta
from hansa.deploy.names import (
    DELTA_SUFFIX,
    NEW_SUFFIX,
    PREVIOUS_SUFFIX,
    TAKEN_SUFFIX,
    store_schema,
)
from hansa.deploy.state import PreviousRecord, TargetState
from hansa.deploy.state_store import StateStore
from hansa.engines.errors import StatementFailed, TargetFailed
from hansa.engines.protocol import Engine, Relation, RelationKind, Size
from hansa.sql.compile import compile_model
from hansa.sql.identifiers import quote, quote_path

# makes one table in a session
Step = Callable[[Engine], None]


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

    def __init__(self, engine: Engine, product: str) -> None:
        self._engine = engine
        self._product = product
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

    def clean(self, keep: Collection[str] = ()) -> None:
        """Drop what this or an earlier, killed command left beside.

        `keep` are relations that were built whole and stay for the one that goes on.
        """
        pending = self._records.pending(self._product)
        if not pending:
            return
        kept = {name + suffix for name in keep for suffix in (NEW_SUFFIX, DELTA_SUFFIX)}
        kinds = {found.name: found.kind for found in self._engine.relations(self.store)}
        with self._engine.transaction():
            dropped = {
                name: kinds[name]
                for name in pending
                if name in kinds and (name not in kept or kinds[name] is RelationKind.VIEW)
            }
            self._drop(dropped)
            for relation in pending:
                if relation not in kept:
                    self._records.remove_pending(self._product, relation)
            for relation in self._records.checkpoints(self._product):
                if relation not in keep:
                    self._records.remove_checkpoint(self._product, relation)
        self._built.clear()

    @property
    def finished(self) -> frozenset[str]:
        """The relations that are built whole and written down as such."""
        return frozenset(self._records.checkpoints(self._product))

    def check_point(self, stored: StoredObject, signature: str) -> None:
        """Write down that a relation with rows is built, for a command that goes on later."""
        if stored.kind.holds_rows:
            self._records.put_checkpoint(self._product, stored.relation, signature)

    def adopt(self, stored: StoredObject) -> Built:
        """Take what an earlier command built as built by this one."""
        there = {found.name for found in self._engine.relations(self.store)}
        delta = None
        if stored.relation + DELTA_SUFFIX in there:
            delta = plan_delta(self._engine, self.store, stored)
            assert delta is not None
            path = self._beside(stored.relation + NEW_SUFFIX)
            self._engine.create_view(path, delta.merged_sql())
        self._built[stored.relation] = Built(stored, delta)
        return self._built[stored.relation]

    def steps(self, stored: StoredObject, *, full: bool = False) -> Generator[Step, None, None]:
        """Build one relation beside: each step is to be done, or its error thrown in here.

        Raises ModelFailed, SourceUnreadable or TargetFailed.
        """
        try:
            self._built[stored.relation] = yield from self._build(stored, full)
        except StatementFailed as failure:
            if stored.source is not None:
                raise _unreadable(stored, failure.reason) from None
            raise ModelFailed(stored.label, stored.file, failure.reason) from None
        except TargetFailed as failure:
            if stored.source is not None:
                raise _unreadable(stored, failure.reason) from None
            raise

    def found(self, relation: str) -> Built:
        """What was built of a relation."""
        return self._built[relation]

    def put_in_order(self, relations: Iterable[str]) -> None:
        """Take these as the order of building."""
        self._built = {name: self._built[name] for name in relations if name in self._built}

    def publish(self, state: TargetState | None = None) -> None:
        """Put everything built in its place; inside the caller's transaction.

        With the state as it was, the rows that are replaced are kept for `restore`.
        """
        self.forget_previous()
        views = [built for built in self.built if not built.stored.kind.holds_rows]
        beside = [
            built.stored.relation + NEW_SUFFIX
            for built in reversed(self.built)
            if built.delta is not None or not built.stored.kind.holds_rows
        ]
        self._drop(dict.fromkeys(beside, RelationKind.VIEW))
        for built in self.built:
            if built.stored.kind.holds_rows:
                keep = state is not None and self._keep_previous(built, state)
                self._replace_rows(built, built.stored.relation + PREVIOUS_SUFFIX if keep else None)
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

    def _build(self, stored: StoredObject, full: bool) -> Generator[Step, None, Built]:
        if stored.kind is ObjectKind.LOADED:
            assert stored.source is not None
            path = self._beside(stored.relation + NEW_SUFFIX)
            yield _loading(path, stored)
            return Built(stored)
        select = self.select(stored)
        if stored.kind is ObjectKind.INCREMENTAL and not full:
            delta = plan_delta(self._engine, self.store, stored)
            if delta is not None:
                rows, merged = stored.relation + DELTA_SUFFIX, stored.relation + NEW_SUFFIX
                yield _making(self._beside(rows), delta.rows_sql(select))
                if delta.fits(self._engine):
                    self._engine.create_view(self._beside(merged), delta.merged_sql())
                    return Built(stored, delta)
                # the model has other columns now: what is stored cannot take its rows
                self._drop({rows: RelationKind.TABLE})
        path = self._beside(stored.relation + NEW_SUFFIX)
        if stored.kind.holds_rows:
            yield _making(path, select)
        else:
            self._engine.create_view(path, select)
        return Built(stored)

    def _beside(self, relation: str) -> tuple[str, ...]:
        """Where to build something, written down first so that it is found after a crash."""
        self._records.add_pending(self._product, relation)
        return (self.store, relation)

    def _replace_rows(self, built: Built, keep: str | None) -> None:
        relation = built.stored.relation
        if built.delta is not None and self._engine.records is not None:
            # tables without row changes: all that it will hold is written beside first
            merged = relation + NEW_SUFFIX
            self._engine.create_table((self.store, merged), built.delta.merged_sql())
            self._engine.replace_table((self.store, relation), merged, keep)
            self._drop({relation + DELTA_SUFFIX: RelationKind.TABLE})
            return
        if built.delta is not None:
            for statement in built.delta.apply_sql():
                self._engine.execute(statement)
            self._drop({relation + DELTA_SUFFIX: RelationKind.TABLE})
            return
        self._engine.replace_table((self.store, relation), relation + NEW_SUFFIX, keep)

    def _drop(self, relations: Mapping[str, RelationKind]) -> None:
        self._engine.drop([(self.store, Relation(*item)) for item in relations.items()])

    def _keep_previous(self, built: Built, state: TargetState) -> bool:
        """Write down what is kept of a table, and keep the rows that new ones replace in it.

        Gives whether the whole table is to be kept when another takes its place.
        """
        relation = built.stored.relation
        record = state.objects.get((self._product, relation))
        there = {found.name for found in self._engine.relations(self.store)}
        if record is None or relation not in there:
            return False
        # where rows cannot be put back one by one, the whole table is kept
        delta = built.delta if self._engine.records is None else None
        if delta is not None:
            previous = (self.store, relation + PREVIOUS_SUFFIX)
            self._engine.create_table(previous, delta.replaced_sql())
            self._copy(relation + DELTA_SUFFIX, relation + TAKEN_SUFFIX)
        self._records.add_previous(
            self._product,
            PreviousRecord(relation, delta is not None, record.rows, record.bytes, record.built_at),
        )
        return delta is None

    def restore(self, stored: StoredObject, previous: PreviousRecord) -> None:
        """Put the kept rows of a relation in their place again."""
        relation = stored.relation
        if previous.delta:
            storage = stored.storage
            assert storage is not None
            columns = tuple(found.name for found in self._engine.columns((self.store, relation)))
            delta = Delta(self.store, relation, storage, columns, self._engine.dialect)
            undo = delta.undo_sql(relation + TAKEN_SUFFIX, relation + PREVIOUS_SUFFIX)
            for statement in undo:
                self._engine.execute(statement)
        else:
            self._engine.replace_table((self.store, relation), relation + PREVIOUS_SUFFIX)
        self._records.put_object(self._product, stored, previous.rows, previous.built_at)
        if previous.rows is not None and previous.bytes is not None:
            size = Size(previous.rows, previous.bytes)
            self._records.set_size(self._product, relation, size)

    def _copy(self, relation: str, name: str) -> None:
        rows = quote_path((self.store, relation), self._engine.dialect)
        self._engine.create_table((self.store, name), f"SELECT * FROM {rows}")

    def forget_previous(self) -> None:
        """Drop what was kept of the rows before the last run."""
        kinds = {found.name: found.kind for found in self._engine.relations(self.store)}
        kept = [
            one.relation + suffix
            for one in self._records.previous(self._product)
            for suffix in (PREVIOUS_SUFFIX, TAKEN_SUFFIX)
        ]
        self._drop({name: kinds[name] for name in kept if name in kinds})
        self._records.clear_previous(self._product)


def _making(path: Sequence[str], select: str) -> Step:
    return lambda session: session.create_table(path, select)


def _loading(path: Sequence[str], stored: StoredObject) -> Step:
    def load(session: Engine) -> None:
        assert stored.source is not None
        session.load_table(path, stored.source, Path(stored.base))
        if stored.lowered:
            _lower_names(session, path)

    return load


def _lower_names(session: Engine, path: Sequence[str]) -> None:
    """Name columns as SQL calls them that was written where case does not matter."""
    table = quote_path(path, session.dialect)
    for column in session.columns(path):
        if column.name != column.name.lower():
            names = (quote(name, session.dialect) for name in (column.name, column.name.lower()))
            session.execute(f"ALTER TABLE {table} RENAME COLUMN {' TO '.join(names)}")


def _unreadable(stored: StoredObject, reason: str) -> SourceUnreadable:
    assert stored.source is not None
    return SourceUnreadable(stored.label, stored.source.path or "", reason)
