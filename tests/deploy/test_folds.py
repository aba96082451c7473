"""Versions of a table in one stored table: what readers see, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.deploy.products import layout, proven, read, release, table

from hansa.core.contract import ContractColumn
from hansa.core.datatype import BIGINT, INTEGER, STRING
from hansa.core.product import Policy, SourceTable
from hansa.core.schema import Column, TableSchema
from hansa.deploy.collect import collect
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import DeployOptions, deploy, plan
from hansa.deploy.errors import ModelFailed, NothingToRollBack
from hansa.deploy.names import store_schema
from hansa.deploy.reports import DeployReport, Outcome
from hansa.deploy.retire import retire
from hansa.deploy.rollback import rollback
from hansa.deploy.run import run
from hansa.deploy.state_store import StateStore
from hansa.deploy.status import status
from hansa.engines.protocol import Engine, RelationKind

SHAPE = TableSchema((Column("id", BIGINT, False), Column("v", INTEGER), Column("c", STRING)))
NAMES = TableSchema(
    (Column("c", STRING, False), Column("name", STRING)), frozenset({frozenset({"c"})})
)

ONE = "SELECT id, v > 15 AS late FROM raw.x"
TWO = (
    "WITH judged AS (SELECT *, v >= 20 AND v > 0 AS late FROM raw.x)"
    " SELECT j.id, j.late, n.name FROM judged AS j LEFT JOIN raw.names AS n ON n.c = j.c"
)
THREE = "SELECT id, v * 2 AS doubled, v > 15 AS late FROM seen"
SEEN = "SELECT id, v, c FROM raw.x"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    write(tmp_path, "1,10,a", "2,20,b", "3,,a", "4,16,z")
    (tmp_path / "names.csv").write_text("c,name\na,Ada\nb,Bob\n")
    return tmp_path


def write(base: Path, *rows: str) -> None:
    (base / "x.csv").write_text("\n".join(["id,v,c", *rows]) + "\n")


def product(
    base: Path,
    version: str,
    t: str,
    *columns: str | ContractColumn,
    folding: bool = True,
    feed: bool = False,
    **more: str,
) -> Candidate:
    """A release with the table `t` and, if given, its reader `total`.

    With `feed`, the source is a table of the target, whose rows every deployment sees.
    """
    place = {"relation": "feed.x"} if feed else {"path": "x.csv"}
    sources = {
        "raw": {
            "x": SourceTable("x", schema=SHAPE, primary_key=("id",), **place),
            "names": SourceTable("names", path="names.csv", schema=NAMES, primary_key=("c",)),
        }
    }
    public = [table("t", *(columns or ("id", "late")))]
    public += [table("total", "id")] if "total" in more else []
    made = release(f"p@{version}", public, {"t": t, **more}, sources=sources, base=base)
    policy = Policy(folding=folding)
    return proven(replace(made, product=replace(made.product, policy=policy)))


def first(base: Path) -> Candidate:
    return product(base, "1.0.0", ONE)


def second(base: Path) -> Candidate:
    return product(base, "1.1.0", TWO, "id", "late", "name")


def put(engine: Engine, candidate: Candidate) -> DeployReport:
    report = deploy(engine, candidate, DeployOptions(keep=True))
    assert report.passed, report.findings
    return report


def stored(engine: Engine, label: str = "t") -> dict[str, RelationKind]:
    """The relations of a model in the store, without what the last run left."""
    store = store_schema("p", engine.name_limit)
    return {
        found.name: found.kind
        for found in engine.relations(store)
        if found.name.startswith(f"{label}__") and not found.name.endswith("__prev")
    }


def tables(engine: Engine, label: str = "t") -> list[str]:
    return [name for name, kind in stored(engine, label).items() if kind is RelationKind.TABLE]


ROWS_1 = [(1, False), (2, True), (3, None), (4, True)]
ROWS_2 = [(1, False, "Ada"), (2, True, "Bob"), (3, None, "Ada"), (4, False, None)]


def test_two_releases_share_one_table(engine: Engine, base: Path) -> None:
    put(engine, first(base))
    alone = tables(engine)
    planned = plan(engine, second(base), DeployOptions(keep=True))
    report = put(engine, second(base))
    assert read(engine, "p__v1_0_0.t") == ROWS_1
    assert read(engine, "p__v1_1_0.t") == read(engine, "p__v1.t") == ROWS_2
    (folded,) = tables(engine)
    assert folded not in alone
    assert sorted(stored(engine).values()) == [RelationKind.TABLE, *[RelationKind.VIEW] * 2]
    # the plan said so, and what was a table before is told to be gone
    assert [str(one.name) for one in planned.companions] == ["p@1.0.0"]
    assert report.dropped == tuple(one.name for one in planned.dropped) == (f"p__store.{alone[0]}",)
    (shown,) = [one for one in status(engine).tables if one.label == "t"]
    assert (shown.name, shown.rows) == (f"p__store.{folded}", 4)
    assert [str(name) for name in shown.serves] == ["p@1.0.0", "p@1.1.0"]


def test_a_run_computes_the_folded_table_once(engine: Engine, base: Path) -> None:
    put(engine, first(base))
    put(engine, second(base))
    write(base, "5,50,b")
    report = run(engine, "p")
    assert [item.label for item in report.objects if item.action.value == "built"].count("t") == 1
    assert read(engine, "p__v1_0_0.t") == [(5, True)]
    assert read(engine, "p__v1_1_0.t") == [(5, True, "Bob")]
    rollback(engine, "p")
    assert read(engine, "p__v1_0_0.t") == ROWS_1
    assert read(engine, "p__v1_1_0.t") == ROWS_2


def test_private_views_are_looked_through(engine: Engine, base: Path) -> None:
    put(engine, first(base))
    put(engine, second(base))
    put(engine, product(base, "1.2.0", THREE, "id", "doubled", "late", seen=SEEN))
    assert len(tables(engine)) == 1
    assert read(engine, "p__v1_0_0.t") == ROWS_1
    assert read(engine, "p__v1_1_0.t") == ROWS_2
    assert read(engine, "p__v1_2_0.t") == [
        (1, 20, False),
        (2, 40, True),
        (3, None, None),
        (4, 32, True),
    ]


def test_readers_of_versions_fold_too(engine: Engine, base: Path) -> None:
    total = "SELECT id, late AS seen FROM t"
    put(engine, product(base, "1.0.0", ONE, total=total))
    put(engine, product(base, "1.1.0", TWO, "id", "late", "name", total=total))
    assert len(tables(engine, "t")) == len(tables(engine, "total")) == 1
    write(base, "1,16,a")
    assert run(engine, "p").passed
    for version, late in (("1_0_0", True), ("1_1_0", False)):
        (relation,) = engine.query(f"SELECT late FROM p__v{version}.t").rows
        assert relation == (late,)
    objects = {
        one.relation: one
        for live in StateStore(engine).load().releases
        for one in live.definition.objects
        if one.label == "total" and one.folded
    }
    seen = [engine.query(f"SELECT seen FROM p__store.{name}").scalar for name in objects]
    assert sorted(seen) == [False, True]


def test_another_filter_folds_with_a_flag(engine: Engine, base: Path) -> None:
    put(engine, first(base))
    put(engine, product(base, "1.1.0", f"{ONE} WHERE c = 'a'"))
    assert len(tables(engine)) == 1
    assert read(engine, "p__v1_0_0.t") == ROWS_1
    assert read(engine, "p__v1_1_0.t") == [(1, False), (3, None)]


def test_deploying_again_changes_nothing(engine: Engine, base: Path) -> None:
    put(engine, first(base))
    put(engine, second(base))
    before = stored(engine)
    for candidate in (first(base), second(base)):
        assert put(engine, candidate).outcome is Outcome.UNCHANGED
    assert stored(engine) == before


def feed(engine: Engine, *rows: str) -> None:
    """Make the table of the target that is a source, or give it other rows."""
    engine.create_schema("feed")
    engine.execute("DROP TABLE IF EXISTS feed.x")
    engine.execute("CREATE TABLE feed.x (id BIGINT, v INTEGER, c VARCHAR)")
    engine.execute(f"INSERT INTO feed.x VALUES {', '.join(rows)}")


def test_the_older_contract_is_checked_on_the_new_data(engine: Engine, base: Path) -> None:
    always = ContractColumn("late", enum=(True,))
    feed(engine, "(2, 20, 'b')")
    put(engine, product(base, "1.0.0", ONE, ContractColumn("id"), always, feed=True))
    before = stored(engine)
    feed(engine, "(1, 10, 'a')", "(2, 20, 'b')")
    newer = product(base, "1.1.0", TWO, "id", "late", "name", feed=True)
    report = deploy(engine, newer, DeployOptions(keep=True))
    assert report.outcome is Outcome.FAILED
    assert [(one.rule, one.table, one.column) for one in report.findings] == [("enum", "t", "late")]
    assert read(engine, "p__v1_0_0.t") == [(2, True)]
    assert stored(engine) == before
    assert "p__v1_1_0" not in layout(engine)


def test_a_retired_version_goes_with_the_next_run(engine: Engine, base: Path) -> None:
    put(engine, first(base))
    put(engine, second(base))
    put(engine, product(base, "1.2.0", THREE, "id", "doubled", "late", seen=SEEN))
    (wide,) = tables(engine)
    retire(engine, "p", "1.1.0")
    assert tables(engine) == [wide]
    collect(engine)
    assert tables(engine) == [wide]
    assert read(engine, "p__v1_0_0.t") == ROWS_1
    assert run(engine, "p").passed
    (narrow,) = tables(engine)
    names = {one.name for one in engine.columns((store_schema("p", engine.name_limit), narrow))}
    assert narrow != wide
    assert "name" not in names
    assert read(engine, "p__v1_0_0.t") == ROWS_1
    # the last run changed what is stored: what it replaced is of no use
    with pytest.raises(NothingToRollBack):
        rollback(engine, "p")
    retire(engine, "p", "1.2.0")
    assert run(engine, "p").passed
    assert list(stored(engine).values()) == [RelationKind.TABLE]
    assert read(engine, "p__v1_0_0.t") == read(engine, "p__v1.t") == ROWS_1
    assert run(engine, "p").passed
    rollback(engine, "p")


def test_a_policy_keeps_versions_apart(engine: Engine, base: Path) -> None:
    put(engine, first(base))
    put(engine, product(base, "1.1.0", TWO, "id", "late", "name", folding=False))
    assert len(tables(engine)) == 2
    put(engine, product(base, "1.2.0", THREE, "id", "doubled", "late", seen=SEEN))
    # the others fold
    assert len(tables(engine)) == 2
    assert read(engine, "p__v1_1_0.t") == ROWS_2


NUMBER = "SELECT id, CAST(c AS INTEGER) AS late FROM raw.x"
MENDED = "SELECT id, CASE WHEN id < 2 THEN CAST(c AS INTEGER) END AS late FROM raw.x"


def test_what_one_version_cannot_compute_is_stored_apart(engine: Engine, base: Path) -> None:
    feed(engine, "(1, 10, '7')")
    put(engine, product(base, "1.0.0", NUMBER, feed=True))
    feed(engine, "(1, 10, '7')", "(2, 20, 'b')")
    report = put(engine, product(base, "1.0.1", MENDED, feed=True))
    assert [one.rule for one in report.findings] == ["folded_table_failed"]
    assert len(tables(engine)) == 2
    # the older release keeps its data, as it has none of the new
    assert read(engine, "p__v1_0_0.t") == [(1, 7)]
    assert read(engine, "p__v1_0_1.t") == [(1, 7), (2, None)]
    assert not [name for name in stored(engine) if "__new" in name]
    # what is live already is not tried again
    again = put(engine, product(base, "1.0.1", MENDED, feed=True))
    assert again.outcome is Outcome.UNCHANGED


def test_a_run_names_the_version_that_fails(engine: Engine, base: Path) -> None:
    feed(engine, "(1, 10, '7')")
    put(engine, product(base, "1.0.0", NUMBER, feed=True))
    put(engine, product(base, "1.0.1", MENDED, feed=True))
    assert len(tables(engine)) == 1
    feed(engine, "(1, 10, '7')", "(2, 20, 'b')")
    with pytest.raises(ModelFailed, match="the model `t`"):
        run(engine, "p")
    assert read(engine, "p__v1_0_1.t") == [(1, 7)]
    retire(engine, "p", "1.0.0")
    assert run(engine, "p").passed
    assert read(engine, "p__v1_0_1.t") == [(1, 7), (2, None)]


def test_a_new_version_that_fails_leaves_all_as_it_was(engine: Engine, base: Path) -> None:
    put(engine, first(base))
    before = stored(engine)
    with pytest.raises(ModelFailed, match="the model `t`"):
        put(engine, product(base, "1.1.0", NUMBER))
    assert read(engine, "p__v1_0_0.t") == ROWS_1
    assert stored(engine) == before
