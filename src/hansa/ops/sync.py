"""Fetch the interfaces of the locked releases, so that everything else works offline."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from hansa.errors import InvalidInput, Place
from hansa.ops.dbt_packages import WrittenPackages, write_packages
from hansa.ops.releases import OpenedRelease
from hansa.ops.workspace import Workspace

# what a reader of the interface wants to see; the bundle beside it has everything else
_SHOWN = ("contract.yaml", "README.md")


class NotADbtProduct(InvalidInput):
    """`hansa sync --target` was called for a product that is no dbt project."""

    slug = "not-a-dbt-product"
    hint = "leave `--target` out: `hansa deploy --target` chooses where SQL models read"

    def __init__(self, place: Place) -> None:
        self.place = place

    def __str__(self) -> str:
        return "`--target` is for the packages of a dbt project, which this product is not"


@dataclass(frozen=True, slots=True)
class Synced:
    """One fetched release, where its interface can be read, and its public tables."""

    opened: OpenedRelease
    directory: Path
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SyncResult:
    """The fetched releases; for a dbt project also the packages through which it reads them."""

    releases: tuple[Synced, ...]
    packages: WrittenPackages | None = None


def sync(workspace: Workspace, target: str | None = None) -> SyncResult:
    """Fetch every locked release, and what those pin in turn, into `.hansa`.

    The contract and README of each direct requirement lie in `.hansa/requires/<product>/`;
    directories there of products no longer required are removed. A dbt project gets a local
    package for each as well, whose models read from `target` (see `write_packages`). Raises
    NotADbtProduct when a target is named for any other product.
    """
    if target is not None and not workspace.head.compiles:
        raise NotADbtProduct(workspace.place_of("product.yaml"))
    releases = _fetch(workspace)
    packages = write_packages(workspace, target) if workspace.head.compiles else None
    return SyncResult(releases, packages)


def _fetch(workspace: Workspace) -> tuple[Synced, ...]:
    root = workspace.directory / ".hansa" / "requires"
    synced = []
    for name, opened in workspace.required.items():
        workspace.report(f"fetching {opened.name}")
        _fetch_below(opened, set())
        synced.append(_write_interface(root / name, opened))
    if root.is_dir():
        for stale in root.iterdir():
            if stale.name not in workspace.required:
                shutil.rmtree(stale)
    return tuple(synced)


def _fetch_below(opened: OpenedRelease, seen: set[str]) -> None:
    for child in opened.required.values():
        if child.digest not in seen:
            seen.add(child.digest)
            _fetch_below(child, seen)


def _write_interface(directory: Path, opened: OpenedRelease) -> Synced:
    if directory.exists():
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    for file in _SHOWN:
        if file in opened.files:
            (directory / file).write_bytes(opened.files[file])
    tables = tuple(table.name for table in opened.product.contract.tables)
    return Synced(opened, directory, tables)
