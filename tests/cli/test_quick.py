"""The quick answer says what the whole command line says, or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Hansa
from tests.projects.dbt.manifests import manifest, model
from tests.projects.dbt.products import write_project

from hansa.cli.quick import answer


@pytest.fixture
def shop(tmp_path: Path, hansa: Hansa) -> Path:
    # the contract promises a text, and the SQL gives a number
    document: dict[str, Any] = manifest(model("orders", "select 1 as id, 2 as code"))
    tables = {"orders": {"id": "integer", "code": "varchar"}}
    project = write_project(tmp_path / "shop", document, tables)
    assert hansa("check --no-compare", project).code == 1
    return project


def test_it_prints_what_the_command_prints(
    shop: Path, hansa: Hansa, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = hansa("check --no-compare", shop)
    assert answer(["check", "--no-compare"], {}) == whole.code == 1
    assert tuple(capfd.readouterr()) == (whole.out, whole.err)
    assert "code" in whole.out


@pytest.mark.parametrize("arguments", ["-C {} check --no-compare", "check -C {} --no-compare"])
def test_the_directory_may_stand_before_and_after(arguments: str, shop: Path, hansa: Hansa) -> None:
    # places are named from where the command is run, so its findings are others
    assert hansa("check --no-compare -C shop").code == 1
    assert answer(arguments.format("shop").split(), {}) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "check",
        "check --no-compare --format json",
        "check --no-compare -C",
        "check --no-compare --help",
        "test --no-compare",
        "-C {}/nowhere check --no-compare",
    ],
)
def test_everything_else_is_left_to_the_command_line(
    arguments: str,
    shop: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(shop)
    capfd.readouterr()
    assert answer(arguments.format(shop).split(), {}) is None
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.parametrize("file", ["product.yaml", "dbt_project.yml", "models/new.sql"])
def test_a_changed_file_is_left_to_the_command_line(
    file: str, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop)
    path = Path(file)
    path.parent.mkdir(exist_ok=True)
    path.write_text(path.read_text() + "\n# more\n" if path.exists() else "select 1")
    assert answer(["check", "--no-compare"], {}) is None


def test_nothing_slow_is_imported_for_it(shop: Path) -> None:
    program = (
        "import sys\nsys.argv = ['hansa', 'check', '--no-compare']\n"
        "from hansa.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as ended:\n"
        "    names = {'typer', 'pydantic', 'rich', 'yaml', 'sqlglot', 'duckdb'}\n"
        "    slow = names & sys.modules.keys()\n"
        "    sys.exit(f'{ended.code} {sorted(slow)}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=shop,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "1 []\n"
