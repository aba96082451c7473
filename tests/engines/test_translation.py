"""DuckDB's SQL on PostgreSQL: both compute the same, wherever hansa says how."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from hansa.core.facts import Input, InputKind
from hansa.engines.duckdb import open_memory
from hansa.engines.protocol import Engine
from hansa.engines.targets import open_target
from hansa.sql.compile import compile_model

ROWS = (
    "CREATE TABLE instants AS SELECT * FROM (VALUES"
    " (1, 'a', CAST('2024-02-29 23:59:58.75' AS TIMESTAMP), 0.25, 7, 'Delta Air Lines Inc.'),"
    " (2, 'a', CAST('2023-01-01 00:00:00' AS TIMESTAMP), -2.5, -7, ''),"
    " (3, 'b', CAST('1999-12-31 12:30:05' AS TIMESTAMP), 10.125, 3, 'x Co.'),"
    " (4, 'b', NULL, NULL, NULL, NULL)) AS v(id, label, moment, part, whole, words)"
)

EXPRESSIONS = (
    *(
        f"{part}(moment)"
        for part in (
            *("year", "quarter", "month", "week", "day", "dayofweek", "isodow", "dayofyear"),
            *("hour", "minute", "second", "dayname", "monthname"),
        )
    ),
    "extract(hour FROM moment)",
    "extract(second FROM moment)",
    "extract(dayofweek FROM moment)",
    "extract(epoch FROM moment)",
    "date_part('minute', moment)",
    "date_part('dow', moment)",
    "moment + INTERVAL (whole) MINUTES",
    "moment - INTERVAL (whole + 1) DAYS",
    "moment + INTERVAL 3 HOURS",
    "moment + to_minutes(whole)",
    "moment + to_days(CAST(whole AS INTEGER))",
    "make_date(year(moment), month(moment), 1)",
    "make_timestamp(2024, id, 3, 4, 5, 6.5)",
    "round(CAST(part AS DOUBLE), 1)",
    "round(CAST(part AS DOUBLE))",
    "round(part, 2)",
    "whole / 2",
    "whole // 2",
    "whole % 2",
    "regexp_extract(words, '([A-Z])[a-z]+', 1)",
    "regexp_extract(words, '[A-Z][a-z]+')",
    "regexp_replace(words, ' (Inc[.]|Co[.])$', '')",
    "contains(words, 'Air')",
    "CAST(CAST(whole AS HUGEINT) * 4000000000000000000 AS HUGEINT)",
    "strptime('2024-03-01', '%Y-%m-%d')",
    "row_number() OVER (ORDER BY whole DESC, id)",
    "avg(whole) OVER (PARTITION BY label)",
)

QUERIES = (
    "SELECT label, avg(whole), avg(whole) FILTER (WHERE whole > 0), count_if(whole > 0)"
    " FROM instants GROUP BY label",
    "SELECT label, sum(whole) AS total, count(*) FROM instants GROUP BY ALL",
    "SELECT max(whole), count(*) FROM instants GROUP BY ALL",
    "SELECT label, arg_max(id, whole), arg_min(words, part), any_value(label)"
    " FROM instants GROUP BY label",
    "SELECT count_if(whole > 0) FROM instants WHERE id > 10",
    "SELECT id FROM instants QUALIFY row_number() OVER (PARTITION BY label ORDER BY id) = 1",
    # names in any case, and names that are words of the language there
    'WITH Seen AS (SELECT Id AS Number, LABEL AS "User", whole AS "end" FROM instants)'
    ' SELECT number, user, s."END" FROM seen AS S',
)


@pytest.fixture(scope="module")
def both(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Engine]]:
    """The same rows in a schema `s` of both engines."""
    duckdb = open_memory()
    postgres = open_target(postgres_server, tmp_path_factory.getbasetemp(), {})
    for engine in (duckdb, postgres):
        engine.create_schema("s")
        engine.execute(ROWS.replace("instants", "s.instants"))
    yield duckdb, postgres
    postgres.execute("DROP SCHEMA s CASCADE")
    postgres.close()
    duckdb.close()


def computed(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    def model(_group: str, name: str) -> Input:
        return Input(InputKind.MODEL, name)

    text = compile_model(
        sql, "duckdb", "m.sql", lambda read: ("s", read.name), model, engine.dialect
    )
    rows = engine.query(text).rows
    return sorted((tuple(map(comparable, row)) for row in rows), key=repr)


def comparable(value: Any) -> Any:
    """Numbers by their value: the types of a model's columns are cast when it is defined."""
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return float(value)
    return value


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions(both: tuple[Engine, Engine], expression: str) -> None:
    duckdb, postgres = both
    sql = f"SELECT id, {expression} AS r FROM instants"
    assert computed(postgres, sql) == computed(duckdb, sql)


@pytest.mark.parametrize("sql", QUERIES)
def test_queries(both: tuple[Engine, Engine], sql: str) -> None:
    duckdb, postgres = both
    assert computed(postgres, sql) == computed(duckdb, sql)
