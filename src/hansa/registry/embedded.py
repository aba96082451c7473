"""The embedded registry: SQLite and blobs in a directory, used in-process."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hansa.core.release import Deprecation, Release, ReleaseName
from hansa.errors import HansaError
from hansa.registry.errors import (
    RegistryBusy,
    RegistryDamaged,
    RegistryNotFound,
    RegistryTooNew,
    RegistryUnreadable,
    RegistryUnwritable,
)

if TYPE_CHECKING:
    from hansa.registry.service import RegistryService

DATABASE = "registry.db"
BLOBS = "blobs"
BUSY_SECONDS = 30.0
ABSENT = "absent"

# File systems tell times in steps, so a write may follow another one and leave the same mark.
_SETTLED_NANOSECONDS = 100_000_000

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_OUTSIDE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class EmbeddedRegistry:
    """A registry in a directory; nothing is opened before the first call.

    With `create`, a directory that does not exist becomes an empty registry on first use;
    without, only `publish` creates it and everything else raises RegistryNotFound.
    """

    def __init__(
        self, directory: Path, *, actor: str, clock: Callable[[], datetime], create: bool = False
    ) -> None:
        self._directory = directory
        self._actor = actor
        self._clock = clock
        self._create = create
        self._service: RegistryService | None = None

    @property
    def url(self) -> str:
        return str(self._directory)

    def mark(self) -> str | None:
        try:
            stamps = [_stamp(self._directory / f"{DATABASE}{ending}") for ending in ("", "-wal")]
        except OSError:
            return None
        if stamps[0] is None:
            return ABSENT
        newest = max(stamp[0] for stamp in stamps if stamp)
        if time.time_ns() - newest < _SETTLED_NANOSECONDS:
            return None
        return " ".join("-" if stamp is None else f"{stamp[0]}:{stamp[1]}" for stamp in stamps)

    def publish(self, bundle: bytes) -> Release:
        if not (self._directory / DATABASE).exists():
            from hansa.registry.bundle import unpack

            unpack(bundle)  # a bundle that is refused must not create a registry
        with self._using(writing=True, create=True) as service:
            return service.publish(bundle)

    def releases(self, product: str) -> list[Release]:
        with self._using() as service:
            return service.releases(product)

    def products(self) -> list[str]:
        with self._using() as service:
            return service.products()

    def release(self, name: ReleaseName) -> Release:
        with self._using() as service:
            return service.release(name)

    def fetch(self, name: ReleaseName, digest: str | None = None) -> bytes:
        with self._using() as service:
            return service.fetch(name, digest)

    def yank(self, name: ReleaseName, reason: str | None) -> None:
        with self._using(writing=True) as service:
            service.yank(name, reason)

    def unyank(self, name: ReleaseName) -> None:
        with self._using(writing=True) as service:
            service.unyank(name)

    def deprecate(self, deprecation: Deprecation) -> None:
        with self._using(writing=True) as service:
            service.deprecate(deprecation)

    def undeprecate(self, product: str, line: str) -> None:
        with self._using(writing=True) as service:
            service.undeprecate(product, line)

    def deprecations(self, product: str) -> list[Deprecation]:
        with self._using() as service:
            return service.deprecations(product)

    def dependents(self, product: str) -> list[Release]:
        with self._using() as service:
            return service.dependents(product)

    @contextmanager
    def _using(self, *, writing: bool = False, create: bool = False) -> Iterator[RegistryService]:
        """The opened service; whatever its parts raise inside the block is worded for people."""
        self._require_database(create or self._create, writing)
        # SQLAlchemy is heavy; only here is it certain that it is needed.
        from sqlalchemy.exc import DBAPIError

        from hansa.registry.blobs import BlobUnreachable

        try:
            yield self._opened()
        except HansaError:
            raise
        except (DBAPIError, sqlite3.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise self._worded(cause or error, writing) from error
        except (BlobUnreachable, OSError) as error:
            kind = RegistryUnwritable if writing else RegistryUnreadable
            raise kind(self.url, _lowered(error)) from error
        except ValueError as error:  # a cell that holds what its column cannot
            raise RegistryDamaged(self.url, _lowered(error)) from error

    def _worded(self, error: BaseException, writing: bool) -> HansaError:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _BUSY:
            return RegistryBusy(self.url, f"others held its lock for {BUSY_SECONDS:.0f} seconds")
        if code in _OUTSIDE:
            kind = RegistryUnwritable if writing else RegistryUnreadable
            return kind(self.url, _lowered(error))
        return RegistryDamaged(self.url, _lowered(error))

    def _require_database(self, create: bool, writing: bool) -> None:
        """Raises when there is none and none may be made; costs no import."""
        blobs = self._directory / BLOBS
        try:
            if (self._directory / DATABASE).exists():
                return
            damaged = blobs.is_dir() and any(blobs.iterdir())
        except OSError as error:
            kind = RegistryUnwritable if writing else RegistryUnreadable
            raise kind(self.url, _lowered(error)) from error
        if damaged:
            raise RegistryDamaged(self.url, f"it has bundles, but `{DATABASE}` is missing")
        if not create:
            raise RegistryNotFound(self.url)

    def _opened(self) -> RegistryService:
        from hansa.registry.blobs import DirectoryBlobs
        from hansa.registry.database import SchemaTooNew, open_engine, prepare
        from hansa.registry.service import RegistryService

        database = self._directory / DATABASE
        blobs = self._directory / BLOBS
        if not database.exists():
            self._service = None
            self._directory.mkdir(parents=True, exist_ok=True)
        if self._service is None:
            try:
                prepare(database, BUSY_SECONDS)
            except SchemaTooNew as error:
                raise RegistryTooNew(self.url, f"its layout is {error}") from None
            self._service = RegistryService(
                url=self.url,
                engine=open_engine(database, BUSY_SECONDS),
                blobs=DirectoryBlobs(blobs),
                actor=self._actor,
                clock=self._clock,
            )
        return self._service


def _stamp(path: Path) -> tuple[int, int] | None:
    """When a file was last written, in nanoseconds, and its size; None without the file.

    An empty file counts as none: readers of the database leave an empty log behind, or take it
    away.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (found.st_mtime_ns, found.st_size) if found.st_size else None


def _lowered(error: BaseException) -> str:
    """What a library said, as a part of one of our sentences."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = text.partition("\n")[0].rstrip(".")
    return text[:1].lower() + text[1:]
