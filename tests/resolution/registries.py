"""Registries written as short texts, for tests of resolution."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hansa.core.release import Deprecation, Locked, Release, ReleaseName
from hansa.core.version import Constraint, Version


class FakeSource:
    """Releases in memory; counts what it is asked."""

    def __init__(self, releases: list[Release], deprecations: list[Deprecation] | None = None):
        self._releases = releases
        self._deprecations = deprecations or []
        self.asked: list[str] = []

    def products(self) -> list[str]:
        return sorted({release.name.product for release in self._releases})

    def releases(self, product: str) -> list[Release]:
        self.asked.append(product)
        return [release for release in self._releases if release.name.product == product]

    def release(self, name: ReleaseName) -> Release:
        return next(release for release in self._releases if release.name == name)

    def deprecations(self, product: str) -> list[Deprecation]:
        return [each for each in self._deprecations if each.product == product]


def digest(name: ReleaseName) -> str:
    return "sha256:" + hashlib.sha256(str(name).encode()).hexdigest()


def pin(text: str) -> tuple[str, Locked]:
    """`flights@1.4.0` as a lock, with another digest when `!` follows."""
    name = ReleaseName.parse(text.rstrip("!"))
    value = "sha256:" + "0" * 64 if text.endswith("!") else digest(name)
    return name.product, Locked(name.version, value)


def source(registry: Mapping[str, Any]) -> FakeSource:
    """A source from `{"flights@1.0.0": ["weather@1.0.0"], …}`.

    A value is the list of pins, or a mapping with `pins`, `yanked` (true or a reason).
    """
    releases = []
    for text, content in registry.items():
        details = content if isinstance(content, dict) else {"pins": content or []}
        locked = dict(pin(each) for each in details.get("pins", []))
        yanked = details.get("yanked", False)
        name = ReleaseName.parse(text)
        releases.append(
            Release(
                name=name,
                digest=digest(name),
                published_at=datetime(2026, 1, 1, tzinfo=UTC),
                size=1,
                requires={
                    product: Constraint.parse(f"^{lock.version}")
                    for product, lock in locked.items()
                },
                locked=locked,
                yanked=bool(yanked),
                yank_reason=yanked if isinstance(yanked, str) else None,
            )
        )
    return FakeSource(releases)


def constraints(requires: Mapping[str, str]) -> dict[str, Constraint]:
    return {product: Constraint.parse(str(text)) for product, text in requires.items()}


def version(text: str) -> Version:
    return Version.parse(text)
