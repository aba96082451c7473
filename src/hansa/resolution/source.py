"""Where resolution learns of releases, asked once for each product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from hansa.core.release import Deprecation, Release, ReleaseName


class ReleaseSource(Protocol):
    """What resolution asks a registry."""

    def products(self) -> Sequence[str]:
        """The names of all products, for suggestions."""

    def releases(self, product: str) -> Sequence[Release]:
        """All releases of a product, yanked ones too; empty for an unknown product."""

    def release(self, name: ReleaseName) -> Release:
        """One release; raises when it is not known."""


class DeprecationSource(ReleaseSource, Protocol):
    """A source that also knows which major lines end."""

    def deprecations(self, product: str) -> Sequence[Deprecation]:
        """The announced ends of a product's major lines."""


class Catalogue:
    """The releases of a source, remembered; it stands for one moment, so use it for one task."""

    def __init__(self, source: ReleaseSource) -> None:
        self._source = source
        self._newest_first: dict[str, tuple[Release, ...]] = {}
        self._by_name: dict[ReleaseName, Release] = {}

    def products(self) -> Sequence[str]:
        return self._source.products()

    def newest_first(self, product: str) -> tuple[Release, ...]:
        """All releases of a product, the highest version first; empty when it is unknown."""
        if product not in self._newest_first:
            found = list(self._source.releases(product))
            found.sort(key=lambda release: release.name.version, reverse=True)
            self._newest_first[product] = tuple(found)
            self._by_name |= {release.name: release for release in found}
        return self._newest_first[product]

    def find(self, name: ReleaseName) -> Release | None:
        """The release of that name, or None."""
        self.newest_first(name.product)
        return self._by_name.get(name)
