"""Columns, NULLs and keys of whole queries, held against DuckDB and random rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from tests.sql.conftest import SCHEMAS, fill
from tests.sql.inferring import schema_of, show

from hansa.core.schema import TableSchema
from hansa.sql.types import parse_type

HERE = Path(__file__).parent
QUERIES = (HERE / "queries.sql").read_text(encoding="utf-8").splitlines()
EXPECTED = dict(
    line.split("\t", 1)
    for line in (HERE / "queries_expected.txt").read_text(encoding="utf-8").splitlines()
)


@pytest.mark.parametrize("query", QUERIES)
def test_names_and_types_are_duckdbs(query: str, tables: duckdb.DuckDBPyConnection) -> None:
    described = [
        (name, parse_type(kind, "duckdb"))
        for name, kind, *_ in tables.execute(f"DESCRIBE {query}").fetchall()
    ]
    schema = schema_of(query, SCHEMAS)
    assert [(column.name, column.type) for column in schema.columns] == described


def test_nulls_and_keys_are_as_recorded() -> None:
    found = {query: show(schema_of(query, SCHEMAS)) for query in QUERIES}
    assert found == EXPECTED


@pytest.mark.parametrize("seed", range(12))
def test_no_row_contradicts_what_is_inferred(seed: int, tables: duckdb.DuckDBPyConnection) -> None:
    fill(tables, seed)
    wrong = []
    for query in QUERIES:
        schema = schema_of(query, SCHEMAS)
        rows = tables.execute(query).fetchall()
        wrong += [(query, problem) for problem in contradictions(schema, rows)]
    assert wrong == []


def contradictions(schema: TableSchema, rows: list[tuple[object, ...]]) -> list[str]:
    """What rows show that a schema says cannot be."""
    found = [
        f"NULL in {column.name}"
        for position, column in enumerate(schema.columns)
        if not column.nullable and any(row[position] is None for row in rows)
    ]
    positions = {name: position for position, name in enumerate(schema.names)}
    for key in schema.keys:
        values = [tuple(repr(row[positions[name]]) for name in sorted(key)) for row in rows]
        if len(set(values)) < len(values):
            found.append(f"duplicates in {sorted(key)}")
    return found
