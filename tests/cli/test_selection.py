"""`hansa test` with the options that choose tests, and its messages about bad tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.projects.samples import CONTRACT, FILES, PRODUCT

TESTS = "unit_tests:\n" + "".join(
    f"  - name: {name}\n    model: {model}\n    given: [{{input: raw.orders, rows: [{{id: 1}}]}}]\n"
    f"    expect: {{rows: [{{id: {expected}}}]}}\n"
    for name, model, expected in [("good", "orders", 1), ("bad", "orders", 2), ("staged", "stg", 3)]
).replace("model: stg", "model: stg_orders")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    product = PRODUCT.replace("requires:\n  customers: ^1.2\n", "")
    files = {**FILES, "product.yaml": product, "contract.yaml": CONTRACT}
    return write_files(tmp_path / "shop", {**files, "tests/orders.yaml": TESTS})


def _ran(hansa: Hansa, options: str) -> tuple[int, list[str], int]:
    outcome = hansa(f"test {options} --format json", "shop")
    found = json.loads(outcome.out)
    return outcome.code, [one["name"] for one in found["tests"]], found["not_run"]


def test_expressions_limits_and_the_last_failures(shop: Path, hansa: Hansa) -> None:
    assert _ran(hansa, "--lf -k good") == (0, ["good"], 0)
    assert _ran(hansa, "-k 'orders and not bad'") == (1, ["good", "staged"], 0)
    assert _ran(hansa, "--lf") == (1, ["staged"], 0)
    assert _ran(hansa, "-x") == (1, ["good", "bad"], 1)
    assert _ran(hansa, "--maxfail 2") == (1, ["good", "bad", "staged"], 0)
    assert _ran(hansa, "--lf") == (1, ["bad", "staged"], 0)
    assert _ran(hansa, "--lf -x") == (1, ["bad"], 1)
    write_files(shop, {"tests/orders.yaml": TESTS.replace("{id: 3}", "{id: 1}")})
    assert _ran(hansa, "--last-failed") == (1, ["bad", "staged"], 0)
    assert _ran(hansa, "--lf") == (1, ["bad"], 0)


def test_the_text_counts_what_was_not_run(shop: Path, hansa: Hansa) -> None:
    assert hansa("test -x", "shop").out.splitlines()[-1] == "1 failed, 1 passed, 1 not run"


def test_a_wrong_expression_is_told(shop: Path, hansa: Hansa) -> None:
    outcome = hansa("test -k 'good and'", "shop")
    assert (outcome.code, outcome.out, outcome.err) == (
        2,
        "",
        "error: the expression `good and` is wrong at character 9: a part of a name belongs here\n"
        "hint: join parts of names with `and`, `or`, `not` and parentheses: `late and not ua`\n",
    )


def test_a_test_over_its_limit_is_reported(shop: Path, hansa: Hansa) -> None:
    endless = "select count(*) as id, 1.0 as amount from range(100000000) a, range(100000) b\n"
    write_files(shop, {"models/orders.sql": endless, "tests/orders.yaml": LIMITED})
    for options in ("--timeout 0.2", "-m orders --timeout 0.2"):
        outcome = hansa(f"test {options}", "shop")
        assert outcome.code == 1
        assert outcome.out.splitlines() == [
            "error: counted of orders (./tests/orders.yaml:2:11)".replace("./", ""),
            "  stopped after its time limit of 0.2 seconds",
            "  hint: give fewer rows, or look for a join that multiplies them",
            "1 failed, 0 passed",
        ]


LIMITED = """unit_tests:
  - name: counted
    model: orders
    expect: {rows: []}
"""
