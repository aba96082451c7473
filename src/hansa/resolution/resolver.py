"""The choice of one release for each requirement."""

from __future__ import annotations

from collections.abc import Mapping

from resolvelib import BaseReporter, ResolutionImpossible, Resolver

from hansa.core.release import Locked, ReleaseName
from hansa.core.version import Constraint
from hansa.resolution.errors import LockedDigestDiffers
from hansa.resolution.explanation import explain
from hansa.resolution.problem import Candidate, Problem
from hansa.resolution.provider import CoherenceProvider
from hansa.resolution.source import Catalogue, ReleaseSource

# Far beyond any real registry; only there so that resolvelib's search has an end.
_ROUNDS = 10_000_000


def resolve(
    root: str,
    requires: Mapping[str, Constraint],
    source: ReleaseSource,
    *,
    locked: Mapping[str, Locked] | None = None,
    upgrade: frozenset[str] | None = None,
    allow_skew: frozenset[str] = frozenset(),
) -> dict[str, Locked]:
    """For each required product the release it gets, by name.

    What is `locked` stays as long as it fits, except for products in `upgrade`, which get the
    newest release that fits. Everything reachable from the result is of one major line, but
    for products in `allow_skew`. Raises ResolutionFailed or LockedDigestDiffers.
    """
    locks = {product: lock for product, lock in (locked or {}).items() if product in requires}
    problem = Problem(
        root=root,
        requires=requires,
        catalogue=Catalogue(source),
        locked=locks,
        kept=frozenset(locks) - (upgrade or frozenset()),
        allow_skew=allow_skew,
    )
    _check_digests(problem)
    chosen = solve(problem)
    if chosen is None:
        raise explain(problem, solve)
    return {
        product: Locked(candidate.release.name.version, candidate.release.digest)
        for product, candidate in sorted(chosen.items())
    }


def solve(problem: Problem) -> dict[str, Candidate] | None:
    """A coherent choice for every requirement, or None when there is none."""
    if problem.root in problem.requires:
        return None
    resolver = Resolver(CoherenceProvider(problem), BaseReporter())
    try:
        result = resolver.resolve(sorted(problem.requires), max_rounds=_ROUNDS)
    except ResolutionImpossible:
        return None
    return {
        product: choice
        for product, choice in result.mapping.items()
        if isinstance(product, str) and isinstance(choice, Candidate)
    }


def _check_digests(problem: Problem) -> None:
    """A version that changed its content is never silently locked anew."""
    for product in sorted(problem.kept):
        lock = problem.locked[product]
        name = ReleaseName(product, lock.version)
        release = problem.catalogue.find(name)
        if release is not None and release.digest != lock.digest:
            raise LockedDigestDiffers(name, lock.digest, release.digest)
