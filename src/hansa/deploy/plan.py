"""What deploying a release will do, as a value: shown before anything runs, then carried out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hansa.core.release import ReleaseName
from hansa.deploy.definition import Definition, StoredObject
from hansa.deploy.folding import Apart, FoldRules, fold_releases, unfolded
from hansa.deploy.liveness import line_head, of_line, pinning
from hansa.deploy.names import interface_schema, line_schema, store_schema
from hansa.deploy.order import unite
from hansa.deploy.simulation import Settlement, settlement, with_release
from hansa.deploy.state import LiveRelease, ObjectRecord, TargetState


class Step(StrEnum):
    """What happens with one stored relation."""

    BUILD = "build"
    SHARE = "share"
    VIEW = "view"


class Effect(StrEnum):
    """What a deployment means for a live release of somebody else."""

    STAYS = "stays"
    CHANGES = "changes"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class PlannedObject:
    """One stored relation and what happens with it.

    Rows and bytes are those that are there for what is shared, an estimate for what is built:
    those of the relation `like`. None where nothing tells.
    """

    stored: StoredObject
    step: Step
    name: str
    rows: int | None = None
    bytes: int | None = None
    like: str | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """One view that readers use: the release it shows now, and then; None where it shows none."""

    view: str
    before: ReleaseName | None
    after: ReleaseName | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """One stored table that goes: nothing reads it, or with `folded`, another holds its rows."""

    name: str
    rows: int | None
    bytes: int | None
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Affected:
    """A live release of another product, who owns it, which release it pins, and the effect."""

    release: ReleaseName
    team: str
    pins: ReleaseName | None
    effect: Effect


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """Everything that deploying one release does to one target.

    `unchanged` tells that it is live already, whole and as it would be made: then there is
    nothing to do. `companions` are other live releases of the product whose tables are stored
    in another way from now on, as they fold with those of the new one; `apart` are versions
    that share their table with no other. `store` is the schema of the stored relations.
    """

    definition: Definition
    unchanged: bool
    kept: bool
    objects: tuple[PlannedObject, ...] = ()
    switches: tuple[Switch, ...] = ()
    removed: tuple[ReleaseName, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    affected: tuple[Affected, ...] = ()
    companions: tuple[Definition, ...] = ()
    apart: tuple[Apart, ...] = ()
    store: str = ""

    @property
    def release(self) -> ReleaseName:
        return self.definition.name

    def of(self, step: Step) -> tuple[PlannedObject, ...]:
        """The relations with which that happens."""
        return tuple(item for item in self.objects if item.step is step)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is in the target: hansa's state, and the relations that are really there.

    `stored` are those of the product's store, `shown` those of the release's interface. `rules`
    say how versions of tables fold.
    """

    state: TargetState
    stored: Collection[str]
    shown: Collection[str]
    rules: FoldRules


def plan_deployment(definition: Definition, situation: Situation, keep: bool) -> DeployPlan:
    """The plan for a release; `keep` asks for it to stay live until it is retired by hand."""
    return _Planner(definition, situation, keep).plan()


class _Planner:
    def __init__(self, definition: Definition, situation: Situation, keep: bool) -> None:
        self._definition = definition
        self._name = definition.name
        self._situation = situation
        self._state = situation.state
        self._limit = situation.rules.name_limit
        self._store = store_schema(definition.product, self._limit)
        self._live = self._state.find(self._name)
        self._keep = keep
        live = self._state.of(definition.product)
        self._current = {item.relation: item for item in unite(one.definition for one in live)}

    def plan(self) -> DeployPlan:
        kept = self._is_kept()
        if self._live is not None and self._is_live():
            return DeployPlan(self._live.definition, unchanged=True, kept=kept)
        after = with_release(self._state, self._definition, kept)
        settled = settlement(after, self._name.product)
        gone = {release.name for release in settled.removed}
        staying = [one for one in after.of(self._name.product) if one.name not in gone]
        folded = fold_releases([one.definition for one in reversed(staying)], self._situation.rules)
        companions = []
        for definition in reversed(folded.definitions):
            if definition.name == self._name:
                self._definition = definition
            else:
                before = after.find(definition.name)
                assert before is not None
                if before.definition != definition:
                    companions.append(definition)
                    after = with_release(after, definition, before.kept)
        after = with_release(after, self._definition, kept)
        settled = settlement(after, self._name.product)
        objects = tuple(self._objects(companions))
        return DeployPlan(
            definition=self._definition,
            unchanged=False,
            kept=kept,
            objects=objects,
            switches=tuple(self._switches(after, settled)),
            removed=tuple(release.name for release in settled.removed),
            dropped=tuple(self._dropped(settled.unused, objects)),
            affected=tuple(self._affected(settled.removed)),
            companions=tuple(companions),
            apart=folded.apart,
            store=self._store,
        )

    def _is_kept(self) -> bool:
        siblings = of_line(self._state.releases, self._name.product, self._name.version.line)
        older = any(sibling.name.version > self._name.version for sibling in siblings)
        live = self._live
        return self._keep or bool(live and live.kept) or (older and live is None)

    def _is_live(self) -> bool:
        live = self._live
        if live is None or unfolded(live.definition) != self._definition:
            return False
        if self._keep and not live.kept:
            return False
        stored = {item.relation for item in live.definition.objects}
        shown = {table.contract.name for table in self._definition.tables}
        return stored <= set(self._situation.stored) and shown <= set(self._situation.shown)

    # -- stored relations ----------------------------------------------------------------

    def _objects(self, companions: Sequence[Definition]) -> Iterator[PlannedObject]:
        """The relations of the release, and those of others that change with it."""
        own = {item.relation for item in self._definition.objects}
        for item in unite([self._definition, *companions]):
            planned = self._planned(item)
            if item.relation in own or planned.step is not Step.SHARE:
                yield planned

    def _is_there(self, item: StoredObject, record: ObjectRecord) -> bool:
        """Whether a recorded relation still stands, and is what the plan makes it."""
        # a relation that somebody dropped by hand is built again
        if item.relation not in self._situation.stored or record.kind is not item.kind:
            return False
        current = self._current.get(item.relation)
        if current is None or not (current.folded or item.folded):
            return True
        return (current.sql, current.inputs) == (item.sql, item.inputs)

    def _planned(self, item: StoredObject) -> PlannedObject:
        name = f"{self._store}.{item.relation}"
        record = self._state.objects.get((self._name.product, item.relation))
        if record is not None and self._is_there(item, record):
            return PlannedObject(item, Step.SHARE, name, record.rows, record.bytes)
        if not item.kind.holds_rows:
            return PlannedObject(item, Step.VIEW, name)
        like = self._most_like(item)
        if like is None:
            return PlannedObject(item, Step.BUILD, name)
        schema = store_schema(like.product, self._limit)
        return PlannedObject(
            item, Step.BUILD, name, like.rows, like.bytes, f"{schema}.{like.relation}"
        )

    def _most_like(self, item: StoredObject) -> ObjectRecord | None:
        """The stored table that tells best how large a new one gets.

        The newest of the same model; else the largest that it is made from.
        """
        elders = [
            record
            for record in self._state.objects.values()
            if (record.product, record.label) == (self._name.product, item.label)
            and record.rows is not None
        ]
        if elders:
            return max(elders, key=lambda record: record.built_at)
        inputs = [record for record in self._stored_below(item) if record.rows is not None]
        return max(inputs, key=lambda record: record.rows or 0, default=None)

    def _stored_below(self, item: StoredObject) -> Iterator[ObjectRecord]:
        own = {other.relation: other for other in self._definition.objects}
        for *schema, relation in item.inputs:
            if schema == [self._store]:
                record = self._state.objects.get((self._name.product, relation))
                if record is not None and record.kind.holds_rows:
                    yield record
                elif relation in own and not own[relation].kind.is_source:
                    yield from self._stored_below(own[relation])
            else:
                yield from self._required(schema, relation)

    def _required(self, schema: Sequence[str], table: str) -> Iterator[ObjectRecord]:
        for product, pin in self._definition.pins.items():
            live = self._state.find(ReleaseName.parse(f"{product}@{pin.version}"))
            if live is None:
                continue
            named = interface_schema(product, live.name.version, self._limit)
            public = live.definition.table(table)
            if list(schema) == [named] and public is not None:
                folded = live.definition.stored(public.relation).folded
                relation = folded.relation if folded else public.relation
                record = self._state.objects.get((product, relation))
                if record is not None:
                    yield record

    def _dropped(
        self, unused: Sequence[ObjectRecord], planned: Sequence[PlannedObject]
    ) -> Iterator[Dropped]:
        """Tables that nothing reads afterwards, and those that a folded table takes in."""
        product = self._name.product
        into_views = [
            record
            for item in planned
            if item.step is Step.VIEW
            if (record := self._state.objects.get((product, item.stored.relation))) is not None
        ]
        gone = {(record.product, record.relation): record for record in (*unused, *into_views)}
        for _, record in sorted(gone.items()):
            if record.kind.holds_rows:
                schema = store_schema(record.product, self._limit)
                name = f"{schema}.{record.relation}"
                yield Dropped(name, record.rows, record.bytes, record in into_views)

    # -- readers -------------------------------------------------------------------------

    def _switches(self, after: TargetState, settled: Settlement) -> Iterator[Switch]:
        live = _tables(self._live)
        schema = interface_schema(self._name.product, self._name.version, self._limit)
        new = {table.contract.name for table in self._definition.tables}
        for table in sorted(live | new):
            before = self._name if table in live else None
            yield Switch(f"{schema}.{table}", before, self._name if table in new else None)
        gone = {release.name for release in settled.removed}
        yield from self._line_switches(after, gone)
        for release in settled.removed:
            hidden = interface_schema(release.name.product, release.name.version, self._limit)
            for table in sorted(_tables(release)):
                yield Switch(f"{hidden}.{table}", release.name, None)

    def _line_switches(self, after: TargetState, gone: Collection[ReleaseName]) -> Iterator[Switch]:
        product, line = self._name.product, self._name.version.line
        old = line_head(of_line(self._state.releases, product, line))
        remaining = [release for release in after.releases if release.name not in gone]
        new = line_head(of_line(remaining, product, line))
        schema = line_schema(product, line, self._limit)
        for table in sorted(_tables(old) | _tables(new)):
            before = old.name if old and table in _tables(old) else None
            shown = new.name if new and table in _tables(new) else None
            if before != shown:
                yield Switch(f"{schema}.{table}", before, shown)

    def _affected(self, removed: Sequence[LiveRelease]) -> Iterator[Affected]:
        gone = {release.name for release in removed}
        product, line = self._name.product, self._name.version.line
        for release in of_line(self._state.releases, product, line):
            for name in pinning(self._state.releases, release.name):
                if name in gone or name.product == product:
                    continue
                effect = Effect.CHANGES if release.name == self._name else Effect.STAYS
                yield Affected(name, self._team(name), release.name, effect)
        for release in removed:
            if release.name.product != product:
                yield Affected(release.name, release.definition.team, None, Effect.REMOVED)

    def _team(self, name: ReleaseName) -> str:
        live = self._state.find(name)
        return live.definition.team if live else ""


def _tables(release: LiveRelease | None) -> set[str]:
    return {table.contract.name for table in release.definition.tables} if release else set()
