"""Bundles and registries for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hansa.core.release import Locked, ReleaseName
from hansa.core.version import Constraint, Version
from hansa.registry.bundle import digest, pack
from hansa.registry.client import Registry
from hansa.registry.embedded import EmbeddedRegistry
from hansa.registry.manifest import Manifest, Origin, PublicTable

FILES = {"models/fct_flights.sql": b"select 1 as one\n", "README.md": "Flüge\n".encode()}


class Clock:
    """A clock that goes on by a minute each time somebody looks."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


def registry(directory: Path, *, create: bool = False) -> EmbeddedRegistry:
    return EmbeddedRegistry(directory, actor="ada", clock=Clock(), create=create)


def manifest(
    release: str,
    requires: Mapping[str, str] | None = None,
    locked: Mapping[str, tuple[str, str]] | None = None,
) -> Manifest:
    """A manifest; `locked` maps a product to its version and digest."""
    name = ReleaseName.parse(release)
    return Manifest(
        name=name.product,
        version=name.version,
        description="What flew.",
        team="ops",
        contact="ops@example.com",
        requires={product: Constraint.parse(text) for product, text in (requires or {}).items()},
        locked={
            product: Locked(Version.parse(version), value)
            for product, (version, value) in (locked or {}).items()
        },
        tables=(PublicTable("fct_flights", "table", "One row a flight."),),
        origin=Origin("0123abc"),
        hansa="0.1.0",
    )


def bundle(
    release: str,
    requires: Mapping[str, str] | None = None,
    locked: Mapping[str, tuple[str, str]] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    return pack(FILES if files is None else files, manifest(release, requires, locked))


def publish_all(target: Registry, *releases: str) -> list[bytes]:
    """Publishes releases without requirements."""
    data = [bundle(release) for release in releases]
    for each in data:
        target.publish(each)
    return data


def lock_of(target: Registry, release: str) -> dict[str, tuple[str, str]]:
    """What a bundle that requires a published release says in `locked`."""
    name = ReleaseName.parse(release)
    return {name.product: (str(name.version), target.release(name).digest)}


def other_digest() -> str:
    return digest(b"other")
