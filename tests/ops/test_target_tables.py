"""Models computed in a target for a comparison leave nothing there, even after a kill."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

from tests.conftest import write_files
from tests.products import ORDERS

from hansa.engines.duckdb import open_file
from hansa.engines.protocol import Engine
from hansa.ops.target_tables import TargetTables
from hansa.ops.workspace import Workspace

TABLES = frozenset({"fct_orders"})


def open_target(path: Path, read_only: bool = True) -> Engine:
    return open_file(path, "duckdb:///t", read_only=read_only, patience=5)


def compute(engine: Engine, directory: Path, told: list[str]) -> tuple[str, ...]:
    workspace = Workspace(directory)
    tables = TargetTables(engine, directory, told.append)
    for _ in range(2):
        found = tables.compute(workspace.product, workspace.facts, {}, TABLES)
    return found["fct_orders"]


def test_equal_computations_are_made_once(tmp_path: Path) -> None:
    write_files(tmp_path / "orders", ORDERS)
    with open_target(tmp_path / "t.duckdb", read_only=False) as engine:
        told: list[str] = []
        (name,) = compute(engine, tmp_path / "orders", told)
        assert told == ["computing raw.orders", "computing stg_orders", "computing fct_orders"]
        assert engine.query(f'SELECT count(*) FROM "{name}"').scalar == 200


def test_a_killed_comparison_leaves_nothing(tmp_path: Path) -> None:
    write_files(tmp_path / "orders", ORDERS)
    path = tmp_path / "t.duckdb"
    with open_target(path, read_only=False) as engine:
        engine.execute("CREATE TABLE theirs AS SELECT 1 AS x")
    before = path.read_bytes()

    process = multiprocessing.get_context("spawn").Process(
        target=compute_and_die, args=(path, tmp_path / "orders")
    )
    process.start()
    process.join(60)

    assert process.exitcode == -signal.SIGKILL
    assert path.read_bytes() == before
    with open_target(path, read_only=False) as engine:
        assert [found.name for found in engine.relations("main")] == ["theirs"]


def compute_and_die(path: Path, directory: Path) -> None:
    with open_target(path) as engine:
        (name,) = compute(engine, directory, [])
        assert engine.query(f'SELECT count(*) FROM "{name}"').scalar == 200
        os.kill(os.getpid(), signal.SIGKILL)
