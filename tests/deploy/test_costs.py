"""What live releases cost, what each keeps from being freed, and freeing what nothing needs."""

from __future__ import annotations

from contextlib import closing

import pytest
from tests.deploy.products import layout, pin, release, table
from tests.targets import Target

from hansa.core.product import SourceTable
from hansa.deploy.collect import collect
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import DeployOptions, deploy, plan
from hansa.deploy.retire import retire
from hansa.deploy.status import status
from hansa.engines.protocol import Engine

BIG = "SELECT x, h FROM raw.numbers"
NUMBERS = {"raw": {"numbers": SourceTable("numbers", relation="landing.numbers")}}


def made(version: str, **models: str) -> Candidate:
    tables = [table(name, "x") for name in models]
    return release(f"a@{version}", tables, models, sources=NUMBERS)


ONE = made("1.0.0", t=BIG, u=f"{BIG} LIMIT 9")
TWO = made("2.0.0", t=BIG)
READER = release("b@1.0.0", [table("r", "x")], {"r": "SELECT x FROM a.u"}, locked=pin(ONE))


@pytest.fixture
def engine(target: Target) -> Engine:
    engine = target.open()
    engine.create_schema("landing")
    numbers = {
        "duckdb": "SELECT range AS x, hash(range) AS h FROM range(50000)",
        "postgres": "SELECT x, md5(x::text) AS h FROM generate_series(0, 49999) AS x",
    }
    engine.create_table(("landing", "numbers"), numbers[engine.dialect])
    for candidate in (ONE, READER, TWO):
        assert deploy(engine, candidate).passed
    return engine


def freed(engine: Engine) -> dict[str, tuple[list[str], list[str]]]:
    return {
        str(one.name): (
            [str(name) for name in one.frees.releases],
            [name.rpartition("__")[0] for name in one.frees.tables],
        )
        for one in status(engine).releases
    }


def test_what_a_removal_frees(engine: Engine) -> None:
    # `t` is shared by both, so neither frees it
    assert freed(engine) == {
        "a@1.0.0": ([], ["a__store.u"]),
        "a@2.0.0": ([], []),
        "b@1.0.0": ([], ["b__store.r"]),
    }


def test_what_goes_along(engine: Engine) -> None:
    newer = made("1.1.0", t=BIG)
    assert deploy(engine, newer).passed
    assert freed(engine)["b@1.0.0"] == (["a@1.0.0"], ["a__store.u", "b__store.r"])
    before = {one.name: one.bytes for one in status(engine).tables}
    (reader,) = [one for one in status(engine).releases if one.name.product == "b"]
    report = retire(engine, "b", "1")
    assert sorted(report.dropped) == sorted(reader.frees.tables)
    assert reader.frees.bytes == sum(before[name] or 0 for name in report.dropped)


def test_the_cost_of_all_against_one(engine: Engine) -> None:
    costs = {cost.product: cost for cost in status(engine).costs}
    sizes = {one.label: one.bytes or 0 for one in status(engine).tables}
    assert (costs["a"].releases, costs["a"].bytes) == (2, sizes["t"] + sizes["u"])
    assert costs["a"].bytes_of_one == sizes["t"]
    assert costs["b"].ratio == 1
    ratio = costs["a"].ratio
    assert ratio is not None
    assert 1 < ratio < 2
    apart = made("3.0.0", t=f"{BIG} WHERE x >= 0")
    assert deploy(engine, apart).passed
    more = next(cost.ratio for cost in status(engine).costs if cost.product == "a")
    assert more is not None
    assert more - ratio > 0.9


def leave_behind(engine: Engine) -> None:
    """What a process that was killed after building a table leaves."""
    engine.execute("CREATE TABLE a__store.t__new AS SELECT 1 AS x")
    engine.execute("INSERT INTO hansa.pending VALUES ('a', 't__new')")


def test_freeing_leftovers_and_what_nothing_reads(engine: Engine) -> None:
    before = layout(engine)
    leave_behind(engine)
    # what was left is no reason to refuse a plan
    assert not plan(engine, made("2.1.0", t=BIG)).unchanged
    # a release that nothing keeps, as after a crash of another tool
    assert deploy(engine, made("2.1.0", t=BIG)).passed is True
    assert deploy(engine, TWO, DeployOptions(keep=True)).passed
    engine.execute("UPDATE hansa.releases SET kept = FALSE")
    leave_behind(engine)
    engine.execute("CREATE TABLE a__store.mine AS SELECT 1 AS x")
    shown = layout(engine)
    told = collect(engine, dry_run=True)
    assert layout(engine) == shown
    done = collect(engine)
    assert told == done
    assert done.leftovers == ("a__store.t__new",)
    assert [str(name) for name in done.removed] == ["a@2.0.0"]
    assert layout(engine)["a__store"] == sorted([*before["a__store"], "mine"])
    again = collect(engine)
    assert (again.leftovers, again.removed, again.dropped, again.bytes) == ((), (), (), 0)


def test_an_untouched_target_has_nothing_to_free(target: Target) -> None:
    with closing(target.open()) as engine:
        done = collect(engine)
        assert (done.leftovers, done.removed, done.dropped) == ((), (), ())
        assert engine.relations("hansa") == ()
