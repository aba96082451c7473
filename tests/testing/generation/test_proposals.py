"""Proposed tests: they show what they say, keep to contracts, and pass as they are written."""

from __future__ import annotations

import dataclasses

import pytest
from tests.testing.products import make_product, make_schema, make_source, make_test

from hansa.core.contract import Bounds, ContractColumn
from hansa.core.diagnostic import Diagnostic
from hansa.core.product import Product, UnitTest
from hansa.projects.decoding import Reader
from hansa.projects.fixture_files import FixtureFiles
from hansa.projects.unit_tests import read_unit_tests
from hansa.sql.analysis import Interface, analyse_product
from hansa.testing.coverage import CoverageRecorder, CoverageReport
from hansa.testing.generation.proposals import Proposals, propose_tests
from hansa.testing.generation.search import Effort
from hansa.testing.generation.yaml_text import cases_text, file_text
from hansa.testing.runner import run_tests

SOURCES = {
    "raw": {
        "t": make_source(
            "t", "id integer!", "k integer", "s varchar", "d date", primary_key=("id",)
        ),
        "u": make_source("u", "k integer!", "v double", "b boolean", primary_key=("k",)),
    }
}
# Models whose every outcome is to be reached from nothing.
REACHED = {
    "conditions": "SELECT id FROM raw.t WHERE (k > 7 OR s = 'open') AND s <> 'x'",
    "arms": "SELECT id, CASE WHEN k BETWEEN 10 AND 20 THEN 'm' WHEN k > 20 THEN 'h' "
    "WHEN k IS NULL THEN 'n' ELSE 'l' END AS c FROM raw.t",
    "joined": "SELECT t.id, COALESCE(u.v, 0) AS v FROM raw.t AS t "
    "LEFT JOIN raw.u AS u ON u.k = t.k",
    "grouped": "SELECT s, COUNT(DISTINCT k) AS n, SUM(k) AS total FROM raw.t GROUP BY s "
    "HAVING COUNT(*) > 2",
    "patterns": "SELECT id FROM raw.t WHERE s LIKE 'ab%' AND d >= DATE '2025-06-01'",
    "subqueries": "SELECT id FROM raw.t WHERE k IN (SELECT k FROM raw.u WHERE b)",
    "windows": "SELECT id, ROW_NUMBER() OVER (PARTITION BY s ORDER BY d) AS n FROM raw.t",
    "sets": "SELECT id FROM raw.t WHERE k = 1 UNION SELECT k FROM raw.u",
    "cut": "SELECT id FROM raw.t ORDER BY id LIMIT 1",
}


def product_of(sql: str, tests: tuple[UnitTest, ...] = ()) -> Product:
    return make_product({"m": sql}, ("m",), SOURCES, tests)


def coverage(product: Product) -> CoverageReport:
    facts = analyse_product(product, {})
    recorder = CoverageRecorder(product, facts, {})
    assert run_tests(product, facts, {}, observe=recorder).passed
    return recorder.report()


def propose(product: Product, seed: int = 0) -> Proposals:
    facts = analyse_product(product, {})
    return propose_tests(product, facts, {}, coverage(product), "m", Effort(seed))


def read(text: str) -> tuple[UnitTest, ...]:
    findings: list[Diagnostic] = []
    files = FixtureFiles(lambda name: None, None)
    tests = read_unit_tests(text.encode(), Reader("tests/m.yaml", findings), files)
    assert findings == []
    return tests


@pytest.mark.parametrize("name", REACHED)
def test_every_outcome_is_reached_by_tests_that_pass(name: str) -> None:
    product = product_of(REACHED[name])
    found = propose(product)

    assert found.missed == ()
    tests = read(file_text(found.cases))
    assert [test.name for test in tests] == [case.name for case in found.cases]
    covered = coverage(dataclasses.replace(product, tests=tests))
    assert covered.numbers.missed == 0


def test_the_same_seed_proposes_the_same() -> None:
    product = product_of(REACHED["arms"])

    assert cases_text(propose(product, 3).cases) == cases_text(propose(product, 3).cases)


def test_only_what_is_missing_is_proposed() -> None:
    sql = "SELECT id FROM raw.t WHERE k > 7"
    have = make_test("have", "m", {"raw.t": [{"id": 1, "k": 8}]}, [{"id": 1}])
    found = propose(product_of(sql, (have,)))

    assert {goal.obligation.outcome for case in found.cases for goal in case.goals} == {
        "false",
        "null",
    }


def test_what_cannot_be_is_missed_and_said() -> None:
    found = propose(product_of("SELECT id FROM raw.t WHERE k > 5 AND k < 3 AND k <> 4"))

    assert any(goal.obligation.outcome == "true" for goal in found.missed)


def test_required_columns_and_keys_are_kept() -> None:
    found = propose(product_of(REACHED["joined"]))

    for case in found.cases:
        for rows in case.rows.values():
            keys = [row.get("id", row.get("k")) for row in rows]
            assert None not in keys
            assert len(keys) == len(set(keys))


def test_models_that_differ_from_run_to_run_get_no_case() -> None:
    found = propose(product_of("SELECT id, random() AS r FROM raw.t WHERE k = 1"))

    assert [case for case in found.cases if case.output.rows] == []


def test_values_keep_to_the_contract_of_a_required_product() -> None:
    sql = "SELECT code, CASE WHEN n > 5 THEN 'high' ELSE 'low' END AS level FROM flights.t"
    schema = make_schema("code varchar!", "n integer!")
    product = make_product({"m": sql}, ("m",), requires=("flights",))
    limits = (
        ContractColumn("code", schema.columns[0].type, pattern="^[A-Z]{2}[0-9]$"),
        ContractColumn("n", schema.columns[1].type, bounds=Bounds(minimum=4, maximum=9)),
    )
    interfaces = {"flights": Interface({"t": schema}, limits={"t": limits})}
    facts = analyse_product(product, interfaces)
    recorder = CoverageRecorder(product, facts, interfaces)
    found = propose_tests(product, facts, interfaces, recorder.report(), "m")

    assert found.missed == ()
    tests = read(file_text(found.cases))
    report = run_tests(dataclasses.replace(product, tests=tests), facts, interfaces)
    assert report.passed
    assert report.warnings == ()


def test_a_search_that_is_out_of_time_says_so() -> None:
    product = product_of(REACHED["arms"])
    facts = analyse_product(product, {})
    found = propose_tests(product, facts, {}, coverage(product), "m", Effort(seconds=0))

    assert found.out_of_time
    assert found.cases == ()
    assert len(found.missed) == len(coverage(product).models[0].obligations)
