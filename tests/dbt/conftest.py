"""Projects in tests/dbt_projects, compiled by the dbt that HANSA_TEST_DBT or .venv-dbt has."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECTS = ROOT / "tests" / "dbt_projects"
LONGEST = 300.0

Project = Callable[[str], Path]


def find_dbt() -> Path | None:
    """The program that tests run; None where there is none."""
    named = os.environ.get("HANSA_TEST_DBT")
    found = Path(named) if named else ROOT / ".venv-dbt" / "bin" / "dbt"
    return found if found.is_file() else None


@pytest.fixture
def dbt(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, str], str]:
    """Runs `dbt ARGUMENTS` in a directory; puts dbt on the PATH, for hansa to find."""
    program = find_dbt()
    if program is None:
        pytest.skip("needs dbt: run `make install-dbt`, or set HANSA_TEST_DBT to the program")
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DBT_PROFILES_DIR", ".")
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")

    def run(directory: Path, arguments: str) -> str:
        done = subprocess.run(
            [str(program), *arguments.split()],
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def project(
    dbt: Callable[[Path, str], str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """A copy of a project below tmp_path, compiled once in a run of all tests."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def copied(name: str) -> Path:
        compiled = shared / f"dbt_{name}"
        _compile_once(name, compiled, dbt)
        shutil.copytree(compiled, tmp_path / name)
        return tmp_path / name

    return copied


def _compile_once(name: str, compiled: Path, dbt: Callable[[Path, str], str]) -> None:
    """Workers share one compilation: the first makes it, the others wait for it."""
    started = compiled.with_suffix(".started")
    try:
        started.mkdir()
    except FileExistsError:
        waited = time.monotonic() + LONGEST
        while not compiled.exists():
            assert time.monotonic() < waited, f"{name} was not compiled in time"
            time.sleep(0.2)
        return
    shutil.copytree(PROJECTS / name, started / name)
    if (started / name / "packages.yml").exists():
        dbt(started / name, "deps")
    dbt(started / name, "compile --full-refresh")
    # dbt links local packages by their absolute paths; a copy has their files
    shutil.copytree(started / name, started / "whole")
    (started / "whole").rename(compiled)
