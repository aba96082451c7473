"""Where the contract and the SQL of a public table differ."""

from __future__ import annotations

from typing import Any

import pytest
from tests.semver.contracts import column, contract, table

from hansa.core.contract import ContractColumn
from hansa.core.datatype import BIGINT, INTEGER, STRING, UNKNOWN, DataType, Family
from hansa.core.diagnostic import Diagnostic
from hansa.core.facts import ModelFacts, ProductFacts
from hansa.core.product import Materialization, Model, Owner, Product, Storage
from hansa.core.schema import Column, TableSchema
from hansa.errors import Place
from hansa.semver.conformance import check_contract

PLACE = Place("contract.yaml", 8, 9)


def check(declared: list[ContractColumn], yielded: list[Column] | None) -> tuple[Diagnostic, ...]:
    storage = Storage(Materialization.TABLE)
    model = Model("routes", "models/routes.sql", "SELECT 1", storage, public=True)
    document = contract(table("routes", *declared, place=Place("contract.yaml", 5, 5)))
    product = Product("flights", document, Owner("flights"), models={"routes": model})
    schema = None if yielded is None else TableSchema(tuple(yielded))
    return check_contract(product, ProductFacts({"routes": ModelFacts("routes", schema=schema)}))


def test_a_missing_column() -> None:
    assert check([column("a"), column("b", place=PLACE)], [Column("a", STRING)]) == (
        Diagnostic(
            rule="column_missing",
            message="the contract promises column `b` of `routes`, but the SQL does not yield it",
            hint="select `b` in models/routes.sql, or remove it from contract.yaml",
            place=PLACE,
            table="routes",
            column="b",
        ),
    )


def test_an_undeclared_column() -> None:
    assert check([column("a")], [Column("a", STRING), Column("b", STRING)]) == (
        Diagnostic(
            rule="column_undeclared",
            message="the SQL of `routes` yields column `b`, which the contract does not list",
            hint="run `hansa contract sync` to add it, or leave it out in models/routes.sql",
            place=Place("contract.yaml", 5, 5),
            table="routes",
            column="b",
        ),
    )


def test_a_column_of_another_type() -> None:
    declared = column("a", INTEGER, physical_type="INT", place=PLACE)
    assert check([declared], [Column("a", BIGINT)]) == (
        Diagnostic(
            rule="column_type_differs",
            message="column `a` of `routes` is declared INT, but the SQL yields bigint",
            hint="cast it to INT in models/routes.sql, or run `hansa contract sync`",
            place=PLACE,
            table="routes",
            column="a",
        ),
    )


def test_a_column_in_other_letter_case() -> None:
    assert check([column("Carrier", place=PLACE)], [Column("carrier", STRING)]) == (
        Diagnostic(
            rule="column_case_differs",
            message="the contract of `routes` calls a column `Carrier`, the SQL calls it `carrier`",
            hint="write the name alike in contract.yaml and in models/routes.sql",
            place=PLACE,
            table="routes",
            column="Carrier",
        ),
    )


@pytest.mark.parametrize(
    ("declared", "yielded"),
    [
        ([column("a")], None),
        ([column("a", INTEGER)], [Column("a", UNKNOWN)]),
        ([column("a", UNKNOWN)], [Column("a", INTEGER)]),
        ([column("a", INTEGER, required=True)], [Column("a", INTEGER, nullable=True)]),
        ([column("a", DataType(Family.STRING, length=9))], [Column("a", STRING)]),
        ([column("b"), column("a")], [Column("a", STRING), Column("b", STRING)]),
    ],
)
def test_what_is_no_finding(declared: list[ContractColumn], yielded: Any) -> None:
    assert check(declared, yielded) == ()


def test_a_table_without_a_model_is_passed_over() -> None:
    product = Product("flights", contract(table("routes", "a")), Owner("flights"))
    assert check_contract(product, ProductFacts({})) == ()
