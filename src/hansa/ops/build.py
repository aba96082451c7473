"""Compute the product on small data, with its requirements stood in by their own code."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from hansa.engines.sandbox import open_sandbox
from hansa.ops.standins import Built, StandIns, schema_of
from hansa.ops.workspace import Workspace


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
        stand_ins = StandIns(sandbox, workspace.report)
        below = {name: stand_ins.add(opened) for name, opened in workspace.required.items()}
        workspace.report(f"building {product.name}")
        built = stand_ins.compute(product, facts, schema_of(product), below)
    return BuildResult(database, built, stand_ins.built)
