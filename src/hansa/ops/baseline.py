"""The release that a working copy is compared with, and the ones before it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hansa.core.contract import Contract
from hansa.core.release import Locked
from hansa.core.version import Version
from hansa.errors import HansaError
from hansa.ops.releases import OpenedRelease
from hansa.ops.replacement import replace_file
from hansa.ops.workspace import Workspace


@dataclass(frozen=True, slots=True)
class KnownRelease:
    """What has to be known of a release to choose it and to find its bundle."""

    version: Version
    digest: str
    yanked: bool = False


class _Kept(msgspec.Struct):
    """The releases of one product as the registry at `url` had them under that mark."""

    url: str
    mark: str
    product: str
    releases: list[tuple[str, str, bool]]


def find_baseline(workspace: Workspace, declared: Version | None = None) -> OpenedRelease | None:
    """The newest release that the declared version may follow; None before the first one.

    That is the newest one at or below the declared version on the same or an earlier major
    line, so that a mend of 1.4 is compared with 1.4.0 although 2.0.0 is out. When every
    release is newer than the declared version, the newest of all. Yanked ones do not count.
    `declared` is the version, where it is known before the product is read.
    """
    known = [release for release in known_releases(workspace) if not release.yanked]
    chosen = choose_baseline(known, declared or workspace.product.version) if known else None
    return _open(workspace, chosen) if chosen else None


def choose_baseline(releases: Sequence[KnownRelease], declared: Version) -> KnownRelease | None:
    """Of all releases, oldest first, the one that find_baseline opens."""
    if not releases:
        return None
    older = [release for release in releases if release.version <= declared]
    stable = [release for release in older if not release.version.prerelease]
    return (stable or older or list(releases))[-1]


def earlier_contracts(workspace: Workspace, version: Version) -> list[Contract]:
    """The contracts of the releases before that version on its major line, oldest first.

    Releases that cannot be had or read are left out: they can only add a warning.
    """
    found = []
    try:
        known = known_releases(workspace)
    except HansaError:
        return []
    for release in known:
        if release.version < version and release.version.line == version.line:
            with contextlib.suppress(HansaError):
                found.append(_open(workspace, release).product.contract)
    return found


def known_releases(workspace: Workspace) -> list[KnownRelease]:
    """All releases of the product, oldest first.

    The registry is opened only when it may have changed since it was last asked: what it said
    is kept under .hansa/cache with its mark.
    """
    registry, product = workspace.registry, workspace.head.name or ""
    path = workspace.directory / ".hansa" / "cache" / "releases.json"
    # taken before the question, so that what happens meanwhile shows as another mark
    mark = registry.mark()
    if mark is not None:
        kept = _read(path)
        if kept and (kept.url, kept.mark, kept.product) == (registry.url, mark, product):
            with contextlib.suppress(HansaError):
                return [
                    KnownRelease(Version.parse(version), digest, yanked)
                    for version, digest, yanked in kept.releases
                ]
    found = [
        KnownRelease(release.name.version, release.digest, release.yanked)
        for release in registry.releases(product)
    ]
    if mark is not None:
        rows = [(str(release.version), release.digest, release.yanked) for release in found]
        _write(path, _Kept(registry.url, mark, product, rows))
    return found


def _open(workspace: Workspace, release: KnownRelease) -> OpenedRelease:
    return workspace.store.open(workspace.head.name or "", Locked(release.version, release.digest))


def _read(path: Path) -> _Kept | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError, ValueError):
        return None


def _write(path: Path, kept: _Kept) -> None:
    # only a copy: a directory that cannot be written costs time, not correctness
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, msgspec.json.encode(kept))
