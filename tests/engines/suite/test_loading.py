"""Files that are loaded into tables: every engine gives the same rows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hansa.core.product import CsvOptions, SourceTable
from hansa.core.schema import Column, TableSchema
from hansa.engines.errors import StatementFailed, TargetFailed, UnknownFileFormat
from hansa.engines.protocol import Engine
from hansa.sql.identifiers import quote_path
from hansa.sql.types import parse_type


def schema(**columns: str) -> TableSchema:
    return TableSchema(
        tuple(Column(name, parse_type(kind, "duckdb")) for name, kind in columns.items())
    )


def loaded(engine: Engine, source: SourceTable, base: Path) -> list[tuple[Any, ...]]:
    engine.create_schema("store")
    engine.load_table(("store", source.name), source, base)
    path = quote_path(("store", source.name), engine.dialect)
    return list(engine.query(f"SELECT * FROM {path} ORDER BY 1").rows)


ODD = [
    (1, "plain"),
    (2, ""),
    (3, None),
    (4, 'a "quoted", \\ back\nline\r\ttab'),
    (5, "größe 鳥 😀"),
    (6, "\\N"),
    (7, "NULL"),
    (8, "\\."),
]


def test_texts_of_every_kind(engine: Engine, tmp_path: Path) -> None:
    lines = [json.dumps({"n": n, "s": s}) for n, s in ODD]
    (tmp_path / "x.jsonl").write_text("\n".join(lines), encoding="utf-8")
    source = SourceTable("x", path="x.jsonl", schema=schema(n="bigint", s="varchar"))
    assert loaded(engine, source, tmp_path) == ODD


def test_values_of_every_type(engine: Engine, tmp_path: Path) -> None:
    kinds = {
        "n": "integer",
        "b": "boolean",
        "small": "smallint",
        "big": "bigint",
        "f": "double",
        "d": "decimal(12,3)",
        "day": "date",
        "moment": "timestamp",
        "instant": "timestamptz",
        "s": "varchar(10)",
    }
    duckdb.sql(
        "SELECT 1 AS n, true AS b, -5 AS small, 9007199254740993 AS big, 0.1::DOUBLE AS f,"
        " 12345.678 AS d, DATE '2013-01-31' AS day,"
        " TIMESTAMP '2013-01-31 23:59:59.123456' AS moment,"
        " TIMESTAMPTZ '2013-01-31 23:59:59+00' AS instant, 'x' AS s"
        " UNION ALL SELECT 2, NULL, NULL, NULL, 'infinity', NULL, NULL, NULL, NULL, NULL"
    ).write_parquet(str(tmp_path / "x.parquet"))
    engine.create_schema("store")
    source = SourceTable("x", path="x.parquet", schema=schema(**kinds))
    engine.load_table(("store", "x"), source, tmp_path)
    seconds = "CAST(EXTRACT(EPOCH FROM instant) AS BIGINT)"
    if engine.dialect == "spark":
        seconds = "unix_seconds(instant)"
    path = quote_path(("store", "x"), engine.dialect)
    first, second = engine.query(
        f"SELECT n, b, small, big, f, d, day, moment, s, {seconds} FROM {path} ORDER BY 1"
    ).rows
    assert first == (
        1,
        True,
        -5,
        9007199254740993,
        0.1,
        Decimal("12345.678"),
        date(2013, 1, 31),
        datetime(2013, 1, 31, 23, 59, 59, 123456),
        "x",
        datetime(2013, 1, 31, 23, 59, 59, tzinfo=UTC).timestamp(),
    )
    assert second == (2, None, None, None, float("inf"), None, None, None, None, None)
    found = [parse_type(c.type, engine.dialect) for c in engine.columns(("store", "x"))]
    lengthless = [parse_type(kind, "duckdb") for kind in kinds.values()]
    assert [kind.family for kind in found] == [kind.family for kind in lengthless]
    assert [kind.bits for kind in found] == [kind.bits for kind in lengthless]


def test_lists(engine: Engine, tmp_path: Path) -> None:
    rows = [{"n": 1, "l": ["a", None, 'b "c", \\', ""]}, {"n": 2, "l": []}, {"n": 3, "l": None}]
    (tmp_path / "x.json").write_text(json.dumps(rows))
    source = SourceTable("x", path="x.json", schema=schema(n="bigint", l="varchar[]"))
    assert loaded(engine, source, tmp_path) == [
        (1, ["a", None, 'b "c", \\', ""]),
        (2, []),
        (3, None),
    ]


def test_csv_files_with_a_word_for_null(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("code,n,more\nNA,1,x\nB,NA,y\n")
    (tmp_path / "b.csv").write_text("n,code\n3,C\n")
    source = SourceTable(
        "x", path="*.csv", schema=schema(code="varchar", n="bigint"), csv=CsvOptions(null="NA")
    )
    engine.create_schema("store")
    engine.load_table(("store", "x"), source, tmp_path)
    path = quote_path(("store", "x"), engine.dialect)
    found = engine.query(f"SELECT coalesce(code, '-'), coalesce(n, 0) FROM {path} ORDER BY 1")
    assert list(found.rows) == [("-", 1), ("B", 0), ("C", 3)]


def test_columns_that_are_not_declared(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,day,v\n1,2013-01-01,1.5\n2,,\n")
    assert loaded(engine, SourceTable("x", path="x.csv"), tmp_path) == [
        (1, date(2013, 1, 1), 1.5),
        (2, None, None),
    ]


def test_only_a_header(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,v\n")
    source = SourceTable("x", path="x.csv", schema=schema(id="bigint", v="double"))
    assert loaded(engine, source, tmp_path) == []


def test_a_row_that_does_not_fit_its_type(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id\n1\nmany\n")
    source = SourceTable("x", path="x.csv", schema=schema(id="bigint"))
    with pytest.raises(StatementFailed) as caught:
        loaded(engine, source, tmp_path)
    assert "many" in caught.value.reason
    assert f"line 3 of {tmp_path}/x.csv" in caught.value.reason
    assert engine.relations("store") == ()


def test_files_that_are_not_there(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(TargetFailed) as caught:
        loaded(engine, SourceTable("x", path="x.csv", schema=schema(id="bigint")), tmp_path)
    assert f"{tmp_path}/x.csv" in str(caught.value)
    with pytest.raises(UnknownFileFormat):
        loaded(engine, SourceTable("x", path="x.xlsx"), tmp_path)
    assert engine.relations("store") == ()
