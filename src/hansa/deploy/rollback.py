"""Gives readers the data back that the last run replaced."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from hansa.deploy.clock import Clock, clock_of
from hansa.deploy.definition import ObjectKind
from hansa.deploy.errors import NothingToRollBack
from hansa.deploy.freshness import record_newest
from hansa.deploy.order import unite
from hansa.deploy.progress import Progress, silent
from hansa.deploy.publication import Publication
from hansa.deploy.state_store import StateStore
from hansa.deploy.workshop import Workshop
from hansa.engines.protocol import Engine


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """The stored tables that hold their previous rows again."""

    product: str
    target: str
    tables: tuple[str, ...]


def rollback(
    engine: Engine, product: str, *, progress: Progress = silent, clock: Clock | None = None
) -> RollbackReport:
    """Undo the last run of a product: all of its tables at once, for all live releases.

    One run is kept, so this works once. Views show what they read, and sources are read where
    they are, so neither goes back. Raises NothingToRollBack when no run has replaced data
    since the last deployment or rollback.
    """
    clock = clock or clock_of(engine)
    with engine.lock(product):
        records = StateStore(engine)
        records.prepare()
        workshop = Workshop(engine, product)
        workshop.clean()
        previous = records.previous(product)
        if not previous:
            raise NothingToRollBack(product, engine.url)
        progress(f"rolling back {product}")
        state = records.load()
        live = [release.definition for release in state.of(product)]
        objects = unite(live)
        by_relation = {item.relation: item for item in objects}
        started = clock()
        seen = tuple(schema for schema, owner in state.schemas.items() if owner == product)
        with engine.switch(seen):
            for one in previous:
                if one.relation in by_relation:
                    workshop.restore(by_relation[one.relation], one)
            workshop.forget_previous()
            for item in objects:
                if item.kind in (ObjectKind.VIEW, ObjectKind.SOURCE):
                    workshop.show(item)
            publication = Publication(engine)
            for definition in live:
                publication.show_release(definition)
            publication.show_lines(product, records.load())
            run_id = uuid4().hex
            records.start_run(run_id, product, started)
            records.finish_run(run_id, clock(), "rolled back", {})
        engine.settle()
        record_newest(engine, live)
        names = sorted(f"{workshop.store}.{one.relation}" for one in previous)
        return RollbackReport(product, engine.url, tuple(names))
