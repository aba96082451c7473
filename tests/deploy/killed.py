"""Runs a deployment or a run in processes that kill themselves at one statement after another.

Called as `python -m tests.deploy.killed URL DIRECTORY COMMAND STEP`: for every STEPth statement
that COMMAND makes, copies the target to one named after the statement, runs the command on the
copy, and dies there by SIGKILL. Prints the number of statements that did it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import duckdb  # noqa: F401  loaded before forking, so that each process starts fast
import psycopg
from tests.deploy.products import proven, release, table

from hansa.core.contract import ContractColumn
from hansa.core.datatype import INTEGER
from hansa.core.product import Materialization, SourceTable, Storage
from hansa.core.schema import Column, TableSchema
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import DeployOptions, deploy
from hansa.deploy.run import run
from hansa.engines.protocol import Engine
from hansa.engines.targets import open_target


def open_mortal(url: str, base: Path, left: int) -> Engine:
    """An open target whose process dies at statement `left`."""
    engine = open_target(url, base, {})
    made = count(1)

    def mortal(act: Callable[[str], Any]) -> Callable[[str], Any]:
        def call(sql: str) -> Any:
            if next(made) == left:
                os.kill(os.getpid(), signal.SIGKILL)
            return act(sql)

        return call

    engine.execute = mortal(engine.execute)  # type: ignore[method-assign]
    engine.query = mortal(engine.query)  # type: ignore[method-assign]
    return engine


def copy_of(url: str, statement: int) -> str:
    """The address of the copy in which that statement was the last."""
    place, question, rest = url.partition("?")
    if place.startswith("duckdb:"):
        return place.replace(".duckdb", f"_{statement}.duckdb")
    return f"{place}_{statement}{question}{rest}"


def _copy(url: str, base: Path, statement: int) -> str:
    copied = copy_of(url, statement)
    if url.startswith("duckdb:"):
        names = [name.removeprefix("duckdb:///") for name in (url, copied)]
        shutil.copy(base / names[0], base / names[1])
        return copied
    place = url.partition("?")[0]
    server, _, name = place.rpartition("/")
    with psycopg.connect(url.replace(place, f"{server}/postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}_{statement} TEMPLATE {name}".encode())
    return copied


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


COMMANDS: dict[str, Callable[[Engine, Path], object]] = {
    "deploy": lambda engine, base: deploy(engine, candidate(base, "1.1.0")),
    "run": lambda engine, base: run(engine, "p"),
    "fold": lambda engine, base: deploy(engine, folding(base, "1.1.0"), DeployOptions(keep=True)),
    "narrow": lambda engine, base: run(engine, "p"),
}


def main(url: str, directory: Path, command: str, step: int) -> None:
    statement = 1
    while True:
        copied = _copy(url, directory, statement)
        child = os.fork()
        if child == 0:
            COMMANDS[command](open_mortal(copied, directory, statement), directory)
            os._exit(0)
        _, ending = os.waitpid(child, 0)
        if not os.WIFSIGNALED(ending):
            assert os.WEXITSTATUS(ending) == 0
            sys.stdout.write(f"{statement}\n")
            return
        assert os.WTERMSIG(ending) == signal.SIGKILL
        statement += step


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
