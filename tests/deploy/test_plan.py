"""The plan of a deployment: whole plans compared, and held against what deploying does."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.deploy.products import drop_by_hand, layout, pin, release, table

from hansa.core.product import SourceTable
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import DeployOptions, deploy, plan
from hansa.deploy.errors import ForeignObjects, RequirementNotLive
from hansa.deploy.plan import DeployPlan, Step
from hansa.engines.protocol import Engine


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "x.csv").write_text("id\n1\n2\n3\n")
    return tmp_path


def a(version: str, base: Path, t: str = "SELECT id FROM raw.x", u: str = "") -> Candidate:
    models = {"t": t} | ({"u": u} if u else {})
    sources = {"raw": {"x": SourceTable("x", path="x.csv")}}
    tables = [table(name, "id") for name in models]
    return release(f"a@{version}", tables, models, sources=sources, base=base)


def reader(version: str, required: Candidate) -> Candidate:
    return release(
        f"b@{version}", [table("r", "id")], {"r": "SELECT id FROM a.t"}, locked=pin(required)
    )


def steps(found: DeployPlan) -> list[tuple[str, str, int | None, str]]:
    return [
        (item.stored.label, item.step.value, item.rows, (item.like or "").rpartition("__")[0])
        for item in found.objects
    ]


def switches(found: DeployPlan) -> list[tuple[str, str, str]]:
    return [(one.view, str(one.before or ""), str(one.after or "")) for one in found.switches]


def test_the_first_deployment(engine: Engine, base: Path) -> None:
    found = plan(engine, a("1.0.0", base))
    source = "view" if engine.reads_files else "build"
    assert steps(found) == [("raw.x", source, None, ""), ("t", "build", None, "")]
    assert switches(found) == [("a__v1_0_0.t", "", "a@1.0.0"), ("a__v1.t", "", "a@1.0.0")]
    assert (found.removed, found.dropped, found.affected, found.kept) == ((), (), (), False)
    # planning wrote nothing
    assert layout(engine) == {}
    assert engine.relations("hansa") == ()


def test_the_next_of_a_line(engine: Engine, base: Path) -> None:
    deploy(engine, a("1.0.0", base, u="SELECT id FROM t"))
    found = plan(engine, a("1.1.0", base, t="SELECT id FROM raw.x WHERE id > 1"))
    rows = None if engine.reads_files else 3
    assert steps(found) == [("raw.x", "share", rows, ""), ("t", "build", 3, "a__store.t")]
    assert switches(found) == [
        ("a__v1_1_0.t", "", "a@1.1.0"),
        ("a__v1.t", "a@1.0.0", "a@1.1.0"),
        ("a__v1.u", "a@1.0.0", ""),
        ("a__v1_0_0.t", "a@1.0.0", ""),
        ("a__v1_0_0.u", "a@1.0.0", ""),
    ]
    assert [str(name) for name in found.removed] == ["a@1.0.0"]
    assert [(one.name.rpartition("__")[0], one.rows) for one in found.dropped] == [
        ("a__store.t", 3),
        ("a__store.u", 3),
    ]
    assert all(one.bytes for one in found.dropped)


def test_a_new_table_is_estimated_from_the_largest_it_is_made_from(
    engine: Engine, base: Path
) -> None:
    one = a("1.0.0", base)
    deploy(engine, one)
    assert steps(plan(engine, reader("1.0.0", one))) == [("r", "build", 3, "a__store.t")]
    found = plan(engine, a("1.1.0", base, u="SELECT id FROM t WHERE id > 1"))
    assert steps(found)[-1] == ("u", "build", 3, "a__store.t")


def test_who_is_affected(engine: Engine, base: Path) -> None:
    one, two = a("1.0.0", base), a("1.1.0", base, t="SELECT id + 1 AS id FROM raw.x")
    deploy(engine, one)
    deploy(engine, reader("1.0.0", one))
    found = plan(engine, two)
    assert [
        (str(who.release), who.team, str(who.pins), who.effect.value) for who in found.affected
    ] == [("b@1.0.0", "team-b", "a@1.0.0", "stays")]
    assert found.removed == ()
    deploy(engine, two)
    found = plan(engine, reader("1.0.1", two))
    # the reader moves on, and takes what it pinned along
    assert [str(name) for name in found.removed] == ["b@1.0.0", "a@1.0.0"]
    assert [(str(who.release), who.effect.value) for who in found.affected] == [
        ("a@1.0.0", "removed")
    ]
    changed = a("1.1.0", base, t="SELECT id + 2 AS id FROM raw.x")
    deploy(engine, reader("1.0.1", two))
    found = plan(engine, changed, DeployOptions(replace=True))
    assert [(str(who.release), who.effect.value) for who in found.affected] == [
        ("b@1.0.1", "changes")
    ]


def test_nothing_to_do(engine: Engine, base: Path) -> None:
    deploy(engine, a("1.0.0", base))
    found = plan(engine, a("1.0.0", base))
    assert found.unchanged
    assert found.objects == found.switches == ()


def test_a_table_dropped_by_hand_is_built_again(engine: Engine, base: Path) -> None:
    deploy(engine, a("1.0.0", base, u="SELECT id FROM raw.x WHERE id > 1"))
    before = layout(engine)
    drop_by_hand(engine, "a__store", "t")
    found = plan(engine, a("1.0.0", base, u="SELECT id FROM raw.x WHERE id > 1"))
    assert {item.stored.label: item.step for item in found.objects} == {
        "raw.x": Step.SHARE,
        "t": Step.BUILD,
        "u": Step.SHARE,
    }
    assert deploy(engine, a("1.0.0", base, u="SELECT id FROM raw.x WHERE id > 1")).passed
    assert layout(engine) == before
    assert engine.query("SELECT count(*) FROM a__v1.t").scalar == 3


def test_what_deploying_refuses_is_not_planned(engine: Engine, base: Path) -> None:
    with pytest.raises(RequirementNotLive):
        plan(engine, reader("1.0.0", a("1.0.0", base)))
    engine.execute("CREATE SCHEMA a__v1")
    engine.execute("CREATE TABLE a__v1.mine AS SELECT 1 AS x")
    with pytest.raises(ForeignObjects):
        plan(engine, a("1.0.0", base))


def test_deploying_does_what_the_plan_says(engine: Engine, base: Path) -> None:
    one = a("1.0.0", base)
    candidates = [
        one,
        a("1.1.0", base, u="SELECT id FROM t"),
        reader("1.0.0", one),
        a("2.0.0", base, t="SELECT id * 2 AS id FROM raw.x"),
        a("1.1.0", base, u="SELECT id FROM t"),
    ]
    deploy(engine, one, DeployOptions(keep=True))
    for candidate in candidates[1:]:
        found = plan(engine, candidate)
        report = deploy(engine, candidate)
        words = {"build": "built", "share": "shared", "view": "view"}
        assert [(item.name, item.action.value) for item in report.objects] == [
            (item.name, words[item.step.value]) for item in found.objects
        ]
        assert report.removed == found.removed
        assert report.dropped == tuple(one.name for one in found.dropped)
        assert report.kept == found.kept
