"""Values that queries compare their columns with."""

from __future__ import annotations

import pytest

from hansa.sql.compared import compared_values


@pytest.mark.parametrize(
    ("sql", "literals"),
    [
        ("SELECT a FROM t WHERE a > 5 AND b = 'x'", {"a": ("5",), "b": ("x",)}),
        ("SELECT a FROM t WHERE A IN (1, 2)", {"a": ("1", "2")}),
        ("SELECT CASE a WHEN 1 THEN 'one' END AS n FROM t", {"a": ("1", "one"), "n": ("1", "one")}),
        ("SELECT a FROM t WHERE s LIKE 'ab%_'", {"s": ("aba", "abxa")}),
        ("SELECT d FROM t WHERE d BETWEEN DATE '2024-01-01' AND d2", {"d": ("2024-01-01",)}),
        ("SELECT SUM(a) AS s FROM t HAVING SUM(a) >= 40", {"a": ("40",), "s": ("40",)}),
        # what a name is made of shares its values
        ("WITH q AS (SELECT a + 1 AS b FROM t) SELECT b FROM q WHERE b = 7", {"a": ("7",)}),
        ("SELECT 1 AS one, a FROM t", {}),
    ],
)
def test_literals_by_column(sql: str, literals: dict[str, tuple[str, ...]]) -> None:
    found = compared_values([(sql, "duckdb", "m.sql")]).literals

    assert {name: found[name] for name in literals} == literals


def test_columns_that_joins_hold_equal() -> None:
    sql = "SELECT 1 AS x FROM t JOIN u ON t.a = u.b JOIN v ON u.b = v.c WHERE t.d > v.e"
    equated = compared_values([(sql, "duckdb", "m.sql")]).equated

    assert equated == dict.fromkeys("abc", frozenset("abc"))
