"""What audits of real relations find, and in how many scans."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.targets import Target

from hansa.core.contract import Bounds, ContractColumn, ContractTable, Quality, Relationship
from hansa.core.datatype import BIGINT, DOUBLE, INTEGER, STRING, DataType, Family
from hansa.core.diagnostic import Severity
from hansa.core.product import SourceTable
from hansa.core.schema import Column, TableSchema
from hansa.deploy.audit import Audited, audit
from hansa.deploy.checks import Check, CheckMaker, Measure
from hansa.deploy.quality import quality_checks
from hansa.deploy.shape import shape_findings
from hansa.engines.protocol import Engine, Rows
from hansa.errors import Place

PLACE = Place("contract.yaml", 7, 5)


@pytest.fixture
def engine(target: Target) -> Engine:
    engine = target.open_main()
    engine.execute(
        "CREATE TABLE flights AS SELECT * FROM (VALUES"
        " (1, 'UA', 'EWR', 10.5, 'ab1'), (2, 'UA', 'JFK', -3.0, 'cd2'),"
        " (2, 'AA', 'XXX', 0.3, 'e3'), (NULL, 'ZZ', NULL, NULL, NULL),"
        " (5, NULL, 'EWR', 99.0, 'abcdef')) AS v(id, carrier, origin, delay, tail)"
    )
    engine.execute("CREATE TABLE airports AS SELECT * FROM (VALUES ('EWR'), ('JFK')) AS v(faa)")
    return engine


def contract(*columns: ContractColumn, **rest: object) -> ContractTable:
    return replace(ContractTable("flights", columns), **rest)  # type: ignore[arg-type]


def column(name: str, **rest: object) -> ContractColumn:
    return replace(ContractColumn(name, place=PLACE), **rest)  # type: ignore[arg-type]


def library(metric: str, **rest: object) -> Quality:
    return replace(Quality("library", metric=metric), **rest)  # type: ignore[arg-type]


def findings(engine: Engine, table: ContractTable) -> list[str]:
    maker = CheckMaker(engine, {"airports": ("main", "airports")}.get)
    queries = {
        (table.name, item.name if item else "", quality.query or ""): (quality.query or "")
        for item in (None, *table.columns)
        for quality in (item.quality if item else table.quality)
        if quality.kind == "sql"
    }
    checks = (*maker.table_checks(table), *quality_checks(maker, table, queries))
    outcome = audit(engine, Audited(table.name, ("main", "flights"), checks))
    assert outcome.rows == 5
    return [f"{found.severity} {found.rule}: {found.message}" for found in outcome.findings]


CASES: dict[str, tuple[ContractTable, list[str]]] = {
    "required": (
        contract(column("carrier", required=True)),
        ["error required: `flights.carrier` is NULL in 1 of 5 rows"],
    ),
    "required, with a key that tells the row": (
        contract(column("tail", key_position=1), column("carrier", required=True)),
        [
            "error primary_key: `flights.tail` is NULL in 1 of 5 rows",
            "error required: `flights.carrier` is NULL in 1 of 5 rows, where (tail) is `abcdef`",
        ],
    ),
    "required, kept": (contract(column("carrier", required=False)), []),
    "unique": (
        contract(column("id", unique=True)),
        ["error unique: `flights.id` repeats the value of another row in 1 of 5 rows: `2`"],
    ),
    "unique, kept, as NULL is no value": (contract(column("tail", unique=True)), []),
    "a primary key of one column": (
        contract(column("id", key_position=1)),
        [
            "error primary_key: `flights.id` is NULL in 1 of 5 rows",
            "error primary_key: `flights.id` repeats the value of another row in 1 of 5 rows: `2`",
        ],
    ),
    "a primary key of two columns": (
        contract(column("carrier", key_position=2), column("id", key_position=1)),
        ["error primary_key: `flights` (id, carrier) is NULL in part in 2 of 5 rows"],
    ),
    "enum": (
        contract(column("carrier", enum=("UA", "AA"))),
        ["error enum: `flights.carrier` is not among the listed values in 1 of 5 rows: `ZZ`"],
    ),
    "bounds": (
        contract(column("delay", bounds=Bounds(minimum=0, exclusive_maximum=99))),
        [
            "error minimum: `flights.delay` is below 0 in 1 of 5 rows: `-3.0`",
            "error exclusive_maximum: `flights.delay` is not below 99 in 1 of 5 rows: `99.0`",
        ],
    ),
    "bounds, kept": (
        contract(column("delay", bounds=Bounds(exclusive_minimum=-3.1, maximum=99))),
        [],
    ),
    "lengths": (
        contract(column("tail", bounds=Bounds(min_length=3, max_length=5))),
        [
            "error min_length: `flights.tail` is shorter than 3 in 1 of 5 rows: `e3`",
            "error max_length: `flights.tail` is longer than 5 in 1 of 5 rows: `abcdef`",
        ],
    ),
    "the length of a type": (
        contract(column("tail", type=DataType(Family.STRING, length=5))),
        ["error max_length: `flights.tail` is longer than 5 in 1 of 5 rows: `abcdef`"],
    ),
    "a multiple of a whole number": (
        contract(column("id", type=INTEGER, bounds=Bounds(multiple_of=5))),
        ["error multiple_of: `flights.id` is not a multiple of 5 in 3 of 5 rows: `1`, `2`"],
    ),
    "a multiple of a fraction": (
        contract(column("delay", type=DOUBLE, bounds=Bounds(multiple_of=0.1))),
        [],
    ),
    "pattern": (
        contract(column("tail", pattern="^[a-z]+[0-9]$")),
        ["error pattern: `flights.tail` does not match `^[a-z]+[0-9]$` in 1 of 5 rows: `abcdef`"],
    ),
    "relationship": (
        contract(
            column("origin", relationships=(Relationship(("origin",), "airports", ("faa",)),))
        ),
        ["error relationship: `flights.origin` is not in `airports` in 1 of 5 rows: `XXX`"],
    ),
    "nullValues, at most": (
        contract(
            column("tail", quality=(library("nullValues", conditions=(("mustBeLessThan", 2),)),))
        ),
        [],
    ),
    "nullValues, percent, only warns": (
        contract(
            column(
                "tail",
                quality=(
                    library(
                        "nullValues",
                        unit="percent",
                        severity="warning",
                        conditions=(("mustBeLessThan", 20),),
                    ),
                ),
            )
        ),
        [
            "warning nullValues: `flights.tail` is NULL in 1 of 5 rows,"
            " it must be less than 20 percent"
        ],
    ),
    "missingValues": (
        contract(
            column(
                "carrier",
                quality=(library("missingValues", arguments=(("missingValues", [None, "ZZ"]),)),),
            )
        ),
        ["error missingValues: `flights.carrier` is missing in 2 of 5 rows: `ZZ`, NULL"],
    ),
    "invalidValues": (
        contract(
            column(
                "carrier",
                quality=(
                    library(
                        "invalidValues", arguments=(("validValues", ["UA"]), ("pattern", "^U"))
                    ),
                ),
            )
        ),
        ["error invalidValues: `flights.carrier` is not valid in 2 of 5 rows: `AA`, `ZZ`"],
    ),
    "duplicateValues of a table, under its older name": (
        contract(
            quality=(
                library(
                    "duplicateCount",
                    name="one_row_per_id",
                    arguments=(("properties", ["id"]),),
                    conditions=(("mustBeLessThan", 1),),
                ),
            )
        ),
        [
            "error one_row_per_id: `flights.id` repeats the value of another row in 1 of 5 rows,"
            " it must be less than 1: `2`"
        ],
    ),
    "rowCount": (
        contract(quality=(library("rowCount", conditions=(("mustBeBetween", [6, 9]),)),)),
        ["error rowCount: `flights` has 5 rows, it must be between 6 and 9"],
    ),
    "rowCount without a comparison": (contract(quality=(library("rowCount"),)), []),
    "sql": (
        contract(
            quality=(
                Quality(
                    "sql",
                    name="few_delays",
                    query="SELECT max(delay) FROM flights",
                    conditions=(("mustBeLessOrEqualTo", 50),),
                ),
            )
        ),
        ["error few_delays: `flights`: the query of `few_delays` gave 99.0, it must be at most 50"],
    ),
    "sql that gives no number": (
        contract(quality=(Quality("sql", query="SELECT 'x'", conditions=(("mustBe", 1),)),)),
        ["error sql: `flights`: the check `sql` cannot run: the query gave 'x', not a number"],
    ),
    "sql that compares with no number": (
        contract(
            quality=(Quality("sql", query="SELECT 1", conditions=(("mustBeLessThan", "x"),)),)
        ),
        ["error sql: `flights`: `sql` compares with what is not a number"],
    ),
    "texts are for people": (contract(quality=(Quality("text", description="fine"),)), []),
}


def test_keys_of_one_column_and_of_several_count_alike(engine: Engine) -> None:
    engine.execute(
        "CREATE TABLE k AS SELECT * FROM (VALUES"
        " (1, 'x'), (1, 'y'), (1, NULL), (NULL, 'z'), (NULL, 'z'), (2, 'z')) AS v(a, b)"
    )
    keys = [Check("unique", Measure.DUPLICATES, (name,), says="repeats") for name in "ab"]
    alone = audit(engine, Audited("k", ("main", "k"), tuple(keys))).findings
    pair = Check("unique", Measure.DUPLICATES, ("a", "b"), says="repeats")
    together = audit(engine, Audited("k", ("main", "k"), (*keys, pair))).findings
    assert [found.message for found in alone] == [
        "`k.a` repeats in 2 of 6 rows: `1`",
        "`k.b` repeats in 2 of 6 rows: `z`",
    ]
    assert together == alone


@pytest.mark.parametrize("case", CASES)
def test_findings(engine: Engine, case: str) -> None:
    table, expected = CASES[case]
    assert findings(engine, table) == expected


def test_a_pattern_that_the_engine_cannot_read_beside_a_check_that_it_can(engine: Engine) -> None:
    table = contract(column("tail", pattern="[a"), column("id", required=True))
    reason = {
        "duckdb": "missing ]: [a",
        "postgres": "invalid regular expression: brackets [] not balanced",
    }[engine.dialect]
    assert findings(engine, table) == [
        f"error pattern: `flights.tail`: the check `pattern` cannot run: {reason}",
        "error required: `flights.id` is NULL in 1 of 5 rows",
    ]


def scans(plan: Any, relation: str) -> int:
    """How often a plan in JSON reads a table; engines say so under different keys."""
    if isinstance(plan, list):
        return sum(scans(item, relation) for item in plan)
    if not isinstance(plan, dict):
        return 0
    table = plan.get("Relation Name") or (plan.get("extra_info") or {}).get("Table", "")
    below = sum(scans(value, relation) for key, value in plan.items() if key != "extra_info")
    return below + (str(table).split(".")[-1] == relation)


def test_a_table_is_scanned_twice_for_all_its_checks(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[Any] = []
    query = engine.query

    def explaining(sql: str) -> Rows:
        found = query(f"EXPLAIN (FORMAT json) {sql}").rows[0][-1]
        plans.append(json.loads(found) if isinstance(found, str) else found)
        return query(sql)

    origin = column(
        "origin",
        pattern="[A-Z]{3}",
        required=True,
        unique=True,
        quality=(library("nullValues", unit="percent"), library("duplicateValues")),
        relationships=(Relationship(("origin",), "airports", ("faa",)),),
    )
    table = contract(
        column("id", unique=True, bounds=Bounds(minimum=0)),
        column("tail", unique=True, pattern="[a-z]", bounds=Bounds(max_length=6)),
        column("carrier", key_position=1, enum=("UA", "AA", "ZZ")),
        column("delay", bounds=Bounds(minimum=-5)),
        origin,
        quality=(library("rowCount", conditions=(("mustBe", 1),)),),
    )
    engine.execute("DELETE FROM flights WHERE tail <> 'ab1' OR tail IS NULL")
    monkeypatch.setattr(engine, "query", explaining)
    maker = CheckMaker(engine, {"airports": ("main", "airports")}.get)
    checks = (*maker.table_checks(table), *quality_checks(maker, table, {}))
    assert len(checks) == 16
    assert audit(engine, Audited("flights", ("main", "flights"), checks)).findings == ()
    assert [scans(plan, "flights") for plan in plans] == [1, 1]
    assert [scans(plan, "airports") for plan in plans] == [1, 0]


def test_facts_of_sources(engine: Engine) -> None:
    schema = TableSchema((Column("id", BIGINT), Column("carrier", STRING, nullable=False)))
    source = SourceTable("flights", relation="main.flights", schema=schema, primary_key=("id",))
    checks = tuple(CheckMaker(engine, lambda _: None).source_checks(source))
    outcome = audit(engine, Audited("raw.flights", ("main", "flights"), checks))
    assert [found.message for found in outcome.findings] == [
        "`raw.flights.carrier` is NULL in 1 of 5 rows, where (id) is `5`",
        "`raw.flights.id` is NULL in 1 of 5 rows",
        "`raw.flights.id` repeats the value of another row in 1 of 5 rows: `2`",
    ]


def test_findings_name_table_column_and_place(engine: Engine) -> None:
    checks = tuple(
        CheckMaker(engine, lambda _: None).table_checks(contract(column("id", required=True)))
    )
    (finding,) = audit(engine, Audited("flights", ("main", "flights"), checks)).findings
    assert (finding.table, finding.column, finding.place) == ("flights", "id", PLACE)
    assert finding.severity is Severity.ERROR


def test_names_with_quotes_and_braces(engine: Engine) -> None:
    engine.execute('CREATE TABLE "select" AS SELECT 1 AS "a""{}b", 2 AS "order"')
    table = ContractTable(
        "select",
        (
            ContractColumn('a"{}b', required=True, unique=True, enum=("x'y", 2)),
            ContractColumn("order", key_position=1),
        ),
    )
    checks = tuple(CheckMaker(engine, lambda _: None).table_checks(table))
    outcome = audit(engine, Audited("select", ("main", "select"), checks))
    assert [found.rule for found in outcome.findings] == ["enum"]


def test_an_empty_table_keeps_every_promise_on_rows(engine: Engine) -> None:
    engine.execute("CREATE TABLE empty AS SELECT * FROM flights LIMIT 0")
    table = contract(
        column("id", key_position=1, quality=(library("nullValues", unit="percent"),)),
        column("carrier", enum=("UA",)),
    )
    maker = CheckMaker(engine, lambda _: None)
    checks = (*maker.table_checks(table), *quality_checks(maker, table, {}))
    outcome = audit(engine, Audited("empty", ("main", "empty"), checks))
    assert (outcome.rows, outcome.findings) == (0, ())


def test_keys_of_many_columns_are_told_apart(engine: Engine) -> None:
    pairs = ", ".join(f"({i}, {i // 2})" for i in range(6))
    engine.execute(f"CREATE TABLE k AS SELECT 1 AS a, b, c FROM (VALUES {pairs}) AS v(b, c)")
    checks = tuple(
        Check("unique", Measure.DUPLICATES, columns)
        for columns in (("a",), ("b",), ("a", "c"), ("c", "b"))
    )
    outcome = audit(engine, Audited("k", ("main", "k"), checks))
    assert [found.message for found in outcome.findings] == [
        "`k.a`  in 5 of 6 rows: `1`",
        "`k` (a, c)  in 3 of 6 rows: (`1`, `0`), (`1`, `1`), (`1`, `2`)",
    ]


SHAPES = {
    "equal": (INTEGER, "integer", "INTEGER", []),
    "lengths are no part of it": (DataType(Family.STRING, length=3), "varchar(3)", "VARCHAR", []),
    "another width": (
        INTEGER,
        "integer",
        "BIGINT",
        ["`flights.x` is bigint, the contract promises integer"],
    ),
    "a logical type only": (INTEGER, None, "BIGINT", []),
    "another logical type": (
        INTEGER,
        None,
        "VARCHAR",
        ["`flights.x` is varchar, the contract promises integer"],
    ),
    "another scale": (
        DataType(Family.DECIMAL, precision=10, scale=2),
        "decimal(10,2)",
        "DECIMAL(12,2)",
        ["`flights.x` is decimal(12,2), the contract promises decimal(10,2)"],
    ),
}


@pytest.mark.parametrize("case", SHAPES)
def test_shapes(engine: Engine, case: str) -> None:
    kind, physical, built, expected = SHAPES[case]
    engine.execute(f"CREATE TABLE shaped (x {built})")
    table = contract(column("x", type=kind, physical_type=physical))
    found = shape_findings(table, engine.columns(("main", "shaped")), engine.dialect)
    assert [finding.message for finding in found] == expected


def test_a_promised_column_that_is_not_there(engine: Engine) -> None:
    table = contract(column("arrival"))
    (finding,) = shape_findings(table, engine.columns(("main", "flights")), engine.dialect)
    assert finding.rule == "column_missing"
    assert finding.message == ("`flights` has no column `arrival`, which the contract promises")
    assert finding.place == PLACE
