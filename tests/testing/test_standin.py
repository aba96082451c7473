"""Whole products are computed on small data, each on the stand-ins of what it requires."""

from __future__ import annotations

import pytest
from tests.testing.products import make_facts, make_product, make_source, make_test

from hansa.engines.sandbox import Sandbox, SandboxError, open_sandbox
from hansa.errors import HansaError, Place
from hansa.testing.standin import StandInKind, StandInTable, stand_in

AIRLINES = make_product(
    {
        "clean": "select trim(carrier) as carrier, name from raw.airlines",
        "airlines": "select * from clean where carrier <> ''",
    },
    public=("airlines",),
    sources={"raw": {"airlines": make_source("airlines", "carrier varchar", "name varchar")}},
    files={"fixtures/raw.airlines.csv": b"carrier,name\n UA,United\nAA,American\n"},
)
AIRLINES_FACTS = make_facts(AIRLINES, {"clean": ("raw.airlines",), "airlines": ("clean",)})

FLIGHTS = make_product(
    {"fct": "select f.flight, a.name from raw.flights f join reference.airlines a using (carrier)"},
    public=("fct",),
    sources={
        "raw": {
            "flights": make_source(
                "flights", "carrier varchar", "flight integer", primary_key=("flight",)
            ),
            "unread": make_source("unread"),
        }
    },
    tests=(
        make_test("t", "fct", {"raw.flights": [{"carrier": "UA", "flight": 1}]}, []),
        make_test("u", "fct", {"raw.flights": [{"carrier": "AA", "flight": 1}]}, []),
        make_test("v", "fct", {"raw.flights": [{"carrier": "AA", "flight": 2}]}, []),
    ),
    requires=("reference",),
)
FLIGHTS_FACTS = make_facts(FLIGHTS, {"fct": ("raw.flights", "reference.airlines")})


def _nothing_required(product: str, table: str) -> tuple[str, ...]:
    raise AssertionError


def _build(into: Sandbox):
    first = stand_in(AIRLINES, AIRLINES_FACTS, into, "reference", _nothing_required)
    second = stand_in(
        FLIGHTS,
        FLIGHTS_FACTS,
        into,
        "flights",
        lambda product, table: (product, table),
    )
    return first, second


def test_products_are_computed_on_each_other(tmp_path):
    file = tmp_path / "build.duckdb"
    with open_sandbox(file) as into:
        reports = _build(into)
        assert reports == _build(into)  # building again replaces what was there
    first, second = reports
    source, private, public = StandInKind.SOURCE, StandInKind.PRIVATE, StandInKind.PUBLIC
    assert first.tables == (
        StandInTable(
            "raw.airlines",
            source,
            ("reference__sources", "raw.airlines"),
            2,
            "fixtures/raw.airlines.csv",
        ),
        StandInTable("clean", private, ("reference__private", "clean"), 2),
        StandInTable("airlines", public, ("reference", "airlines"), 2),
    )
    assert second.tables == (
        StandInTable("raw.flights", source, ("flights__sources", "raw.flights"), 2, "unit tests"),
        StandInTable("fct", public, ("flights", "fct"), 2),
    )
    assert second.public == second.tables[1:]
    with open_sandbox(file) as again:
        assert again.query("SELECT * FROM flights.fct ORDER BY flight").rows == [
            (1, "United"),
            (2, "American"),
        ]
        schemas = again.query(
            "SELECT DISTINCT schema_name FROM duckdb_tables() ORDER BY schema_name"
        ).rows
    assert [name for (name,) in schemas] == [
        "flights",
        "flights__sources",
        "reference",
        "reference__private",
        "reference__sources",
    ]


def test_a_name_may_hold_anything():
    product = make_product({'odd "; name': "select 1 as a"}, public=('odd "; name',))
    with open_sandbox() as into:
        report = stand_in(
            product, make_facts(product, {'odd "; name': ()}), into, 'a"b', _nothing_required
        )
        assert into.query('SELECT * FROM "a""b"."odd ""; name"').rows == [(1,)]
    assert report.tables[0].rows == 1


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "select nope from raw.airlines",
            "`airlines` cannot be computed: referenced column",
        ),
        ("select * from read_csv('/etc/passwd')", "`airlines` cannot be computed: cannot access"),
    ],
)
def test_a_model_that_cannot_be_computed_is_named(sql, message):
    product = make_product({"airlines": sql}, ("airlines",), AIRLINES.sources)
    with open_sandbox() as into, pytest.raises(HansaError) as caught:
        stand_in(
            product,
            make_facts(product, {"airlines": ("raw.airlines",)}),
            into,
            "reference",
            _nothing_required,
        )
    assert str(caught.value).startswith(message)
    assert caught.value.place == Place("models/airlines.sql")


def test_a_required_product_without_stand_in_is_an_error():
    with open_sandbox() as into, pytest.raises((SandboxError, HansaError)):
        stand_in(
            FLIGHTS,
            FLIGHTS_FACTS,
            into,
            "flights",
            lambda product, table: (product, table),
        )
