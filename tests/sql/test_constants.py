"""Rows that a SELECT of constants spells out."""

from __future__ import annotations

import pytest

from hansa.sql.constants import NotConstant, constant_rows


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select 1 as a, 'x' as b", [{"a": 1, "b": "x"}]),
        (
            "select 1 as a union all select -2.5 union all select null",
            [{"a": 1}, {"a": -2.5}, {"a": None}],
        ),
        (
            "select cast(null as date) as d, date '2026-01-01' as e;",
            [{"d": None, "e": "2026-01-01"}],
        ),
        ("select 1.005::decimal(10,2) as a, 1::varchar as b", [{"a": 1.0, "b": "1"}]),
        (
            "select * from (values (1, true), (2, false)) as t(a, b)",
            [{"a": 1, "b": True}, {"a": 2, "b": False}],
        ),
        ("select 1 as a limit 0", []),
        ("select [1, 2] as a", [{"a": [1, 2]}]),
    ],
)
def test_constants_are_rows(sql: str, rows: list[dict[str, object]]) -> None:
    assert list(constant_rows(sql, "duckdb", "t.yml")) == rows


@pytest.mark.parametrize(
    "sql",
    [
        "select current_date as a",
        "select id from orders",
        "select 1 as a where 1 = 0",
        "select 1 as a union select 1",
        "select 1 as a union all select 1, 2",
        "select cast(1.5 as integer) as a",
        "with t as (select 1 as a) select * from t",
    ],
)
def test_what_is_computed_is_refused(sql: str) -> None:
    with pytest.raises(NotConstant):
        constant_rows(sql, "duckdb", "t.yml")


def test_many_rows_need_no_deep_stack() -> None:
    sql = " union all ".join(f"select {number} as a" for number in range(300))
    assert len(constant_rows(sql, "duckdb", "t.yml")) == 300
