"""Published releases, opened: fetched once, kept in .hansa, verified at every read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hansa.core.facts import Fingerprints, Input, ProductFacts
from hansa.core.product import Product
from hansa.core.release import Locked, Lockfile, ReleaseName
from hansa.core.version import line_name
from hansa.ops.analysis import analyse, prove, prove_held
from hansa.ops.parquet import read_parquet
from hansa.ops.replacement import replace_file
from hansa.projects.load import load_product
from hansa.projects.lockfile import read_lockfile
from hansa.projects.tree import MemoryTree
from hansa.registry.bundle import digest, unpack
from hansa.registry.client import Registry
from hansa.sql.analysis import Interface


def interface_of(product: Product) -> Interface:
    """What a consumer of a product may read, and the names of what it may not."""
    public = {table.name: table.schema for table in product.contract.tables}
    private = frozenset(product.models) - frozenset(public)
    limits = {table.name: table.columns for table in product.contract.tables}
    return Interface(public, private, line_name(product.version.line), limits)


@dataclass
class OpenedRelease:
    """A release with its product, its own pins, and what analysis knows of it."""

    name: ReleaseName
    digest: str
    files: Mapping[str, bytes]
    store: ReleaseStore

    @cached_property
    def product(self) -> Product:
        tree = MemoryTree(dict(self.files), str(self.name))
        return load_product(tree, read_parquet=read_parquet)

    @cached_property
    def lockfile(self) -> Lockfile:
        text = self.files.get("hansa.lock")
        return read_lockfile(text, f"{self.name}/hansa.lock") if text is not None else Lockfile()

    @cached_property
    def interface(self) -> Interface:
        """What a consumer may read, and the names of what it may not."""
        return interface_of(self.product)

    @cached_property
    def required(self) -> Mapping[str, OpenedRelease]:
        """The releases that this one pins."""
        return {name: self.store.open(name, pin) for name, pin in self.lockfile.locked.items()}

    @cached_property
    def interfaces(self) -> Mapping[str, Interface]:
        """What this release may read of the releases that it pins."""
        return {name: opened.interface for name, opened in self.required.items()}

    @cached_property
    def facts(self) -> ProductFacts:
        """Recomputed from the release's SQL: facts that travel in a bundle are not trusted."""
        return analyse(self.product, self.interfaces, self.store.directory)

    @cached_property
    def proven_facts(self) -> ProductFacts:
        """The same with fingerprints, which comparisons need."""
        return prove(self.product, self.facts, self.interfaces, self.store.directory)

    def prove(
        self, marks: Mapping[Input, str], models: Collection[str]
    ) -> Mapping[str, Fingerprints]:
        """Fingerprints of models, where what the marked inputs hold decides."""
        return prove_held(
            self.product, self.facts, self.interfaces, self.store.directory, marks, models
        )


@dataclass
class ReleaseStore:
    """Bundles kept in a product's .hansa directory, by digest.

    A bundle that is not there, or whose bytes no longer have its digest, is fetched from the
    registry, which is only opened then.
    """

    directory: Path
    registry: Callable[[], Registry]

    def __post_init__(self) -> None:
        self._opened: dict[str, OpenedRelease] = {}

    def open(self, product: str, locked: Locked) -> OpenedRelease:
        """Raises what the registry raises when it lacks the release or the digest differs."""
        if locked.digest not in self._opened:
            name = ReleaseName(product, locked.version)
            bundle = unpack(self._bytes(name, locked.digest))
            self._opened[locked.digest] = OpenedRelease(name, locked.digest, bundle.files, self)
        return self._opened[locked.digest]

    def open_name(self, name: ReleaseName) -> OpenedRelease:
        """The release of that name as the registry has it now."""
        return self.open(name.product, Locked(name.version, self.registry().release(name).digest))

    def path(self, wanted: str) -> Path:
        """Where the bundle of that digest is kept."""
        return self.directory / "releases" / f"{wanted.removeprefix('sha256:')}.tar.zst"

    def _bytes(self, name: ReleaseName, wanted: str) -> bytes:
        path = self.path(wanted)
        try:
            kept = path.read_bytes()
        except OSError:
            kept = b""
        if kept and digest(kept) == wanted:
            return kept
        fetched = self.registry().fetch(name, wanted)
        self._keep(path, fetched)
        return fetched

    def _keep(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data)
        except OSError:
            # only a copy: a directory that cannot be written costs time, not correctness
            return
