"""Which release a working copy is compared with, and when the registry is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

from hansa.core.version import Version
from hansa.ops.baseline import KnownRelease, choose_baseline, known_releases
from hansa.ops.workspace import Workspace

CACHE = ".hansa/cache/releases.json"


@pytest.mark.parametrize(
    ("releases", "declared", "chosen"),
    [
        ("", "1.0.0", None),
        ("1.0.0", "1.0.0", "1.0.0"),
        ("1.0.0 1.4.0 2.0.0", "1.4.1", "1.4.0"),
        ("1.0.0 1.4.0 2.0.0", "2.1.0", "2.0.0"),
        ("1.0.0 2.0.0-rc.1", "2.0.0", "1.0.0"),
        ("2.0.0-rc.1", "2.0.0", "2.0.0-rc.1"),
        ("1.1.0 1.2.0", "1.0.0", "1.2.0"),
    ],
)
def test_the_release_to_compare_with(releases: str, declared: str, chosen: str | None) -> None:
    known = [KnownRelease(Version.parse(text), "sha256:0") for text in releases.split()]
    found = choose_baseline(known, Version.parse(declared))
    assert (str(found.version) if found else None) == chosen


@pytest.fixture
def shop(tmp_path: Path, hansa: Hansa) -> Hansa:
    write_files(tmp_path / "orders", ORDERS)
    assert hansa("publish", "orders").code == 0
    age_registry(tmp_path)
    return hansa


def age_registry(tmp_path: Path) -> None:
    """As if the last write to the registry were a while ago."""
    for path in (tmp_path / "registry").glob("registry.db*"):
        then = path.stat().st_mtime_ns - 10**9
        os.utime(path, ns=(then, then))


def known(tmp_path: Path) -> list[str]:
    return [str(release.version) for release in known_releases(Workspace(tmp_path / "orders"))]


def test_what_the_registry_said_is_kept_until_it_changes(shop: Hansa, tmp_path: Path) -> None:
    assert known(tmp_path) == ["1.0.0"]
    cache = tmp_path / "orders" / CACHE
    kept = json.loads(cache.read_text())
    kept["releases"][0][0] = "7.7.7"
    cache.write_text(json.dumps(kept))
    assert known(tmp_path) == ["7.7.7"]
    time.sleep(0.002)
    assert shop("yank orders@1.0.0", "orders").code == 0
    assert known(tmp_path) == ["1.0.0"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"url": 1}', b"\xff\x00"])
def test_a_damaged_copy_is_ignored(shop: Hansa, tmp_path: Path, damage: bytes) -> None:
    assert known(tmp_path) == ["1.0.0"]
    (tmp_path / "orders" / CACHE).write_bytes(damage)
    assert known(tmp_path) == ["1.0.0"]


def test_a_copy_of_another_registry_is_ignored(
    shop: Hansa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert known(tmp_path) == ["1.0.0"]
    monkeypatch.setenv("HANSA_REGISTRY", str(tmp_path / "other"))
    write_files(tmp_path / "two", ORDERS)
    assert shop("version 2.0.0", "two").code == 0
    assert shop("publish", "two").code == 0
    assert known(tmp_path) == ["2.0.0"]


def test_a_second_check_imports_no_database_and_no_parser(shop: Hansa, tmp_path: Path) -> None:
    first, second = (heavy_imports(tmp_path / "orders") for _ in range(2))
    assert "sqlalchemy" in first
    assert second == []


def test_a_check_without_a_registry_imports_no_database(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    assert "sqlalchemy" not in heavy_imports(tmp_path / "orders")


def heavy_imports(directory: Path) -> list[str]:
    program = (
        "import sys; from hansa.cli.app import run; code = run(['check', '--format', 'json'])\n"
        "heavy = ('sqlalchemy', 'alembic', 'duckdb', 'sqlglot', 'ruamel')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=directory,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stderr.splitlines()[-1].replace("'", '"'))
    return found
