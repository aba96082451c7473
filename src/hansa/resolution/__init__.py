"""Which releases a product gets: resolution and its explanations."""

from __future__ import annotations

from hansa.resolution.errors import LockedDigestDiffers, ResolutionFailed
from hansa.resolution.graph import Dependency, Outdated, dependency_tree, outdated
from hansa.resolution.resolver import resolve
from hansa.resolution.source import ReleaseSource

__all__ = [
    "Dependency",
    "LockedDigestDiffers",
    "Outdated",
    "ReleaseSource",
    "ResolutionFailed",
    "dependency_tree",
    "outdated",
    "resolve",
]
