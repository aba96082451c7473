"""The contracts of the example products hold on all 336,776 real flights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hansa.core.release import Locked
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import deploy
from hansa.engines.duckdb import open_memory
from hansa.engines.protocol import Engine
from hansa.ops.demo_data import unpack_flights_data

from .story import POINTS, PRODUCTS, Analysed, analyse_all, assemble

DIGEST = "sha256:" + "0" * 64


@pytest.fixture(scope="module", params=["first releases", "late means 30 minutes"])
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """All five products at one point of the story, deployed with the real data."""
    directory = assemble(tmp_path_factory.mktemp("products"), *POINTS[request.param])
    unpack_flights_data(directory / "data")
    with open_memory() as engine:
        analysed = analyse_all(directory)
        for name in PRODUCTS:
            report = deploy(engine, candidate(analysed, name, directory))
            assert [finding.message for finding in report.findings] == []
            assert report.passed
        yield engine


def candidate(analysed: dict[str, Analysed], name: str, directory: Path) -> Candidate:
    found = analysed[name]
    locked = {
        requirement.product: Locked(analysed[requirement.product].product.version, DIGEST)
        for requirement in found.product.requires
    }
    return Candidate(found.product, found.facts, DIGEST, locked, directory / name)


def test_contracts_hold_on_the_real_data(target: Engine) -> None:
    counts = {
        f"{schema}.{table}": target.query(f"SELECT count(*) FROM {schema}.{table}").scalar
        for schema, table in (
            (f"{name}__v{line}", relation.name)
            for name in PRODUCTS
            for line in (1, 2)
            if target.has_schema(f"{name}__v{line}")
            for relation in target.relations(f"{name}__v{line}")
        )
    }

    assert {name.replace("__v2", "__v1"): count for name, count in counts.items()} == {
        "reference__v1.airlines": 16,
        "reference__v1.airports": 1458,
        "fleet__v1.planes": 3322,
        "fleet__v1.manufacturers": 32,
        "weather__v1.hourly_weather": 26115,
        "weather__v1.daily_weather": 1092,
        "flights__v1.fct_flights": 336776,
        "flights__v1.dim_routes": 224,
        "punctuality__v1.carrier_punctuality": 16,
        "punctuality__v1.route_punctuality": 218,
        "punctuality__v1.hourly_punctuality": 19,
        "punctuality__v1.weather_impact": 6,
        "punctuality__v1.daily_punctuality": 365,
    }


def test_every_flight_is_in_every_summary_once(target: Engine) -> None:
    line = 2 if target.has_schema("punctuality__v2") else 1
    totals = [
        target.query(f"SELECT CAST(sum({column}) AS BIGINT) FROM {table}").scalar
        for table, column in (
            (f"flights__v{line}.dim_routes", "flight_count"),
            (f"punctuality__v{line}.carrier_punctuality", "flights"),
            (f"punctuality__v{line}.weather_impact", "flights"),
            (f"punctuality__v{line}.daily_punctuality", "flights"),
        )
    ]

    assert totals == [336776] * 4


def test_departures_agree_with_the_clock_that_was_recorded(target: Engine) -> None:
    """The clock (517, 2400) is not used to compute the departure, so it can judge it."""
    line = 2 if target.has_schema("flights__v2") else 1
    store = "flights__store"
    [source] = [
        r.name for r in target.relations(store) if r.name.startswith("source__raw__flights")
    ]

    wrong = target.query(
        f"""SELECT count(*)
        FROM flights__v{line}.fct_flights AS f
        JOIN {store}.{source} AS s
            ON f.flight_date = make_date(s.year, s.month, s.day) AND f.carrier = s.carrier
            AND f.flight_number = s.flight AND f.origin = s.origin
        WHERE s.dep_time // 100 % 24 <> hour(f.departed_at)
            OR s.dep_time % 100 <> minute(f.departed_at)"""
    ).scalar

    assert wrong == 0
