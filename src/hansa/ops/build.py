"""Compute the product on small data, with its requirements stood in by their own code."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hansa.core.facts import ProductFacts
from hansa.core.product import Product
from hansa.deploy.names import interface_schema
from hansa.engines.sandbox import Sandbox, open_sandbox
from hansa.ops.releases import OpenedRelease
from hansa.ops.workspace import Report, Workspace
from hansa.testing.standin import StandInReport, stand_in

# DuckDB sets no limit; this is what every engine takes
_NAME_LIMIT = 63


@dataclass(frozen=True, slots=True)
class Built:
    """One product that was computed: the schema of its public tables, and what is in it."""

    product: str
    schema: str
    report: StandInReport


@dataclass(frozen=True, slots=True)
class BuildResult:
    """The database file, the product, and the releases that stand in, deepest first."""

    database: Path
    built: Built
    stand_ins: tuple[Built, ...]


def build(workspace: Workspace) -> BuildResult:
    """Compute all models of the workspace's product into `.hansa/build.duckdb`.

    Every release that it pins, directly or below, is computed from its own bundle on the small
    data that its fixtures and unit tests give. The file is written anew each time. Raises what
    loading, analysing and computing raise.
    """
    product, facts = workspace.product, workspace.valid_facts
    database = workspace.directory / ".hansa" / "build.duckdb"
    database.parent.mkdir(parents=True, exist_ok=True)
    for stale in (database, database.with_name("build.duckdb.wal")):
        with contextlib.suppress(FileNotFoundError):
            stale.unlink()
    with open_sandbox(database) as sandbox:
        site = _Site(sandbox, workspace.report)
        below = {name: site.add(opened) for name, opened in workspace.required.items()}
        schema = interface_schema(product.name, product.version, _NAME_LIMIT)
        workspace.report(f"building {product.name}")
        built = site.compute(product, facts, schema, below)
    return BuildResult(database, built, tuple(site.built.values()))


class _Site:
    """The database that everything is computed into; a release is computed once."""

    def __init__(self, sandbox: Sandbox, report: Report) -> None:
        self._sandbox = sandbox
        self._report = report
        self.built: dict[str, Built] = {}

    def add(self, opened: OpenedRelease) -> str:
        """Compute a release and what it pins; the schema of its public tables."""
        if opened.digest not in self.built:
            below = {name: self.add(child) for name, child in opened.required.items()}
            name = opened.name
            schema = interface_schema(name.product, name.version, _NAME_LIMIT)
            self._report(f"standing in for {name}")
            built = self.compute(opened.product, opened.facts, schema, below)
            self.built[opened.digest] = built
        return self.built[opened.digest].schema

    def compute(
        self, product: Product, facts: ProductFacts, schema: str, below: Mapping[str, str]
    ) -> Built:
        report = stand_in(
            product, facts, self._sandbox, schema, lambda name, table: (below[name], table)
        )
        return Built(product.name, schema, report)
