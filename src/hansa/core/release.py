"""Releases, and the lockfile that pins them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from hansa.core.version import Constraint, Version
from hansa.errors import InvalidInput


class InvalidReleaseName(InvalidInput):
    """A text does not name a release."""

    slug = "invalid-release-name"
    hint = "write product@version, such as flights@1.4.0"

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"`{self.text}` does not name a release"


@dataclass(frozen=True, slots=True, order=True)
class ReleaseName:
    """`product@1.4.0`."""

    product: str
    version: Version

    @classmethod
    def parse(cls, text: str) -> ReleaseName:
        """Raises InvalidReleaseName or InvalidVersion."""
        product, separator, version = text.partition("@")
        if not separator or not product:
            raise InvalidReleaseName(text)
        return cls(product, Version.parse(version))

    def __str__(self) -> str:
        return f"{self.product}@{self.version}"


@dataclass(frozen=True, slots=True)
class Locked:
    """The exact release chosen for one requirement; `digest` is `sha256:` and 64 hex digits."""

    version: Version
    digest: str


@dataclass(frozen=True, slots=True)
class Lockfile:
    """The content of `hansa.lock`: for each direct requirement its constraint and its release."""

    locked: Mapping[str, Locked] = field(default_factory=dict)
    constraints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """What an owner states about the tests of a release, in percent; nobody else measured it.

    `coverage` is of obligations, `asserted` of public columns; `mutation` is None when the
    score was not measured.
    """

    coverage: float
    asserted: float
    mutation: float | None = None

    def __str__(self) -> str:
        words = f"coverage {_percent(self.coverage)}, asserted {_percent(self.asserted)}"
        return words if self.mutation is None else f"{words}, mutation {_percent(self.mutation)}"


def _percent(value: float) -> str:
    """Whole percents, never rounded up to 100 or down to 0."""
    if 0 < value < 1:
        return "1%"
    return f"{99 if 99 < value < 100 else round(value)}%"


@dataclass(frozen=True, slots=True)
class Release:
    """What a registry knows of a release without opening its bundle.

    `requires` are the constraints it was published with, `locked` the exact releases that it
    was built and tested against. `yanked` hides it from new lockfiles. `figures` are the
    owner's own statement, None for releases that state none.
    """

    name: ReleaseName
    digest: str
    published_at: datetime
    size: int
    description: str | None = None
    team: str | None = None
    contact: str | None = None
    requires: Mapping[str, Constraint] = field(default_factory=dict)
    locked: Mapping[str, Locked] = field(default_factory=dict)
    yanked: bool = False
    yank_reason: str | None = None
    origin: str | None = None
    figures: Figures | None = None


@dataclass(frozen=True, slots=True)
class Deprecation:
    """An announced end of one major line of a product (`1`, or `0.3`)."""

    product: str
    line: str
    sunset: date | None = None
    message: str | None = None
