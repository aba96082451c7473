"""hansa test --generate."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Hansa


@pytest.fixture
def shop(tmp_path: Path, hansa: Hansa) -> Path:
    """The product that `hansa init` starts, without its tests."""
    assert hansa("init shop --team checkout").code == 0
    (tmp_path / "registry").mkdir()
    (tmp_path / "shop/tests/daily_orders.yaml").unlink()
    return tmp_path / "shop"


def test_what_is_written_passes_and_covers(shop: Path, hansa: Hansa) -> None:
    written = hansa("test --generate daily_orders --write", "shop")

    assert written.code == 0, written.err
    assert written.out.startswith("added ")
    assert "to tests/daily_orders.yaml: review what they expect" in written.out
    text = (shop / "tests/daily_orders.yaml").read_text("utf-8")
    assert "# review: generated" in text
    assert hansa("test --fail-under 100", "shop").code == 0
    again = hansa("test --generate daily_orders --write", "shop")
    assert again.out == "the tests show every outcome of daily_orders\n"
    assert (shop / "tests/daily_orders.yaml").read_text("utf-8") == text


def test_without_write_the_cases_are_printed(shop: Path, hansa: Hansa) -> None:
    shown = hansa("test --generate daily_orders", "shop")

    assert shown.out.startswith("unit_tests:\n  # review: generated")
    assert not list((shop / "tests").iterdir())
    found = hansa("test --generate daily_orders --format json", "shop").json["generated"]
    assert found["yaml"] == shown.out
    assert found["written"] is None
    assert found["missed"] == []
    assert {one["model"] for case in found["cases"] for one in case["shows"]} == {
        "daily_orders",
        "stg_orders",
    }


def test_tests_that_are_there_stay(shop: Path, hansa: Hansa) -> None:
    mine = (
        "unit_tests:\n"
        "  # mine\n"
        "  - name: nothing\n"
        "    model: daily_orders\n"
        "    given: []\n"
        "    expect: {rows: []}\n"
    )
    (shop / "tests/daily_orders.yaml").write_text(mine, "utf-8")

    assert hansa("test --generate daily_orders --write", "shop").code == 0
    assert (shop / "tests/daily_orders.yaml").read_text("utf-8").startswith(mine)
    assert hansa("test", "shop").code == 0


def test_a_file_that_does_not_end_with_tests_is_left_alone(shop: Path, hansa: Hansa) -> None:
    mine = "unit_tests: []\n"
    (shop / "tests/daily_orders.yaml").write_text(mine, "utf-8")

    refused = hansa("test --generate daily_orders --write", "shop")
    assert refused.code == 2
    assert refused.err.startswith(
        "error: tests/daily_orders.yaml: tests cannot be added to the end of this file\nhint: "
    )
    assert (shop / "tests/daily_orders.yaml").read_text("utf-8") == mine


def test_an_unknown_model_is_named(shop: Path, hansa: Hansa) -> None:
    refused = hansa("test --generate daily_order", "shop")

    assert refused.code == 2
    assert refused.err == (
        "error: there is no model `daily_order` to propose tests for\n"
        "hint: did you mean `daily_orders`?\n"
    )
