"""Types from text, and back to text."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.core.datatype import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    DataType,
    Family,
)
from hansa.sql.types import InvalidType, parse_type, type_sql

DECIMAL = DataType(Family.DECIMAL, precision=10, scale=2)
FLOAT = DataType(Family.FLOAT, bits=32)

MEANINGS = {
    ("varchar(10)", "duckdb"): DataType(Family.STRING, length=10),
    ("Character Varying (5)", "postgres"): DataType(Family.STRING, length=5),
    ("char", "postgres"): DataType(Family.STRING, length=1, fixed=True),
    ("text", "duckdb"): STRING,
    ("string", "spark"): STRING,
    ("nvarchar(max)", "tsql"): STRING,
    ("int4", "postgres"): INTEGER,
    ("INT", "duckdb"): INTEGER,
    ("bigint unsigned", "mysql"): DataType(Family.INTEGER, bits=64, signed=False),
    ("tinyint(1)", "mysql"): DataType(Family.INTEGER, bits=8),
    ("int64", "bigquery"): BIGINT,
    ("integer", "snowflake"): DataType(Family.DECIMAL, precision=38, scale=0),
    ("ubigint", "duckdb"): DataType(Family.INTEGER, bits=64, signed=False),
    ("decimal(10, 2)", "duckdb"): DECIMAL,
    ("numeric(10,2)", "postgres"): DECIMAL,
    ("decimal", "duckdb"): DataType(Family.DECIMAL, precision=18, scale=3),
    ("decimal", "spark"): DataType(Family.DECIMAL, precision=10, scale=0),
    ("numeric", "postgres"): DataType(Family.DECIMAL),
    ("float", "duckdb"): FLOAT,
    ("float", "postgres"): DOUBLE,
    ("float(53)", "duckdb"): DOUBLE,
    ("real", "postgres"): FLOAT,
    ("double precision", "postgres"): DOUBLE,
    ("bool", "duckdb"): BOOLEAN,
    ("date", "duckdb"): DATE,
    ("timestamp", "duckdb"): TIMESTAMP,
    ("timestamp", "spark"): TIMESTAMPTZ,
    ("timestamp_ntz", "spark"): TIMESTAMP,
    ("timestamp with time zone", "duckdb"): TIMESTAMPTZ,
    ("timestamptz", "postgres"): TIMESTAMPTZ,
    ("timestamp(3) with time zone", "trino"): DataType(
        Family.TIMESTAMP, precision=3, timezone=True
    ),
    ("timestamp without time zone", "postgres"): TIMESTAMP,
    ("timestamp_ms", "duckdb"): DataType(Family.TIMESTAMP, precision=3),
    ("interval day to second", "duckdb"): DataType(Family.INTERVAL),
    ("jsonb", "postgres"): DataType(Family.JSON, name="jsonb"),
    ("int[]", "duckdb"): DataType(Family.ARRAY, items=(INTEGER,)),
    ("int[3]", "duckdb"): DataType(Family.ARRAY, items=(INTEGER,), length=3, fixed=True),
    ("int array", "postgres"): DataType(Family.ARRAY, items=(INTEGER,)),
    ("array<string>", "spark"): DataType(Family.ARRAY, items=(STRING,)),
    ("map<string, int>", "spark"): DataType(Family.MAP, items=(STRING, INTEGER)),
    ('struct(a int, "b c" text)', "duckdb"): DataType(
        Family.STRUCT, fields=(("a", INTEGER), ("b c", STRING))
    ),
    ("struct<a: int, b: array<int>>", "spark"): DataType(
        Family.STRUCT, fields=(("a", INTEGER), ("b", DataType(Family.ARRAY, items=(INTEGER,))))
    ),
    ("enum('a', 'it''s')", "duckdb"): DataType(Family.OTHER, name="enum('a', 'it''s')"),
    ("geometry", "duckdb"): DataType(Family.OTHER, name="geometry"),
}
INVALID = {
    "varchra": "did you mean `varchar` or `varchar2` or `nvarchar`?",
    "": "write a type such as integer, varchar, decimal(10,2) or timestamp",
    "int[": "write a type such as integer, varchar, decimal(10,2) or timestamp",
    "int int": "write a type such as integer, varchar, decimal(10,2) or timestamp",
    "int; DROP TABLE x": "write a type such as integer, varchar, decimal(10,2) or timestamp",
    "decimal(3,5)": "write a precision and a scale that is not larger",
    "decimal(x)": "write a type such as integer, varchar, decimal(10,2) or timestamp",
    "map(int)": "write a type such as integer, varchar, decimal(10,2) or timestamp",
    "array<int": "write a type such as integer, varchar, decimal(10,2) or timestamp",
    "struct(a)": "write a type such as integer, varchar, decimal(10,2) or timestamp",
    "enum": "write the members, such as enum(…)",
    "struct(a " * 100: "nest types less deeply",
}
WRITTEN = {
    "duckdb": [
        *("INTEGER", "VARCHAR", "DECIMAL(10,2)", "TIMESTAMP WITH TIME ZONE", "INTEGER[]"),
        *('STRUCT("a" INTEGER)', "DOUBLE"),
    ],
    "postgres": [
        *("INT", "VARCHAR(10)", "DECIMAL(10, 2)", "TIMESTAMPTZ", "INT[]"),
        *('STRUCT<"a" INT>', "DOUBLE PRECISION"),
    ],
    "spark": [
        *("INT", "VARCHAR(10)", "DECIMAL(10, 2)", "TIMESTAMP", "ARRAY<INT>"),
        *("STRUCT<`a`: INT>", "DOUBLE"),
    ],
    "bigquery": [
        *("INT64", "STRING(10)", "NUMERIC(10, 2)", "TIMESTAMP", "ARRAY<INT64>"),
        *("STRUCT<`a` INT64>", "FLOAT64"),
    ],
}


@pytest.mark.parametrize(("text", "dialect"), MEANINGS)
def test_a_type_text_means(text: str, dialect: str) -> None:
    assert parse_type(text, dialect) == MEANINGS[text, dialect]


@pytest.mark.parametrize("text", INVALID)
def test_a_text_that_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(InvalidType) as caught:
        parse_type(text, "duckdb")
    assert str(caught.value) == f"`{text[:80]}` is not a type in duckdb"
    assert caught.value.hint == INVALID[text]


@pytest.mark.parametrize("dialect", WRITTEN)
def test_types_are_written_in_the_words_of_a_dialect(dialect: str) -> None:
    kinds = [
        INTEGER,
        DataType(Family.STRING, length=10),
        DECIMAL,
        TIMESTAMPTZ,
        DataType(Family.ARRAY, items=(INTEGER,)),
        DataType(Family.STRUCT, fields=(("a", INTEGER),)),
        DOUBLE,
    ]
    assert [type_sql(kind, dialect) for kind in kinds] == WRITTEN[dialect]


@pytest.mark.parametrize(
    "kind", [UNKNOWN, DataType(Family.ARRAY, items=(UNKNOWN,)), DataType(Family.STRUCT)]
)
def test_a_type_that_is_not_known_cannot_be_written(kind: DataType) -> None:
    with pytest.raises(InvalidType):
        type_sql(kind, "duckdb")


def duckdb_words() -> list[str]:
    rows = duckdb.sql(
        "SELECT DISTINCT type_name FROM duckdb_types() WHERE NOT internal OR internal"
    )
    special = {"array", "enum", "list", "map", "null", "row", "struct", "tuple", "union", "type"}
    return sorted({row[0].lower() for row in rows.fetchall()} - special)


SIMPLE = duckdb_words()
TYPES = st.recursive(
    st.sampled_from([*SIMPLE, "decimal(7,2)", "varchar(3)", "timestamp(3)", "float(20)"]),
    lambda inner: (
        inner.map(lambda kind: f"{kind}[]")
        | inner.map(lambda kind: f"{kind}[2]")
        | st.tuples(inner, inner).map(lambda pair: f"map({pair[0]}, {pair[1]})")
        | st.tuples(inner, inner).map(lambda pair: f'struct(a {pair[0]}, "b ""c" {pair[1]})')
    ),
    max_leaves=4,
)


@given(TYPES)
def test_types_go_to_duckdb_and_back(text: str) -> None:
    canonical = duckdb.sql(f"DESCRIBE SELECT NULL::{text} AS x").fetchall()[0][1]
    written = type_sql(parse_type(text, "duckdb"), "duckdb")
    again = duckdb.sql(f"DESCRIBE SELECT NULL::{written} AS x").fetchall()[0][1]
    assert again == canonical
    assert type_sql(parse_type(canonical, "duckdb"), "duckdb") == written


@pytest.mark.parametrize("word", SIMPLE)
def test_every_word_of_duckdb_is_known(word: str) -> None:
    canonical = duckdb.sql(f"DESCRIBE SELECT NULL::{word} AS x").fetchall()[0][1]
    assert type_sql(parse_type(word, "duckdb"), "duckdb") == canonical
