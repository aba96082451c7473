"""Going on after a failure or a kill, and going back to the data before the last run."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest
from tests.deploy.killed import candidate, copy_of, open_mortal
from tests.deploy.products import drop_by_hand, layout, read, release, table

from hansa.core.product import Materialization, SourceTable, Storage
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import deploy, plan
from hansa.deploy.errors import ModelFailed, NothingToRollBack
from hansa.deploy.reports import RunReport
from hansa.deploy.rollback import rollback
from hansa.deploy.run import RunOptions, run
from hansa.deploy.state_store import StateStore
from hansa.engines.protocol import Engine
from hansa.engines.targets import open_target


def write(base: Path, *rows: str, name: str = "x") -> None:
    (base / f"{name}.csv").write_text("\n".join(["id,seq,v", *rows]) + "\n")


def product(base: Path, storage: Storage | None = None) -> Candidate:
    """`first` is made of x, `second` of y and of `first`."""
    return release(
        "p@1.0.0",
        [table("first", "id"), table("second", "id")],
        {
            "first": "SELECT id, seq, v FROM raw.x",
            "second": "SELECT f.id, CAST(y.v AS INTEGER) AS v"
            " FROM first AS f JOIN raw.y AS y ON y.id = f.id",
        },
        storage={"first": storage} if storage else None,
        sources={
            "raw": {
                "x": SourceTable("x", path="x.csv"),
                "y": SourceTable("y", path="y.csv"),
            }
        },
        base=base,
    )


def actions(report: RunReport) -> dict[str, str]:
    """What became of the models that hold rows."""
    return {
        item.label: item.action.value
        for item in report.objects
        if item.rows is not None and not item.label.startswith("raw.")
    }


@pytest.fixture
def failed(engine: Engine, tmp_path: Path) -> Path:
    """A product whose second run failed in its second model."""
    write(tmp_path, "1,10,1", "2,20,2")
    write(tmp_path, "1,0,7", name="y")
    assert deploy(engine, product(tmp_path)).passed
    write(tmp_path, "1,10,1", "2,20,2", "3,30,3")
    write(tmp_path, "1,0,seven", name="y")
    with pytest.raises(ModelFailed):
        run(engine, "p")
    assert len(read(engine, "p__v1.first")) == 2
    return tmp_path


def test_what_was_built_is_used_again(engine: Engine, failed: Path) -> None:
    write(failed, "1,0,8", name="y")
    report = run(engine, "p", RunOptions(resume=True))
    assert actions(report) == {"first": "reused", "second": "built"}
    assert len(read(engine, "p__v1.first")) == 3
    assert read(engine, "p__v1.second") == [(1,)]
    assert not [name for name in layout(engine)["p__store"] if "__new" in name]
    assert StateStore(engine).checkpoints("p") == {}


def test_a_source_that_changed_is_read_again(engine: Engine, failed: Path) -> None:
    write(failed, "1,0,8", name="y")
    write(failed, "5,50,5")
    report = run(engine, "p", RunOptions(resume=True))
    assert actions(report) == {"first": "built", "second": "built"}
    assert read(engine, "p__v1.first") == [(5,)]


def test_without_resume_all_is_built(engine: Engine, failed: Path) -> None:
    write(failed, "1,0,8", name="y")
    assert actions(run(engine, "p")) == {"first": "built", "second": "built"}
    assert not [name for name in layout(engine)["p__store"] if "__new" in name]


def test_what_is_left_can_be_planned_over(engine: Engine, failed: Path) -> None:
    assert plan(engine, product(failed)).unchanged


def test_an_incremental_model_is_resumed(engine: Engine, tmp_path: Path) -> None:
    storage = Storage(Materialization.INCREMENTAL, unique_key=("id",), cursor="seq")
    write(tmp_path, "1,10,1", "2,20,2")
    write(tmp_path, "1,0,7", name="y")
    assert deploy(engine, product(tmp_path, storage)).passed
    write(tmp_path, "2,25,9", "3,30,3")
    write(tmp_path, "1,0,seven", name="y")
    with pytest.raises(ModelFailed):
        run(engine, "p")
    write(tmp_path, "1,0,8", name="y")
    report = run(engine, "p", RunOptions(resume=True))
    assert actions(report) == {"first": "reused", "second": "built"}
    assert read(engine, "p__v1.first") == [(1,), (2,), (3,)]


def test_a_killed_deployment_goes_on(tmp_path: Path) -> None:
    """A process that dies after each statement in turn; the next one ends what it began."""
    (tmp_path / "x.csv").write_text("id,v\n0,1\n1,1\n")
    url = "duckdb:///t.duckdb"
    with closing(open_target(url, tmp_path, {})) as engine:
        assert deploy(engine, candidate(tmp_path, "1.0.0")).passed
    reused = set()
    for statement in range(40, 140, 12):
        (tmp_path / f"t_{statement}.duckdb").write_bytes((tmp_path / "t.duckdb").read_bytes())
        child = os.fork()
        if child == 0:
            copied = copy_of(url, statement)
            deploy(open_mortal(copied, tmp_path, statement), candidate(tmp_path, "1.1.0"))
            os._exit(0)
        _, ending = os.waitpid(child, 0)
        assert not os.WIFSIGNALED(ending) or os.WTERMSIG(ending) == signal.SIGKILL
        with closing(open_target(copy_of(url, statement), tmp_path, {})) as engine:
            report = deploy(engine, candidate(tmp_path, "1.1.0"))
            assert report.passed
            reused |= {item.label for item in report.objects if item.action.value == "reused"}
            assert read(engine, "p__v1_1_0.total") == [(1,)]
            assert not [name for name in layout(engine)["p__store"] if "__new" in name]
            assert deploy(engine, candidate(tmp_path, "1.1.0")).objects == ()
    assert reused == {"t", "total"}


# -- rollback -------------------------------------------------------------------------------


STORAGES = {
    "a table": None,
    "a cursor": Storage(Materialization.INCREMENTAL, cursor="seq", lookback=5),
    "a cursor and a key": Storage(
        Materialization.INCREMENTAL, unique_key=("id",), cursor="seq", lookback=5
    ),
    "a key": Storage(Materialization.INCREMENTAL, unique_key=("id",)),
}


@pytest.mark.parametrize("case", STORAGES)
def test_going_back_one_run(engine: Engine, tmp_path: Path, case: str) -> None:
    write(tmp_path, "1,10,1", "2,20,2", "4,,4")
    write(tmp_path, "1,0,7", "3,0,8", name="y")
    assert deploy(engine, product(tmp_path, STORAGES[case])).passed
    (name,) = [r.name for r in engine.relations("p__store") if r.name.startswith("first")]
    relation = f"p__store.{name}"
    before = (read(engine, relation), read(engine, "p__v1.second"))
    sizes = engine.query("SELECT relation, row_count, built_at FROM hansa.objects ORDER BY 1").rows
    write(tmp_path, "2,20,9", "3,30,3", "5,16,5", "6,,6")
    assert run(engine, "p").passed
    assert (read(engine, relation), read(engine, "p__v1.second")) != before
    report = rollback(engine, "p")
    # sources that were loaded go back with what was made of them
    assert len(report.tables) == (2 if engine.reads_files else 4)
    assert (read(engine, relation), read(engine, "p__v1.second")) == before
    after = engine.query("SELECT relation, row_count, built_at FROM hansa.objects ORDER BY 1").rows
    assert [row for row in after if row[1] is not None] == [
        row for row in sizes if row[1] is not None
    ]
    assert not [row for row in engine.relations("p__store") if row.name.endswith("__prev")]
    with pytest.raises(NothingToRollBack) as caught:
        rollback(engine, "p")
    assert str(caught.value) == f"no earlier data of `p` is kept in `{engine.url}`"
    # and the next run takes in what was taken back
    assert run(engine, "p").passed
    assert (3,) in read(engine, "p__v1.first")


def test_only_one_run_is_kept(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,10,1")
    write(tmp_path, "1,0,7", name="y")
    assert deploy(engine, product(tmp_path)).passed
    for number in (2, 3):
        write(tmp_path, f"{number},10,1")
        assert run(engine, "p").passed
    rollback(engine, "p")
    assert read(engine, "p__v1.first") == [(2,)]


def test_a_table_dropped_by_hand_is_computed_by_the_next_run(
    engine: Engine, tmp_path: Path
) -> None:
    write(tmp_path, "1,10,1")
    write(tmp_path, "1,0,7", name="y")
    storage = Storage(Materialization.INCREMENTAL, cursor="seq")
    assert deploy(engine, product(tmp_path, storage)).passed
    drop_by_hand(engine, "p__store", "first")
    report = run(engine, "p")
    assert actions(report) == {"first": "built", "second": "built"}
    assert read(engine, "p__v1.first") == [(1,)]
