"""What a test may expect, and how closely: errors, order, tolerance, a frozen time, a limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.testing.products import make_facts, make_product, make_source, make_test

from hansa.core.product import Given, Product, Tolerance, UnitTest
from hansa.errors import Place
from hansa.testing.coverage import CoverageRecorder
from hansa.testing.mutation import Fate, measure_mutation
from hansa.testing.runner import TestReport, run_tests

SOURCES = {
    "raw": {
        "t": make_source("t", "id integer", "name varchar", "amount double", "moment timestamp"),
    }
}
READS = {"m": ("raw.t",)}


def _product(sql: str, *tests: UnitTest, dialect: str = "duckdb") -> Product:
    return make_product({"m": sql}, ("m",), SOURCES, tests, dialect)


def _run(sql: str, *tests: UnitTest, dialect: str = "duckdb") -> TestReport:
    product = _product(sql, *tests, dialect=dialect)
    return run_tests(product, make_facts(product, READS), {})


def _ends(sql: str, test: UnitTest, dialect: str = "duckdb") -> tuple[str, str | None]:
    (result,) = _run(sql, test, dialect=dialect).results
    return str(result.status), result.message


def _test(rows: list[dict[str, object]], expect: list[dict[str, object]], **more: object):
    return replace(make_test("t", "m", {"raw.t": rows}, expect), **more)


# An expected error

CAST = "select cast(name as integer) as id from raw.t"
ERRORS = [
    (CAST, "x", "", "passed", None),
    (CAST, "x", "could not CONVERT string", "passed", None),
    (CAST, "1", "", "failed", "`m` was computed, and an error is expected"),
    (
        CAST,
        "x",
        "division by zero",
        "failed",
        "the error does not hold `division by zero`: could not convert string 'x' to INT32 when "
        "casting from source column name",
    ),
    # what DuckDB refuses whatever the rows are is a broken model, not an expected error
    ("select nonsense(id) as id from raw.t", "x", "", "error", None),
    ("select other as id from raw.t", "x", "", "error", None),
    ("select id from", "x", "", "error", None),
]


@pytest.mark.parametrize(("sql", "name", "text", "status", "message"), ERRORS)
def test_an_error_may_be_expected(sql, name, text, status, message):
    found = _ends(sql, _test([{"name": name}], [], error=text))
    assert found[0] == status
    if status != "error":
        assert found[1] == message


def test_a_test_of_its_own_mistake_is_not_an_expected_error():
    wrong = replace(make_test("t", "m", {"raw.u": []}, []), error="")
    assert _ends(CAST, wrong) == ("error", "test `t` gives `raw.u`, which `m` does not read")


# The order of rows

ORDERS = [
    ("select id, name from raw.t order by id", ["1a", "2b", "3c"], "passed"),
    ("select id, name from raw.t order by id", ["2b", "1a", "3c"], "failed"),
    ("select id, name from raw.t order by id desc", ["3c", "2b", "1a"], "passed"),
    ("select id, name from raw.t", ["2b", "1a", "3c"], "passed"),
    ("select * from raw.t order by id", ["2b", "1a", "3c"], "failed"),
    ("select * from raw.t order by 1", ["2b", "1a", "3c"], "failed"),
    ("select id, name from raw.t order by all", ["2b", "1a", "3c"], "failed"),
    ("with o as (select id, name from raw.t order by id) select * from o", ["2b", "1a", "3c"], "p"),
    ("select id, name from raw.t union all select 9, 'z' where false order by id", ["2b"], "f"),
    ("(select id, name from raw.t order by id)", ["2b", "1a", "3c"], "failed"),
    ("select id, name from raw.t order by lower(name)", ["2b", "1a", "3c"], "failed"),
    ("select id, name from raw.t order by name limit 10", ["2b", "1a", "3c"], "failed"),
    ("select row_number() over (order by id) as n, id, name from raw.t", ["2b", "1a", "3c"], "p"),
]


def _cells(text: str) -> dict[str, object]:
    return {"id": int(text[0]), "name": text[1]}


@pytest.mark.parametrize(("sql", "expected", "status"), ORDERS)
def test_rows_come_in_the_order_that_the_model_gives(sql, expected, status):
    given = [_cells(one) for one in ("3c", "1a", "2b")]
    if len(expected) == 1:
        expected = ["2b", "1a", "3c"]
    found = _ends(sql, _test(given, [_cells(one) for one in expected]))
    assert found[0].startswith(status)
    if found[0] == "failed":
        assert found[1].endswith("rows come in another order")


TIES = [
    # (the order, rows as expected, whether ties may change places)
    ("order by name", ["2a", "1a", "3b"], "passed"),
    ("order by name", ["1a", "3b", "2a"], "failed"),
    ("order by name, id", ["2a", "1a", "3b"], "failed"),
    ("order by t.name", ["2a", "1a", "3b"], "passed"),
    ("order by 2", ["2a", "1a", "3b"], "passed"),
    # not a column of the model: nothing tells which rows are ties
    ("order by upper(name), id", ["2a", "1a", "3b"], "failed"),
]


@pytest.mark.parametrize(("order", "expected", "status"), TIES)
def test_ties_may_come_in_any_order(order, expected, status):
    given = [_cells(one) for one in ("3b", "1a", "2a")]
    sql = f"select id, name from raw.t as t {order}"
    assert _ends(sql, _test(given, [_cells(one) for one in expected]))[0] == status


def test_ties_are_told_by_columns_that_are_not_expected():
    given = [_cells(one) for one in ("3b", "1a", "2a")]
    expected = [{"id": 2}, {"id": 1}, {"id": 3}]
    assert _ends("select id, name from raw.t order by name", _test(given, expected))[0] == "passed"


def test_a_hidden_order_is_checked_row_by_row():
    given = [_cells(one) for one in ("3b", "1a", "2a")]
    sql = "select id from raw.t order by name desc, id"
    assert _ends(sql, _test(given, [{"id": 3}, {"id": 1}, {"id": 2}]))[0] == "passed"
    assert _ends(sql, _test(given, [{"id": 3}, {"id": 2}, {"id": 1}]))[0] == "failed"


def test_the_difference_shows_what_came_in_each_place():
    given = [_cells(one) for one in ("3c", "1a", "2b")]
    expected = [{"id": 1}, {"id": 3}, {"id": 2}]
    (result,) = _run("select id from raw.t order by id", _test(given, expected)).results
    assert result.message == "2 rows come in another order"
    assert result.difference is not None
    changed = [(row.expected, row.actual) for row in result.difference.changed]
    assert changed == [(("3",), ("2",)), (("2",), ("3",))]
    assert result.difference.equal == 1


# Tolerance

DOUBLES = "select id, amount from raw.t"


@pytest.mark.parametrize(
    ("given", "expected", "tolerance", "status"),
    [
        (1 / 3, 0.3333, None, "failed"),
        (1 / 3, 0.333333333333, None, "passed"),
        (1 / 3, 0.3333, Tolerance(absolute=0.001), "passed"),
        (1 / 3, 0.33, Tolerance(absolute=0.001), "failed"),
        (1000.5, 1000, Tolerance(relative=0.001), "passed"),
        (10.5, 10, Tolerance(relative=0.001), "failed"),
        (0.1 + 0.2, 0.3, None, "passed"),
        (0.1 + 0.2, 0.3, Tolerance(), "failed"),
        (None, 0, Tolerance(absolute=1), "failed"),
    ],
)
def test_floats_compare_within_the_tolerance(given, expected, tolerance, status):
    test = _test([{"amount": given}], [{"amount": expected}], tolerance=tolerance)
    assert _ends(DOUBLES, test)[0] == status


@pytest.mark.parametrize(
    "column",
    ["id", "cast(amount as decimal(9, 3)) as id", "name as id", "cast(amount as date) as id"],
)
def test_exact_types_compare_exactly_whatever_the_tolerance(column):
    if "date" in column:
        column = "date '2024-01-01' as id"
    value, other = ("2024-01-01", "2024-01-02") if "date" in column else (1, 2)
    test = _test([{"id": 1, "name": "1", "amount": 1}], [{"id": value}])
    assert _ends(f"select {column} from raw.t", test)[0] == "passed"
    wide = replace(test, expect=({"id": other},), tolerance=Tolerance(5, 5))
    assert _ends(f"select {column} from raw.t", wide)[0] == "failed"


def test_rows_within_a_tolerance_find_partners_for_all():
    # 1.4 is close to both; it must leave 1.0 to the row that is close to nothing else
    given = [{"amount": 1.4}, {"amount": 0.6}]
    expected = [{"amount": 1.0}, {"amount": 1.8}]
    test = _test(given, expected, tolerance=Tolerance(absolute=0.45))
    assert _ends("select amount from raw.t", test)[0] == "passed"
    chain = _test(
        [{"amount": n / 10} for n in (2, 4, 6, 8, 10)],
        [{"amount": n / 10} for n in (9, 7, 5, 3, 1)],
        tolerance=Tolerance(absolute=0.11),
    )
    assert _ends("select amount from raw.t", chain)[0] == "passed"
    crowded = _test(
        [{"amount": 1.0}, {"amount": 1.0}],
        [{"amount": 1.0}, {"amount": 3.0}],
        tolerance=Tolerance(absolute=0.5),
    )
    assert _ends("select amount from raw.t", crowded)[0] == "failed"


# A frozen time

MOMENT = datetime(2024, 2, 29, 22, 30, 15)
TELLERS = [
    ("duckdb", "now()", "2024-02-29 22:30:15+00"),
    ("duckdb", "current_timestamp", "2024-02-29 22:30:15+00"),
    ("duckdb", "get_current_timestamp()", "2024-02-29 22:30:15+00"),
    ("duckdb", "transaction_timestamp()", "2024-02-29 22:30:15+00"),
    ("duckdb", "current_date", "2024-02-29"),
    ("duckdb", "current_date()", "2024-02-29"),
    ("duckdb", "today()", "2024-02-29"),
    ("duckdb", "localtimestamp", "2024-02-29 22:30:15"),
    ("duckdb", "current_localtimestamp()", "2024-02-29 22:30:15"),
    ("duckdb", "localtime", "22:30:15"),
    ("duckdb", "current_time", "22:30:15+00"),
    ("duckdb", "age(timestamp '2024-02-01')", "28 days"),
    ("duckdb", "age(timestamp '2024-02-03', timestamp '2024-02-01')", "2 days"),
    ("duckdb", "date_trunc('year', now())", "2024-01-01 00:00:00+00"),
    ("postgres", "now()", "2024-02-29 22:30:15+00"),
    ("postgres", "current_date", "2024-02-29"),
    ("postgres", "current_timestamp(3)", "2024-02-29 22:30:15+00"),
    ("postgres", "localtimestamp", "2024-02-29 22:30:15"),
    ("postgres", "current_timestamp at time zone 'Europe/Berlin'", "2024-02-29 23:30:15"),
    ("snowflake", "current_date()", "2024-02-29"),
    ("snowflake", "current_timestamp()", "2024-02-29 22:30:15+00"),
    ("snowflake", "getdate()", "2024-02-29 22:30:15+00"),
    ("snowflake", "sysdate()", "2024-02-29 22:30:15"),
    ("snowflake", "current_time()", "22:30:15"),
    ("bigquery", "current_date()", "2024-02-29"),
    ("bigquery", "current_date('Asia/Tokyo')", "2024-03-01"),
    ("bigquery", "current_timestamp()", "2024-02-29 22:30:15+00"),
    ("redshift", "getdate()", "2024-02-29 22:30:15+00"),
    ("redshift", "sysdate", "2024-02-29 22:30:15"),
    ("spark", "current_date()", "2024-02-29"),
    ("spark", "now()", "2024-02-29 22:30:15+00"),
    ("databricks", "curdate()", "2024-02-29"),
    ("databricks", "current_timestamp()", "2024-02-29 22:30:15+00"),
    ("tsql", "getdate()", "2024-02-29 22:30:15+00"),
    ("tsql", "sysdatetime()", "2024-02-29 22:30:15+00"),
    ("mysql", "now()", "2024-02-29 22:30:15+00"),
    ("mysql", "curdate()", "2024-02-29"),
    ("mysql", "utc_date()", "2024-02-29"),
    ("mysql", "utc_timestamp()", "2024-02-29 22:30:15+00"),
    ("oracle", "sysdate", "2024-02-29 22:30:15"),
    ("trino", "current_date", "2024-02-29"),
    ("clickhouse", "today()", "2024-02-29"),
    ("sqlite", "current_timestamp", "2024-02-29 22:30:15+00"),
]


@pytest.mark.parametrize(("dialect", "call", "told"), TELLERS)
def test_a_frozen_time_is_told_in_every_dialect(dialect, call, told):
    frozen = _test([{"id": 1}], [{"told": told}], frozen_time=MOMENT)
    assert _ends(f"select {call} as told from raw.t", frozen, dialect) == ("passed", None)


def test_a_frozen_time_with_an_offset_is_told_in_utc():
    moment = datetime(2024, 3, 1, 1, tzinfo=timezone(timedelta(hours=3)))
    test = _test([{"id": 1}], [{"d": "2024-02-29"}], frozen_time=moment)
    assert _ends("select current_date as d from raw.t", test) == ("passed", None)


def test_a_frozen_time_ends_with_its_test():
    sql = "select year(now()) as y, age(timestamp '2024-02-01') > interval 1 year as old from raw.t"
    frozen = _test([{"id": 1}], [{"y": 2024, "old": False}], frozen_time=MOMENT)
    year = datetime.now(UTC).year
    free = replace(_test([{"id": 1}], [{"y": year, "old": True}]), name="free", frozen_time=None)
    again = replace(frozen, name="again", frozen_time=MOMENT.replace(year=2030, day=1))
    again = replace(again, expect=({"y": 2030, "old": True},))
    report = _run(sql, frozen, free, again, free, frozen)
    assert [one.message for one in report.results] == [None] * 5


RECENT = "select id, case when moment > now() then 'later' else 'past' end as word from raw.t"


def test_coverage_and_mutants_see_the_frozen_time():
    test = _test(
        [{"id": 1, "moment": "2024-03-01"}, {"id": 2, "moment": "2024-02-01"}],
        [{"id": 1, "word": "later"}, {"id": 2, "word": "past"}],
        frozen_time=MOMENT,
    )
    product = _product(RECENT, test)
    facts = make_facts(product, READS)
    recorder = CoverageRecorder(product, facts, {})
    assert run_tests(product, facts, {}, observe=recorder).passed
    assert recorder.report().numbers.percent == 100
    report = measure_mutation(product, facts, {}, jobs=1)
    assert report.failing == ()
    killed = {one.mutant.operator for one in report.models[0].mutants if one.fate is Fate.KILLED}
    assert "relational" in killed


# Mutants and expectations


def test_mutants_are_killed_by_an_expected_error_and_by_an_order():
    failing = _test([{"name": "x"}, {"name": "y"}], [], error="")
    product = _product("select cast(name as integer) as id from raw.t where name <> ''", failing)
    report = measure_mutation(product, make_facts(product, READS), {}, jobs=1)
    assert report.failing == ()
    killed = [one for one in report.models[0].mutants if one.fate is Fate.KILLED]
    assert any("= ''" in one.mutant.sql for one in killed)
    given = [_cells(one) for one in ("3c", "1a", "2b")]
    ordered = _test(given, [_cells(one) for one in ("1a", "2b", "3c")])
    product = _product("select id, name from raw.t order by id limit 10", ordered)
    report = measure_mutation(product, make_facts(product, READS), {}, jobs=1)
    turned = [one for one in report.models[0].mutants if "DESC" in one.mutant.sql.upper()]
    assert [one.fate for one in turned] == [Fate.KILLED] * len(turned)
    assert turned


# Files, and the limit of time


def test_rows_without_a_declared_type_have_that_of_their_file():
    sources = {"raw": {"t": make_source("t")}}
    given = Given("raw.t", ({"d": "2024-01-02"},), types={"d": "DATE", "n": "INTEGER"})
    test = UnitTest("t", "m", (given,), ({"kind": "DATE", "other": "INTEGER"},))
    sql = "select typeof(d) as kind, typeof(n) as other from raw.t"
    product = make_product({"m": sql}, ("m",), sources, (test,))
    assert run_tests(product, make_facts(product, READS), {}).passed


def test_a_value_of_the_wrong_type_is_told_at_its_own_place():
    cell = Place("tests/t.yaml", 5, 30)
    given = Given("raw.t", ({"ID": "x"},), Place("t"), (Place("t", 5),), ({"ID": cell},))
    (result,) = _run("select id from raw.t", UnitTest("t", "m", (given,), ())).results
    assert result.message == "test `t`: row 1 of `raw.t`, column `id`: `x` is not an integer"
    assert result.place == cell


def test_an_unknown_expected_column_is_told_at_its_own_place():
    cell = Place("tests/t.yaml", 9, 14)
    test = UnitTest("t", "m", (), ({"idd": 1},), expect_cells=({"idd": cell},))
    (result,) = _run("select id from raw.t", test).results
    assert result.message == "test `t` expects a column `idd`, which `m` lacks"
    assert result.place == cell


ENDLESS = "select count(*) as n from range(100000000) a, range(100000) b, raw.t"


def test_a_test_that_runs_longer_than_its_limit_is_interrupted():
    slow = _test([{"id": 1}], [{"n": 1}], time_limit=0.2)
    quick = make_test("quick", "m", {}, [])
    found = _run(ENDLESS, slow, replace(quick, time_limit=0.2)).results[0]
    assert (str(found.status), found.message) == (
        "error",
        "stopped after its time limit of 0.2 seconds",
    )
    assert found.seconds < 5
    assert found.place == Place("tests/t.yaml", 2)


def test_a_function_that_duckdb_lacks_is_named_with_its_dialect():
    sql = "select id, clock_timestamp() as seen from raw.t"
    (result,) = _run(sql, _test([{"id": 1}], [{"id": 1}]), dialect="postgres").results
    assert (result.status, result.message, result.place) == (
        "error",
        "`m` calls the postgres function `clock_timestamp`, which DuckDB does not have",
        Place("models/m.sql", 1, 12),
    )
