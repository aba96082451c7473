"""Which tables are stored once because they are proven equal, and which must not be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.deploy.products import pin, proven, read, release, table

from hansa.core.datatype import BIGINT, INTEGER, STRING
from hansa.core.product import Materialization, Policy, SourceTable, Storage
from hansa.core.schema import Column, TableSchema
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import deploy
from hansa.deploy.reports import DeployReport
from hansa.deploy.run import run
from hansa.engines.protocol import Engine

SHAPE = TableSchema((Column("id", BIGINT, False), Column("v", INTEGER), Column("c", STRING)))
NAMES = TableSchema((Column("c", STRING, False), Column("name", STRING)))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "x.csv").write_text("id,v,c\n1,10,a\n2,20,b\n3,,a\n")
    (tmp_path / "y.csv").write_text("id,v,c\n7,70,a\n")
    (tmp_path / "names.csv").write_text("c,name\na,Ada\nb,Bob\n")
    return tmp_path


def product(
    base: Path, version: str, models: dict[str, str], path: str = "x.csv", **storage: Storage
) -> Candidate:
    sources = {
        "raw": {
            "x": SourceTable("x", path=path, schema=SHAPE, primary_key=("id",)),
            "names": SourceTable("names", path="names.csv", schema=NAMES, primary_key=("c",)),
        }
    }
    made = release(
        f"p@{version}", [table("t")], models, storage=storage, sources=sources, base=base
    )
    # what is not shared is to be a table of its own here
    apart = replace(made.product, policy=Policy(folding=False))
    return proven(replace(made, product=apart))


def put(engine: Engine, candidate: Candidate) -> DeployReport:
    report = deploy(engine, candidate)
    assert report.passed, report.findings
    return report


def action(report: DeployReport, label: str = "t") -> str:
    return {item.label: item.action.value for item in report.objects}[label]


BASE = "SELECT id, v FROM raw.x WHERE v > 5 AND c = 'a'"

SHARED = {
    "conditions in another order": {"t": "SELECT id, v FROM raw.x WHERE 'a' = c AND 5 < v"},
    "a CTE": {
        "t": "WITH kept AS (SELECT * FROM raw.x WHERE c = 'a') SELECT id, v FROM kept WHERE v > 5"
    },
    "a private model": {
        "t": "SELECT id, v FROM seen WHERE v > 5",
        "seen": "SELECT id, v FROM raw.x WHERE c = 'a'",
    },
    "a LEFT JOIN that adds no row": {
        "t": "SELECT x.id, x.v FROM raw.x AS x LEFT JOIN raw.names AS n ON n.c = x.c"
        " WHERE x.v > 5 AND x.c = 'a'"
    },
}


@pytest.mark.parametrize("case", SHARED)
def test_what_is_proven_equal_is_stored_once(engine: Engine, base: Path, case: str) -> None:
    put(engine, product(base, "1.0.0", {"t": BASE}))
    report = put(engine, product(base, "2.0.0", SHARED[case]))
    assert action(report) == "shared"
    assert read(engine, "p__v2.t") == read(engine, "p__v1.t") == [(1, 10)]
    (base / "x.csv").write_text("id,v,c\n4,40,a\n")
    assert run(engine, "p").passed
    assert read(engine, "p__v2.t") == read(engine, "p__v1.t") == [(4, 40)]


APART = {
    "a column more": "SELECT id, v, c FROM raw.x WHERE v > 5 AND c = 'a'",
    "a column less": "SELECT id FROM raw.x WHERE v > 5 AND c = 'a'",
    "another order of columns": "SELECT v, id FROM raw.x WHERE v > 5 AND c = 'a'",
    "another name": "SELECT id, v AS w FROM raw.x WHERE v > 5 AND c = 'a'",
    "another type": "SELECT id, CAST(v AS BIGINT) AS v FROM raw.x WHERE v > 5 AND c = 'a'",
    "another filter": "SELECT id, v FROM raw.x WHERE v >= 5 AND c = 'a'",
    "an INNER JOIN": "SELECT x.id, x.v FROM raw.x AS x JOIN raw.names AS n ON n.c = x.c"
    " WHERE x.v > 5 AND x.c = 'a'",
}


@pytest.mark.parametrize("case", APART)
def test_what_differs_is_stored_apart(engine: Engine, base: Path, case: str) -> None:
    put(engine, product(base, "1.0.0", {"t": BASE}))
    assert action(put(engine, product(base, "2.0.0", {"t": APART[case]}))) == "built"


def test_a_source_at_another_place_is_another_one(engine: Engine, base: Path) -> None:
    put(engine, product(base, "1.0.0", {"t": BASE}))
    moved = product(base, "2.0.0", {"t": f"{BASE} AND TRUE"}, path="y.csv")
    assert action(put(engine, moved)) == "built"
    assert read(engine, "p__v2.t") == [(7, 70)]


def test_chance_is_shared_only_within_one_text(engine: Engine, base: Path) -> None:
    put(engine, product(base, "1.0.0", {"t": "SELECT id, random() AS r FROM raw.x"}))
    same = put(engine, product(base, "2.0.0", {"t": "SELECT id, random() AS r FROM raw.x -- 2"}))
    other = put(engine, product(base, "3.0.0", {"t": "SELECT x.id, random() AS r FROM raw.x"}))
    assert (action(same), action(other)) == ("shared", "built")


GROWN = Storage(Materialization.INCREMENTAL, unique_key=("id",))


def test_a_refactored_incremental_model_keeps_its_history(engine: Engine, base: Path) -> None:
    put(engine, product(base, "1.0.0", {"t": "SELECT id, v FROM raw.x"}, t=GROWN))
    (base / "x.csv").write_text("id,v,c\n4,40,a\n")
    written_anew = "SELECT q.id, q.v FROM (SELECT * FROM raw.x) AS q"
    assert action(put(engine, product(base, "1.0.1", {"t": written_anew}, t=GROWN))) == "shared"
    assert run(engine, "p").passed
    assert read(engine, "p__v1.t") == [(1, 10), (2, 20), (3, None), (4, 40)]
    changed = "SELECT id, v + 1 AS v FROM raw.x"
    assert action(put(engine, product(base, "1.0.2", {"t": changed}, t=GROWN))) == "built"
    assert read(engine, "p__v1.t") == [(4, 41)]


def test_what_reads_an_incremental_model_is_not_what_its_sql_computes(
    engine: Engine, base: Path
) -> None:
    grown = {"t": "SELECT id, v FROM grown", "grown": "SELECT id, v FROM raw.x"}
    put(engine, product(base, "1.0.0", grown, grown=GROWN))
    plain = {"t": "SELECT id, v FROM grown", "grown": "SELECT id, v FROM raw.x WHERE TRUE"}
    assert action(put(engine, product(base, "2.0.0", plain))) == "built"
    above = {"t": "SELECT q.id, q.v FROM (FROM grown) AS q", "grown": grown["grown"]}
    assert action(put(engine, product(base, "3.0.0", above, grown=GROWN))) == "shared"
    (base / "x.csv").write_text("id,v,c\n4,40,a\n")
    assert run(engine, "p").passed
    assert len(read(engine, "p__v1.t")) == len(read(engine, "p__v3.t")) == 4
    assert read(engine, "p__v2.t") == [(4, 40)]


def test_readers_of_equal_tables_share_across_major_lines(engine: Engine, base: Path) -> None:
    def columns(candidate: Candidate) -> Candidate:
        contract = candidate.product.contract
        shown = replace(table("t", "id", "v"), columns=tuple(table("t", "id", "v").columns))
        typed = tuple(
            replace(column, type=kind)
            for column, kind in zip(shown.columns, (BIGINT, INTEGER), strict=True)
        )
        contract = replace(contract, tables=(replace(shown, columns=typed),))
        return replace(candidate, product=replace(candidate.product, contract=contract))

    one = columns(product(base, "1.0.0", {"t": BASE}))
    two = columns(product(base, "2.0.0", SHARED["a CTE"]))
    three = columns(product(base, "3.0.0", {"t": "SELECT id, v FROM raw.x"}))
    readers = [
        proven(
            release(
                f"q@{number}.0.0",
                [table("r")],
                {"r": f"SELECT v, count(*) AS n FROM p.t WHERE {number} > 0 GROUP BY v"},
                locked=pin(required),
            ),
            required,
        )
        for number, required in enumerate((one, two, three), start=1)
    ]
    for required in (one, two, three):
        put(engine, required)
    assert [action(put(engine, reader), "r") for reader in readers] == ["built", "shared", "built"]
