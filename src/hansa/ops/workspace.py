"""What verbs work on: a product directory with its lockfile, registry, releases and facts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from hansa.core.diagnostic import Severity
from hansa.core.facts import ProductFacts
from hansa.core.product import Product
from hansa.core.release import Lockfile
from hansa.errors import InvalidInput, Place
from hansa.ops.analysis import analyse, prove
from hansa.ops.dbt import find_artifacts
from hansa.ops.fixture_sql import select_rows
from hansa.ops.parquet import read_parquet
from hansa.ops.progress import Report, silent
from hansa.ops.releases import OpenedRelease, ReleaseStore
from hansa.ops.replacement import replace_file
from hansa.projects.dbt.artifacts import Artifacts
from hansa.projects.errors import ProductInvalid
from hansa.projects.load import FindArtifacts, load_product, load_product_file
from hansa.projects.lockfile import read_lockfile
from hansa.projects.product_file import DbtSettings, ProductFile
from hansa.projects.tree import DirectoryTree, Tree
from hansa.projects.variables import expand_variables
from hansa.registry.client import Registry
from hansa.registry.open import default_registry, open_registry
from hansa.sql.analysis import Interface


class NotLocked(InvalidInput):
    """A product has requirements and no lockfile that covers them."""

    slug = "not-locked"
    hint = "run `hansa lock`"

    def __init__(self, products: tuple[str, ...], place: Place | None = None) -> None:
        self.products = products
        self.place = place

    def __str__(self) -> str:
        names = ", ".join(f"`{name}`" for name in self.products)
        return f"no release is locked for {names}"


class LockOutdated(InvalidInput):
    """The lockfile was written for other requirements than product.yaml has now."""

    slug = "lock-outdated"
    hint = "run `hansa lock`"

    def __init__(self, products: tuple[str, ...], place: Place | None = None) -> None:
        self.products = products
        self.place = place

    def __str__(self) -> str:
        names = ", ".join(f"`{name}`" for name in self.products)
        return f"the requirement of {names} changed since hansa.lock was written"


@dataclass
class Workspace:
    """One product directory as verbs see it; parts are read when first asked for.

    `environ` answers `${VAR}` and HANSA_REGISTRY. `report` is told what long work is doing.
    `tree` replaces the files of the directory, and `find_artifacts` what dbt compiled in it;
    without `require_interface` the contract may be missing or empty.
    """

    directory: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    report: Report = silent
    tree: Tree | None = None
    require_interface: bool = True
    find_artifacts: FindArtifacts | None = None

    @cached_property
    def product(self) -> Product:
        """Raises ProductInvalid with every problem that the files have."""
        tree = self.tree or DirectoryTree(self.directory)
        return load_product(
            tree,
            require_interface=self.require_interface,
            read_parquet=read_parquet,
            select_rows=select_rows,
            find_artifacts=self.find_artifacts or self._compiled_project,
        )

    @cached_property
    def head(self) -> ProductFile:
        """What product.yaml says, also where the rest of the product cannot be read yet."""
        return load_product_file(self.tree or DirectoryTree(self.directory))

    def _compiled_project(self, settings: DbtSettings) -> Artifacts:
        return find_artifacts(self.directory, settings, self.environ, self.report)

    @cached_property
    def lockfile(self) -> Lockfile:
        """What hansa.lock pins; empty when there is none. Raises when it cannot be read."""
        tree = self.tree or DirectoryTree(self.directory)
        if "hansa.lock" not in tree.paths():
            return Lockfile()
        return read_lockfile(tree.read("hansa.lock"), self.place_of("hansa.lock").file)

    @cached_property
    def registry(self) -> Registry:
        """The registry of product.yaml, else of HANSA_REGISTRY, else the user's own."""
        if self.head.registry:
            url = expand_variables(self.head.registry, self.environ)
            return open_registry(url, self.directory)
        return users_registry(self.environ, self.directory)

    @cached_property
    def store(self) -> ReleaseStore:
        return ReleaseStore(self.directory / ".hansa", lambda: self.registry)

    @cached_property
    def required(self) -> Mapping[str, OpenedRelease]:
        """The locked releases, opened. Raises NotLocked or LockOutdated."""
        self.check_lock()
        return {
            name: self.store.open(name, locked) for name, locked in self.lockfile.locked.items()
        }

    @cached_property
    def interfaces(self) -> Mapping[str, Interface]:
        return {name: opened.interface for name, opened in self.required.items()}

    @cached_property
    def facts(self) -> ProductFacts:
        """What analysis knows of every model; cached under .hansa/cache by content."""
        return analyse(self.product, self.interfaces, self.directory / ".hansa")

    @property
    def valid_facts(self) -> ProductFacts:
        """The facts of SQL without errors; raises ProductInvalid with all of them."""
        errors = [found for found in self.facts.diagnostics if found.severity is Severity.ERROR]
        if errors:
            raise ProductInvalid(errors)
        return self.facts

    @cached_property
    def proven_facts(self) -> ProductFacts:
        """The same with fingerprints, which comparisons need."""
        return prove(self.product, self.facts, self.interfaces, self.directory / ".hansa")

    def check_lock(self) -> None:
        """Raises when hansa.lock does not answer exactly the requirements of product.yaml."""
        place = self.place_of("product.yaml")
        wanted = {requirement.product: requirement for requirement in self.head.requires}
        missing = tuple(name for name in wanted if name not in self.lockfile.locked)
        if missing:
            raise NotLocked(missing, wanted[missing[0]].place or place)
        changed = tuple(
            name
            for name, requirement in wanted.items()
            if self.lockfile.constraints.get(name, requirement.constraint.text)
            != requirement.constraint.text
            or not requirement.constraint.admits(self.lockfile.locked[name].version)
        )
        if changed:
            raise LockOutdated(changed, wanted[changed[0]].place or place)

    def place_of(self, file: str) -> Place:
        """How a file of the product is named to people."""
        label = (self.tree or DirectoryTree(self.directory)).label
        return Place(file if label in ("", ".") else f"{label}/{file}")

    def read(self, file: str) -> str:
        """The text of a file of the product as it is on disk now."""
        return (self.directory / file).read_text(encoding="utf-8")

    def write(self, file: str, text: str) -> None:
        """Replace a file in one step, so that a crash leaves the old or the new text."""
        replace_file(self.directory / file, text.encode())


def users_registry(environ: Mapping[str, str], base: Path) -> Registry:
    """The registry of HANSA_REGISTRY, else the user's own, which comes into being when used."""
    named = environ.get("HANSA_REGISTRY")
    if named:
        return open_registry(named, base)
    return open_registry(default_registry(environ, Path.home()), base, create=True)
