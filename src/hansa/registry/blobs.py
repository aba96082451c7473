"""Bundles in an object store, found by their digest."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore

from hansa.registry.bundle import digest as digest_of

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_SYSTEM = re.compile(r"([^:\s][^:]*) \(os error \d+\)$")


class BlobMissing(Exception):
    """No blob has that digest."""


class BlobUnreachable(Exception):
    """The store refused to read or write; the text says why."""


class Blobs(Protocol):
    """Content by its digest."""

    def put(self, digest: str, data: bytes) -> None:
        """Stores the blob whole or not at all; raises BlobUnreachable."""

    def get(self, digest: str) -> bytes:
        """What is stored under the digest, not verified; raises BlobMissing, BlobUnreachable."""


class StoredBlobs:
    """Blobs in any object store that obstore knows."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, digest: str, data: bytes) -> None:
        """Writes only what is not there yet, and replaces a blob whose content is wrong."""
        path = blob_path(digest)
        try:
            obstore.put(self._store, path, data, mode="create")
        except AlreadyExistsError:
            # Left by a publish that was killed before it was recorded, or damaged since.
            if digest_of(self.get(digest)) != digest:
                self._replace(path, data)
        except (BaseError, OSError) as error:
            raise BlobUnreachable(_reason(error)) from error

    def get(self, digest: str) -> bytes:
        try:
            return bytes(obstore.get(self._store, blob_path(digest)).bytes())
        except FileNotFoundError as error:
            raise BlobMissing(digest) from error
        except (BaseError, OSError) as error:
            raise BlobUnreachable(_reason(error)) from error

    def _replace(self, path: str, data: bytes) -> None:
        try:
            obstore.put(self._store, path, data, mode="overwrite")
        except (BaseError, OSError) as error:
            raise BlobUnreachable(_reason(error)) from error


class DirectoryBlobs:
    """Blobs as files below a directory, on the disk before `put` returns."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def get(self, digest: str) -> bytes:
        if not self._directory.is_dir():
            raise BlobMissing(digest)
        return StoredBlobs(LocalStore(self._directory)).get(digest)

    def put(self, digest: str, data: bytes) -> None:
        self._directory.mkdir(exist_ok=True)
        StoredBlobs(LocalStore(self._directory)).put(digest, data)
        # The row that will name this blob is flushed to the disk; the blob must be there first.
        file = self._directory / blob_path(digest)
        try:
            for path in (file, file.parent, file.parent.parent):
                _flush(path)
        except OSError as error:
            raise BlobUnreachable(_reason(error)) from error


def blob_path(digest: str) -> str:
    """Where a store keeps the blob: `sha256/ab/abcdef….tar.zst`."""
    algorithm, _, value = digest.partition(":")
    return f"{algorithm}/{value[:2]}/{value}.tar.zst"


def _flush(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # directories cannot be opened there
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: Exception) -> str:
    """What the system said, without the store's words around it and its debugging appendix."""
    text = str(error).partition("\n")[0]
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    said = _SYSTEM.search(text)
    return said.group(1) if said else text
