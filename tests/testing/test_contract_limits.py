"""Rows that the input's contract rules out: a warning that names value and limit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.testing.products import make_facts, make_product, make_schema, make_test

from hansa.core.contract import Bounds, Contract, ContractColumn, ContractTable
from hansa.core.product import Given, UnitTest
from hansa.core.version import Version
from hansa.errors import Place
from hansa.sql.analysis import Interface
from hansa.sql.types import parse_type
from hansa.testing.runner import TestReport, run_tests

COLUMNS = "code varchar", "size integer", "share double", "day date", "price decimal(9,2)"
SCHEMA = make_schema(*COLUMNS)


def _run(column: ContractColumn, rows: list[dict[str, object]]) -> TestReport:
    test = make_test("t", "m", {"shop.goods": rows}, [])
    product = make_product(
        {"m": "select code from shop.goods where false"}, ("m",), {}, (test,), requires=("shop",)
    )
    interfaces = {"shop": Interface({"goods": SCHEMA}, limits={"goods": (column,)})}
    return run_tests(product, make_facts(product, {"m": ("shop.goods",)}), interfaces)


def _column(name: str, **more: object) -> ContractColumn:
    kind = dict(text.split(" ", 1) for text in COLUMNS)[name]
    return ContractColumn(name, parse_type(kind, "duckdb"), **more)  # type: ignore[arg-type]


CASES = [
    (_column("code", enum=("a", "b")), "a", "c", "is not among the values that the contract lists"),
    (_column("size", enum=(1, 2)), 2, 3, "is not among the values that the contract lists"),
    (_column("size", bounds=Bounds(minimum=1)), 1, 0, "is below 1"),
    (_column("size", bounds=Bounds(maximum=9)), 9, 10, "is above 9"),
    (_column("size", bounds=Bounds(exclusive_minimum=0)), 1, 0, "is not above 0"),
    (_column("share", bounds=Bounds(exclusive_maximum=1.5)), 1.4, 1.5, "is not below 1.5"),
    (_column("size", bounds=Bounds(multiple_of=5)), 10, 12, "is not a multiple of 5"),
    (_column("price", bounds=Bounds(multiple_of=0.1)), "0.3", "0.35", "is not a multiple of 0.1"),
    (
        _column("day", bounds=Bounds(minimum="2024-01-01")),
        "2024-01-01",
        "2023-12-31",
        "is below 2024-01-01",
    ),
    (_column("code", bounds=Bounds(min_length=2)), "ab", "a", "is shorter than 2"),
    (_column("code", bounds=Bounds(max_length=2)), "äö", "abc", "is longer than 2"),
    (
        ContractColumn("code", parse_type("varchar(2)", "duckdb")),
        "ab",
        "abc",
        "is longer than 2",
    ),
    (_column("code", pattern="^[A-Z]+$"), "AB", "ab", "does not match `^[A-Z]+$`"),
]


@pytest.mark.parametrize(("column", "allowed", "excluded", "says"), CASES)
def test_a_value_that_the_contract_rules_out_is_a_warning(column, allowed, excluded, says):
    name = column.name
    report = _run(column, [{name: allowed}, {name: None}, {}, {name: excluded}])
    assert report.passed
    (warning,) = report.warnings
    assert warning.rule == "fixture_value_excluded"
    shown = f"{excluded:.2f}" if name == "price" and isinstance(excluded, float) else excluded
    assert (
        warning.message == f"test `t`: row 4 of `shop.goods`: `{name}` is `{shown}`, which {says}"
    )
    assert warning.place == Place("tests/t.yaml", 14)


def test_the_warning_stands_at_the_value():
    cell = Place("tests/t.yaml", 11, 20)
    given = Given("shop.goods", ({"SIZE": 0},), Place("t"), (Place("t", 11),), ({"SIZE": cell},))
    test = UnitTest("t", "m", (given,), ())
    product = make_product({"m": "select 1 as a from shop.goods where false"}, ("m",), {}, (test,))
    column = _column("size", bounds=Bounds(minimum=1))
    interfaces = {"shop": Interface({"goods": SCHEMA}, limits={"goods": (column,)})}
    report = run_tests(product, make_facts(product, {"m": ("shop.goods",)}), interfaces)
    assert [(one.place, one.column) for one in report.warnings] == [(cell, "size")]


@pytest.mark.parametrize(
    "bounds", [Bounds(minimum="soon"), Bounds(minimum="soon", maximum="2030-01-01")]
)
def test_a_limit_that_cannot_be_compared_says_nothing(bounds):
    column = _column("day", bounds=bounds)
    report = _run(column, [{"day": "2031-01-01"}, {"day": "2024-01-01"}])
    assert report.passed
    said = ["is above 2030-01-01"] if bounds.maximum else []
    assert [one.message.partition("which ")[2] for one in report.warnings] == said


def test_a_public_model_that_is_given_has_limits_too():
    column = ContractColumn("n", parse_type("integer", "duckdb"), bounds=Bounds(minimum=1))
    table = ContractTable("below", (column,))
    test = make_test("t", "m", {"below": [{"n": 0}]}, [])
    sql = {"m": "select n from below where false", "below": "select 1 as n"}
    product = make_product(sql, ("m", "below"), {}, (test,))
    contract = Contract("p", Version.parse("1.0.0"), tables=(table, ContractTable("m")))
    product = replace(product, contract=contract)
    facts = make_facts(product, {"below": (), "m": ("below",)}, {"below": make_schema("n integer")})
    (warning,) = run_tests(product, facts, {}).warnings
    assert warning.message.endswith("`n` is `0`, which is below 1")
