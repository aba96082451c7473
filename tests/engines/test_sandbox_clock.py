"""The frozen time of the sandbox against DuckDB's own list of functions."""

from __future__ import annotations

from datetime import datetime

from hansa.engines.sandbox import open_sandbox

# what stays the same within a query without telling the time of day
OTHERS = {
    "current_database",
    "current_schema",
    "current_schemas",
    "current_setting",
    "getvariable",
    "in_search_path",
    "txid_current",
}


def test_every_function_of_duckdb_that_tells_the_time_is_frozen() -> None:
    listed = (
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'scalar' "
        "AND (stability = 'CONSISTENT_WITHIN_QUERY' OR function_name LIKE 'current_local%')"
    )
    with open_sandbox() as sandbox:
        tellers = {name for (name,) in sandbox.query(listed).rows} - OTHERS
        assert {"now", "today", "current_localtimestamp"} <= tellers
        calls = ", ".join(f"CAST({name}() AS VARCHAR)" for name in sorted(tellers))
        sandbox.freeze(datetime(1999, 12, 31, 23, 59, 58))
        told = dict(zip(sorted(tellers), sandbox.query(f"SELECT {calls}").rows[0], strict=True))
        assert {name: text for name, text in told.items() if not _is_frozen(text)} == {}
        sandbox.freeze(None)
        told = dict(zip(sorted(tellers), sandbox.query(f"SELECT {calls}").rows[0], strict=True))
        dates = {name: text for name, text in told.items() if "-" in text}
        assert {name: text for name, text in dates.items() if text < "2025"} == {}
        macros = (
            "SELECT count(*) FROM duckdb_functions() WHERE schema_name = 'main' AND NOT internal"
        )
        assert sandbox.query(macros).rows == [(0,)]


def _is_frozen(text: str) -> bool:
    return text.startswith(("1999-12-31", "23:59:58"))


def test_a_frozen_time_is_told_inside_of_any_query() -> None:
    sql = """WITH t AS (SELECT now() AS moment, current_date AS day)
    SELECT CAST(moment AS VARCHAR), day = (SELECT today()), moment > localtimestamp - INTERVAL 1 DAY
    FROM t WHERE EXISTS (SELECT 1 WHERE year(current_timestamp) = 1999)"""
    with open_sandbox() as sandbox:
        sandbox.freeze(datetime(1999, 12, 31, 23, 59, 58, 250000))
        assert sandbox.query(sql).rows == [("1999-12-31 23:59:58.25+00", True, True)]
        sandbox.freeze(datetime(1, 1, 1))
        assert sandbox.query("SELECT CAST(now() AS VARCHAR)").rows == [("0001-01-01 00:00:00+00",)]
