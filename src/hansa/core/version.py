"""Versions, constraints, and the level of change between two versions."""

from __future__ import annotations

from dataclasses import dataclass, field

from semantic_version import NpmSpec
from semantic_version import Version as _SemVer

from hansa.core.level import Level as Level
from hansa.errors import InvalidInput


class InvalidVersion(InvalidInput):
    """A text is not a semantic version."""

    slug = "invalid-version"
    hint = "write three numbers, such as 1.4.0 or 2.0.0-rc.1"

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"`{self.text}` is not a semantic version"


class InvalidConstraint(InvalidInput):
    """A text is not a version constraint."""

    slug = "invalid-constraint"
    hint = "write a caret, tilde, comparison or exact constraint: ^1.2, ~1.2.3, >=1.2 <3, 1.4.0"

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"`{self.text}` is not a version constraint"


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A semantic version (semver.org 2.0.0); build metadata is refused, as it has no order."""

    _key: _SemVer = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Version:
        """Raises InvalidVersion when the text is not of the form 1.4.0 or 1.4.0-rc.1."""
        try:
            parsed = _SemVer(text)
        except ValueError:
            raise InvalidVersion(text) from None
        if parsed.build:
            raise InvalidVersion(text)
        return cls(parsed)

    @property
    def major(self) -> int:
        return int(self._key.major)

    @property
    def minor(self) -> int:
        return int(self._key.minor)

    @property
    def patch(self) -> int:
        return int(self._key.patch)

    @property
    def prerelease(self) -> bool:
        """True for versions such as 2.0.0-rc.1, which no plain constraint picks."""
        return bool(self._key.prerelease)

    @property
    def line(self) -> tuple[int, ...]:
        """The major line: (1,) for 1.4.0; (0, 3) for 0.3.2, where the middle number is major."""
        return (self.major,) if self.major else (0, self.minor)

    def bump(self, level: Level) -> Version:
        """The lowest release that may follow this one when a change of `level` was made.

        Before 1.0.0 the middle number plays major and the last one everything else.
        """
        if level is Level.NONE:
            return self
        if self.prerelease and level <= self._level_of_numbers():
            return Version.parse(f"{self.major}.{self.minor}.{self.patch}")
        if self.major == 0:
            if level is Level.MAJOR:
                return Version.parse(f"0.{self.minor + 1}.0")
            return Version.parse(f"0.{self.minor}.{self.patch + 1}")
        if level is Level.MAJOR:
            return Version.parse(f"{self.major + 1}.0.0")
        if level is Level.MINOR:
            return Version.parse(f"{self.major}.{self.minor + 1}.0")
        return Version.parse(f"{self.major}.{self.minor}.{self.patch + 1}")

    def _level_of_numbers(self) -> Level:
        if self.patch:
            return Level.PATCH
        return Level.MINOR if self.minor and self.major else Level.MAJOR

    def allows(self, new: Version, level: Level) -> bool:
        """Whether `new` is high enough to follow this version after a change of `level`."""
        if level is Level.NONE:
            return new >= self
        return new > self and _numbers(new) >= _numbers(self.bump(level))

    def __str__(self) -> str:
        return str(self._key)


def _numbers(version: Version) -> tuple[int, int, int]:
    return (version.major, version.minor, version.patch)


def line_name(line: tuple[int, ...]) -> str:
    """A major line as people write it: `1`, or `0.3` before 1.0.0."""
    return ".".join(str(number) for number in line)


@dataclass(frozen=True, slots=True)
class Constraint:
    """Which versions a requirement accepts, in npm's syntax (caret, tilde, comparison, exact)."""

    text: str
    _spec: NpmSpec = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """Raises InvalidConstraint when the text is not a constraint."""
        cleaned = " ".join(text.replace(",", " ").split())
        try:
            return cls(text.strip(), NpmSpec(cleaned))
        except ValueError:
            raise InvalidConstraint(text) from None

    def admits(self, version: Version) -> bool:
        """Whether the version satisfies this constraint; a prerelease only if it is named."""
        return bool(self._spec.match(version._key))

    def __str__(self) -> str:
        return self.text
