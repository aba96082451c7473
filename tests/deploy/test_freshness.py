"""Promises about the age of data: recorded by runs, judged, and told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.deploy.products import Ticks, pin, release, table

from hansa.core.contract import ServiceLevel
from hansa.core.duration import in_words, seconds_in
from hansa.core.product import Materialization, SourceTable, Storage
from hansa.deploy.clock import clock_of, utc_now
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import deploy
from hansa.deploy.freshness import Freshness, State
from hansa.deploy.rollback import rollback
from hansa.deploy.run import run
from hansa.deploy.status import status
from hansa.engines.protocol import Engine

START = datetime(2026, 1, 1, tzinfo=UTC)


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def write(base: Path, *rows: str) -> None:
    (base / "x.csv").write_text("\n".join(["id,seen", *rows]) + "\n")


def product(base: Path, *levels: ServiceLevel, at: str = "TIMESTAMP") -> Candidate:
    made = release(
        "p@1.0.0",
        [table("t", "id", "seen"), table("v", "id")],
        {"t": f"SELECT id, CAST(seen AS {at}) AS seen FROM raw.x", "v": "SELECT id FROM t"},
        storage={"v": Storage(Materialization.VIEW)},
        sources={"raw": {"x": SourceTable("x", path="x.csv")}},
        base=base,
    )
    contract = replace(made.product.contract, service_levels=levels)
    return replace(made, product=replace(made.product, contract=contract))


def judged(engine: Engine, clock: Hand) -> dict[str, Freshness]:
    found = status(engine, clock=clock).freshness
    return {f"{one.table}.{one.column}" if one.column else one.table: one for one in found}


def test_the_age_of_a_table_counts_from_its_last_publication(
    engine: Engine, tmp_path: Path
) -> None:
    write(tmp_path, "1,2020-01-01 00:00:00")
    clock = Hand()
    assert deploy(engine, product(tmp_path, ServiceLevel("freshness", 2, "h")), clock=clock).passed
    clock.now += timedelta(hours=2)
    found = judged(engine, clock)
    # a view is as old as what it reads
    assert {name: one.state for name, one in found.items()} == {"t": State.MET, "v": State.MET}
    clock.now += timedelta(seconds=1)
    found = judged(engine, clock)
    assert {one.state for one in found.values()} == {State.LATE}
    assert str(found["v"]) == (
        "`p.v` 1.0.0 promises data at most 2 hours old, and it was last published 2 hours ago"
    )
    report = run(engine, "p", clock=clock)
    assert [one.state for one in report.freshness] == [State.MET, State.MET]
    assert judged(engine, clock)["t"].data_at == clock.now


@pytest.mark.parametrize("type_name", ["TIMESTAMP", "DATE", "TIMESTAMP WITH TIME ZONE"])
def test_the_age_of_a_column_counts_from_its_newest_value(
    engine: Engine, tmp_path: Path, type_name: str
) -> None:
    write(tmp_path, "1,2025-12-30 00:00:00", "2,2025-12-31 00:00:00", "3,")
    clock = Hand()
    level = ServiceLevel("latency", 1, "d", "t.seen")
    if "ZONE" in type_name:
        engine.execute(
            "SET TIME ZONE 'UTC'" if engine.dialect == "postgres" else "SET TimeZone='UTC'"
        )
    assert deploy(engine, product(tmp_path, level, at=type_name), clock=clock).passed
    (one,) = judged(engine, clock).values()
    assert (one.state, one.age, one.data_at) == (
        State.MET,
        timedelta(days=1),
        datetime(2025, 12, 31, tzinfo=UTC),
    )
    # a run that brings nothing new leaves the data as old as it was
    clock.now += timedelta(days=2)
    (one,) = run(engine, "p", clock=clock).freshness
    assert (
        str(one)
        == "`p.t` 1.0.0 promises data at most 24 hours old, and the newest `seen` is 3 days old"
    )
    write(tmp_path, "4,2026-01-02 12:00:00")
    (one,) = run(engine, "p", clock=clock).freshness
    assert one.state is State.MET
    rollback(engine, "p", clock=clock)
    assert judged(engine, clock)["t.seen"].state is State.LATE


def test_clocks_that_differ_are_told_and_no_age_is_negative(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,2026-01-01 00:00:30")
    clock = Hand()
    levels = (ServiceLevel("freshness", 1, "h", "t"), ServiceLevel("freshness", 1, "h", "t.seen"))
    assert deploy(engine, product(tmp_path, *levels), clock=clock).passed
    clock.now -= timedelta(seconds=20)
    within = judged(engine, clock)
    assert {(one.state, one.age) for one in within.values()} == {(State.MET, timedelta())}
    clock.now -= timedelta(hours=3)
    found = judged(engine, clock)
    assert [str(one) for one in found.values()] == [
        "`p.t` 1.0.0: it was last published at 2026-01-01 00:00:00 UTC, 3 hours in the future:"
        " clocks differ",
        "`p.t` 1.0.0: the newest `seen` is 2026-01-01 00:00:30 UTC, 3 hours in the future:"
        " clocks differ, or these are planned times",
    ]
    assert all(one.broken for one in found.values())


@pytest.mark.parametrize(
    ("level", "reason"),
    [
        (ServiceLevel("freshness", "soon", "h"), "`soon h` is no length of time"),
        (ServiceLevel("freshness", 3, "parsec"), "`3 parsec` is no length of time"),
        (ServiceLevel("freshness", 3, None, "t"), "`3` is no length of time"),
        (ServiceLevel("freshness", 1, "h", "u"), "the contract has no table `u`"),
        (ServiceLevel("freshness", 1, "h", "t.b"), "`t` has no column `b`"),
        (ServiceLevel("freshness", 1, "h", "t.seen"), "no newest `seen` is recorded"),
        (ServiceLevel("freshness", 1, "h", "t.id"), "`id` holds no times, such as `x`"),
    ],
)
def test_what_cannot_be_judged_says_why(
    engine: Engine, tmp_path: Path, level: ServiceLevel, reason: str
) -> None:
    write(tmp_path, "x,")
    assert deploy(engine, product(tmp_path, level)).passed
    one = status(engine).freshness[0]
    assert (one.state, one.reason, one.age) == (State.UNKNOWN, reason, None)
    assert one.broken


def test_other_service_levels_are_no_promise_of_fresh_data(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,")
    levels = (ServiceLevel("retention", 3, "y"), ServiceLevel("availability", 99.9, "%"))
    assert deploy(engine, product(tmp_path, *levels)).passed
    assert status(engine).freshness == ()


def test_a_view_over_a_required_product_is_as_old_as_that(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,")
    clock = Hand()
    below = product(tmp_path)
    assert deploy(engine, below, clock=clock).passed
    above = release(
        "q@1.0.0",
        [table("w", "id")],
        {"w": "SELECT id FROM p.v"},
        storage={"w": Storage(Materialization.VIEW)},
        locked=pin(below),
    )
    contract = replace(
        above.product.contract, service_levels=(ServiceLevel("freshness", 30, "minutes"),)
    )
    above = replace(above, product=replace(above.product, contract=contract))
    clock.now += timedelta(hours=1)
    assert deploy(engine, above, clock=clock).passed
    assert judged(engine, clock)["w"].age == timedelta(hours=1)


def test_the_clock_is_the_targets_own_where_it_has_one(engine: Engine) -> None:
    told = clock_of(engine)()
    assert abs(told - utc_now()) < timedelta(minutes=1)
    assert (engine.now() is None) == (engine.dialect == "duckdb")


def test_a_state_of_an_older_format_can_be_read(engine: Engine, tmp_path: Path) -> None:
    """Whoever only looks cannot bring it up to date; whoever writes does."""
    from hansa.deploy.deploy import plan

    write(tmp_path, "1,")
    level = ServiceLevel("freshness", 1, "h", "t.seen")
    candidate = product(tmp_path, level)
    assert deploy(engine, candidate, clock=Ticks()).passed
    for name in ("checkpoints", "previous", "newest"):
        engine.execute(f"DROP TABLE hansa.{name}")
    engine.execute("UPDATE hansa.meta SET format = 1")
    assert status(engine).freshness[0].state is State.UNKNOWN
    assert plan(engine, candidate).unchanged
    newer = replace(
        candidate,
        digest="sha256:other",
        product=replace(
            candidate.product,
            contract=replace(
                candidate.product.contract, version=type(candidate.name.version).parse("1.0.1")
            ),
        ),
    )
    assert not plan(engine, newer).unchanged
    assert engine.query("SELECT format FROM hansa.meta").scalar == 1
    assert deploy(engine, newer).passed
    assert engine.query("SELECT format FROM hansa.meta").scalar == 3
    assert run(engine, "p").passed


@pytest.mark.parametrize(
    ("unit", "seconds"),
    [("h", 3600), ("Hours", 3600), ("d", 86400), ("min", 60), ("m", 60), ("s", 1), ("km", None)],
)
def test_units_of_time(unit: str, seconds: int | None) -> None:
    assert seconds_in(unit) == seconds


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=3, hours=5), "3 days"),
        (timedelta(hours=47, minutes=59), "47 hours"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(), "0 s"),
    ],
)
def test_lengths_of_time_in_words(length: timedelta, words: str) -> None:
    assert in_words(length) == words
