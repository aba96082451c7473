"""The registry's one service: every rule about releases, over a database and a blob store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Delete, Engine, Row, delete, select, update

from hansa.core.release import Deprecation, Release, ReleaseName
from hansa.core.version import InvalidConstraint, InvalidVersion, line_name
from hansa.registry.blobs import BlobMissing, Blobs
from hansa.registry.bundle import digest as digest_of
from hansa.registry.bundle import unpack
from hansa.registry.errors import (
    DigestMismatch,
    RegistryDamaged,
    RequirementNotPublished,
    UnknownLine,
    UnknownProduct,
    UnknownRelease,
    VersionAlreadyPublished,
)
from hansa.registry.manifest import Manifest
from hansa.registry.records import insert_release, read_deprecations, read_releases
from hansa.registry.schema import deprecations, events, products, releases, requirements

# Connections with this option take the write lock when they begin, not at their first write,
# so that what they read before writing cannot change in between.
WRITES = "hansa_writes"


@dataclass(frozen=True, slots=True)
class RegistryService:
    """One registry. `url` is how it is shown, `actor` who is logged, `clock` gives aware times.

    Errors of the database and of the blob store pass through; who opened them words them.
    """

    url: str
    engine: Engine
    blobs: Blobs
    actor: str
    clock: Callable[[], datetime]

    def publish(self, bundle: bytes) -> Release:
        manifest = unpack(bundle).manifest
        digest = digest_of(bundle)
        with self._reading() as connection:
            self._check_publishable(connection, manifest, digest)
        # The blob first: a blob that no row names is only garbage, a row that names no blob
        # would be damage. Between the two anything may happen, a kill included.
        self.blobs.put(digest, bundle)
        with self._writing() as connection:
            self._check_publishable(connection, manifest, digest)
            insert_release(connection, manifest, digest, len(bundle), self.clock())
            self._log(connection, "publish", manifest.release, digest)
            return self._release(connection, manifest.release)

    def releases(self, product: str) -> list[Release]:
        with self._reading() as connection:
            return self._releases(connection, product)

    def products(self) -> list[str]:
        with self._reading() as connection:
            return self._products(connection)

    def release(self, name: ReleaseName) -> Release:
        with self._reading() as connection:
            return self._release(connection, name)

    def fetch(self, name: ReleaseName, digest: str | None = None) -> bytes:
        release = self.release(name)
        if digest is not None and digest != release.digest:
            raise DigestMismatch(name, digest, release.digest)
        try:
            data = self.blobs.get(release.digest)
        except BlobMissing:
            raise RegistryDamaged(self.url, f"the bundle of `{name}` is missing") from None
        actual = digest_of(data)
        if actual != release.digest:
            raise DigestMismatch(name, release.digest, actual)
        return data

    def yank(self, name: ReleaseName, reason: str | None) -> None:
        with self._writing() as connection:
            release = self._release(connection, name)
            if (release.yanked, release.yank_reason) != (True, reason):
                self._set_yanked(connection, name, True, reason)
                self._log(connection, "yank", name, reason)

    def unyank(self, name: ReleaseName) -> None:
        with self._writing() as connection:
            if self._release(connection, name).yanked:
                self._set_yanked(connection, name, False, None)
                self._log(connection, "unyank", name, None)

    def deprecate(self, deprecation: Deprecation) -> None:
        product, line = deprecation.product, deprecation.line
        with self._writing() as connection:
            known = self._known_releases(connection, product)
            lines = list(dict.fromkeys(line_name(release.name.version.line) for release in known))
            if line not in lines:
                raise UnknownLine(product, line, lines)
            if deprecation in read_deprecations(connection, product):
                return
            connection.execute(_of_line(product, line))
            connection.execute(
                deprecations.insert().values(
                    product=product,
                    line=line,
                    sunset=deprecation.sunset,
                    message=deprecation.message,
                )
            )
            sunset = deprecation.sunset.isoformat() if deprecation.sunset else "no sunset"
            self._log(connection, "deprecate", deprecation, sunset)

    def undeprecate(self, product: str, line: str) -> None:
        with self._writing() as connection:
            self._known_releases(connection, product)
            if connection.execute(_of_line(product, line)).rowcount:
                self._log(connection, "undeprecate", Deprecation(product, line), None)

    def deprecations(self, product: str) -> list[Deprecation]:
        with self._reading() as connection:
            return read_deprecations(connection, product)

    def dependents(self, product: str) -> list[Release]:
        of_dependents = select(requirements.c.release).where(requirements.c.product == product)
        with self._reading() as connection:
            rows = connection.execute(select(releases).where(releases.c.id.in_(of_dependents)))
            return self._as_values(connection, list(rows))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection on which everything is read as of one moment."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A connection whose changes all happen, or none when an error leaves the block."""
        with self.engine.connect() as connection:
            connection = connection.execution_options(**{WRITES: True})
            with connection.begin():
                yield connection

    def _check_publishable(self, connection: Connection, manifest: Manifest, digest: str) -> None:
        name = manifest.release
        for release in self._releases(connection, name.product):
            if release.name == name:
                raise VersionAlreadyPublished(name, same=release.digest == digest)
        for product, locked in sorted(manifest.locked.items()):
            required = ReleaseName(product, locked.version)
            query = select(releases.c.digest).where(
                releases.c.product == product, releases.c.version == str(locked.version)
            )
            registered = connection.execute(query).scalar()
            if registered != locked.digest:
                raise RequirementNotPublished(name, required, registered)

    def _release(self, connection: Connection, name: ReleaseName) -> Release:
        known = self._known_releases(connection, name.product)
        for release in known:
            if release.name == name:
                return release
        raise UnknownRelease(name, [release.name.version for release in known])

    def _known_releases(self, connection: Connection, product: str) -> list[Release]:
        found = self._releases(connection, product)
        if not found:
            raise UnknownProduct(product, self._products(connection), self.url)
        return found

    def _releases(self, connection: Connection, product: str) -> list[Release]:
        rows = connection.execute(select(releases).where(releases.c.product == product))
        return self._as_values(connection, list(rows))

    def _products(self, connection: Connection) -> list[str]:
        return list(connection.scalars(select(products.c.name).order_by(products.c.name)))

    def _as_values(self, connection: Connection, rows: list[Row[Any]]) -> list[Release]:
        try:
            return read_releases(connection, rows)
        except (InvalidVersion, InvalidConstraint) as error:
            raise RegistryDamaged(self.url, str(error)) from error

    def _set_yanked(
        self, connection: Connection, name: ReleaseName, yanked: bool, reason: str | None
    ) -> None:
        connection.execute(
            update(releases)
            .where(releases.c.product == name.product, releases.c.version == str(name.version))
            .values(yanked=yanked, yank_reason=reason)
        )

    def _log(
        self,
        connection: Connection,
        action: str,
        about: ReleaseName | Deprecation,
        detail: str | None,
    ) -> None:
        version = str(about.version) if isinstance(about, ReleaseName) else about.line
        connection.execute(
            events.insert().values(
                at=self.clock(),
                actor=self.actor,
                action=action,
                product=about.product,
                version=version,
                detail=detail,
            )
        )


def _of_line(product: str, line: str) -> Delete:
    return delete(deprecations).where(
        deprecations.c.product == product, deprecations.c.line == line
    )
