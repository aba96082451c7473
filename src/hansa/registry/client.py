"""What every registry can do, embedded or behind a server."""

from __future__ import annotations

from typing import Protocol

from hansa.core.release import Deprecation, Release, ReleaseName


class Registry(Protocol):
    """Where releases are published and found.

    Every method may raise RegistryNotFound, RegistryUnreadable, RegistryDamaged or
    RegistryBusy; those that write may raise RegistryUnwritable too, and then changed nothing.
    """

    @property
    def url(self) -> str:
        """The registry's address; `open_registry` takes it."""

    def mark(self) -> str | None:
        """Another text whenever what the registry knows may have changed.

        None when telling that costs as much as asking, or cannot be told just now.
        """

    def publish(self, bundle: bytes) -> Release:
        """The new release; name, version and requirements are read from the bundle.

        Raises BundleInvalid, VersionAlreadyPublished or RequirementNotPublished.
        """

    def releases(self, product: str) -> list[Release]:
        """All releases of a product, oldest version first, yanked ones too; [] when unknown."""

    def products(self) -> list[str]:
        """The names of all products that have a release, sorted."""

    def release(self, name: ReleaseName) -> Release:
        """Raises UnknownProduct or UnknownRelease."""

    def fetch(self, name: ReleaseName, digest: str | None = None) -> bytes:
        """The bundle, verified against the registry's digest and against `digest` if given.

        Raises UnknownProduct, UnknownRelease or DigestMismatch.
        """

    def yank(self, name: ReleaseName, reason: str | None) -> None:
        """Hides a release from new lockfiles; raises UnknownProduct or UnknownRelease."""

    def unyank(self, name: ReleaseName) -> None:
        """Takes a yank back; raises UnknownProduct or UnknownRelease."""

    def deprecate(self, deprecation: Deprecation) -> None:
        """Announces or changes the end of a major line; raises UnknownProduct or UnknownLine."""

    def undeprecate(self, product: str, line: str) -> None:
        """Takes the announcement back, if there is one; raises UnknownProduct."""

    def deprecations(self, product: str) -> list[Deprecation]:
        """The announced ends of a product's major lines, lowest line first."""

    def dependents(self, product: str) -> list[Release]:
        """The releases, yanked ones too, whose requirements name the product, by name."""
