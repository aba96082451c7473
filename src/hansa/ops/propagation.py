"""Follow a change from product to product, through the public tables of their releases."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from hansa.core.facts import Input, InputKind
from hansa.core.release import ReleaseName
from hansa.errors import HansaError
from hansa.ops.dependents import Dependent, find_current
from hansa.ops.lineage import Effect, Reach, Spot, follow, restart
from hansa.ops.releases import OpenedRelease
from hansa.ops.workspace import Workspace

# A product and one of its major lines.
Line = tuple[str, tuple[int, ...]]
Starts = Mapping[Input, Reach]


@dataclass(frozen=True, slots=True)
class ReachedPart:
    """A column (or None: the rows) that is reached, how, and through what it reads."""

    column: str | None
    effect: Effect
    through: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class ReachedTable:
    """A model that is reached; private ones too, as they may be what has to be mended."""

    table: str
    public: bool
    parts: tuple[ReachedPart, ...]


@dataclass(frozen=True, slots=True)
class ReachedRelease:
    """A dependent that is reached. `distance` is 1 when it reads the changed product itself;
    `pins` are the releases through which the change arrives, as it pins them."""

    dependent: Dependent
    distance: int
    pins: tuple[ReleaseName, ...]
    tables: tuple[ReachedTable, ...]

    @property
    def effects(self) -> frozenset[Effect]:
        return frozenset(part.effect for table in self.tables for part in table.parts)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A dependent whose release could not be opened or analysed, and why."""

    dependent: Dependent
    reason: str


@dataclass(frozen=True, slots=True)
class Propagation:
    """The dependents of one major line of a product, by what a change does to them.

    `releases` are reached, the nearest first. Of the product's own readers, `untouched` pin
    the line and read nothing of the change; `elsewhere` pin another line.
    """

    releases: tuple[ReachedRelease, ...] = ()
    untouched: tuple[Dependent, ...] = ()
    elsewhere: tuple[Dependent, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


def propagate(workspace: Workspace, line: Line, exposed: Mapping[str, Reach]) -> Propagation:
    """Where a change arrives that reaches `exposed`, the public tables of a major line.

    Counts the newest release of every major line of every dependent (see find_current). A
    release that cannot be read is reported and stops nobody else. Raises OutsideUnreachable
    when the registry cannot be read.
    """
    walk = _Walk(workspace)
    walk.walk(line, exposed)
    current = find_current(workspace.registry, line[0])
    reached = {visit.dependent.release.name for visit in walk.visits.values() if visit.reached}
    skipped = reached | {one.dependent.release.name for one in walk.unreadable.values()}
    others = [dependent for dependent in current if dependent.release.name not in skipped]
    return Propagation(
        walk.reached_releases(),
        tuple(one for one in others if _pins(one, line)),
        tuple(one for one in others if not _pins(one, line)),
        tuple(walk.unreadable.values()),
    )


def _pins(dependent: Dependent, line: Line) -> bool:
    return dependent.pinned is not None and dependent.pinned.line == line[1]


@dataclass(slots=True)
class _Visit:
    """What is known of one release so far: what starts in its inputs, and what that reaches."""

    dependent: Dependent
    opened: OpenedRelease
    distance: int
    starts: dict[Input, Reach]
    pins: dict[str, ReleaseName]
    reached: dict[str, Reach]

    @property
    def public(self) -> dict[str, Reach]:
        tables = {table.name for table in self.opened.product.contract.tables}
        return {name: reach for name, reach in self.reached.items() if name in tables}


class _Walk:
    """Visits releases until nothing new is reached; that ends, as reaches only ever grow."""

    def __init__(self, workspace: Workspace) -> None:
        self._store = workspace.store
        self._registry = workspace.registry
        self._report = workspace.report
        self._current: dict[str, list[Dependent]] = {}
        self.visits: dict[ReleaseName, _Visit] = {}
        self.unreadable: dict[ReleaseName, Unreadable] = {}

    def walk(self, line: Line, exposed: Mapping[str, Reach]) -> None:
        pending = deque([(line, exposed, 1)])
        while pending:
            line, exposed, distance = pending.popleft()
            if not exposed:
                continue
            for dependent in self._readers(line):
                visit = self._visit(dependent, distance)
                if visit and self._arrive(visit, line[0], exposed):
                    name = dependent.release.name
                    below = (name.product, name.version.line)
                    pending.append((below, visit.public, visit.distance + 1))

    def _readers(self, line: Line) -> list[Dependent]:
        product = line[0]
        if product not in self._current:
            self._current[product] = find_current(self._registry, product)
        return [one for one in self._current[product] if _pins(one, line)]

    def _visit(self, dependent: Dependent, distance: int) -> _Visit | None:
        name = dependent.release.name
        if name in self.unreadable:
            return None
        if name not in self.visits:
            self._report(f"reading {name}")
            try:
                opened = self._store.open_name(name)
                # analysed here, so that a release that cannot be is told apart
                _ = opened.facts
            except HansaError as error:
                self.unreadable[name] = Unreadable(dependent, str(error))
                return None
            self.visits[name] = _Visit(dependent, opened, distance, {}, {}, {})
        return self.visits[name]

    def _arrive(self, visit: _Visit, product: str, exposed: Mapping[str, Reach]) -> bool:
        """Whether what this release shows its own readers grew."""
        starts = {
            Input(InputKind.REQUIRED, table, product): restart(f"{product}.{table}", reach)
            for table, reach in exposed.items()
        }
        merged = {**visit.starts, **starts}
        if merged == visit.starts:
            return False
        before = visit.public
        visit.starts = merged
        visit.reached = follow(visit.opened.facts, merged)
        pinned = visit.dependent.release.locked.get(product)
        if pinned:
            visit.pins[product] = ReleaseName(product, pinned.version)
        return visit.public != before

    def reached_releases(self) -> tuple[ReachedRelease, ...]:
        found = [
            ReachedRelease(
                visit.dependent,
                visit.distance,
                _arriving(visit),
                reached_tables(visit.reached, set(visit.public)),
            )
            for visit in self.visits.values()
            if visit.reached
        ]
        return tuple(sorted(found, key=lambda one: (one.distance, one.dependent.release.name)))


def _arriving(visit: _Visit) -> tuple[ReleaseName, ...]:
    """The pinned releases whose tables take part, not all that were looked at."""
    relations = {
        spot.relation.partition(".")[0]
        for reach in visit.reached.values()
        for reached in reach.values()
        for spot in reached.through
    }
    return tuple(sorted(name for product, name in visit.pins.items() if product in relations))


def reached_tables(reached: Mapping[str, Reach], public: set[str]) -> tuple[ReachedTable, ...]:
    """What was reached in a product as values for people, in the order of its models."""
    return tuple(
        ReachedTable(
            name,
            name in public,
            tuple(
                ReachedPart(column, found.effect, tuple(sorted(found.through, key=str)))
                for column, found in reach.items()
            ),
        )
        for name, reach in reached.items()
    )
