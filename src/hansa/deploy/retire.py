"""Takes releases out of a target."""

from __future__ import annotations

from collections.abc import Sequence

from hansa.core.release import ReleaseName
from hansa.core.version import InvalidVersion, Version, line_name
from hansa.deploy.errors import Dependent, NotLive, StillPinned
from hansa.deploy.progress import Progress, silent
from hansa.deploy.publication import Publication
from hansa.deploy.reports import RetireReport
from hansa.deploy.simulation import without
from hansa.deploy.state import LiveRelease, TargetState
from hansa.deploy.state_store import StateStore
from hansa.deploy.workshop import Workshop
from hansa.engines.protocol import Engine


def retire(engine: Engine, product: str, line: str, *, progress: Progress = silent) -> RetireReport:
    """Remove a major line (`1`, `0.3`) or one release (`1.4.0`), and free what nothing reads.

    Raises NotLive, and StillPinned when a live release of a dependent reads it; then nothing
    was removed.
    """
    with engine.lock(product):
        records = StateStore(engine)
        state = records.load()
        chosen = choose(state, product, line, engine.url)
        _check_unpinned(state, chosen)
        records.prepare()
        Workshop(engine, product).clean()
        progress(f"retiring {product}@{line}")
        publication = Publication(engine)
        others = without(state, [release.name for release in chosen])
        with (
            publication.leaving(product, others, chosen) as leave,
            engine.switch(leave.schemas),
        ):
            # somebody may have deployed a dependent while this command waited
            _check_unpinned(records.load(), chosen)
            removed, dropped = publication.settle(product, leave.products, chosen)
        engine.settle()
        return RetireReport(product, engine.url, tuple(sorted(removed)), dropped)


def _check_unpinned(state: TargetState, chosen: Sequence[LiveRelease]) -> None:
    for release in chosen:
        dependents = dependents_of(state, release.name)
        if dependents:
            raise StillPinned(release.name, dependents)


def dependents_of(state: TargetState, name: ReleaseName) -> tuple[Dependent, ...]:
    """The live releases that read that one, with those who own them."""
    live = [state.find(dependent) for dependent in state.pinned_by(name)]
    return tuple(
        Dependent(release.name, release.definition.team, release.deployed_at)
        for release in live
        if release is not None
    )


def choose(state: TargetState, product: str, line: str, target: str) -> tuple[LiveRelease, ...]:
    """The live releases that a major line or a version names. Raises NotLive."""
    live = state.of(product)
    found = tuple(release for release in live if _named(release, line))
    if not found:
        names = [str(release.name) for release in live]
        raise NotLive(f"{product}@{line}", target, tuple(names))
    return found


def _named(release: LiveRelease, line: str) -> bool:
    version = release.name.version
    if line_name(version.line) == line:
        return True
    try:
        return version == Version.parse(line)
    except InvalidVersion:
        return False
