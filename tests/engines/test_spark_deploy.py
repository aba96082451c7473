"""A product on Spark from the first release to the last: deploy, run, roll back, retire."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ALL_BY_CONNECT
from tests.deploy.products import TABLE, VIEW, release, table
from tests.targets import Target, fresh_target

from hansa.core.contract import ContractColumn
from hansa.core.product import Materialization, SourceTable, Storage
from hansa.core.schema import Column, TableSchema
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import deploy
from hansa.deploy.reports import Action
from hansa.deploy.retire import retire
from hansa.deploy.rollback import rollback
from hansa.deploy.run import run
from hansa.deploy.state_store import StateStore
from hansa.engines.errors import TargetBusy
from hansa.engines.protocol import Engine
from hansa.errors import HansaError
from hansa.sql.types import parse_type

INCREMENTAL = Storage(Materialization.INCREMENTAL, unique_key=("id",), cursor="id")
ROWS = TableSchema(
    (Column("id", parse_type("bigint", "duckdb")), Column("v", parse_type("varchar", "duckdb")))
)


# every record there is a view of the catalog, so that a deployment takes minutes
@pytest.fixture(params=["spark", "connect"] if ALL_BY_CONNECT else ["spark"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    yield from fresh_target(request, str(request.param), tmp_path)


def product(version: str, base: Path, words: str) -> Candidate:
    return release(
        f"p@{version}",
        [table("kept", ContractColumn("id", unique=True), "v"), table("told", "words")],
        {
            "kept": "SELECT id, v FROM raw.rows",
            "told": f"SELECT {words} AS words FROM kept",
        },
        storage={"kept": INCREMENTAL, "told": TABLE if version < "2" else VIEW},
        sources={"raw": {"rows": SourceTable("rows", path="rows.csv", schema=ROWS)}},
        base=base,
    )


def shown(engine: Engine, path: str) -> list[tuple[object, ...]]:
    return sorted(engine.query(f"SELECT * FROM {path}").rows)


def test_two_releases_run_roll_back_and_retire(engine: Engine, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("id,v\n1,a\n2,b\n")
    first = deploy(engine, product("1.0.0", tmp_path, "upper(v)"))
    assert first.findings == ()
    assert first.passed
    second = deploy(engine, product("2.0.0", tmp_path, "concat(v, '!')"))
    assert second.passed
    assert Action.SHARED in {one.action for one in second.objects}
    assert shown(engine, "p__v1.told") == [("A",), ("B",)]
    assert shown(engine, "p__v2.told") == [("a!",), ("b!",)]

    rows.write_text("id,v\n2,B\n3,c\n")
    report = run(engine, "p")
    assert report.passed
    assert Action.UPDATED in {one.action for one in report.objects}
    assert shown(engine, "p__v1.kept") == [(1, "a"), (2, "B"), (3, "c")]
    assert shown(engine, "p__v2.told") == [("B!",), ("a!",), ("c!",)]

    rows.write_text("id,v\n3,c\n3,d\n")
    refused = run(engine, "p")
    assert [found.rule for found in refused.findings] == ["unique_key", "unique"]
    assert shown(engine, "p__v1.kept") == [(1, "a"), (2, "B"), (3, "c")]

    rollback(engine, "p")
    assert shown(engine, "p__v1.kept") == [(1, "a"), (2, "b")]
    retire(engine, "p", "1")
    assert not engine.has_schema("p__v1")
    assert shown(engine, "p__v2.told") == [("a!",), ("b!",)]
    (live,) = StateStore(engine).load().of("p")
    assert str(live.name) == "p@2.0.0"


@pytest.mark.parametrize("target", ["spark"], indirect=True)
def test_who_reads_never_meets_a_table_that_is_gone(engine: Engine, target: Target) -> None:
    """Each of two tables is there at any moment, whole, and never older than what was seen."""
    base = target.base
    rows = base / "rows.csv"
    rows.write_text("id,v\n0,0\n")
    candidate = release(
        "p@1.0.0",
        [table("kept", "id", "v")],
        {"kept": "SELECT id, v FROM raw.rows"},
        sources={"raw": {"rows": SourceTable("rows", path="rows.csv", schema=ROWS)}},
        base=base,
    )
    assert deploy(engine, candidate).passed
    seen: list[tuple[object, ...]] = []
    failures: list[Exception] = []
    stop = threading.Event()

    def watch() -> None:
        reader = target.open()
        while not stop.is_set():
            try:
                found = reader.query("SELECT count(*), min(v), max(v) FROM p__v1.kept").rows
                seen.extend(found)
            except HansaError as failure:
                failures.append(failure)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for number in (1, 2, 3):
            rows.write_text("id,v\n" + "".join(f"{n},{number}\n" for n in range(number + 1)))
            assert run(engine, "p").passed
    finally:
        stop.set()
        watcher.join()
    assert [str(failure) for failure in failures] == []
    assert set(seen) <= {(number + 1, str(number), str(number)) for number in range(4)}
    assert seen == sorted(seen)
    assert len(set(seen)) > 1
    # what the last publication replaced is there for who is still reading it, and no more
    held = engine.query("SHOW TABLES IN p__store").rows
    generations = [str(row[1]) for row in held if "__hansa" in str(row[1])]
    assert len([name for name in generations if name.startswith("kept")]) == 2
    retire(engine, "p", "1")
    assert not engine.has_schema("p__store")


def test_of_two_who_write_one_is_refused(engine: Engine, target: Target) -> None:
    """The second waits for the first, and is told who that is."""
    (target.base / "rows.csv").write_text("id,v\n1,a\n")
    one, two = (product(version, target.base, "v") for version in ("1.0.0", "1.1.0"))
    assert deploy(engine, one).passed
    other = target.open(patience=0.2)
    with engine.lock("p"):
        with pytest.raises(TargetBusy) as caught:
            deploy(other, two)
        assert "changes `p`" in str(caught.value)
        free = release("q@1.0.0", [table("t", "x")], {"t": "SELECT 1 AS x"})
        assert deploy(other, free).passed
    assert deploy(other, two).passed
    assert shown(engine, "p__v1.told") == [("a",)]
