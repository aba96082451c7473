"""Runs a deployment or a run in processes that kill themselves at one statement after another.

Called as `python -m tests.deploy.killed DIRECTORY COMMAND STEP`: for every STEPth statement
that COMMAND makes, copies DIRECTORY/template.duckdb to DIRECTORY/<statement>.duckdb, runs the
command on the copy, and dies there by SIGKILL. Prints the number of statements that did it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb  # noqa: F401  loaded before forking, so that each process starts fast
from tests.deploy.products import proven, release, table

from hansa.core.contract import ContractColumn
from hansa.core.datatype import INTEGER
from hansa.core.product import Materialization, SourceTable, Storage
from hansa.core.schema import Column, TableSchema
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import DeployOptions, deploy
from hansa.deploy.run import run
from hansa.engines.duckdb import DuckDbEngine, open_file
from hansa.engines.protocol import Rows


class MortalEngine(DuckDbEngine):
    """A DuckDB engine whose process dies at its Nth statement."""

    left = -1

    def execute(self, sql: str) -> None:
        self._count()
        super().execute(sql)

    def query(self, sql: str) -> Rows:
        self._count()
        return super().query(sql)

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def candidate(base: Path, version: str) -> Candidate:
    """A table, an incremental table and their sum, all showing the generation in the file."""
    fresh = {"1.0.0": "", "1.1.0": " + 0"}[version]
    return release(
        f"p@{version}",
        [
            table("t", "id", ContractColumn("v", required=True)),
            table("grown", "id", "v"),
            table("total", "high"),
        ],
        {
            "t": f"SELECT id, v{fresh} AS v FROM seen",
            "grown": "SELECT id, v FROM seen",
            "total": f"SELECT max(v){fresh} AS high FROM t",
            "seen": "SELECT * FROM raw.x",
        },
        storage={"grown": Storage(Materialization.INCREMENTAL, unique_key=("id",))},
        sources={"raw": {"x": SourceTable("x", path="x.csv")}},
        base=base,
    )


def folding(base: Path, version: str) -> Candidate:
    """Two versions of the table `t` that fold: the newer has a column more and another `v`."""
    t = {
        "1.0.0": "SELECT id, v FROM raw.x",
        "1.1.0": "SELECT id, v + 1 AS v, id * 2 AS twice FROM raw.x",
    }[version]
    shape = TableSchema((Column("id", INTEGER), Column("v", INTEGER)))
    sources = {"raw": {"x": SourceTable("x", path="x.csv", schema=shape)}}
    models = {"t": t, "total": "SELECT max(v) AS high FROM t"}
    tables = [table("t", "id", ContractColumn("v", required=True)), table("total", "high")]
    return proven(release(f"p@{version}", tables, models, sources=sources, base=base))


COMMANDS: dict[str, Callable[[DuckDbEngine, Path], object]] = {
    "deploy": lambda engine, base: deploy(engine, candidate(base, "1.1.0")),
    "run": lambda engine, base: run(engine, "p"),
    "fold": lambda engine, base: deploy(engine, folding(base, "1.1.0"), DeployOptions(keep=True)),
    "narrow": lambda engine, base: run(engine, "p"),
}


def open_mortal(path: Path, left: int) -> MortalEngine:
    """An engine on that file that dies at statement `left`, or never when it is negative."""
    opened = open_file(path, path.name, read_only=False, patience=0)
    engine = MortalEngine(opened._connection, opened.url, str(path), 0)
    engine.left = left
    return engine


def main(directory: Path, command: str, step: int) -> None:
    statement = 1
    while True:
        path = directory / f"{statement}.duckdb"
        shutil.copy(directory / "template.duckdb", path)
        child = os.fork()
        if child == 0:
            COMMANDS[command](open_mortal(path, statement), directory)
            os._exit(0)
        _, ending = os.waitpid(child, 0)
        if not os.WIFSIGNALED(ending):
            assert os.WEXITSTATUS(ending) == 0
            sys.stdout.write(f"{statement}\n")
            return
        assert os.WTERMSIG(ending) == signal.SIGKILL
        statement += step


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
