"""Frees in a target what no live release needs, and what commands that died left behind."""

from __future__ import annotations

from dataclasses import dataclass, field

from hansa.core.release import ReleaseName
from hansa.deploy.names import store_schema
from hansa.deploy.progress import Progress, silent
from hansa.deploy.publication import Publication
from hansa.deploy.simulation import settlement
from hansa.deploy.state import TargetState
from hansa.deploy.state_store import StateStore
from hansa.deploy.workshop import Workshop
from hansa.engines.protocol import Engine


@dataclass(frozen=True, slots=True)
class Collected:
    """What was freed, or would be: leftovers of dead commands, releases, and stored tables.

    `bytes` are those of the tables, as they were measured when they were built.
    """

    target: str
    leftovers: tuple[str, ...] = ()
    removed: tuple[ReleaseName, ...] = ()
    dropped: tuple[str, ...] = ()
    bytes: int = 0


@dataclass
class _Found:
    leftovers: list[str] = field(default_factory=list)
    removed: dict[ReleaseName, None] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)


def collect(
    engine: Engine,
    product: str | None = None,
    *,
    dry_run: bool = False,
    progress: Progress = silent,
) -> Collected:
    """Free what nothing needs, of one product or of all; with `dry_run`, only tell.

    One product at a time is kept from others, so a command that is running is waited for, and
    what it builds is never taken for a leftover. Raises TargetBusy when that takes too long.
    """
    found = _Found()
    records = StateStore(engine)
    state = records.load()
    for name in _products(state) if product is None else [product]:
        progress(f"looking at {name}")
        if dry_run:
            _look(engine, name, found)
            continue
        with engine.lock(name):
            _look(engine, name, found)
            _free(engine, name)
    if not dry_run:
        engine.settle()
    return Collected(
        engine.url,
        tuple(found.leftovers),
        tuple(found.removed),
        tuple(found.dropped),
        sum(found.dropped.values()),
    )


def _products(state: TargetState) -> list[str]:
    names = {release.name.product for release in state.releases}
    return sorted(names | {owner for owner, _ in state.objects} | set(state.schemas.values()))


def _look(engine: Engine, product: str, found: _Found) -> None:
    records = StateStore(engine)
    if not records.exists():
        return
    store = store_schema(product, engine.name_limit)
    there = {relation.name for relation in engine.relations(store)}
    found.leftovers += [f"{store}.{name}" for name in records.pending(product) if name in there]
    settled = settlement(records.load(), product)
    found.removed |= dict.fromkeys(release.name for release in settled.removed)
    for record in settled.unused:
        if record.kind.holds_rows:
            schema = store_schema(record.product, engine.name_limit)
            found.dropped[f"{schema}.{record.relation}"] = record.bytes or 0


def _free(engine: Engine, product: str) -> None:
    records = StateStore(engine)
    if not records.exists():
        return
    records.prepare()
    Workshop(engine, product).clean()
    publication = Publication(engine)
    with (
        publication.leaving(product, records.load()) as leave,
        engine.switch(leave.schemas),
    ):
        publication.settle(product, leave.products)
