"""Findings of a dbt project's files are kept, until anything that they follow from changes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Hansa
from tests.projects.dbt.manifests import manifest, model
from tests.projects.dbt.products import contract, write_project

import hansa.ops.check
from hansa.ops.kept_check import find_kept_check
from hansa.ops.progress import silent

TABLES = {"orders": {"id": "integer", "code": "integer"}}
SEED: dict[str, Any] = {
    "unique_id": "seed.shop.codes",
    "name": "codes",
    "resource_type": "seed",
    "package_name": "shop",
    "original_file_path": "seeds/codes.csv",
    "database": "db",
    "schema": "main",
    "alias": "codes",
    "relation_name": '"db"."main"."codes"',
    "config": {"materialized": "seed"},
}


def document(sql: str = 'select 1 as id, code from "db"."main"."codes"') -> dict[str, Any]:
    return manifest(model("orders", sql), SEED)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    files = {"seeds/codes.csv": "code\n1\n", "README.md": "# shop\n"}
    return write_project(tmp_path / "shop", document(), TABLES, files=files)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The products whose findings were computed anew."""
    found: list[str] = []
    original = hansa.ops.check._own_findings

    def noted(*arguments: Any) -> Any:
        result = original(*arguments)
        found.append(result.product)
        return result

    monkeypatch.setattr(hansa.ops.check, "_own_findings", noted)
    return found


def test_a_second_check_says_the_same_and_computes_nothing(
    shop: Path, hansa: Hansa, computed: list[str]
) -> None:
    first = hansa("check --no-compare", shop)
    assert first.code == 0, first.err + first.out
    for arguments in ("--no-compare", "", "--no-compare --format json", "--format sarif"):
        again = hansa(f"check {arguments}", shop)
        assert again.code == 0, again.err
    assert computed == ["shop"]
    assert (
        hansa("check --no-compare", shop).out
        == first.out
        == ("shop 1.0.0: 2 models, no findings\n")
    )


def _seed(shop: Path) -> None:
    # an older time than the manifest's, as a checkout may leave it
    (shop / "seeds/codes.csv").write_text("code\na\n")
    os.utime(shop / "seeds/codes.csv", (1_700_000_000, 1_700_000_000))


def _manifest(shop: Path) -> None:
    path = shop / "target/manifest.json"
    kept = path.stat()
    path.write_text(json.dumps(document("select 1 as id, 'a' as code")))
    # neither time nor size tell what is in a file
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))


def _contract(shop: Path) -> None:
    (shop / "contract.yaml").write_text(
        contract({"orders": {"id": "integer", "code": "varchar"}}, "1.0.0")
    )


@pytest.mark.parametrize("change", [_seed, _manifest, _contract])
def test_a_change_is_noticed(
    shop: Path, hansa: Hansa, computed: list[str], change: Callable[[Path], None]
) -> None:
    assert hansa("check --no-compare", shop).code == 0
    change(shop)
    changed = hansa("check --no-compare", shop)
    assert changed.code == 1, changed.out
    assert "code" in changed.out
    assert computed == ["shop", "shop"]
    assert hansa("check --no-compare", shop).out == changed.out
    assert computed == ["shop", "shop"]


def test_a_published_release_is_compared_with_though_the_findings_are_kept(
    shop: Path, hansa: Hansa
) -> None:
    published = hansa("publish", shop)
    assert published.code == 0, published.err
    assert hansa("check", shop).code == 0
    kept = hansa("check --format json", shop)
    assert kept.json["baseline"] == "1.0.0"
    assert kept.json["required"] == "none"


def test_a_damaged_file_is_computed_again(shop: Path, hansa: Hansa, computed: list[str]) -> None:
    hansa("check --no-compare", shop)
    (shop / ".hansa/cache/check.json").write_bytes(b'{"key": 1')
    assert hansa("check --no-compare", shop).code == 0
    assert computed == ["shop", "shop"]


def test_a_product_of_sql_files_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "product.yaml").write_text("name: shop\nowner: {team: sales}\n")
    assert find_kept_check(tmp_path, {}, silent) is None
    assert find_kept_check(tmp_path / "nowhere", {}, silent) is None
