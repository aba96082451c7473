"""Mutants of single queries, by operator, as the change that they make."""

from __future__ import annotations

import duckdb
import pytest

from hansa.core.datatype import INTEGER, STRING
from hansa.core.schema import Column, TableSchema
from hansa.sql.mutation import Operator, make_mutants, regenerated

CASES = {
    Operator.RELATIONAL: (
        "SELECT a FROM t WHERE a = 1",
        {"a <> 1", "a < 1", "a <= 1", "a > 1", "a >= 1", "TRUE", "FALSE"},
    ),
    Operator.LOGICAL: ("SELECT a FROM t WHERE p AND q", {"p OR q", "NOT p", "NOT q"}),
    Operator.ARITHMETIC: (
        "SELECT a + 2 AS x FROM t",
        {"a - 2", "a * 2", "a / 2", "-(a + 2)", "3", "1"},
    ),
    Operator.BETWEEN: (
        "SELECT a FROM t WHERE a BETWEEN 1 AND 3",
        {
            "a > 1 AND a <= 3",
            "a >= 1 AND a < 3",
            "a BETWEEN 2 AND 3",
            "a BETWEEN 0 AND 3",
            "a BETWEEN 1 AND 4",
            "a BETWEEN 1 AND 2",
        },
    ),
    Operator.LIKE: ("SELECT a FROM t WHERE s LIKE '%x'", {"s LIKE 'x'", "s LIKE '%x%'"}),
    Operator.NULL: ("SELECT a FROM t WHERE NOT a IS NULL", {"a IS NULL"}),
    Operator.JOIN: (
        "SELECT t.a FROM t LEFT JOIN u ON t.a = u.a AND u.b > 1",
        {
            "JOIN u ON t.a = u.a AND u.b > 1",
            "RIGHT JOIN u ON t.a = u.a AND u.b > 1",
            "FULL JOIN u ON t.a = u.a AND u.b > 1",
            "t.a = u.a",
            "u.b > 1",
        },
    ),
    Operator.DISTINCT: (
        "SELECT a FROM t UNION SELECT a FROM u",
        {
            "SELECT a FROM t UNION ALL SELECT a FROM u",
            "SELECT DISTINCT a FROM t",
            "SELECT DISTINCT a FROM u",
        },
    ),
    Operator.AGGREGATE: (
        "SELECT SUM(a) AS x FROM t",
        {"AVG(a)", "MIN(a)", "MAX(a)", "COUNT(a)", "SUM(DISTINCT a)"},
    ),
    Operator.GROUP: (
        "SELECT a, b FROM t GROUP BY a, b",
        {
            'SELECT MIN(a) AS "a", b FROM t GROUP BY b',
            'SELECT a, MIN(b) AS "b" FROM t GROUP BY a',
        },
    ),
    Operator.ORDER: (
        "SELECT a FROM t ORDER BY a LIMIT 2",
        {"a DESC", "a NULLS FIRST", "LIMIT 3", "LIMIT 1"},
    ),
    Operator.COLUMN: (
        "WITH c AS (SELECT a, b, s FROM t) "
        "SELECT c.a, x.s FROM c JOIN (SELECT s FROM c) AS x ON c.s = x.s",
        {'"b"', '"a"', 'c."b"'},
    ),
    Operator.CASE: (
        "SELECT CASE WHEN p THEN 1 WHEN q THEN 2 ELSE 3 END AS x FROM t",
        {
            "CASE WHEN q THEN 2 ELSE 3 END",
            "CASE WHEN p THEN 1 ELSE 3 END",
            "CASE WHEN p THEN 2 WHEN q THEN 1 ELSE 3 END",
            "CASE WHEN p THEN 1 WHEN q THEN 3 ELSE 2 END",
            "CASE WHEN p THEN 1 WHEN q THEN 2 END",
        },
    ),
    Operator.SUBQUERY: (
        "SELECT a FROM t WHERE a IN (SELECT a FROM u)",
        {"NOT a IN (SELECT a FROM u)"},
    ),
}

TABLE = TableSchema((Column("a", INTEGER), Column("b", INTEGER), Column("s", STRING)))


def schema_of(group: str, name: str) -> TableSchema | None:
    return TABLE if (group, name) in (("", "t"), ("", "u")) else None


@pytest.mark.parametrize("operator", Operator)
def test_every_operator_has_its_case(operator: Operator) -> None:
    assert operator in CASES


@pytest.mark.parametrize("operator", CASES)
def test_an_operator_makes_exactly_its_changes(operator: Operator) -> None:
    text, expected = CASES[operator]
    made = make_mutants("m", text, "duckdb", "models/m.sql", schema_of)
    assert {one.after for one in made if one.operator is operator} == expected


@pytest.mark.parametrize("text", [text for text, _ in CASES.values()])
def test_every_mutant_can_be_computed_and_is_another_query(text: str) -> None:
    made = make_mutants("m", text, "duckdb", "models/m.sql")
    with duckdb.connect() as connection:
        for name in ("t", "u"):
            connection.execute(f"CREATE TABLE {name} (a INT, b INT, s TEXT, p BOOL, q BOOL)")
        columns = [one[0] for one in connection.execute(text).description]
        for one in made:
            answer = connection.execute(one.sql)
            assert [column[0] for column in answer.description] == columns
    texts = [one.sql for one in made]
    assert len(set(texts)) == len(texts)
    assert regenerated(text, "duckdb", "m.sql") not in texts


def test_a_mutant_knows_its_line_and_column() -> None:
    text = "-- é\nSELECT a\nFROM t\n\tWHERE a > 1"
    made = make_mutants("m", text, "duckdb", "models/m.sql")
    assert {(one.line, one.column) for one in made if one.before == "a > 1"} == {(4, 8)}


def test_dates_at_the_ends_of_a_range_are_shifted_by_a_day() -> None:
    text = "SELECT a FROM t WHERE d BETWEEN DATE '2013-03-01' AND DATE '2013-03-31'"
    made = make_mutants("m", text, "duckdb", "models/m.sql")
    shifted = {one.sql.partition("BETWEEN ")[2] for one in made if "shifted" in one.description}
    assert shifted == {
        "DATE '2013-03-02' AND DATE '2013-03-31'",
        "DATE '2013-02-28' AND DATE '2013-03-31'",
        "DATE '2013-03-01' AND DATE '2013-04-01'",
        "DATE '2013-03-01' AND DATE '2013-03-30'",
    }


def test_a_value_of_an_arm_needs_the_arm_and_those_around_it() -> None:
    text = (
        "SELECT CASE WHEN p THEN a ELSE\n  CASE b WHEN 1 THEN a > 2 END END AS x\n"
        "FROM t WHERE CASE WHEN q THEN a > 3 END"
    )
    made = make_mutants("m", text, "duckdb", "models/m.sql")
    needed = {
        one.before: {(need.line, need.column, need.outcome) for need in one.needs} for one in made
    }
    assert needed["a > 2"] == {(1, 27, "else"), (2, 10, "arm 1")}
    assert needed["a > 3"] == needed["p"] == set()
