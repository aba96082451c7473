"""The pinned graph as a tree, and what in it is behind the newest releases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hansa.core.release import Deprecation, Figures, Locked, Release, ReleaseName
from hansa.core.version import Constraint, Version, line_name
from hansa.resolution.source import Catalogue, DeprecationSource, ReleaseSource


@dataclass(frozen=True, slots=True)
class Dependency:
    """One pinned release in the tree, below the release (or the product) that pins it.

    `constraint` is what its parent required, None where that is not known. `repeated` tells
    that the release stands elsewhere in the tree with its children, which are left out here.
    `missing` tells that the registry does not have it, `changed` that it has it with another
    digest than the pin; neither has children. `figures` are what its owner states of its tests.
    """

    name: ReleaseName
    constraint: Constraint | None
    children: tuple[Dependency, ...] = ()
    repeated: bool = False
    yanked: bool = False
    missing: bool = False
    changed: bool = False
    figures: Figures | None = None


@dataclass(frozen=True, slots=True)
class Outdated:
    """How far a requirement is behind.

    `current` is what is locked, None when nothing is; `newest_in_range` what an update could
    choose by this requirement alone, `newest` what could be chosen if any version were
    admitted; both leave out what is yanked. `deprecation` is the announced end of the current
    release's major line. `figures` are what the owner states of the tests of the newest
    release in range, or else of the newest.
    """

    product: str
    constraint: Constraint
    current: Version | None
    newest_in_range: Version | None
    newest: Version | None
    deprecation: Deprecation | None = None
    yanked: bool = False
    figures: Figures | None = None

    @property
    def behind(self) -> bool:
        """Whether there is anything to do about it."""
        best = (self.current, self.current)
        return (self.newest_in_range, self.newest) != best or self.yanked or bool(self.deprecation)


def dependency_tree(
    requires: Mapping[str, Constraint], locked: Mapping[str, Locked], source: ReleaseSource
) -> tuple[Dependency, ...]:
    """The releases that a lockfile pins and all below them, by name; each is told once.

    Of several places the one nearest to the top has the children.
    """
    catalogue = Catalogue(source)
    expanded = _nearest_parents(locked, catalogue)
    return tuple(
        _dependency((), product, lock, requires.get(product), (catalogue, expanded))
        for product, lock in sorted(locked.items())
    )


_Parents = tuple[ReleaseName, ...]


def _nearest_parents(
    locked: Mapping[str, Locked], catalogue: Catalogue
) -> dict[ReleaseName, _Parents]:
    """For each release the place in the tree where its children are told."""
    places: dict[ReleaseName, _Parents] = {}
    level: list[tuple[_Parents, Mapping[str, Locked]]] = [((), locked)]
    while level:
        following: list[tuple[_Parents, Mapping[str, Locked]]] = []
        for parents, pins in level:
            for product, lock in sorted(pins.items()):
                name = ReleaseName(product, lock.version)
                release = catalogue.find(name)
                if name not in places:
                    places[name] = parents
                    if release is not None and release.digest == lock.digest:
                        following.append(((*parents, name), release.locked))
        level = following
    return places


def _dependency(
    parents: _Parents,
    product: str,
    lock: Locked,
    constraint: Constraint | None,
    known: tuple[Catalogue, Mapping[ReleaseName, _Parents]],
) -> Dependency:
    catalogue, expanded = known
    name = ReleaseName(product, lock.version)
    release = catalogue.find(name)
    if release is None:
        return Dependency(name, constraint, missing=True)
    if release.digest != lock.digest:
        return Dependency(name, constraint, changed=True, yanked=release.yanked)
    if expanded[name] != parents:
        repeated = bool(release.locked)
        return Dependency(
            name, constraint, repeated=repeated, yanked=release.yanked, figures=release.figures
        )
    children = tuple(
        _dependency((*parents, name), child, pin, release.requires.get(child), known)
        for child, pin in sorted(release.locked.items())
    )
    return Dependency(name, constraint, children, yanked=release.yanked, figures=release.figures)


def outdated(
    requires: Mapping[str, Constraint], locked: Mapping[str, Locked], source: DeprecationSource
) -> tuple[Outdated, ...]:
    """One value for each requirement, by name, also for those that are up to date."""
    catalogue = Catalogue(source)
    found = []
    for product, constraint in sorted(requires.items()):
        lock = locked.get(product)
        current = lock.version if lock else None
        choosable = [each for each in catalogue.newest_first(product) if not each.yanked]
        pinned = catalogue.find(ReleaseName(product, current)) if current else None
        newest_in_range = _newest(choosable, constraint)
        newest = _newest(choosable, Constraint.parse("*"))
        best = newest_in_range or newest
        shown = catalogue.find(ReleaseName(product, best)) if best else None
        found.append(
            Outdated(
                product=product,
                constraint=constraint,
                current=current,
                newest_in_range=newest_in_range,
                newest=newest,
                deprecation=_deprecation(source, product, current),
                yanked=pinned.yanked if pinned else False,
                figures=shown.figures if shown else None,
            )
        )
    return tuple(found)


def _newest(newest_first: list[Release], constraint: Constraint) -> Version | None:
    admitted = (each.name.version for each in newest_first)
    return next((version for version in admitted if constraint.admits(version)), None)


def _deprecation(
    source: DeprecationSource, product: str, current: Version | None
) -> Deprecation | None:
    if current is None:
        return None
    line = line_name(current.line)
    return next((each for each in source.deprecations(product) if each.line == line), None)
