"""Hide a release from new lockfiles, or show it again; announce the end of a major line."""

from __future__ import annotations

from datetime import date

from hansa.core.release import Deprecation, ReleaseName
from hansa.ops.line import parse_line
from hansa.registry.client import Registry


def yank(registry: Registry, release: str, reason: str | None, undo: bool = False) -> ReleaseName:
    """Existing lockfiles keep working; new ones do not choose it. Raises UnknownRelease."""
    name = ReleaseName.parse(release)
    registry.release(name)
    if undo:
        registry.unyank(name)
    else:
        registry.yank(name, reason)
    return name


def deprecate(
    registry: Registry, line: str, sunset: date | None, message: str | None, undo: bool = False
) -> Deprecation:
    """Announce that `flights@1` ends, at `sunset` if a date is given.

    Raises InvalidLine, UnknownProduct or UnknownLine.
    """
    product, number = parse_line(line)
    deprecation = Deprecation(product, number, sunset, message)
    if undo:
        registry.undeprecate(product, number)
    else:
        registry.deprecate(deprecation)
    return deprecation
