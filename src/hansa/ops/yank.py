"""Hide a release from new lockfiles, or show it again; announce the end of a major line."""

from __future__ import annotations

from datetime import date

from hansa.core.release import Deprecation, ReleaseName
from hansa.core.suggestion import did_you_mean
from hansa.core.version import line_name
from hansa.errors import InvalidInput
from hansa.registry.client import Registry


class UnknownLine(InvalidInput):
    """A product has no release on that major line."""

    slug = "unknown-line"

    def __init__(self, product: str, line: str, known: list[str]) -> None:
        self.product = product
        self.line = line
        names = ", ".join(known)
        self.hint = did_you_mean(line, known) or (
            f"its lines are {names}" if known else "run `hansa publish` in that product first"
        )

    def __str__(self) -> str:
        return f"`{self.product}` has no release on line {self.line}"


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
    """Announce that `flights@1` ends, at `sunset` if a date is given. Raises UnknownLine."""
    product, _, number = line.partition("@")
    known = sorted({line_name(r.name.version.line) for r in registry.releases(product)})
    if number not in known:
        raise UnknownLine(product, number or "?", known)
    deprecation = Deprecation(product, number, sunset, message)
    if undo:
        registry.undeprecate(product, number)
    else:
        registry.deprecate(deprecation)
    return deprecation
