"""Taking releases out, and what a target says of itself."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest
from tests.deploy.products import Ticks, layout, pin, release, table
from tests.targets import Target

from hansa.deploy.deploy import DeployOptions, deploy
from hansa.deploy.errors import NotLive, StillPinned
from hansa.deploy.retire import retire
from hansa.deploy.status import TargetStatus, status
from hansa.engines.protocol import Engine

ONE = release("a@1.0.0", [table("t", "x")], {"t": "SELECT 1 AS x"})
TWO = release(
    "a@2.0.0", [table("t", "x"), table("u", "x")], {"t": "SELECT 2 AS x", "u": "SELECT 1 AS x"}
)
READER = release("b@1.0.0", [table("r", "x")], {"r": "SELECT x FROM a.t"}, locked=pin(ONE))


@pytest.fixture
def engine(target: Target) -> Engine:
    engine = target.open()
    clock = Ticks()
    for candidate in (ONE, TWO, READER):
        assert deploy(engine, candidate, clock=clock).passed
    return engine


def test_a_line_that_somebody_reads_stays(engine: Engine) -> None:
    before = layout(engine)
    with pytest.raises(StillPinned) as caught:
        retire(engine, "a", "1")
    assert str(caught.value) == (
        "`a@1.0.0` cannot be retired: it is pinned by `b@1.0.0` (team team-b, since 2026-01-01)"
    )
    assert caught.value.hint == (
        "deploy releases of them that require a newer line, or retire them first"
    )
    assert layout(engine) == before


def test_retiring_frees_what_nothing_reads(engine: Engine) -> None:
    retire(engine, "b", "1")
    report = retire(engine, "a", "1")
    assert [str(name) for name in report.removed] == ["a@1.0.0"]
    # the stored table of 1.0.0 is what 2.0.0 shows as `u`
    assert report.dropped == ()
    assert layout(engine) == {
        "a__store": ["t__#", "t__#"],
        "a__v2": ["t", "u"],
        "a__v2_0_0": ["t", "u"],
    }
    report = retire(engine, "a", "2.0.0")
    assert [name.rpartition("__")[0] for name in report.dropped] == ["a__store.t", "a__store.t"]
    assert layout(engine) == {}
    assert engine.query("SELECT count(*) FROM hansa.schemas").scalar == 0


def test_retiring_one_release_of_a_line_shows_the_one_before(target: Target) -> None:
    with closing(target.open()) as engine:
        older = release("a@1.1.0", [table("t", "x")], {"t": "SELECT 9 AS x"})
        assert deploy(engine, ONE, DeployOptions(keep=True)).passed
        assert deploy(engine, older).passed
        assert engine.query("SELECT x FROM a__v1.t").scalar == 9
        report = retire(engine, "a", "1.1.0")
        assert [str(name) for name in report.removed] == ["a@1.1.0"]
        assert engine.query("SELECT x FROM a__v1.t").scalar == 1
        assert "a__v1_1_0" not in layout(engine)


@pytest.mark.parametrize("line", ["3", "1.2", "1.0.1", "x"])
def test_what_is_not_live_cannot_be_retired(engine: Engine, line: str) -> None:
    with pytest.raises(NotLive) as caught:
        retire(engine, "a", line)
    assert str(caught.value) == f"`a@{line}` is not live in `{engine.url}`"
    assert caught.value.hint == "live there are: `a@2.0.0`, `a@1.0.0`"


def test_retiring_leaves_what_others_made(engine: Engine) -> None:
    engine.execute("CREATE TABLE b__v1.mine AS SELECT 1 AS x")
    retire(engine, "b", "1")
    assert layout(engine)["b__v1"] == ["mine"]


def test_the_status_of_a_target(engine: Engine) -> None:
    found = status(engine)
    assert found.target == engine.url
    assert [
        (
            str(one.name),
            one.team,
            one.schema,
            one.line_schema,
            one.kept,
            list(map(str, one.pinned_by)),
            list(map(str, one.pins)),
        )
        for one in found.releases
    ] == [
        ("a@1.0.0", "team-a", "a__v1_0_0", "a__v1", False, ["b@1.0.0"], []),
        ("a@2.0.0", "team-a", "a__v2_0_0", "a__v2", False, [], []),
        ("b@1.0.0", "team-b", "b__v1_0_0", "b__v1", False, [], ["a@1.0.0"]),
    ]
    assert [
        (one.name.rpartition("__")[0], one.label, one.rows, list(map(str, one.serves)))
        for one in sorted(found.tables, key=lambda one: (one.label, len(one.serves)))
    ] == [
        ("b__store.r", "r", 1, ["b@1.0.0"]),
        ("a__store.t", "t", 1, ["a@2.0.0"]),
        ("a__store.t", "t", 1, ["a@1.0.0", "a@2.0.0"]),
    ]
    assert all(one.bytes for one in found.tables)
    started = datetime(2026, 1, 1, tzinfo=UTC)
    assert all(one.data_from and one.data_from > started for one in found.releases)
    assert [str(one.name) for one in status(engine, "b").releases] == ["b@1.0.0"]
    assert {one.label for one in status(engine, "b").tables} == {"r"}


def test_the_status_of_an_untouched_target(target: Target) -> None:
    with closing(target.open()) as engine:
        assert status(engine) == TargetStatus(engine.url, (), ())
        assert engine.relations("hansa") == ()
