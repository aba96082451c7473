"""What incremental models make of NULL cursors, late rows and new definitions."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.deploy.products import read, release, table

from hansa.core.product import Materialization, SourceTable, Storage
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import deploy
from hansa.deploy.reports import RunReport
from hansa.deploy.run import RunOptions, run
from hansa.engines.protocol import Engine

CURSOR = Storage(Materialization.INCREMENTAL, cursor="seq", lookback=5)


def write(base: Path, *rows: str) -> None:
    (base / "x.csv").write_text("\n".join(["id,seq,v", *rows]) + "\n")


def product(
    base: Path, version: str = "1.0.0", v: str = "v", storage: Storage = CURSOR
) -> Candidate:
    return release(
        f"p@{version}",
        [table("grown", "id", "seq", "v")],
        {"grown": f"SELECT id, seq, {v} AS v FROM raw.x"},
        storage={"grown": storage},
        sources={"raw": {"x": SourceTable("x", path="x.csv")}},
        base=base,
    )


def action(report: RunReport) -> str:
    return next(item.action.value for item in report.objects if item.label == "grown")


@pytest.mark.parametrize(
    "storage",
    [CURSOR, Storage(Materialization.INCREMENTAL, unique_key=("id",), cursor="seq")],
)
def test_rows_without_a_cursor_are_counted_in_a_warning(
    engine: Engine, tmp_path: Path, storage: Storage
) -> None:
    write(tmp_path, "1,10,1", "2,,2", "3,,3")
    report = deploy(engine, product(tmp_path, storage=storage))
    assert report.passed
    (finding,) = report.findings
    assert (finding.rule, finding.severity.value, finding.column) == (
        "cursor_null",
        "warning",
        "seq",
    )
    assert finding.message == (
        "`grown.seq` is NULL, so that every run takes the row in again, in 2 of 3 rows"
    )
    write(tmp_path, "1,10,1", "2,,2", "4,20,4")
    again = run(engine, "p")
    assert again.passed
    (finding,) = again.findings
    assert finding.message.endswith("in 1 of 3 rows")
    write(tmp_path, "1,10,1", "4,20,4")
    if not storage.unique_key:
        # without a key, rows without a cursor are as new as their source
        assert run(engine, "p").findings == ()
        assert read(engine, "p__v1.grown") == [(1, 10, 1), (4, 20, 4)]


def test_late_rows_within_the_lookback_are_taken_in(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,10,1", "2,20,2")
    assert deploy(engine, product(tmp_path)).passed
    # one is late by less than the lookback, one by more, one is new
    write(tmp_path, "1,10,1", "2,20,2", "3,16,3", "4,14,4", "5,30,5")
    report = run(engine, "p")
    assert action(report) == "updated"
    assert [row[0] for row in read(engine, "p__v1.grown")] == [1, 2, 3, 5]
    report = run(engine, "p", RunOptions(full=True))
    assert action(report) == "built"
    assert [row[0] for row in read(engine, "p__v1.grown")] == [1, 2, 3, 4, 5]


def test_a_new_definition_is_computed_from_the_start(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,10,1", "2,20,2")
    assert deploy(engine, product(tmp_path)).passed
    assert deploy(engine, product(tmp_path, "1.1.0", v="v * 2")).passed
    # the old release is gone, and nothing of its rows stays in the new one
    assert read(engine, "p__v1.grown") == [(1, 10, 2), (2, 20, 4)]
    write(tmp_path, "2,20,9")
    assert action(run(engine, "p")) == "updated"
    assert read(engine, "p__v1.grown") == [(1, 10, 2), (2, 20, 18)]
