"""A product on Spark from the first release to the last: deploy, run, roll back, retire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
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
from hansa.engines.protocol import Engine
from hansa.sql.types import parse_type

INCREMENTAL = Storage(Materialization.INCREMENTAL, unique_key=("id",), cursor="id")
ROWS = TableSchema(
    (Column("id", parse_type("bigint", "duckdb")), Column("v", parse_type("varchar", "duckdb")))
)


@pytest.fixture(params=["spark"])
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
