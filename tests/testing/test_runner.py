"""Unit tests run alone, on the least, and say what is wrong in plain words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.testing.products import make_facts, make_product, make_schema, make_source, make_test

from hansa.core.product import Product, UnitTest
from hansa.core.schema import Column, TableSchema
from hansa.engines.sandbox import Sandbox
from hansa.errors import Place
from hansa.sql.analysis import Interface
from hansa.testing import workers
from hansa.testing.difference import ChangedRow, Difference
from hansa.testing.name_expression import parse_name_expression
from hansa.testing.runner import Bench, TestReport, published_tests, run_tests
from hansa.testing.selection import Limits, Selection

STG_FLIGHTS = """select carrier, flight, dep_delay, dep_time is null as cancelled
from raw.flights"""
FCT_FLIGHTS = """with known as (select * from stg_flights where carrier is not null)
select
    known.carrier,
    airlines.name,
    known.flight,
    known.cancelled,
    coalesce(known.dep_delay > 15, false) as late
from known
left join reference.airlines on airlines.carrier = known.carrier"""
READS = {
    "stg_flights": ("raw.flights",),
    "fct_flights": ("stg_flights", "reference.airlines"),
}
SOURCES = {
    "raw": {
        "flights": make_source(
            "flights",
            "carrier varchar!",
            "flight integer",
            "dep_time timestamp",
            "dep_delay double",
        )
    }
}
SCHEMAS = {
    "stg_flights": make_schema(
        "carrier varchar", "flight integer", "dep_delay double", "cancelled boolean!"
    )
}
INTERFACES = {"reference": Interface({"airlines": make_schema("carrier varchar!", "name varchar")})}

CANCELLED = make_test(
    "cancelled_flights_are_not_late",
    "fct_flights",
    {
        "raw.flights": [{"carrier": "UA", "flight": 1, "dep_time": None, "dep_delay": None}],
        "reference.airlines": [{"carrier": "UA", "name": "United"}],
    },
    [{"carrier": "UA", "name": "United", "flight": 1, "cancelled": True, "late": False}],
)
LATE = make_test(
    "late_begins_after_15_minutes",
    "fct_flights",
    {
        "stg_flights": [
            {"carrier": "UA", "flight": 1, "dep_delay": 15},
            {"carrier": "UA", "flight": 2, "dep_delay": 16},
        ]
    },
    [{"flight": 2, "late": True}, {"flight": 1, "late": False}],
)
PRIVATE = make_test(
    "departed_flights_are_not_cancelled",
    "stg_flights",
    {"raw.flights": [{"dep_time": "2013-01-01 05:00"}]},
    [{"cancelled": False}],
)


def _product(*tests: UnitTest, **models: str) -> Product:
    sql = {"stg_flights": STG_FLIGHTS, "fct_flights": FCT_FLIGHTS, **models}
    return make_product(sql, ("fct_flights",), SOURCES, tests, requires=tuple(INTERFACES))


def _run(product: Product, *, reads=READS, **options) -> TestReport:
    return run_tests(product, make_facts(product, reads, SCHEMAS), INTERFACES, **options)


def _brief(report: TestReport) -> list[tuple[str, str, str | None]]:
    return [(one.name, one.status, one.message) for one in report.results]


@pytest.mark.parametrize("jobs", [0, 1, 2])
def test_tests_pass_on_models_computed_from_given_rows(jobs):
    report = _run(_product(CANCELLED, LATE, PRIVATE), jobs=jobs)
    assert _brief(report) == [
        ("cancelled_flights_are_not_late", "passed", None),
        ("late_begins_after_15_minutes", "passed", None),
        ("departed_flights_are_not_cancelled", "passed", None),
    ]
    assert report.passed
    assert report.warnings == ()
    assert all(one.seconds > 0 for one in report.results)


def test_a_failing_test_shows_the_difference():
    wrong = FCT_FLIGHTS.replace("> 15", ">= 15")
    report = _run(_product(LATE, fct_flights=wrong))
    (result,) = report.results
    assert not report.passed
    assert (result.status, result.message) == ("failed", "1 row changed")
    assert result.place == Place("tests/t.yaml", 2)
    assert result.difference == Difference(
        ("flight", "late"),
        changed=(ChangedRow(("1", "false"), ("1", "true"), (False, True)),),
        equal=1,
    )


def test_nothing_is_left_from_one_test_to_the_next():
    reads_nothing = make_test("empty", "fct_flights", {}, [])
    report = _run(_product(CANCELLED, reads_nothing, LATE, reads_nothing, CANCELLED))
    assert [one.status for one in report.results] == ["passed"] * 5


ERRORS = [
    (
        make_test("t", "fct", {}, []),
        {},
        "test `t` is of `fct`, which is no model of this product",
        "name a model by its file's stem",
        Place("tests/t.yaml", 2),
    ),
    (
        make_test("t", "stg_flights", {"reference.airlines": [{"name": "x"}]}, []),
        {},
        "test `t` gives `reference.airlines`, which `stg_flights` does not read",
        "`stg_flights` reads `raw.flights`",
        Place("tests/t.yaml", 10),
    ),
    (
        make_test("t", "stg_flights", {"raw.flights": [{"flight": 1}, {"flight": "abc"}]}, []),
        {},
        "test `t`: row 2 of `raw.flights`, column `flight`: `abc` is not an integer",
        "write a value of type integer, or null",
        Place("tests/t.yaml", 12),
    ),
    (
        make_test("t", "stg_flights", {"raw.flights": [{"fligth": 1}]}, []),
        {},
        "test `t`: row 1 of `raw.flights` has a column `fligth`, which does not exist there",
        "did you mean `flight`?",
        Place("tests/t.yaml", 11),
    ),
    (
        make_test("t", "stg_flights", {"raw.flights": []}, [{"canceled": True}]),
        {},
        "test `t` expects a column `canceled`, which `stg_flights` lacks",
        "did you mean `cancelled`?",
        Place("tests/t.yaml", 100),
    ),
    (
        make_test("t", "stg_flights", {}, [{"x": 1}]),
        {"stg_flights": "select frobnicate(carrier) as x from raw.flights"},
        "`stg_flights` cannot be computed: scalar Function with name frobnicate does not exist",
        None,
        Place("models/stg_flights.sql"),
    ),
    (
        make_test("t", "stg_flights", {"raw.flights": [{"carrier": "x"}]}, [{"x": 1}]),
        {"stg_flights": "select cast(carrier as integer) as x from raw.flights"},
        "`stg_flights` cannot be computed: could not convert string 'x' to INT32 "
        "when casting from source column carrier",
        None,
        Place("models/stg_flights.sql"),
    ),
    (
        make_test("t", "stg_flights", {}, [{"x": 1}]),
        {"stg_flights": "select * from read_text('/etc/passwd'), raw.flights"},
        "`stg_flights` cannot be computed: cannot access file `/etc/passwd` - "
        "file system operations are disabled by configuration",
        None,
        Place("models/stg_flights.sql"),
    ),
]


@pytest.mark.parametrize(("test", "models", "message", "hint", "place"), ERRORS)
def test_a_wrong_test_is_an_error_and_others_still_run(test, models, message, hint, place):
    good = make_test("good", "fct_flights", {"stg_flights": [{"carrier": "x"}]}, [{"late": False}])
    report = _run(_product(test, good, **models))
    wrong, other = report.results
    assert (wrong.status, wrong.message, wrong.place) == ("error", message, place)
    assert hint is None or wrong.hint == hint
    assert wrong.difference is None
    assert other.status == "passed"


def test_a_function_that_only_the_products_dialect_has_is_named():
    test = make_test("t", "m", {}, [])
    product = make_product(
        {"m": "select regr_frob(1) as a from raw.flights"},
        sources=SOURCES,
        tests=(test,),
        dialect="postgres",
    )
    (result,) = _run(product, reads={"m": ("raw.flights",)}).results
    assert (result.status, (result.message or "").lower()) == (
        "error",
        "`m` calls the postgres function `regr_frob`, which duckdb does not have",
    )


def test_sql_of_another_dialect_is_transpiled():
    test = make_test("t", "m", {"raw.flights": [{"carrier": "UA", "flight": 7}]}, [{"a": "7UA"}])
    product = make_product(
        {"m": "select (flight::text || carrier)::character varying as a from raw.flights"},
        sources=SOURCES,
        tests=(test,),
        dialect="postgres",
    )
    assert _run(product, reads={"m": ("raw.flights",)}).passed


def test_odd_rows_are_warnings_and_the_test_runs():
    test = make_test(
        "t", "stg_flights", {"raw.flights": [{"carrier": None}]}, [{"cancelled": True}]
    )
    report = _run(_product(test, test))
    assert report.passed
    assert [(one.rule, one.place) for one in report.warnings] == [
        ("fixture_null", Place("tests/t.yaml", 11))
    ]


def test_a_test_over_its_time_limit_is_stopped():
    endless = "select count(*) as n from range(100000000000) a, range(1000) b, raw.flights"
    test = make_test("t", "stg_flights", {"raw.flights": [{"flight": 1}]}, [{"n": 1}])
    product = _product(test, stg_flights=endless)
    bench = Bench(product, make_facts(product, READS, SCHEMAS), INTERFACES, time_limit=0.2)
    with Sandbox() as sandbox:
        result = bench.run(sandbox, test).result
        assert (result.status, result.message) == (
            "error",
            "stopped after its time limit of 0.2 seconds",
        )
        assert bench.run(sandbox, make_test("u", "fct_flights", {"stg_flights": []}, [])).result


SELECTIONS = [
    (Selection(), ["cancelled", "late", "departed"]),
    (Selection(names=("late",)), ["cancelled", "late"]),
    (Selection(names=("late*",)), ["late"]),
    (Selection(names=("departed", "late_*")), ["late", "departed"]),
    (Selection(models=("stg_flights",)), ["departed"]),
    (Selection(names=("late",), models=("stg_flights",)), []),
    (Selection(names=("nothing",)), []),
]


@pytest.mark.parametrize(("select", "names"), SELECTIONS)
def test_tests_are_selected_by_name_and_model(select, names):
    report = _run(_product(CANCELLED, LATE, PRIVATE), select=select)
    assert [one.name.split("_")[0] for one in report.results] == names
    assert report.passed


def test_tests_of_public_models_are_published():
    product = _product(CANCELLED, PRIVATE, LATE, make_test("t", "gone", {}, []))
    assert published_tests(product) == (CANCELLED, LATE)


def test_tests_of_another_version_run_against_this_code():
    old = make_test(
        "old",
        "fct_flights",
        {"raw.flights": [{"carrier": "UA", "tail": "N1"}], "raw.planes": [{"tail": "N1"}]},
        [{"carrier": "UA", "late": False}],
    )
    product = _product(PRIVATE)
    assert _brief(_run(product, tests=[old])) == [("old", "passed", None)]
    gone = replace(old, expect=({"tail": "N1"},))
    assert _run(product, tests=[gone]).results[0].status == "error"


def test_a_given_model_is_typed_by_its_own_columns():
    test = make_test("t", "fct_flights", {"stg_flights": [{"flight": "x"}]}, [])
    assert _brief(_run(_product(test))) == [
        ("t", "error", "test `t`: row 1 of `stg_flights`, column `flight`: `x` is not an integer")
    ]


def test_columns_that_analysis_cannot_tell_are_measured():
    product = _product(LATE)
    unknown = {"stg_flights": TableSchema((Column("flight"), Column("dep_delay")))}
    for schemas in ({}, unknown):
        report = run_tests(product, make_facts(product, READS, schemas), INTERFACES)
        assert _brief(report) == [("late_begins_after_15_minutes", "passed", None)]


@pytest.mark.parametrize("forked", [True, False])
def test_many_tests_run_side_by_side_without_meeting(monkeypatch, forked):
    monkeypatch.setattr(workers, "can_fork", lambda: forked)
    tests = tuple(
        make_test(
            f"t{number}",
            "fct_flights",
            {"raw.flights": [{"carrier": "UA", "flight": number, "dep_delay": number}]},
            [{"flight": number, "late": number > 15}],
        )
        for number in range(60)
    )
    report = _run(_product(*tests), jobs=3)
    assert report.passed
    assert [one.name for one in report.results] == [test.name for test in tests]


def _named(name: str, expected: bool) -> UnitTest:
    return replace(PRIVATE, name=name, expect=({"cancelled": not expected},))


@pytest.mark.parametrize(("jobs", "forked"), [(1, False), (2, True), (2, False)])
def test_a_run_ends_after_enough_failures(monkeypatch, jobs, forked):
    monkeypatch.setattr(workers, "can_fork", lambda: forked)
    tests = [_named(f"t{number}", number not in (1, 3)) for number in range(40)]
    product = _product(*tests)
    for failures, ran in ((1, 2), (2, 4)):
        report = _run(product, jobs=jobs, limits=Limits(failures=failures))
        failed = sum(one.status == "failed" for one in report.results)
        assert failed == failures
        assert report.not_run == 40 - len(report.results)
        if jobs == 1:
            assert len(report.results) == ran
    assert _run(product, jobs=jobs, limits=Limits(failures=3)).not_run == 0


def test_expressions_select_by_test_and_model():
    chosen = Selection(expression=parse_name_expression("fct and not cancelled"))
    report = _run(_product(CANCELLED, LATE, PRIVATE), select=chosen)
    assert [one.name for one in report.results] == ["late_begins_after_15_minutes"]
    report = _run(_product(CANCELLED, LATE, PRIVATE), select=Selection(among=frozenset()))
    assert report.results == ()


ENDLESS = "select count(*) as n from range(100000000) a, range(100000) b, raw.flights"


@pytest.mark.parametrize("limited", ["option", "product", "test"])
def test_a_limit_of_time_comes_from_test_option_or_product(limited):
    slow = make_test("slow", "fct_flights", {"raw.flights": [{"carrier": "UA"}]}, [{"n": 1}])
    product = _product(replace(slow, time_limit=0.2 if limited == "test" else None))
    sql = replace(product.models["fct_flights"], sql=ENDLESS)
    product = replace(
        product,
        models={**product.models, "fct_flights": sql},
        time_limit={"product": 0.2, "option": 60.0, "test": 60.0}[limited],
    )
    limits = Limits(seconds={"product": None, "option": 0.2, "test": 60.0}[limited])
    reads = {"fct_flights": ("raw.flights",)}
    (result,) = run_tests(product, make_facts(product, reads), INTERFACES, limits=limits).results
    assert (result.status, result.message) == (
        "error",
        "stopped after its time limit of 0.2 seconds",
    )


def test_published_tests_of_others_may_not_ask_for_more_time():
    slow = make_test("slow", "fct_flights", {"raw.flights": [{"carrier": "UA"}]}, [{"n": 1}])
    product = _product()
    sql = replace(product.models["fct_flights"], sql=ENDLESS)
    product = replace(product, models={"fct_flights": sql}, time_limit=0.2)
    reads = {"fct_flights": ("raw.flights",)}
    tests = [replace(slow, time_limit=3600.0)]
    (result,) = run_tests(product, make_facts(product, reads), INTERFACES, tests=tests).results
    assert result.message == "stopped after its time limit of 0.2 seconds"
