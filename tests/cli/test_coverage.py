"""hansa test --coverage: table, JSON and thresholds."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

TABLE = """\
1 passed
model       obligations  missed  cover  missing
fct_orders            2       0   100%
stg_orders            5       1    80%  6:7 where null
TOTAL                 7       1    86%
asserted columns: 4 of 4 public columns (100%)
"""


@pytest.fixture(autouse=True)
def orders(tmp_path: Path) -> Path:
    return write_files(tmp_path / "orders", ORDERS)


def test_a_table_shows_what_is_missing(hansa: Hansa) -> None:
    result = hansa("test --coverage", "orders")

    assert (result.code, result.out, result.err) == (0, TABLE, "")


def test_json_lists_every_obligation(hansa: Hansa) -> None:
    result = hansa("test --coverage --format json", "orders")

    coverage = result.json["coverage"]
    places = {
        model: [
            (one["line"], one["column"], one["kind"], one["outcome"], one["status"])
            for one in found["obligations"]
        ]
        for model, found in coverage["models"].items()
    }
    assert coverage["percent"] == 85.71
    assert coverage["asserted"] == {"percent": 100.0, "columns": 4, "missing": []}
    assert places == {
        "fct_orders": [
            (6, 10, "case", "arm 1", "met"),
            (6, 42, "case", "else", "met"),
        ],
        "stg_orders": [
            (3, 5, "coalesce", "argument 1", "met"),
            (3, 5, "coalesce", "argument 2", "met"),
            (6, 7, "where", "true", "met"),
            (6, 7, "where", "false", "met"),
            (6, 7, "where", "null", "unmet"),
        ],
    }


def test_without_the_option_nothing_is_measured(hansa: Hansa) -> None:
    result = hansa("test --format json", "orders")

    assert "coverage" not in result.json


def test_coverage_below_the_threshold_fails(hansa: Hansa) -> None:
    result = hansa("test --fail-under 90", "orders")

    assert (result.code, result.out) == (1, TABLE)
    assert result.err == (
        "error: coverage: 85.71% is below the 90% asked for\n"
        "hint: add tests for the outcomes listed as missing\n"
    )


def test_coverage_at_the_threshold_passes(hansa: Hansa) -> None:
    assert hansa("test --fail-under 85 --fail-under-asserted 100", "orders").code == 0


def test_asserted_columns_below_the_threshold_fail(hansa: Hansa, orders: Path) -> None:
    tests = orders / "tests/orders.yaml"
    tests.write_text(
        tests.read_text(encoding="utf-8").replace(", size: large", "").replace(", size: small", ""),
        encoding="utf-8",
    )

    result = hansa("test --fail-under-asserted 100", "orders")

    assert result.code == 1
    assert result.err == (
        "error: asserted columns: 75% is below the 100% asked for\n"
        "hint: name the missing columns in `expect` of tests of public models\n"
    )


def _ask(orders: Path, policy: str) -> None:
    product = orders / "product.yaml"
    text = product.read_text(encoding="utf-8")
    product.write_text(f"{text}policy: {{coverage: {policy}}}\n", encoding="utf-8")


def test_product_yaml_asks_where_no_option_does(hansa: Hansa, orders: Path) -> None:
    _ask(orders, "{obligations: 90, mutation: 100}")

    result = hansa("test --coverage", "orders")

    assert (result.code, result.out) == (1, TABLE)
    assert result.err == (
        "error: coverage: 85.71% is below the 90% asked for\n"
        "hint: add tests for the outcomes listed as missing\n"
    )
    assert hansa("test", "orders").code == 0
    assert hansa("test --fail-under 80", "orders").code == 0
    assert "mutation score" in hansa("test --mutate", "orders").err


def test_product_yaml_asks_nothing_of_a_part_of_the_tests(hansa: Hansa, orders: Path) -> None:
    _ask(orders, "{obligations: 90, mutation: 100}")

    assert hansa("test --coverage large", "orders").code == 0
    assert hansa("test --mutate --only fct_orders --max 1", "orders").code == 0


SECOND = """\
  - name: small_orders
    model: fct_orders
    given:
      - input: stg_orders
        rows: [{id: 1, customer: ada, amount: 5}]
    expect:
      rows: [{id: 1, size: small}]
"""


def test_contexts_show_what_each_test_covers_alone(hansa: Hansa, orders: Path) -> None:
    tests = orders / "tests/orders.yaml"
    tests.write_text(tests.read_text(encoding="utf-8") + SECOND, encoding="utf-8")

    result = hansa("test --contexts", "orders")
    shown = hansa("test --contexts --format json", "orders").json["coverage"]

    assert (
        result.out.split("(100%)\n")[1]
        == """\
test                       met  only by it
large_orders_start_at_100    6  fct_orders 6:10 case arm 1
                                stg_orders 3:5 coalesce argument 1
                                stg_orders 3:5 coalesce argument 2
                                stg_orders 6:7 where true
                                stg_orders 6:7 where false
small_orders                 1  nothing
"""
    )
    assert shown["contexts"]["small_orders"] == {"met": 1, "only": []}
    assert shown["contexts"]["large_orders_start_at_100"]["only"][0] == {
        "model": "fct_orders",
        "kind": "case",
        "outcome": "arm 1",
        "line": 6,
        "column": 10,
    }
    assert [one["tests"] for one in shown["models"]["fct_orders"]["obligations"]] == [
        ["large_orders_start_at_100"],
        ["large_orders_start_at_100", "small_orders"],
    ]
