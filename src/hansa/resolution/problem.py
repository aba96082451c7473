"""One question to the resolver, and the releases that may answer it, in order of preference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from hansa.core.release import Locked, Release, ReleaseName
from hansa.core.version import Constraint
from hansa.resolution.reach import Line, Reach, reach_of
from hansa.resolution.source import Catalogue


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A release that satisfies its requirement, and what it brings along."""

    release: Release
    reach: Reach
    signature: frozenset[tuple[str, Line]]


@dataclass(frozen=True, slots=True)
class Problem:
    """What `resolve` was asked; `kept` are the locked releases that should stay.

    With `only`, coherence is asked of these products alone. `reaches` remembers what was
    walked; all questions that come from one share it.
    """

    root: str
    requires: Mapping[str, Constraint]
    catalogue: Catalogue
    locked: Mapping[str, Locked] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    allow_skew: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    reaches: dict[ReleaseName, Reach] = field(default_factory=dict)

    def restricted(self, products: frozenset[str]) -> Problem:
        """The same question about these requirements alone."""
        chosen = {name: each for name, each in self.requires.items() if name in products}
        return replace(self, requires=chosen)

    def relaxed(self, product: str) -> Problem:
        """The same question with any version of one required product admitted."""
        return replace(self, requires={**self.requires, product: Constraint.parse("*")})

    def limited(self, products: frozenset[str]) -> Problem:
        """The same question where several lines of all but these products may meet."""
        return replace(self, only=products)

    def fitting(self, product: str) -> list[Release]:
        """The releases that satisfy a requirement and may be chosen, the preferred ones first.

        A yanked release may be chosen only when it is locked already.
        """
        constraint = self.requires[product]
        lock = self.locked.get(product)
        found = [
            release
            for release in self.catalogue.newest_first(product)
            if constraint.admits(release.name.version)
            and (not release.yanked or _is_locked(release, lock))
        ]
        if product in self.kept:
            return sorted(found, key=lambda release: not _is_locked(release, lock))
        # A yanked release that is locked is the last resort of an update.
        return sorted(found, key=lambda release: release.yanked)

    def candidate(self, release: Release) -> Candidate:
        """A release with what it brings along."""
        reach = self.reaches.get(release.name)
        if reach is None:
            reach = reach_of(release, self.root, self.catalogue)
            self.reaches[release.name] = reach
        return Candidate(release, reach, reach.signature(self.allow_skew, self.only))


class Choices:
    """The candidates for one requirement, looked at no further than somebody asks.

    Of several that coherence cannot tell apart only the preferred one is there.
    """

    def __init__(self, problem: Problem, product: str) -> None:
        self._known: list[Candidate] = []
        self._more = self._search(problem, product)

    def __iter__(self) -> Iterator[Candidate]:
        position = 0
        while True:
            if position == len(self._known):
                candidate = next(self._more, None)
                if candidate is None:
                    return
                self._known.append(candidate)
            yield self._known[position]
            position += 1

    @staticmethod
    def _search(problem: Problem, product: str) -> Iterator[Candidate]:
        seen: set[frozenset[tuple[str, Line]]] = set()
        for release in problem.fitting(product):
            candidate = problem.candidate(release)
            if candidate.reach.fault is None and candidate.signature not in seen:
                seen.add(candidate.signature)
                yield candidate


def _is_locked(release: Release, lock: Locked | None) -> bool:
    return lock is not None and (release.name.version, release.digest) == (
        lock.version,
        lock.digest,
    )
