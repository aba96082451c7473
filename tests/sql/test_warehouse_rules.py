"""Types in dialects other than DuckDB, where they differ; UNKNOWN where it is not certain."""

from __future__ import annotations

import pytest
from tests.sql.conftest import SCHEMAS
from tests.sql.inferring import schema_of

TYPES = {
    ("postgres", "count(*)"): "bigint",
    ("postgres", "sum(k)"): "bigint",
    ("postgres", "sum(id)"): "decimal",
    ("postgres", "avg(k)"): "decimal",
    ("postgres", "avg(x)"): "double",
    ("postgres", "max(k) / 2"): "integer",
    ("postgres", "max(k) * 1.5"): "decimal",
    ("postgres", "max(x) + 1"): "double",
    ("postgres", "length(max(s))"): "integer",
    ("spark", "count(*)"): "bigint",
    ("spark", "sum(k)"): "bigint",
    ("spark", "avg(k)"): "double",
    ("spark", "max(k) / 2"): "double",
    ("spark", "sum(cast(k as decimal(10,2)))"): "decimal(20,2)",
    ("snowflake", "max(s)"): "varchar",
    ("snowflake", "max(k) / 2"): "unknown",
    ("bigquery", "case when max(k) > 1 then 'a' else 'b' end"): "varchar",
    ("bigquery", "max(k) > 1"): "boolean",
}
# Without a FROM no aggregate sees rows, so only what can be NULL beyond that differs here.
NULLABLE = {
    ("duckdb", "id / 2"): False,
    ("duckdb", "id / nullif(id, 1)"): True,
    ("duckdb", "cast(s as varchar)"): False,
    ("postgres", "id / id"): False,
    ("spark", "id / id"): True,
    ("spark", "cast(s as int)"): True,
}


@pytest.mark.parametrize(("dialect", "expression"), TYPES)
def test_types(dialect: str, expression: str) -> None:
    schema = schema_of(f"SELECT {expression} AS v FROM a", SCHEMAS, dialect)
    assert str(schema.columns[0].type) == TYPES[dialect, expression]


@pytest.mark.parametrize(("dialect", "expression"), NULLABLE)
def test_nulls(dialect: str, expression: str) -> None:
    schema = schema_of(f"SELECT {expression} AS v FROM a", SCHEMAS, dialect)
    assert schema.columns[0].nullable is NULLABLE[dialect, expression]


def test_names_without_quotes_are_folded_where_the_dialect_folds_them() -> None:
    schema = schema_of('SELECT ID AS Key, s AS "Text" FROM A', SCHEMAS, "postgres")
    assert schema.names == ("key", "Text")
