"""What is live in a target: releases, who pins them, tables, their size and age."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hansa.core.release import ReleaseName
from hansa.core.version import Version
from hansa.deploy.clock import Clock, clock_of
from hansa.deploy.costs import Freed, ProductCost, cost_of, freed_by
from hansa.deploy.freshness import Freshness, freshness_of
from hansa.deploy.liveness import line_head, of_line
from hansa.deploy.names import interface_schema, line_schema, store_schema
from hansa.deploy.state import LiveRelease, TargetState
from hansa.deploy.state_store import StateStore
from hansa.engines.protocol import Engine


@dataclass(frozen=True, slots=True)
class ReleaseStatus:
    """One live release and what keeps it live.

    `frees` is what taking it out would free. `schema` is where it is read;
    `line_schema` is given when the major line's schema shows it.
    `data_from` is when the oldest of its tables was built, None when it stores none.
    """

    name: ReleaseName
    team: str
    schema: str
    line_schema: str | None
    deployed_at: datetime
    data_from: datetime | None
    kept: bool
    pinned_by: tuple[ReleaseName, ...]
    pins: tuple[ReleaseName, ...]
    frees: Freed = field(default_factory=Freed)


@dataclass(frozen=True, slots=True)
class TableStatus:
    """One stored table: `name` is its schema and relation, `serves` the releases that read it."""

    name: str
    label: str
    rows: int | None
    bytes: int | None
    built_at: datetime
    serves: tuple[ReleaseName, ...]


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """Everything that hansa keeps in one target."""

    target: str
    releases: tuple[ReleaseStatus, ...]
    tables: tuple[TableStatus, ...]
    costs: tuple[ProductCost, ...] = ()
    freshness: tuple[Freshness, ...] = ()


def status(
    engine: Engine, product: str | None = None, *, clock: Clock | None = None
) -> TargetStatus:
    """What is live, of one product or of all; empty where hansa never deployed.

    Reads only, so the target may be opened so. Raises StateTooNew and StateDamaged.
    """
    state = StateStore(engine).load()
    now = (clock or clock_of(engine))()
    releases = [
        _release(engine, state, release)
        for release in state.releases
        if product in (None, release.name.product)
    ]
    products = sorted({release.name.product for release in releases})
    costs = [cost for name in products if (cost := cost_of(state, name)) is not None]
    fresh = [
        one
        for release in state.releases
        if product in (None, release.name.product)
        for one in freshness_of(state, release, now, engine.name_limit)
    ]
    tables = _tables(engine, state, product)
    return TargetStatus(engine.url, tuple(releases), tables, tuple(costs), tuple(fresh))


def _release(engine: Engine, state: TargetState, release: LiveRelease) -> ReleaseStatus:
    name, limit = release.name, engine.name_limit
    head = line_head(of_line(state.releases, name.product, name.version.line))
    shown = head is not None and head.name == name
    pins = [
        ReleaseName(product, Version.parse(pin.version)) for product, pin in release.pins.items()
    ]
    built = [
        state.objects[name.product, use.relation].built_at
        for use in state.uses
        if use.release == name
        and (name.product, use.relation) in state.objects
        and state.objects[name.product, use.relation].kind.holds_rows
    ]
    return ReleaseStatus(
        name=name,
        team=release.definition.team,
        schema=interface_schema(name.product, name.version, limit),
        line_schema=line_schema(name.product, name.version.line, limit) if shown else None,
        deployed_at=release.deployed_at,
        data_from=min(built, default=None),
        kept=release.kept,
        pinned_by=state.pinned_by(name),
        pins=tuple(sorted(pins)),
        frees=freed_by(state, name, limit),
    )


def _tables(engine: Engine, state: TargetState, product: str | None) -> tuple[TableStatus, ...]:
    serves: dict[tuple[str, str], list[ReleaseName]] = {}
    for use in state.uses:
        serves.setdefault((use.release.product, use.relation), []).append(use.release)
    return tuple(
        TableStatus(
            name=f"{store_schema(record.product, engine.name_limit)}.{record.relation}",
            label=record.label,
            rows=record.rows,
            bytes=record.bytes,
            built_at=record.built_at,
            serves=tuple(sorted(serves.get(key, []))),
        )
        for key, record in sorted(state.objects.items())
        if record.kind.holds_rows and product in (None, record.product)
    )
