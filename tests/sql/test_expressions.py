"""Types and NULLs of single expressions, held against DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.sql.inferring import facts_of

from hansa.core.datatype import UNKNOWN
from hansa.core.schema import Column, TableSchema
from hansa.sql.types import parse_type

EXPRESSIONS = [
    line
    for line in (Path(__file__).parent / "duckdb_expressions.txt")
    .read_text(encoding="utf-8")
    .splitlines()
    if line and not line.startswith("#")
]
COLUMNS = {
    "t": "TINYINT",
    "s": "SMALLINT",
    "i": "INTEGER",
    "b": "BIGINT",
    "h": "HUGEINT",
    "ut": "UTINYINT",
    "ui": "UINTEGER",
    "ub": "UBIGINT",
    "f": "FLOAT",
    "d": "DOUBLE",
    "d4": "DECIMAL(4,2)",
    "d18": "DECIMAL(18,3)",
    "d38": "DECIMAL(38,10)",
    "bo": "BOOLEAN",
    "v": "VARCHAR",
    "dt": "DATE",
    "ts": "TIMESTAMP",
    "tz": "TIMESTAMPTZ",
    "tm": "TIME",
    "iv": "INTERVAL",
    "bl": "BLOB",
    "uu": "UUID",
    "js": "JSON",
    "li": "INTEGER[]",
    "ls": "VARCHAR[]",
    "st": "STRUCT(a INTEGER, b VARCHAR)",
    "mp": "MAP(VARCHAR, INTEGER)",
}
# What inference does not tell: an unknown type gives no finding.
GAPS = {
    "null",
    "row(i, v)",
    "map {'a': 1}",
    "element_at(mp, 'k')",
    "error('x')",
    "min(i, 2)",
    "histogram(i)",
    "mad(d)",
}
NUMBERS = (*list(COLUMNS)[:12], "1", "300", "1.5")
# Rows at the edges of what columns can hold, none of them NULL.
EDGES = [
    {"v": "''", "dt": "DATE 'infinity'", "ts": "TIMESTAMP 'infinity'", "d": "'inf'::DOUBLE"},
    {"v": "'a,b'", "dt": "DATE '2024-02-29'", "d": "'nan'::DOUBLE", "li": "[]", "ls": "[]"},
    {"v": "'x'", "dt": "DATE '-infinity'", "i": "0", "b": "0", "d": "0", "f": "0", "bo": "false"},
    {"v": "'12'", "i": "-3", "b": "-7", "d": "-1.5", "li": "[NULL]", "mp": "MAP {'k': NULL}"},
]
PLAIN = {
    "t": "1",
    "s": "1",
    "i": "1",
    "b": "2",
    "h": "3",
    "ut": "1",
    "ui": "1",
    "ub": "1",
    "f": "1.5",
    "d": "2.5",
    "d4": "1.25",
    "d18": "1",
    "d38": "1",
    "bo": "true",
    "v": "'a'",
    "dt": "DATE '2024-01-02'",
    "ts": "TIMESTAMP '2024-01-02 03:04:05'",
    "tm": "TIME '01:02:03'",
    "tz": "TIMESTAMPTZ '2024-01-02 03:04:05+00'",
    "iv": "INTERVAL 1 DAY",
    "bl": "'a'::BLOB",
    "uu": "uuid()",
    "js": "'{\"a\": null}'::JSON",
    "li": "[1, 2]",
    "ls": "['a']",
    "st": "{'a': NULL, 'b': 'x'}",
    "mp": "MAP {'k': 1}",
}


def schema(*, nullable: bool) -> dict[str, TableSchema]:
    return {
        "x": TableSchema(
            tuple(
                Column(name, parse_type(kind, "duckdb"), nullable) for name, kind in COLUMNS.items()
            )
        )
    }


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"CREATE TABLE x ({columns})")
    yield connection
    connection.close()


def described(connection: duckdb.DuckDBPyConnection, expression: str) -> str | None:
    """DuckDB's own type; None for what it does not accept."""
    try:
        rows = connection.execute(f"DESCRIBE SELECT {expression} AS r FROM x").fetchall()
    except duckdb.Error:
        return None
    return str(rows[0][1])


def check(connection: duckdb.DuckDBPyConnection, expressions: list[str]) -> dict[str, str]:
    """The expressions whose inferred type is not DuckDB's, with both; unknown ones apart."""
    schemas = schema(nullable=True)
    wrong = {}
    for expression in expressions:
        kind = described(connection, expression)
        if kind is None:
            continue
        found = facts_of(f"SELECT {expression} AS r FROM x", schemas).schema
        assert found is not None, expression
        inferred = found.columns[0].type
        if inferred == UNKNOWN:
            wrong[expression] = "unknown"
        elif inferred != parse_type(kind, "duckdb"):
            wrong[expression] = f"{inferred} is {kind}"
    return wrong


def test_types_are_duckdbs(connection: duckdb.DuckDBPyConnection) -> None:
    assert check(connection, EXPRESSIONS) == dict.fromkeys(GAPS, "unknown")


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "//", "%"])
def test_arithmetic_types_are_duckdbs(operator: str, connection: duckdb.DuckDBPyConnection) -> None:
    pairs = [f"{left} {operator} {right}" for left in NUMBERS for right in NUMBERS]
    assert check(connection, pairs) == {}


@pytest.mark.parametrize(
    "form", ["coalesce({}, {})", "case when bo then {} else {} end", "[{}, {}]"]
)
def test_choices_have_duckdbs_type(form: str, connection: duckdb.DuckDBPyConnection) -> None:
    others = ("v", "bo", "dt", "ts", "tz", "'a'", "NULL")
    pairs = [
        form.format(left, right) for left in (*NUMBERS, *others) for right in (*NUMBERS, *others)
    ]
    wrong = check(connection, pairs)
    assert {text for text in wrong.values() if text != "unknown"} == set()
    assert all("NULL" in pair for pair in wrong), wrong


def test_what_is_never_null_is_not_null_at_the_edges(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    schemas = schema(nullable=False)
    connection.execute("DELETE FROM x")
    for edge in EDGES:
        values = {**PLAIN, **edge}
        row = ", ".join(values[name] for name in COLUMNS)
        connection.execute(f"INSERT INTO x VALUES ({row})")
    wrong = []
    for expression in EXPRESSIONS:
        if described(connection, expression) is None:
            continue
        found = facts_of(f"SELECT {expression} AS r FROM x", schemas).schema
        assert found is not None
        if not found.columns[0].nullable and _gives_null(connection, expression):
            wrong.append(expression)
    assert wrong == []


def _gives_null(connection: duckdb.DuckDBPyConnection, expression: str) -> bool:
    """Whether one of the rows gives NULL; a row that is an error gives nothing."""
    for offset in range(len(EDGES)):
        one = f"(SELECT * FROM x LIMIT 1 OFFSET {offset}) AS x"
        try:
            rows = connection.execute(f"SELECT {expression} FROM {one}").fetchall()
        except duckdb.Error:
            continue
        if any(row[0] is None for row in rows):
            return True
    return False
