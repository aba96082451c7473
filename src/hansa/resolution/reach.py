"""What a release brings along: the pinned graph below it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from hansa.core.release import Locked, Release, ReleaseName
from hansa.resolution.source import Catalogue

Line = tuple[int, ...]
Path = tuple[ReleaseName, ...]  # from a release along its pins, both ends included


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a release can never be chosen: the last pin of `path` is as `kind` says."""

    kind: str
    path: Path

    CYCLE = "cycle"  # a release of the very product that is being resolved
    MISSING = "missing"  # not in the registry
    CHANGED = "changed"  # in the registry with another digest


@dataclass(frozen=True, slots=True)
class Reach:
    """The pinned graph below one release.

    `lines` maps every product in it, the release's own included, to its major lines, each
    with a shortest path to a release of that line. `fault` is the first thing that makes the
    release unusable.
    """

    lines: Mapping[str, Mapping[Line, Path]]
    fault: Fault | None = None

    def signature(
        self, allow_skew: frozenset[str], only: frozenset[str] | None = None
    ) -> frozenset[tuple[str, Line]]:
        """All that coherence asks; releases with equal signatures fit with the same others.

        `only` limits it to some products.
        """
        products = self.lines.keys() if only is None else self.lines.keys() & only
        return frozenset(
            (product, line)
            for product in products
            if product not in allow_skew
            for line in self.lines[product]
        )


def reach_of(release: Release, root: str, catalogue: Catalogue) -> Reach:
    """Walks the pins below a release, nearest first, until the end or the first fault."""
    lines: dict[str, dict[Line, Path]] = {}
    seen = {release.name}
    waiting: deque[tuple[Release, Path]] = deque([(release, (release.name,))])
    while waiting:
        current, path = waiting.popleft()
        name = current.name
        lines.setdefault(name.product, {}).setdefault(name.version.line, path)
        for product, pin in sorted(current.locked.items()):
            child_name = ReleaseName(product, pin.version)
            if child_name in seen:
                continue
            seen.add(child_name)
            child = catalogue.find(child_name) if product != root else None
            kind = _fault_of(product, root, pin, child)
            if child is None or kind:
                return Reach(lines, Fault(kind, (*path, child_name)))
            waiting.append((child, (*path, child_name)))
    return Reach(lines)


def _fault_of(product: str, root: str, pin: Locked, child: Release | None) -> str:
    if product == root:
        return Fault.CYCLE
    if child is None:
        return Fault.MISSING
    return Fault.CHANGED if child.digest != pin.digest else ""
