"""Laws that every resolution keeps, over small random registries, against trying every choice."""

from __future__ import annotations

from itertools import product as all_choices
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.resolution.registries import FakeSource, constraints, digest, source

from hansa.core.release import Locked, Release, ReleaseName
from hansa.core.version import Constraint
from hansa.resolution import ResolutionFailed, resolve

VERSIONS = ["0.1.0", "0.2.0", "1.0.0", "1.1.0", "2.0.0", "2.1.0-rc.1", "3.0.0"]
BASES = ["x", "y", "z"]
MIDDLES = ["a", "b", "c", "d", "e"]
RANGES = ["*", "^1", "^2", ">=1", "<3", "1.0.0", "^0.2", "^2.1.0-rc.1"]


@st.composite
def registries(draw: st.DrawFn) -> dict[str, Any]:
    """Products in two storeys; each upper release pins some releases of the lower ones."""
    registry: dict[str, Any] = {f"{base}@{version}": [] for base in BASES for version in VERSIONS}
    for middle in MIDDLES:
        for version in draw(st.lists(st.sampled_from(VERSIONS), unique=True, max_size=5)):
            pins = [
                f"{base}@{draw(st.sampled_from(VERSIONS))}"
                for base in draw(st.lists(st.sampled_from(BASES), unique=True, max_size=3))
            ]
            earlier = [name for name in registry if name[0] in MIDDLES and name[0] < middle]
            if earlier and draw(st.booleans()):
                pins.append(draw(st.sampled_from(earlier)))
            yanked = draw(st.integers(0, 5)) == 0
            registry[f"{middle}@{version}"] = {"pins": pins, "yanked": yanked}
    return registry


REQUIRES = st.dictionaries(
    st.sampled_from(MIDDLES + BASES), st.sampled_from(RANGES), min_size=1, max_size=5
)
SKEWS = st.frozensets(st.sampled_from(BASES), max_size=1)


def lines_below(chosen: list[Release], registry: FakeSource) -> set[tuple[str, tuple[int, ...]]]:
    """Every product and major line that is reachable; written without the code under test."""
    found: set[ReleaseName] = set()
    waiting = [release.name for release in chosen]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            locked = registry.release(name).locked
            waiting += [ReleaseName(product, lock.version) for product, lock in locked.items()]
    return {(name.product, name.version.line) for name in found}


def coherent(chosen: list[Release], registry: FakeSource, skew: frozenset[str]) -> bool:
    products = [name for name, _ in lines_below(chosen, registry) if name not in skew]
    return len(products) == len(set(products))


def candidates(
    requires: dict[str, Constraint], registry: FakeSource, locked: dict[str, Locked]
) -> list[list[Release]]:
    return [
        [
            release
            for release in registry.releases(product)
            if constraint.admits(release.name.version)
            and (
                not release.yanked
                or (product in locked and locked[product].version == release.name.version)
            )
        ]
        for product, constraint in sorted(requires.items())
    ]


@settings(max_examples=150, deadline=None)
@given(registries(), REQUIRES, SKEWS, st.data())
def test_a_resolution_is_valid_and_found_whenever_there_is_one(
    registry: dict[str, Any], ranges: dict[str, str], skew: frozenset[str], data: st.DataObject
) -> None:
    releases, requires = source(registry), constraints(ranges)
    locked = _draw_locks(data, releases, requires)
    possible = candidates(requires, releases, locked)
    solvable = any(coherent(list(each), releases, skew) for each in all_choices(*possible))
    try:
        chosen = resolve("root", requires, releases, locked=locked, allow_skew=skew)
    except ResolutionFailed as failure:
        assert not solvable
        _check_failure_is_minimal(failure, requires, releases, locked, skew)
        return
    assert solvable
    names = [ReleaseName(product, lock.version) for product, lock in chosen.items()]
    assert list(chosen) == sorted(requires)
    assert all(chosen[name.product].digest == digest(name) for name in names)
    picked = [releases.release(name) for name in names]
    assert all(release in found for release, found in zip(picked, possible, strict=True))
    assert coherent(picked, releases, skew)
    _check_nothing_better(picked, possible, (releases, skew, locked))
    assert resolve("root", requires, releases, locked=chosen, allow_skew=skew) == chosen


def _draw_locks(
    data: st.DataObject, releases: FakeSource, requires: dict[str, Constraint]
) -> dict[str, Locked]:
    locked = {}
    for product in sorted(requires):
        known = releases.releases(product)
        if known and data.draw(st.booleans()):
            release = data.draw(st.sampled_from(known))
            locked[product] = Locked(release.name.version, release.digest)
    return locked


def _check_failure_is_minimal(
    failure: ResolutionFailed,
    requires: dict[str, Constraint],
    releases: FakeSource,
    locked: dict[str, Locked],
    skew: frozenset[str],
) -> None:
    """The requirements that the error names fail together, and without any one of them do not."""
    assert set(failure.products) <= set(requires)
    blamed = {product: requires[product] for product in failure.products}
    for left_out in blamed:
        rest = {product: each for product, each in blamed.items() if product != left_out}
        possible = candidates(rest, releases, locked)
        assert any(coherent(list(each), releases, skew) for each in all_choices(*possible))
    possible = candidates(blamed, releases, locked)
    assert not any(coherent(list(each), releases, skew) for each in all_choices(*possible))


def _check_nothing_better(
    picked: list[Release],
    possible: list[list[Release]],
    world: tuple[FakeSource, frozenset[str], dict[str, Locked]],
) -> None:
    """No single requirement could have stayed locked, or be newer, with the others as they are."""
    releases, skew, locked = world
    for position, (release, others) in enumerate(zip(picked, possible, strict=True)):
        for other in others:
            changed = [*picked[:position], other, *picked[position + 1 :]]
            if _rank(other, locked) > _rank(release, locked):
                assert not coherent(changed, releases, skew)


def _rank(release: Release, locked: dict[str, Locked]) -> tuple[bool, bool, object]:
    lock = locked.get(release.name.product)
    is_locked = lock is not None and lock.version == release.name.version
    return (is_locked, not release.yanked, release.name.version)
