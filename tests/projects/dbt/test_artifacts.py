"""Files of a project are read by their path, and none outside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import write_files

from hansa.projects.dbt.artifacts import DbtProjectFile, read_artifacts

Read = Callable[[str], bytes | None]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    files = {
        "shop/target/manifest.json": "{}",
        "shop/models/marts/orders.sql": "select 1",
        "shop/top.sql": "select 2",
        "secret.sql": "select 3",
        "shop_too/secret.sql": "select 4",
    }
    write_files(tmp_path, files)
    shop = tmp_path / "shop"
    (shop / "models/link.sql").symlink_to(shop / "top.sql")
    (shop / "models/out.sql").symlink_to(tmp_path / "secret.sql")
    (shop / "models/loop.sql").symlink_to(shop / "models/loop.sql")
    (shop / "outside").symlink_to(tmp_path / "shop_too", target_is_directory=True)
    return read_artifacts(shop, shop / "target", DbtProjectFile()).read


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("models/marts/orders.sql", b"select 1"),
        ("top.sql", b"select 2"),
        ("./top.sql", b"select 2"),
        ("models/../top.sql", b"select 2"),
        ("models/link.sql", b"select 2"),
    ],
)
def test_a_file_inside_is_read(path: str, text: bytes, read: Read) -> None:
    assert read(path) == read(path) == text


@pytest.mark.parametrize(
    "path",
    [
        "../secret.sql",
        "models/../../secret.sql",
        "models/out.sql",
        "models/loop.sql",
        "outside/secret.sql",
        "../shop_too/secret.sql",
        "nowhere/orders.sql",
        "models",
        "models/..",
        "..",
        "",
        "models/\0.sql",
    ],
)
def test_nothing_else_is(path: str, read: Read) -> None:
    assert read(path) is None


def test_an_absolute_path_is_no_way_out(read: Read, tmp_path: Path) -> None:
    assert read(str(tmp_path / "secret.sql")) is None
    assert read("/etc/hostname") is None
