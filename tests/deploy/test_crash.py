"""Commands that are killed, at any statement or at any moment, and a disk that is full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.killed import COMMANDS, candidate, copy_of, folding
from tests.deploy.products import layout, read
from tests.targets import Target

from hansa.deploy.deploy import DeployOptions, deploy
from hansa.deploy.retire import retire
from hansa.deploy.run import run
from hansa.deploy.state_store import StateStore
from hansa.engines.protocol import Engine
from hansa.engines.targets import open_target

ROOT = Path(__file__).parents[2]
PATHS = [str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
ENVIRON = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, PATHS))}

# every how many statements a command is killed; to copy a database takes longer than a file
STEPS = {"duckdb": 13, "postgres": 29}


def write(directory: Path, generation: int, rows: int = 3) -> None:
    lines = [f"{n},{generation}" for n in range(rows)]
    (directory / "x.csv").write_text("\n".join(["id,v", *lines]) + "\n")


@contextmanager
def opened(url: str, base: Path) -> Iterator[Engine]:
    """The target, when what a dead process began in it has ended."""
    with closing(open_target(url, base, {}, patience=20)) as engine:
        with engine.lock("p"):
            pass
        yield engine


@pytest.fixture
def live(target: Target) -> Target:
    """A target in which generation 1 of a product is live."""
    write(target.base, 1)
    with opened(target.url, target.base) as engine:
        assert deploy(engine, candidate(target.base, "1.0.0")).passed
    write(target.base, 2)
    return target


def kill_along(target: Target, command: str, step: int) -> range:
    """Kill a command at every step of its statements; gives the statements."""
    place = [target.url, str(target.base), command, str(step)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.deploy.killed", *place],
        cwd=ROOT,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return range(1, int(done.stdout) + 1, step)


def shown(engine: Engine) -> Any:
    """What readers see, through the line and through every release."""
    schemas = sorted(schema for schema in layout(engine) if not schema.endswith("__store"))
    return {
        schema: (
            read(engine, f"{schema}.t"),
            read(engine, f"{schema}.grown"),
            read(engine, f"{schema}.total"),
        )
        for schema in schemas
    }


def generation(version: str, number: int) -> Any:
    rows = [(n, number) for n in range(3)]
    return {schema: (rows, rows, [(number,)]) for schema in ("p__v1", f"p__v1_{version}")}


# deploying reads the file for new tables, and shares what an equal computation holds already
DEPLOYED = {
    schema: ([(n, 2) for n in range(3)], [(n, 1) for n in range(3)], [(2,)])
    for schema in ("p__v1", "p__v1_1_0")
}


@pytest.mark.parametrize(
    ("command", "after"), [("run", generation("0_0", 2)), ("deploy", DEPLOYED)]
)
def test_killed_at_any_statement(live: Target, command: str, after: Any) -> None:
    if command == "deploy" and live.engine == "postgres":
        # there the file was loaded, which is shared too
        after = generation("1_0", 1)
    statements = kill_along(live, command, STEPS[live.engine])
    assert len(statements) > 5
    before = generation("0_0", 1)
    seen = []
    for statement in statements:
        with opened(copy_of(live.url, statement), live.base) as engine:
            found = shown(engine)
            assert found in (before, after)
            seen.append(found == after)
            COMMANDS[command](engine, live.base)
            assert shown(engine) == after
            assert StateStore(engine).pending("p") == ()
            assert not any(
                "__new" in name or "__delta" in name for name in layout(engine)["p__store"]
            )
            assert {run.status for run in StateStore(engine).runs("p")} <= {"done", "interrupted"}
    # once readers have seen the new data, no later kill takes it back
    assert seen == sorted(seen)
    assert seen[0] is False
    assert seen[-1] is True


def folded(first: int, second: int | None) -> dict[str, Any]:
    """What readers see when the releases show these generations; without the second, one."""
    seen = {"p__v1_0_0": ([(n, first) for n in range(3)], [(first,)])}
    if second is not None:
        rows = [(n, second + 1) for n in range(3)]
        seen["p__v1_1_0"] = (rows, [(second + 1,)])
    return seen


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [("fold", folded(1, None), folded(2, 2)), ("narrow", folded(1, None), folded(2, None))],
)
def test_killed_while_tables_fold(
    target: Target, command: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    base = target.base
    write(base, 1)
    with opened(target.url, base) as engine:
        loads = not engine.reads_files
        assert deploy(engine, folding(base, "1.0.0"), DeployOptions(keep=True)).passed
        if command == "narrow":
            COMMANDS["fold"](engine, base)
            retire(engine, "p", "1.1.0")
    write(base, 2)
    if command == "fold" and loads:
        # there the file was loaded, which both releases share
        after = folded(1, 1)
    seen = []
    for statement in kill_along(target, command, STEPS[target.engine] + 2):
        with opened(copy_of(target.url, statement), base) as engine:
            found = seen_of_releases(engine)
            assert found in (before, after)
            seen.append(found == after)
            COMMANDS[command](engine, base)
            assert seen_of_releases(engine) == after
            assert StateStore(engine).pending("p") == ()
            assert not any("__new" in name for name in layout(engine)["p__store"])
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (False, True)


def seen_of_releases(engine: Engine) -> dict[str, Any]:
    return {
        schema: (
            list(engine.query(f"SELECT id, v FROM {schema}.t ORDER BY id").rows),
            read(engine, f"{schema}.total"),
        )
        for schema in layout(engine)
        if schema in ("p__v1_0_0", "p__v1_1_0")
    }


RUNNING = """
import sys
from pathlib import Path
from hansa.deploy.run import run
from hansa.engines.targets import open_target
engine = open_target(sys.argv[1], Path(sys.argv[2]), {})
print("ready", flush=True)
while True:
    run(engine, "p")
"""


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1, 0.3])
def test_killed_at_any_moment(live: Target, delay: float) -> None:
    write(live.base, 2, 50_000)
    process = subprocess.Popen(
        [sys.executable, "-c", RUNNING, live.url, str(live.base)],
        cwd=ROOT,
        env=ENVIRON,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    with opened(live.url, live.base) as engine:
        sizes = [
            engine.query(f"SELECT count(*) FROM p__v1.{name}").scalar for name in ("t", "grown")
        ]
        high = engine.query("SELECT high FROM p__v1.total").scalar
        assert (sizes, high) in (([3, 3], 1), ([50_000, 50_000], 2))
        assert run(engine, "p").passed
        assert engine.query("SELECT count(*) FROM p__v1.t").scalar == 50_000


FILLING = """
import resource, sys
from pathlib import Path
from hansa.deploy.run import run
from hansa.engines.errors import TargetFailed
from hansa.engines.targets import open_target
engine = open_target("duckdb:///fresh.duckdb", Path(sys.argv[1]), {})
limit = (Path(sys.argv[1]) / "fresh.duckdb").stat().st_size + 300_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    run(engine, "p")
except TargetFailed as error:
    print(error.exit_code, error, error.hint, sep="\\n")
"""


@pytest.mark.parametrize("engine_name", ["duckdb"], indirect=True)
def test_a_full_disk(live: Target) -> None:
    """A file that may not grow stands for a disk without space."""
    write(live.base, 2, 300_000)
    done = subprocess.run(
        [sys.executable, "-c", FILLING, str(live.base)],
        cwd=ROOT,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    code, message, hint = done.stdout.splitlines()
    assert code == "3", done.stderr
    assert message.startswith("the target `duckdb:///fresh.duckdb` failed: ")
    assert "File too large" in message
    assert hint.endswith("run the command again, it goes on from a sound state")
    with opened(live.url, live.base) as engine:
        assert shown(engine) == generation("0_0", 1)
        assert run(engine, "p").passed
        assert engine.query("SELECT count(*) FROM p__v1.t").scalar == 300_000
