"""Refreshing live data: full, incremental, refused, recorded, and never seen half."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.deploy.products import Ticks, layout, read, release, table

from hansa.core.contract import ContractColumn
from hansa.core.datatype import BIGINT
from hansa.core.product import Materialization, SourceTable, Storage
from hansa.core.schema import Column, TableSchema
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import deploy
from hansa.deploy.errors import ModelFailed, NothingLive, SourceUnreadable
from hansa.deploy.reports import Outcome, RunReport
from hansa.deploy.run import RunOptions, run
from hansa.deploy.state_store import StateStore
from hansa.engines.duckdb import open_file
from hansa.engines.protocol import Engine


def write(base: Path, *rows: str, header: str = "id,seq,v") -> None:
    (base / "x.csv").write_text("\n".join([header, *rows]) + "\n")


SHAPE = TableSchema((Column("id", BIGINT), Column("seq", BIGINT), Column("v", BIGINT)))


def product(
    base: Path, version: str = "1.0.0", storage: Storage | None = None, **rest: str
) -> Candidate:
    """A table over a private view over a file, and a second one above the first."""
    source = SourceTable("x", path="x.csv", schema=SHAPE, primary_key=("id",))
    return release(
        f"p@{version}",
        [
            table("t", "id", "seq", ContractColumn("v", enum=(1, 2, 3, 4, 5))),
            table("total", "n", "high"),
        ],
        {
            "t": rest.get("t", "SELECT id, seq, v FROM seen"),
            "seen": "SELECT * FROM raw.x WHERE id > 0",
            "total": rest.get("total", "SELECT count(*) AS n, max(v) AS high FROM t"),
        },
        storage={"t": storage} if storage else None,
        sources={"raw": {"x": source}},
        base=base,
    )


def refresh(engine: Engine, *, full: bool = False) -> RunReport:
    return run(engine, "p", RunOptions(full=full), clock=Ticks())


def actions(report: RunReport) -> dict[str, str]:
    return {item.label: item.action.value for item in report.objects}


def test_a_run_reads_sources_anew(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,10,1", "2,20,2")
    assert deploy(engine, product(tmp_path)).passed
    before = layout(engine)
    write(tmp_path, "1,10,1", "2,20,3", "3,30,5")
    report = refresh(engine)
    assert read(engine, "p__v1.t") == [(1, 10, 1), (2, 20, 3), (3, 30, 5)]
    assert read(engine, "p__v1_0_0.total") == [(3, 5)]
    assert layout(engine) == before
    assert report.outcome is Outcome.DONE
    assert [(item.label, item.action.value, item.rows) for item in report.objects] == [
        ("raw.x", "view", None) if engine.reads_files else ("raw.x", "built", 3),
        ("seen", "view", None),
        ("t", "built", 3),
        ("total", "built", 1),
    ]


def test_what_releases_share_is_built_once(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,10,1")
    assert deploy(engine, product(tmp_path)).passed
    two = product(tmp_path, "2.0.0", total="SELECT count(*) + 1 AS n, 0 AS high FROM t")
    assert deploy(engine, two).passed
    write(tmp_path, "1,10,1", "2,20,2")
    report = refresh(engine)
    assert sorted(item.label for item in report.objects) == [
        "raw.x",
        "seen",
        "t",
        "total",
        "total",
    ]
    assert [str(name) for name in report.releases] == ["p@2.0.0", "p@1.0.0"]
    assert read(engine, "p__v1.total") == [(2, 2)]
    assert read(engine, "p__v2.total") == [(3, 0)]


def test_a_failed_check_keeps_readers_on_the_old_data(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,10,1")
    assert deploy(engine, product(tmp_path)).passed
    before = layout(engine)
    write(tmp_path, "1,10,1", "2,20,9")
    report = refresh(engine)
    assert report.outcome is Outcome.FAILED
    assert [finding.message for finding in report.findings] == [
        "`t.v` is not among the listed values in 1 of 2 rows: `9`"
    ]
    assert read(engine, "p__v1.t") == [(1, 10, 1)]
    assert layout(engine) == before


def test_facts_of_sources_are_checked_before_anything_is_built(
    engine: Engine, tmp_path: Path
) -> None:
    write(tmp_path, "1,10,1")
    assert deploy(engine, product(tmp_path)).passed
    before = layout(engine)
    write(tmp_path, "1,10,1", "1,20,2")
    report = refresh(engine)
    assert [finding.message for finding in report.findings] == [
        "`raw.x.id` repeats the value of another row in 1 of 2 rows: `1`"
    ]
    assert actions(report) == {"raw.x": "view" if engine.reads_files else "built"}
    assert read(engine, "p__v1.t") == [(1, 10, 1)]
    assert layout(engine) == before


@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        (
            "2,20,many",
            ModelFailed,
            "the model `t` (p/models/t.sql) failed: line 3 of DIR/x.csv: error when converting"
            ' column "v", could not convert string "many" to \'BIGINT\'',
        ),
        (
            "two,20,2",
            SourceUnreadable,
            "the source `raw.x` (`x.csv`) cannot be read: line 3 of DIR/x.csv: error when"
            ' converting column "id", could not convert string "two" to \'BIGINT\'',
        ),
    ],
)
def test_a_row_that_cannot_be_read(
    engine: Engine, tmp_path: Path, row: str, error: type[Exception], message: str
) -> None:
    write(tmp_path, "1,10,1")
    assert deploy(engine, product(tmp_path)).passed
    before = layout(engine)
    write(tmp_path, "1,10,1", row)
    if not engine.reads_files:
        # all of a file is read before any model is
        error, message = (
            SourceUnreadable,
            message.replace(
                "the model `t` (p/models/t.sql) failed",
                "the source `raw.x` (`x.csv`) cannot be read",
            ),
        )
    with pytest.raises(error) as caught:
        refresh(engine)
    assert str(caught.value).replace(str(tmp_path), "DIR") == message
    assert read(engine, "p__v1.t") == [(1, 10, 1)]
    assert layout(engine) == before


def test_a_file_that_is_gone(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,10,1")
    assert deploy(engine, product(tmp_path)).passed
    before = layout(engine)
    (tmp_path / "x.csv").unlink()
    with pytest.raises(SourceUnreadable):
        refresh(engine)
    assert read(engine, "p__v1.t") == [(1, 10, 1)]
    assert layout(engine) == before


def test_runs_are_recorded(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,10,1")
    assert deploy(engine, product(tmp_path)).passed
    refresh(engine)
    write(tmp_path, "1,10,9")
    refresh(engine)
    (tmp_path / "x.csv").unlink()
    with pytest.raises(SourceUnreadable):
        refresh(engine)
    records = StateStore(engine).runs("p")
    assert sorted(record.status for record in records) == ["done", "failed", "failed"]
    (done,) = [record for record in records if record.status == "done"]
    assert done.finished_at is not None
    assert done.finished_at > done.started_at
    assert [(item["model"], item["rows"]) for item in done.detail["models"]] == [
        ("raw.x", None if engine.reads_files else 1),
        ("seen", None),
        ("t", 1),
        ("total", 1),
    ]


def test_nothing_live(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(NothingLive) as caught:
        refresh(engine)
    assert str(caught.value) == f"no release of `p` is live in `{engine.url}`"
    assert caught.value.hint == "run `hansa deploy` first"
    write(tmp_path, "1,10,1")
    assert deploy(engine, product(tmp_path)).passed
    with pytest.raises(NothingLive) as caught:
        run(engine, "q")
    assert caught.value.hint == "run `hansa deploy` first; live there are: `p`"


def test_a_source_whose_types_change(engine: Engine, tmp_path: Path) -> None:
    free = release(
        "p@1.0.0",
        [table("t", "id", "v")],
        {"t": "SELECT id, v FROM raw.x"},
        sources={"raw": {"x": SourceTable("x", path="x.csv")}},
        base=tmp_path,
    )
    write(tmp_path, "1,2", header="id,v")
    assert deploy(engine, free).passed
    write(tmp_path, "x,1,2.5", header="new,id,v")
    assert refresh(engine).passed
    assert read(engine, "p__v1.t") == [(1, 2.5)]


INCREMENTAL = {
    "a cursor": (
        Storage(Materialization.INCREMENTAL, cursor="seq"),
        # a late row is not seen, a changed old one neither; the newest span is read again
        ["1,10,1", "2,20,2"],
        ["1,10,5", "9,15,4", "2,20,3", "3,30,1"],
        [(1, 10, 1), (2, 20, 3), (3, 30, 1)],
    ),
    "a cursor with lookback": (
        Storage(Materialization.INCREMENTAL, cursor="seq", lookback=5),
        ["1,10,1", "2,20,2"],
        ["1,10,5", "9,15,4", "2,20,3", "3,30,1"],
        [(1, 10, 1), (2, 20, 3), (3, 30, 1), (9, 15, 4)],
    ),
    "a cursor and a key": (
        Storage(Materialization.INCREMENTAL, unique_key=("id",), cursor="seq"),
        ["1,10,1", "2,20,2", "4,20,4"],
        ["1,25,5", "2,20,3"],
        # row 4 is gone from the source, and stays here
        [(1, 25, 5), (2, 20, 3), (4, 20, 4)],
    ),
    "a key": (
        Storage(Materialization.INCREMENTAL, unique_key=("id",)),
        ["1,10,1", "2,20,2"],
        ["1,5,5", "3,1,3"],
        [(1, 5, 5), (2, 20, 2), (3, 1, 3)],
    ),
    "NULL in the cursor": (
        Storage(Materialization.INCREMENTAL, cursor="seq"),
        ["1,,1", "2,20,2"],
        ["1,,4", "3,,3", "2,20,2"],
        [(1, None, 4), (2, 20, 2), (3, None, 3)],
    ),
    "NULL in the cursor, with a key": (
        Storage(Materialization.INCREMENTAL, unique_key=("id",), cursor="seq"),
        ["1,,1", "2,20,2"],
        ["1,,4", "3,30,3"],
        [(1, None, 4), (2, 20, 2), (3, 30, 3)],
    ),
}


@pytest.mark.parametrize("case", INCREMENTAL)
def test_incremental_models(engine: Engine, tmp_path: Path, case: str) -> None:
    storage, first, second, expected = INCREMENTAL[case]
    write(tmp_path, *first)
    assert deploy(engine, product(tmp_path, storage=storage)).passed
    before = layout(engine)
    write(tmp_path, *second)
    report = refresh(engine)
    assert actions(report)["t"] == "updated"
    assert read(engine, "p__v1.t") == expected
    # what reads it was computed from all of it
    assert read(engine, "p__v1.total") == [(len(expected), max(v for *_, v in expected))]
    assert layout(engine) == before
    # taking the same in again changes nothing
    refresh(engine)
    assert read(engine, "p__v1.t") == expected
    refresh(engine, full=True)
    assert len(read(engine, "p__v1.t")) == len(second)


def test_incremental_with_times(engine: Engine, tmp_path: Path) -> None:
    storage = Storage(Materialization.INCREMENTAL, cursor="seq", lookback="2 days")
    made = release(
        "p@1.0.0",
        [table("t", "id", "seq")],
        {"t": "SELECT id, seq::TIMESTAMP AS seq FROM raw.x"},
        storage={"t": storage},
        sources={"raw": {"x": SourceTable("x", path="x.csv")}},
        base=tmp_path,
    )
    write(tmp_path, "1,2026-01-01", "2,2026-01-05", header="id,seq")
    assert deploy(engine, made).passed
    write(tmp_path, "1,2026-01-05", "8,2026-01-02", "9,2026-01-03", header="id,seq")
    assert refresh(engine).passed
    assert [row[0] for row in read(engine, "p__v1.t")] == [1, 1, 9]


def test_an_incremental_model_is_audited_before_anybody_sees_it(
    engine: Engine, tmp_path: Path
) -> None:
    storage = Storage(Materialization.INCREMENTAL, unique_key=("id",), cursor="seq")
    write(tmp_path, "1,10,1")
    assert deploy(engine, product(tmp_path, storage=storage)).passed
    before = layout(engine)
    write(tmp_path, "2,20,9")
    report = refresh(engine)
    assert [finding.message for finding in report.findings] == [
        "`t.v` is not among the listed values in 1 of 2 rows: `9`"
    ]
    assert read(engine, "p__v1.t") == [(1, 10, 1)]
    assert layout(engine) == before


def test_new_rows_must_not_share_a_unique_key(engine: Engine, tmp_path: Path) -> None:
    storage = Storage(Materialization.INCREMENTAL, unique_key=("seq",))
    write(tmp_path, "1,10,1")
    assert deploy(engine, product(tmp_path, storage=storage)).passed
    write(tmp_path, "1,10,1", "2,10,2")
    report = refresh(engine)
    assert [(finding.rule, finding.message) for finding in report.findings] == [
        ("unique_key", "`t.seq` repeats the value of another row in 1 of 2 rows: `10`")
    ]


def test_an_incremental_model_with_other_columns_is_computed_in_full(
    engine: Engine, tmp_path: Path
) -> None:
    made = release(
        "p@1.0.0",
        [table("t", "id")],
        {"t": "SELECT * FROM raw.x"},
        storage={"t": Storage(Materialization.INCREMENTAL, cursor="seq")},
        sources={"raw": {"x": SourceTable("x", path="x.csv")}},
        base=tmp_path,
    )
    write(tmp_path, "1,1", header="id,seq")
    assert deploy(engine, made).passed
    write(tmp_path, "2,2,z", header="id,seq,more")
    report = refresh(engine)
    assert actions(report)["t"] == "built"
    assert read(engine, "p__v1.t") == [(2,)]
    assert layout(engine)["p__store"] == ["source__raw__x__#", "t__#"]


def test_readers_never_see_old_and_new_together(tmp_path: Path) -> None:
    """Two tables of one release always show the same generation, in every transaction."""

    def tables(generation: int) -> None:
        write(tmp_path, *(f"{n},{n},{generation}" for n in range(1, 200)))

    path = tmp_path / "x.duckdb"
    with open_file(path, "x", read_only=False, patience=0) as engine:
        tables(1)
        assert deploy(engine, product(tmp_path)).passed
        seen: list[tuple[int, int]] = []
        stop = threading.Event()

        def watch() -> None:
            with open_file(path, "x", read_only=False, patience=0) as reader:
                while not stop.is_set():
                    with reader.transaction():
                        first = reader.query("SELECT min(v) FROM p__v1.t").scalar
                        second = reader.query("SELECT high FROM p__v1_0_0.total").scalar
                    seen.append((first, second))

        watcher = threading.Thread(target=watch)
        watcher.start()
        for generation in (2, 3, 4, 5):
            tables(generation)
            assert refresh(engine).passed
        stop.set()
        watcher.join()
    assert {first == second for first, second in seen} == {True}
    assert len({first for first, _ in seen}) > 1
