"""Several teams at work in one target at once, and some of their processes killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from tests.deploy.products import layout, read
from tests.deploy.teams import ROWS, newest, producer, write_rows
from tests.targets import Target

from hansa.deploy.deploy import deploy
from hansa.deploy.names import interface_schema
from hansa.deploy.run import run
from hansa.deploy.state_store import StateStore
from hansa.engines.protocol import Engine

ROOT = Path(__file__).parents[2]
PATHS = [str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
ENVIRON = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, PATHS))}

# two producers, one of them with two processes, and a consumer of the first
TEAMS = (("p", ""), ("q", ""), ("q", ""), ("r", "p"))
# the soak asks for more
KILLS = int(os.environ.get("HANSA_TEST_KILLS", "6"))


class Teams:
    """The processes of all teams; who is killed is started again."""

    def __init__(self, target: Target, seed: int) -> None:
        self._target = target
        self._log = target.base / "teams.log"
        self._seed = seed
        self._running: list[subprocess.Popen[bytes]] = [self._start(team) for team in TEAMS]

    def _start(self, team: tuple[str, str]) -> subprocess.Popen[bytes]:
        self._seed += 1
        place = [self._target.url, str(self._target.base), *team, str(self._seed)]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.deploy.teams", *place],
                cwd=ROOT,
                env=ENVIRON,
                stdout=log,
                stderr=log,
            )

    @property
    def said(self) -> Counter[str]:
        return Counter(self._log.read_text().splitlines())

    def kill(self, index: int) -> None:
        process = self._running[index]
        assert process.poll() is None, self._log.read_text()
        process.send_signal(signal.SIGKILL)
        process.wait()
        self._running[index] = self._start(TEAMS[index])

    def process(self, index: int) -> int:
        return self._running[index].pid

    def end(self) -> None:
        for process in self._running:
            process.send_signal(signal.SIGKILL)
            process.wait()


@contextmanager
def teams(target: Target, seed: int) -> Iterator[Teams]:
    started = Teams(target, seed)
    try:
        yield started
    finally:
        started.end()


def wait_for(said: Teams, line: str, times: int) -> None:
    end = time.monotonic() + 120
    while said.said[line] < times:
        assert time.monotonic() < end, said.said
        time.sleep(0.05)


def test_teams_that_are_killed(target: Target) -> None:
    write_rows(target.base)
    with closing(target.open()) as engine:
        for product in ("p", "q"):
            assert deploy(engine, producer(product, 1, target.base)).passed
    chance = random.Random(7)
    with teams(target, seed=100) as working:
        wait_for(working, "p deploy", 1)
        for _ in range(KILLS):
            index = chance.randrange(len(TEAMS))
            if target.engine == "postgres":
                watch(target.url, working.process(index), chance.uniform(0.2, 1.0))
            else:
                time.sleep(chance.uniform(0.2, 1.0))
            working.kill(index)
        # nobody is kept from working by the dead
        done = working.said
        for name in ("p", "q", "r"):
            wait_for(working, f"{name} deploy", done[f"{name} deploy"] + 1)
        said = working.said
    assert not [line for line in said if "Error" in line or "Traceback" in line], said
    with closing(target.open(patience=20)) as engine:
        check_interfaces(engine)
        for product in ("p", "q", "r"):
            assert run(engine, product).passed
        for product in ("p", "q"):
            version = (newest(engine, product) or 0) + 1
            assert deploy(engine, producer(product, version, target.base)).passed
            assert newest(engine, product) == version
        check_interfaces(engine)
        check_state(engine)


def watch(url: str, process: int, least: float) -> None:
    """Read as people do until that process is in the middle of a statement."""
    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
        f" AND application_name LIKE 'hansa %, process {process}'"
    )
    start = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < start + 10:
            seen = connection.execute(
                "SELECT min(t.n), max(t.n), count(*), (SELECT n FROM p__v1.total),"
                " (SELECT counted FROM p__v1.total) FROM p__v1.t AS t"
            ).fetchone()
            assert seen is not None
            low, high, rows, total, counted = seen
            # all views of a release switch at one moment
            assert (low, high, total) == (low, low, low)
            assert (rows, counted) == (ROWS, ROWS)
            if time.monotonic() >= start + least and connection.execute(busy).fetchone() == (1,):
                return


def check_interfaces(engine: Engine) -> None:
    """Every view of every live release, and of every line, answers with the right rows."""
    state = StateStore(engine).load()
    pinned = {found.name: found.pins for found in state.releases}
    for name, pins in pinned.items():
        schemas = [interface_schema(name.product, name.version, engine.name_limit)]
        if name.version.minor == newest(engine, name.product):
            schemas.append(f"{name.product}__v1")
        for schema in schemas:
            if name.product == "r":
                version = int(pins["p"].version.split(".")[1])
                assert read(engine, f"{schema}.seen") == [(version, ROWS)]
            else:
                version = name.version.minor
                rows = [(number, version) for number in range(ROWS)]
                assert read(engine, f"{schema}.t") == rows
                assert read(engine, f"{schema}.total") == [(version, ROWS)]


def check_state(engine: Engine) -> None:
    """What is in the target is what hansa knows of, and nothing else."""
    state = StateStore(engine).load()
    shown = {
        interface_schema(found.name.product, found.name.version, engine.name_limit)
        for found in state.releases
    }
    products = {found.name.product for found in state.releases}
    assert set(layout(engine)) == shown | {
        f"{product}__{end}" for product in products for end in ("store", "v1")
    }
    for product in ("p", "q"):
        assert StateStore(engine).pending(product) == ()
        stored = {found.name for found in engine.relations(f"{product}__store")}
        kept = {name for name in stored if name.endswith(("__prev", "__took"))}
        assert stored - kept == {name for owner, name in state.objects if owner == product}
