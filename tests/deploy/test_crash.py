"""Commands that are killed, at any statement or at any moment, and a disk that is full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.deploy.killed import COMMANDS, candidate, folding
from tests.deploy.products import layout, read

from hansa.deploy.deploy import DeployOptions, deploy
from hansa.deploy.retire import retire
from hansa.deploy.run import run
from hansa.deploy.state_store import StateStore
from hansa.engines.duckdb import DuckDbEngine, open_file

ROOT = Path(__file__).parents[2]
PATHS = [str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
ENVIRON = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, PATHS))}


def write(directory: Path, generation: int, rows: int = 3) -> None:
    lines = [f"{n},{generation}" for n in range(rows)]
    (directory / "x.csv").write_text("\n".join(["id,v", *lines]) + "\n")


def open_copy(path: Path) -> DuckDbEngine:
    return open_file(path, path.name, read_only=False, patience=10)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with a target in which generation 1 of a product is live."""
    write(tmp_path, 1)
    with open_copy(tmp_path / "template.duckdb") as engine:
        assert deploy(engine, candidate(tmp_path, "1.0.0")).passed
    write(tmp_path, 2)
    return tmp_path


def shown(engine: DuckDbEngine) -> Any:
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
def test_killed_at_any_statement(directory: Path, command: str, after: Any) -> None:
    step = 9
    done = subprocess.run(
        [sys.executable, "-m", "tests.deploy.killed", str(directory), command, str(step)],
        cwd=ROOT,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    statements = int(done.stdout)
    assert statements > 90
    before = generation("0_0", 1)
    seen = []
    for statement in range(1, statements + 1, step):
        with open_copy(directory / f"{statement}.duckdb") as engine:
            found = shown(engine)
            assert found in (before, after)
            seen.append(found == after)
            COMMANDS[command](engine, directory)
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
    tmp_path: Path, command: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    write(tmp_path, 1)
    with open_copy(tmp_path / "template.duckdb") as engine:
        assert deploy(engine, folding(tmp_path, "1.0.0"), DeployOptions(keep=True)).passed
        if command == "narrow":
            COMMANDS["fold"](engine, tmp_path)
            retire(engine, "p", "1.1.0")
    write(tmp_path, 2)
    step = 11
    done = subprocess.run(
        [sys.executable, "-m", "tests.deploy.killed", str(tmp_path), command, str(step)],
        cwd=ROOT,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = []
    for statement in range(1, int(done.stdout) + 1, step):
        with open_copy(tmp_path / f"{statement}.duckdb") as engine:
            found = seen_of_releases(engine)
            assert found in (before, after)
            seen.append(found == after)
            COMMANDS[command](engine, tmp_path)
            assert seen_of_releases(engine) == after
            assert StateStore(engine).pending("p") == ()
            assert not any("__new" in name for name in layout(engine)["p__store"])
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (False, True)


def seen_of_releases(engine: DuckDbEngine) -> dict[str, Any]:
    return {
        schema: (
            list(engine.query(f"SELECT id, v FROM {schema}.t ORDER BY id").rows),
            read(engine, f"{schema}.total"),
        )
        for schema in layout(engine)
        if schema in ("p__v1_0_0", "p__v1_1_0")
    }


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1, 0.3])
def test_killed_at_any_moment(directory: Path, delay: float) -> None:
    path = directory / "template.duckdb"
    write(directory, 2, 50_000)
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.deploy.killed import COMMANDS, open_mortal\n"
        "engine = open_mortal(Path(sys.argv[1]), -1)\n"
        "print('ready', flush=True)\n"
        "while True: COMMANDS['run'](engine, Path(sys.argv[2]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path), str(directory)],
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
    with open_copy(path) as engine:
        sizes = [len(read(engine, f"p__v1.{name}")) for name in ("t", "grown")]
        high = engine.query("SELECT high FROM p__v1.total").scalar
        assert (sizes, high) in (([3, 3], 1), ([50_000, 50_000], 2))
        assert run(engine, "p").passed
        assert len(read(engine, "p__v1.t")) == 50_000


def test_a_full_disk(directory: Path) -> None:
    """A file that may not grow stands for a disk without space."""
    write(directory, 2, 300_000)
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from hansa.engines.errors import TargetFailed\n"
        "from tests.deploy.killed import COMMANDS, open_mortal\n"
        "path = Path(sys.argv[1])\n"
        "engine = open_mortal(path, -1)\n"
        "limit = path.stat().st_size + 300_000\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
        "try:\n"
        "    COMMANDS['run'](engine, Path(sys.argv[2]))\n"
        "except TargetFailed as error:\n"
        "    print(type(error).__name__, error.exit_code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(directory / "template.duckdb"), str(directory)],
        cwd=ROOT,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "TargetFailed 3\n", done.stderr
    with open_copy(directory / "template.duckdb") as engine:
        assert shown(engine) == generation("0_0", 1)
        assert run(engine, "p").passed
        assert len(read(engine, "p__v1.t")) == 300_000
