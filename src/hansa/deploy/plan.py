"""What deploying a release will do, as a value: shown before anything runs, then carried out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hansa.core.release import ReleaseName
from hansa.deploy.definition import Definition, StoredObject
from hansa.deploy.liveness import line_head, of_line, pinning
from hansa.deploy.names import interface_schema, line_schema, store_schema
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
    """One stored table that nothing reads afterwards."""

    name: str
    rows: int | None
    bytes: int | None


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
    nothing to do.
    """

    definition: Definition
    unchanged: bool
    kept: bool
    objects: tuple[PlannedObject, ...] = ()
    switches: tuple[Switch, ...] = ()
    removed: tuple[ReleaseName, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    affected: tuple[Affected, ...] = ()

    @property
    def release(self) -> ReleaseName:
        return self.definition.name

    def of(self, step: Step) -> tuple[PlannedObject, ...]:
        """The relations with which that happens."""
        return tuple(item for item in self.objects if item.step is step)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is in the target: hansa's state, and the relations that are really there.

    `stored` are those of the product's store, `shown` those of the release's interface.
    """

    state: TargetState
    stored: Collection[str]
    shown: Collection[str]
    name_limit: int


def plan_deployment(definition: Definition, situation: Situation, keep: bool) -> DeployPlan:
    """The plan for a release; `keep` asks for it to stay live until it is retired by hand."""
    return _Planner(definition, situation, keep).plan()


class _Planner:
    def __init__(self, definition: Definition, situation: Situation, keep: bool) -> None:
        self._definition = definition
        self._name = definition.name
        self._situation = situation
        self._state = situation.state
        self._limit = situation.name_limit
        self._store = store_schema(definition.product, self._limit)
        self._live = self._state.find(self._name)
        self._keep = keep

    def plan(self) -> DeployPlan:
        kept = self._is_kept()
        if self._is_live():
            return DeployPlan(self._definition, unchanged=True, kept=kept)
        after = with_release(self._state, self._definition, kept)
        settled = settlement(after, self._name.product)
        removed = tuple(release.name for release in settled.removed)
        return DeployPlan(
            definition=self._definition,
            unchanged=False,
            kept=kept,
            objects=tuple(self._planned(item) for item in self._definition.objects),
            switches=tuple(self._switches(after, settled)),
            removed=removed,
            dropped=tuple(self._dropped(settled.unused)),
            affected=tuple(self._affected(settled.removed)),
        )

    def _is_kept(self) -> bool:
        siblings = of_line(self._state.releases, self._name.product, self._name.version.line)
        older = any(sibling.name.version > self._name.version for sibling in siblings)
        live = self._live
        return self._keep or bool(live and live.kept) or (older and live is None)

    def _is_live(self) -> bool:
        live = self._live
        if live is None or live.definition != self._definition:
            return False
        if self._keep and not live.kept:
            return False
        stored = {item.relation for item in self._definition.objects}
        shown = {table.contract.name for table in self._definition.tables}
        return stored <= set(self._situation.stored) and shown <= set(self._situation.shown)

    # -- stored relations ----------------------------------------------------------------

    def _planned(self, item: StoredObject) -> PlannedObject:
        name = f"{self._store}.{item.relation}"
        record = self._state.objects.get((self._name.product, item.relation))
        # a relation that somebody dropped by hand is built again
        if record is not None and item.relation in self._situation.stored:
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
                record = self._state.objects.get((product, public.relation))
                if record is not None:
                    yield record

    def _dropped(self, unused: Sequence[ObjectRecord]) -> Iterator[Dropped]:
        for record in unused:
            if record.kind.holds_rows:
                schema = store_schema(record.product, self._limit)
                yield Dropped(f"{schema}.{record.relation}", record.rows, record.bytes)

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
