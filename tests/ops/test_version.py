"""What asks for a new version, and what a published version says about other content."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES


@pytest.fixture
def shop(tmp_path: Path, hansa: Hansa) -> Hansa:
    """orders 1.0.0, published, and its files."""
    write_files(tmp_path / "orders", ORDERS)
    assert hansa("publish", "orders").code == 0
    return hansa


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def test_equal_files_ask_for_nothing(shop: Hansa, tmp_path: Path) -> None:
    before = (tmp_path / "orders/contract.yaml").read_text()
    assert shop("version --bump", "orders").out == (
        "orders: nothing changed since 1.0.0\norders 1.0.0\n"
    )
    assert (tmp_path / "orders/contract.yaml").read_text() == before
    checked = shop("check", "orders")
    assert (checked.code, checked.out) == (
        0,
        "orders: nothing changed since 1.0.0\norders 1.0.0: 2 models, no findings\n",
    )


@pytest.mark.parametrize(
    "file", ["README.md", "tests/orders.yaml", "fixtures/raw.orders.csv", "models/fct_orders.sql"]
)
def test_files_that_no_reader_sees_ask_for_a_patch(shop: Hansa, tmp_path: Path, file: str) -> None:
    append(tmp_path / "orders" / file, "\n")
    bumped = shop("version --bump --format json", "orders").json
    assert (bumped["version"], bumped["required"], bumped["files"]) == ("1.0.1", "none", [file])
    again = shop("version --bump", "orders").out
    assert again.splitlines()[-2:] == [
        f"other files differ from 1.0.0, which asks for a patch: {file}",
        "orders 1.0.1",
    ]
    assert shop("publish", "orders").code == 0


def test_a_version_alone_asks_for_nothing(shop: Hansa, tmp_path: Path) -> None:
    shop("version 1.0.1", "orders")
    assert shop("version --bump --format json", "orders").json["files"] == []


def test_check_warns_of_a_published_version_with_other_content(shop: Hansa, tmp_path: Path) -> None:
    append(tmp_path / "orders/README.md", "\nMore words.\n")
    checked = shop("check", "orders")
    assert (checked.code, checked.out.splitlines()[:2]) == (
        0,
        [
            "warning [version_published] contract.yaml: version 1.0.0 is published already and "
            "these files differ: `README.md`",
            "  hint: run `hansa version --bump` to declare a new version",
        ],
    )
    shop("version --bump", "orders")
    assert shop("check --format json", "orders").json["findings"] == []


def test_a_change_that_asks_for_more_is_not_told_twice(shop: Hansa, tmp_path: Path) -> None:
    path = tmp_path / "orders/contract.yaml"
    path.write_text(path.read_text().replace("One row per order.", "A row per order."))
    checked = shop("check --format json", "orders")
    assert (checked.code, checked.json["findings"], checked.json["required"]) == (1, [], "patch")


def test_other_pins_ask_for_a_patch(shop: Hansa, tmp_path: Path) -> None:
    write_files(tmp_path / "sales", SALES)
    for command in ("lock", "publish"):
        assert shop(command, "sales").code == 0
    append(tmp_path / "orders/README.md", "\nMore words.\n")
    for command in ("version --bump", "publish"):
        assert shop(command, "orders").code == 0
    assert shop("update orders", "sales").code == 0
    assert shop("version --bump", "sales").out.splitlines()[-1] == "sales 1.0.0 -> 1.0.1"
    assert shop("publish", "sales").code == 0
