"""The release that a working copy is compared with."""

from __future__ import annotations

from hansa.core.release import Release
from hansa.ops.releases import OpenedRelease
from hansa.ops.workspace import Workspace


def find_baseline(workspace: Workspace) -> OpenedRelease | None:
    """The newest release that the declared version may follow; None before the first one.

    That is the newest one at or below the declared version on the same or an earlier major
    line, so that a mend of 1.4 is compared with 1.4.0 although 2.0.0 is out. When every
    release is newer than the declared version, the newest of all.
    """
    releases = [
        release
        for release in workspace.registry.releases(workspace.product.name)
        if not release.yanked
    ]
    chosen = choose_baseline(releases, workspace)
    return workspace.store.open_name(chosen.name) if chosen else None


def choose_baseline(releases: list[Release], workspace: Workspace) -> Release | None:
    """Of all releases, oldest first, the one that find_baseline opens."""
    if not releases:
        return None
    declared = workspace.product.version
    older = [release for release in releases if release.name.version <= declared]
    stable = [release for release in older if not release.name.version.prerelease]
    return (stable or older or releases)[-1]
