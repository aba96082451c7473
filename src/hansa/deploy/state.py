"""What a target says of itself: live releases, stored objects, who uses them, runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from hansa.core.release import ReleaseName
from hansa.core.version import Version
from hansa.deploy.definition import Definition, ObjectKind, Pin


@dataclass(frozen=True, slots=True)
class LiveRelease:
    """One release that can be read in a target; `kept` when it was kept by hand."""

    name: ReleaseName
    digest: str
    deployed_at: datetime
    kept: bool
    pins: Mapping[str, Pin]
    raw_definition: str = field(repr=False)

    def pinned(self, product: str) -> Version | None:
        """The version of that product it was deployed against, or None."""
        pin = self.pins.get(product)
        return Version.parse(pin.version) if pin else None

    @property
    def pinned_names(self) -> tuple[ReleaseName, ...]:
        """The releases that it was deployed against."""
        return tuple(
            ReleaseName(product, Version.parse(pin.version)) for product, pin in self.pins.items()
        )

    @property
    def definition(self) -> Definition:
        return msgspec.json.decode(self.raw_definition, type=Definition)


@dataclass(frozen=True, slots=True)
class ObjectRecord:
    """One relation of a store as it is now; rows and bytes are None for what holds none."""

    product: str
    relation: str
    label: str
    kind: ObjectKind
    content: str
    fingerprint: str
    rows: int | None
    bytes: int | None
    built_at: datetime


@dataclass(frozen=True, slots=True)
class Use:
    """That a live release reads a stored object, under a public name or inside."""

    release: ReleaseName
    relation: str
    public_name: str | None


@dataclass(frozen=True, slots=True)
class PreviousRecord:
    """The rows of one relation before the last run: all, or with `delta` those it replaced."""

    relation: str
    delta: bool
    rows: int | None
    bytes: int | None
    built_at: datetime


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as it was recorded."""

    id: str
    product: str
    started_at: datetime
    finished_at: datetime | None
    status: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TargetState:
    """Everything that the target says of itself, read in one moment.

    `newest` holds the newest value of a release's table and column at the last run, for
    columns whose freshness is promised.
    """

    releases: tuple[LiveRelease, ...] = ()
    objects: Mapping[tuple[str, str], ObjectRecord] = field(default_factory=dict)
    uses: tuple[Use, ...] = ()
    schemas: Mapping[str, str] = field(default_factory=dict)
    newest: Mapping[tuple[ReleaseName, str, str], str | None] = field(default_factory=dict)

    def of(self, product: str) -> tuple[LiveRelease, ...]:
        """The product's live releases, newest version first."""
        found = [release for release in self.releases if release.name.product == product]
        return tuple(sorted(found, key=lambda release: release.name.version, reverse=True))

    def find(self, name: ReleaseName) -> LiveRelease | None:
        return next((release for release in self.releases if release.name == name), None)

    def pinned_by(self, name: ReleaseName) -> tuple[ReleaseName, ...]:
        """The live releases that read that one."""
        return tuple(
            sorted(
                release.name
                for release in self.releases
                if release.pinned(name.product) == name.version
            )
        )

    def content_of(self, product: str, version: Version, table: str) -> str | None:
        """What a public table of a live release holds, as a fingerprint with its columns."""
        name = ReleaseName(product, version)
        live = self.find(name)
        public = live.definition.table(table) if live else None
        if public is None:
            return None
        record = self.objects.get((product, public.relation))
        columns = "\0".join(column.name for column in public.contract.columns)
        return f"{record.content}\0{columns}" if record else None
