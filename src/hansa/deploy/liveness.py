"""Which releases stay live in a target, and why."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from hansa.core.release import ReleaseName
from hansa.deploy.state import LiveRelease


def line_head(releases: Iterable[LiveRelease]) -> LiveRelease | None:
    """The release that a major line shows: its newest, a prerelease only without another."""
    found = sorted(releases, key=lambda release: release.name.version)
    stable = [release for release in found if not release.name.version.prerelease]
    shown = stable or found
    return shown[-1] if shown else None


def of_line(
    releases: Iterable[LiveRelease], product: str, line: tuple[int, ...]
) -> tuple[LiveRelease, ...]:
    """The releases of one major line of a product."""
    return tuple(
        release
        for release in releases
        if release.name.product == product and release.name.version.line == line
    )


def pinning(releases: Iterable[LiveRelease], name: ReleaseName) -> tuple[ReleaseName, ...]:
    """The releases among these that pin that one."""
    return tuple(
        release.name for release in releases if release.pinned(name.product) == name.version
    )


def is_justified(release: LiveRelease, releases: Sequence[LiveRelease]) -> bool:
    """Whether a release stays live beside these: kept by hand, pinned, or newest of its line.

    A prerelease newer than the newest plain release of its line stays until that one passes it.
    """
    if release.kept or pinning(releases, release.name):
        return True
    siblings = of_line(releases, release.name.product, release.name.version.line)
    newest = max(sibling.name.version for sibling in siblings)
    head = line_head(siblings)
    return release.name.version == newest or (head is not None and head.name == release.name)


def removable(
    releases: Iterable[LiveRelease], products: Container[str] | None = None
) -> tuple[LiveRelease, ...]:
    """The releases that nothing keeps live, dependents before what they pin.

    With `products`, releases of others stay, and so does what they pin.
    """
    remaining = list(releases)
    gone: list[LiveRelease] = []
    while True:
        found = [
            release
            for release in remaining
            if (products is None or release.name.product in products)
            and not is_justified(release, remaining)
        ]
        if not found:
            return tuple(gone)
        gone += sorted(found, key=lambda release: release.name)
        remaining = [release for release in remaining if release not in found]
