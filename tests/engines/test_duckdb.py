"""What the DuckDB engine promises behind the engine protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hansa.core.datatype import BIGINT, DATE, DOUBLE, STRING
from hansa.core.product import CsvOptions, SourceTable
from hansa.core.schema import Column, TableSchema
from hansa.engines.duckdb import DuckDbEngine, open_file, open_memory
from hansa.engines.duckdb_files import FileFormat, file_format
from hansa.engines.errors import (
    InvalidTarget,
    StatementFailed,
    TargetBusy,
    TargetFailed,
    UnknownFileFormat,
)
from hansa.engines.protocol import Relation, RelationColumn, RelationKind

SHAPE = TableSchema((Column("code", STRING), Column("n", BIGINT)))


@pytest.fixture
def engine() -> Iterator[DuckDbEngine]:
    with open_memory() as engine:
        yield engine


def test_relations_and_columns(engine: DuckDbEngine) -> None:
    engine.create_schema("a b")
    engine.execute('CREATE TABLE "a b"."select" AS SELECT 1 AS "x""y", DATE \'2013-01-01\' AS d')
    engine.execute('CREATE VIEW "a b".v AS SELECT * FROM "a b"."select"')
    assert engine.has_schema("a b")
    assert not engine.has_schema("main b")
    assert engine.relations("a b") == (
        Relation("select", RelationKind.TABLE),
        Relation("v", RelationKind.VIEW),
    )
    assert engine.relations("nowhere") == ()
    columns = (RelationColumn('x"y', "INTEGER"), RelationColumn("d", "DATE"))
    assert engine.columns(("a b", "select")) == columns
    assert engine.columns(("a b", "v")) == columns
    assert engine.columns(("a b", "missing")) == ()


def test_a_transaction_is_all_or_nothing(engine: DuckDbEngine) -> None:
    def fail() -> None:
        with engine.transaction():
            engine.execute("CREATE TABLE t AS SELECT 1 AS a")
            engine.execute("SELECT * FROM missing")

    with pytest.raises(StatementFailed):
        fail()
    assert engine.relations("main") == ()
    with engine.transaction():
        engine.execute("CREATE TABLE t AS SELECT 1 AS a")
    assert engine.relations("main") == (Relation("t", RelationKind.TABLE),)


def test_a_wrong_statement(engine: DuckDbEngine) -> None:
    with pytest.raises(StatementFailed) as caught:
        engine.query("SELECT nothing_here FROM range(3) AS r(i)")
    assert str(caught.value) == (
        'the target refused a statement: referenced column "nothing_here" not found in FROM'
        ' clause, candidate bindings: "i"'
    )
    assert caught.value.sql == "SELECT nothing_here FROM range(3) AS r(i)"


def test_a_missing_file_is_the_outside_failing(engine: DuckDbEngine) -> None:
    with pytest.raises(TargetFailed) as caught:
        engine.query("SELECT * FROM read_csv('/nowhere/x.csv')")
    assert str(caught.value) == (
        "the target `duckdb:///:memory:` failed:"
        ' no files found that match the pattern "/nowhere/x.csv"'
    )
    assert caught.value.exit_code == 3


def test_a_file_named_as_a_schema_of_hansa_is_refused(tmp_path: Path) -> None:
    url = "duckdb:///hansa.duckdb"
    with (
        open_file(tmp_path / "hansa.duckdb", url, read_only=False, patience=0) as engine,
        pytest.raises(InvalidTarget) as caught,
    ):
        engine.create_schema("hansa")
    assert str(caught.value) == (
        "the target `duckdb:///hansa.duckdb` has the name of the schema `hansa`,"
        " and DuckDB cannot tell them apart"
    )
    assert caught.value.hint == "give the file another name, such as warehouse.duckdb"


def test_one_product_is_changed_by_one_thread_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with open_file(path, "x", read_only=False, patience=0) as engine, engine.lock("flights"):
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(10)
    with open_file(path, "x", read_only=False, patience=0.05) as engine:
        with engine.lock("fleet"):
            pass
        with pytest.raises(TargetBusy) as caught, engine.lock("flights"):
            pass
        assert "another thread that changes `flights`" in str(caught.value)
        leave.set()
        thread.join()
        with engine.lock("flights"):
            pass


def test_the_size_of_a_table_is_near_what_its_file_grows_by(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with open_file(path, "x", read_only=False, patience=0) as engine:
        engine.execute("CREATE TABLE small AS SELECT 1 AS a")
        engine.settle()
        before = path.stat().st_size
        engine.execute(
            "CREATE TABLE t AS SELECT i, hash(i) AS h, hash(i)::VARCHAR AS s"
            " FROM range(400000) AS r(i)"
        )
        engine.settle()
        grown = path.stat().st_size - before
        size = engine.size(("main", "t"))
        assert size.rows == 400000
        assert 0.7 * grown < size.bytes < 1.3 * grown
        small = engine.size(("main", "small"))
        assert small.rows == 1
        assert small.bytes < 1000


def test_the_size_of_what_is_not_on_disk(engine: DuckDbEngine) -> None:
    engine.execute("CREATE TABLE t AS SELECT i FROM range(1000) AS r(i)")
    size = engine.size(("main", "t"))
    assert size.rows == 1000
    assert 8000 <= size.bytes < 9000


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("data/x.csv", FileFormat.CSV),
        ("data/X.CSV.GZ", FileFormat.CSV),
        ("x.tsv", FileFormat.CSV),
        ("x/*.parquet", FileFormat.PARQUET),
        ("x.json.zst", FileFormat.JSON),
        ("x.ndjson", FileFormat.JSON),
    ],
)
def test_file_formats(path: str, expected: FileFormat) -> None:
    assert file_format(path) is expected


@pytest.mark.parametrize("path", ["x.xlsx", "x", "x.gz", ".csv/x"])
def test_unknown_file_formats(path: str) -> None:
    with pytest.raises(UnknownFileFormat) as caught:
        file_format(path)
    assert str(caught.value) == f"the file format of the source `{path}` is not known"
    assert caught.value.hint == "name a .csv, .tsv, .parquet, .json, .jsonl or .ndjson file"


CSV_CASES = {
    "declared columns, by name and in another order": (
        "n,extra,code\n1,z,007\n,z,B\n",
        SourceTable("s", path="x.csv", schema=SHAPE),
        (("007", 1), ("B", None)),
    ),
    "a text for NULL": (
        "code,n\nNA,1\nB,NA\n",
        SourceTable("s", path="x.csv", schema=SHAPE, csv=CsvOptions(null="NA")),
        ((None, 1), ("B", None)),
    ),
    "another delimiter": (
        "code;n\nA,A;1\n",
        SourceTable("s", path="x.csv", schema=SHAPE, csv=CsvOptions(delimiter=";")),
        (("A,A", 1),),
    ),
    "a quote far down, and lines that look like comments": (
        "code,n\n" + "x,1\n" * 30_000 + '"a,""b""",2\n#c,3\n',
        SourceTable("s", path="x.csv", schema=SHAPE),
        (*(("x", 1),) * 30_000, ('a,"b"', 2), ("#c", 3)),
    ),
    "tabs, by the file's name": (
        "code\tn\nA,A\t1\n",
        SourceTable("s", path="*.tsv", schema=SHAPE),
        (("A,A", 1),),
    ),
    "no header": (
        "A,1\nB,2\n",
        SourceTable("s", path="x.csv", schema=SHAPE, csv=CsvOptions(header=False)),
        (("A", 1), ("B", 2)),
    ),
    "only a header": ("code,n\n", SourceTable("s", path="x.csv", schema=SHAPE), ()),
    "columns that are not declared": (
        "code,n\nA,1\nB,x\n",
        SourceTable("s", path="x.csv"),
        (("A", "1"), ("B", "x")),
    ),
}


@pytest.mark.parametrize("case", CSV_CASES)
def test_csv_files(engine: DuckDbEngine, tmp_path: Path, case: str) -> None:
    text, source, expected = CSV_CASES[case]
    assert source.path
    (tmp_path / source.path.replace("*", "x")).write_text(text)
    assert engine.query(engine.scan_sql(source, tmp_path)).rows == expected


def test_json_and_parquet_files(engine: DuckDbEngine, tmp_path: Path) -> None:
    rows = [{"n": 1, "code": "A", "more": [1]}, {"code": "B"}]
    (tmp_path / "x.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    engine.execute(
        f"COPY (SELECT 'A' AS code, 1::TINYINT AS n, 5 AS more) TO '{tmp_path}/x.parquet'"
        " (FORMAT parquet)"
    )
    declared = SourceTable("s", path="x.jsonl", schema=SHAPE)
    assert engine.query(engine.scan_sql(declared, tmp_path)).rows == (("A", 1), ("B", None))
    parquet = SourceTable("s", path="x.parquet", schema=SHAPE)
    found = engine.query(f"SELECT *, typeof(n) FROM ({engine.scan_sql(parquet, tmp_path)})")
    assert found.rows == (("A", 1, "BIGINT"),)
    free = SourceTable("s", path="x.parquet")
    assert engine.query(engine.scan_sql(free, tmp_path)).rows == (("A", 1, 5),)


def test_globs_and_directories_with_characters_of_patterns(
    engine: DuckDbEngine, tmp_path: Path
) -> None:
    base = tmp_path / "o'neil [1] *"
    (base / "in").mkdir(parents=True)
    (base / "in/a.csv").write_text("d,x\n2013-01-01,1.5\n")
    (base / "in/b.csv").write_text("x,d\n2.5,2013-01-02\n")
    schema = TableSchema((Column("d", DATE), Column("x", DOUBLE)))
    source = SourceTable("s", path="in/*.csv", schema=schema)
    found = engine.query(f"SELECT d::VARCHAR, x FROM ({engine.scan_sql(source, base)}) ORDER BY 1")
    assert found.rows == (("2013-01-01", 1.5), ("2013-01-02", 2.5))


def test_a_path_cannot_leave_its_quotes(engine: DuckDbEngine, tmp_path: Path) -> None:
    source = SourceTable("s", path="x'); DROP TABLE t; --.csv")
    engine.execute("CREATE TABLE t AS SELECT 1 AS a")
    with pytest.raises(TargetFailed):
        engine.query(engine.scan_sql(source, tmp_path))
    assert engine.query("SELECT a FROM t").scalar == 1


def test_patterns_search_anywhere(engine: DuckDbEngine) -> None:
    condition = engine.matches_sql("v", "^[A-Z']{2}")
    found = engine.query(
        f"SELECT v FROM (VALUES ('UA1'), ('ua'), (NULL)) AS t(v) WHERE {condition}"
    )
    assert found.rows == (("UA1",),)


def test_the_estimate_of_rows(engine: DuckDbEngine) -> None:
    engine.execute("CREATE TABLE t AS SELECT i FROM range(1000) AS r(i)")
    assert engine.estimate("SELECT * FROM t") == 1000
    assert engine.estimate("SELECT i + 1 FROM t ORDER BY 1") == 1000


@pytest.mark.parametrize("kind", ["UTINYINT", "INTEGER", "BIGINT", "HUGEINT"])
def test_dense_whole_numbers_are_counted_by_bits(kind: str) -> None:
    with open_memory() as engine:
        engine.execute(f"CREATE TABLE t AS SELECT (i % 200)::{kind} AS x FROM range(900) AS r(i)")
        extent = engine.query(f"SELECT {engine.extent_sql('x')} FROM t").scalar
        distinct = engine.distinct_sql("x", extent)
        assert distinct == "bit_count(bitstring_agg(x, 0, 199))"
        assert engine.query(f"SELECT {distinct} FROM t").scalar == 200
        assert engine.distinct_sql("x", extent | {"most": 900 * 64}) == "count(DISTINCT x)"
