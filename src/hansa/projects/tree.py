"""Where a product's files are read from: a directory, memory, or a git commit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hansa.projects.errors import DirectoryMissing, FileUnreadable, NotAProduct
from hansa.projects.git import list_blobs, read_blobs

__all__ = ["DirectoryTree", "GitTree", "MemoryTree", "Tree", "shown"]

PRODUCT_FILE = "product.yaml"
FOLDERS = ("models", "tests", "fixtures")
TOP_FILES = (PRODUCT_FILE, "contract.yaml", "README.md", "hansa.lock")


class Tree(Protocol):
    """The files of one product; paths are relative, with slashes.

    `label` names the tree to people and begins every place in it.
    """

    @property
    def label(self) -> str: ...

    def paths(self) -> list[str]:
        """The files that may belong to a product, sorted; hidden ones are left out."""
        ...

    def read(self, path: str) -> bytes:
        """The content of a file; raises FileUnreadable."""
        ...

    def missing(self) -> NotAProduct:
        """What to raise when there is no product.yaml."""
        ...


def shown(label: str, path: str) -> str:
    """How a file of a tree is named to people."""
    return path if label in ("", ".") else f"{label.rstrip('/')}/{path}"


def belongs(path: str) -> bool:
    """Whether a file may be part of a product: a known top file, or one in a known folder."""
    parts = path.split("/")
    if len(parts) == 1:
        return path in TOP_FILES
    return parts[0] in FOLDERS and not any(part.startswith(".") or not part for part in parts)


@dataclass(frozen=True, slots=True)
class MemoryTree:
    """Files held in memory, such as those of a release's bundle."""

    files: Mapping[str, bytes]
    label: str = "."

    def paths(self) -> list[str]:
        return sorted(path for path in self.files if belongs(path) and ".." not in path.split("/"))

    def read(self, path: str) -> bytes:
        try:
            return self.files[path]
        except KeyError:
            raise FileUnreadable(shown(self.label, path), "no such file") from None

    def missing(self) -> NotAProduct:
        return NotAProduct(self.label)


@dataclass(frozen=True, slots=True)
class DirectoryTree:
    """A directory on disk; links that lead outside it are left out."""

    directory: Path
    name: str | None = None

    @property
    def label(self) -> str:
        return self.name if self.name is not None else self.directory.as_posix()

    def paths(self) -> list[str]:
        """Raises DirectoryMissing when the directory does not exist."""
        if not self.directory.is_dir():
            raise DirectoryMissing(str(self.directory), self.directory.exists())
        root = os.path.realpath(self.directory)
        found = [name for name in TOP_FILES if _stays_inside(self.directory / name, root)]
        for folder in FOLDERS:
            if (self.directory / folder).is_dir():
                found.extend(_walk(self.directory / folder, folder, root, frozenset({root})))
        return sorted(found)

    def read(self, path: str) -> bytes:
        try:
            return (self.directory / path).read_bytes()
        except OSError as error:
            raise FileUnreadable(shown(self.label, path), _reason(error)) from None

    def missing(self) -> NotAProduct:
        """Names the nearest parent and the children that hold a product.yaml."""
        try:
            parents = [
                up for up in self.directory.resolve().parents if (up / PRODUCT_FILE).is_file()
            ]
            children = sorted(path.parent for path in self.directory.glob(f"*/{PRODUCT_FILE}"))
        except OSError:
            parents, children = [], []
        near = [*parents[:1], *children[:3]]
        return NotAProduct(str(self.directory), [_from_here(path) for path in near])


def _from_here(path: Path) -> str:
    return Path(os.path.relpath(path)).as_posix()


def _stays_inside(path: Path, root: str) -> bool:
    real = os.path.realpath(path)
    return path.is_file() and (real == root or real.startswith(root + os.sep))


def _walk(directory: Path, prefix: str, root: str, above: frozenset[str]) -> Iterator[str]:
    """Files below a directory; a link back to a directory above is not followed."""
    real = os.path.realpath(directory)
    if real in above or not real.startswith(root + os.sep):
        return
    try:
        entries = list(os.scandir(directory))
    except OSError as error:
        raise FileUnreadable(prefix, _reason(error)) from None
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = f"{prefix}/{entry.name}"
        if entry.is_dir():
            yield from _walk(Path(entry.path), path, root, above | {real})
        elif not entry.is_symlink() or _stays_inside(Path(entry.path), root):
            yield path


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


@dataclass(slots=True)
class GitTree:
    """The product's files at a git revision, read from the repository without a checkout.

    `directory` is the product's directory in the work tree; `subdir` names another one,
    relative to the repository's root. Raises NotARepository and UnknownRevision when read.
    """

    directory: Path
    revision: str
    subdir: str | None = None
    _blobs: dict[str, str] | None = field(default=None, init=False)
    _contents: dict[str, bytes] = field(default_factory=dict, init=False)

    @property
    def label(self) -> str:
        return f"git:{self.revision}"

    def paths(self) -> list[str]:
        if self._blobs is None:
            found = list_blobs(self.directory, self.revision, self.subdir)
            self._blobs = {path: blob for path, blob in found.items() if belongs(path)}
        return sorted(self._blobs)

    def read(self, path: str) -> bytes:
        if not self._contents:
            self.paths()
            assert self._blobs is not None
            self._contents = read_blobs(self.directory, self._blobs)
        try:
            return self._contents[path]
        except KeyError:
            raise FileUnreadable(shown(self.label, path), "no such file") from None

    def missing(self) -> NotAProduct:
        return NotAProduct(self.label)
