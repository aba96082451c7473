"""What is one SELECT, and how everything else is refused."""

from __future__ import annotations

import pytest

from hansa.errors import HansaError
from hansa.sql.dialects import DIALECTS, UnknownDialect
from hansa.sql.parse import MAX_DEPTH, MAX_LENGTH, NotOneSelect, Positions, SqlInvalid, parse_select

SELECTS = [
    "SELECT 1",
    "select 1;",
    "SELECT 1; -- done",
    "-- first\nSELECT a FROM t",
    "WITH a AS (SELECT 1 AS x) SELECT x FROM a",
    "(SELECT 1) UNION ALL SELECT 2",
    "FROM t",
    "FROM t SELECT a",
    "SELECT {'a': {'b': 1}} AS s",
    "SELECT * FROM (VALUES (1, 2)) AS v(a, b)",
    "SELECT 'it''s {{ text }} ; $1 ?' AS x",
    'SELECT é, "größe" FROM "täble"',
]
REFUSED = {
    "": ("1:1", "a model is one SELECT statement, but this file is empty"),
    "  -- only a comment": ("1:1", "a model is one SELECT statement, but this file is empty"),
    "; SELECT 1": ("1:1", "a model is one SELECT statement, but this file starts with a semicolon"),
    "SELECT 1;\n  SELECT 2": (
        "2:3",
        "a model is one SELECT statement, but a second statement follows",
    ),
    "INSERT INTO t SELECT 1": (
        "1:1",
        "a model is one SELECT statement, but this begins with `INSERT`",
    ),
    "CREATE TABLE t (a int)": (
        "1:1",
        "a model is one SELECT statement, but this begins with `CREATE`",
    ),
    "VALUES (1)": ("1:1", "a model is one SELECT statement, but this begins with `VALUES`"),
    "COPY t TO 'x'": ("1:1", "a model is one SELECT statement, but this begins with `COPY`"),
    "(1)": ("1:1", "a model is one SELECT statement, but this is something else"),
    "FROM t INSERT INTO x": (
        "1:1",
        "a model is one SELECT statement, but this is something else",
    ),
    "WITH a AS (SELECT 1) INSERT INTO b SELECT 1": (
        "1:1",
        "a model is one SELECT statement, but this is something else",
    ),
    "WITH a AS (DELETE FROM x) SELECT 1": (
        "1:1",
        "a model is one SELECT statement, but a part of this one writes",
    ),
    "SELECT 1 INTO t": ("1:1", "a model is one SELECT statement, but a part of this one writes"),
    "SELECT a FROM t FOR UPDATE": (
        "1:1",
        "a model is one SELECT statement, but this one locks rows",
    ),
}
INVALID = {
    "SELECT a b c FROM t": ("1:12", "the SQL is wrong near `c`"),
    "SELECT\n\n a FROM t WHERE (a = 1": (
        "3:22",
        "the SQL ends too early, after `1`, where `)` is missing",
    ),
    "SELECT a FROM": ("1:10", "the SQL ends too early, after `FROM`"),
    "SELECT )": ("1:8", "the SQL is wrong near `)`"),
    "SELECT 1,\n  'abc": ("2:3", "this quote is never closed"),
    "SELECT 1 /* why": ("1:10", "this comment is never closed"),
    "SELECT 'é', \"open": ("1:13", "this quote is never closed"),
    "SELECT \x00 1": ("1:8", "the SQL holds a NUL character"),
    "SELECT a FROM {{ ref('x') }}": ("1:15", "the SQL holds a template, which is not plain SQL"),
    "{% if x %} SELECT 1": ("1:1", "the SQL holds a template, which is not plain SQL"),
    "SELECT $1": ("1:1", "the SQL holds a parameter, which nothing fills in"),
    "SELECT ?": ("1:1", "the SQL holds a parameter, which nothing fills in"),
}


@pytest.mark.parametrize("sql", SELECTS)
def test_one_select_is_taken(sql: str) -> None:
    assert parse_select(sql, "duckdb", "m.sql") is not None


@pytest.mark.parametrize("sql", REFUSED)
def test_anything_but_one_select_is_refused(sql: str) -> None:
    with pytest.raises(NotOneSelect) as caught:
        parse_select(sql, "duckdb", "models/m.sql")
    assert (str(caught.value.place), str(caught.value)) == (
        f"models/m.sql:{REFUSED[sql][0]}",
        REFUSED[sql][1],
    )
    assert caught.value.hint == "write exactly one SELECT statement, which may start with WITH"


@pytest.mark.parametrize("sql", INVALID)
def test_invalid_sql_is_refused_at_its_place(sql: str) -> None:
    with pytest.raises(SqlInvalid) as caught:
        parse_select(sql, "duckdb", "models/m.sql")
    assert (str(caught.value.place), str(caught.value)) == (
        f"models/m.sql:{INVALID[sql][0]}",
        INVALID[sql][1],
    )


DEEP = {
    "parentheses": lambda n: "SELECT " + "(" * n + "1" + ")" * n,
    "subqueries": lambda n: "SELECT * FROM " + "(SELECT * FROM " * n + "t" + ")" * n,
    "cases": lambda n: "SELECT " + "CASE WHEN a THEN " * n + "1" + " END" * n,
    "lists": lambda n: "SELECT " + "[" * n + "1" + "]" * n,
    "negations": lambda n: "SELECT " + "NOT " * n + "a",
    "functions": lambda n: "SELECT " + "abs(" * n + "1" + ")" * n,
}


@pytest.mark.parametrize("shape", DEEP)
@pytest.mark.parametrize("depth", [500, 20_000])
def test_deep_nesting_is_refused_and_crashes_nothing(shape: str, depth: int) -> None:
    with pytest.raises(SqlInvalid, match=f"nested more than {MAX_DEPTH} levels deep"):
        parse_select(DEEP[shape](depth), "duckdb", "m.sql")


@pytest.mark.parametrize("shape", DEEP)
def test_nesting_that_people_write_is_taken(shape: str) -> None:
    assert parse_select(DEEP[shape](40), "duckdb", "m.sql") is not None


def test_a_long_chain_is_taken() -> None:
    sql = "SELECT a FROM t WHERE " + " OR ".join(f"a = {number}" for number in range(2_000))
    assert parse_select(sql, "duckdb", "m.sql") is not None


def test_a_text_that_is_too_long_is_refused_at_once() -> None:
    with pytest.raises(SqlInvalid) as caught:
        parse_select("SELECT '" + "x" * 10_000_000 + "'", "duckdb", "m.sql")
    assert str(caught.value) == (
        f"the SQL is 10,000,009 characters long, more than the {MAX_LENGTH:,} allowed"
    )


def test_an_unknown_dialect_names_the_nearest() -> None:
    with pytest.raises(UnknownDialect) as caught:
        parse_select("SELECT 1", "postgre", "m.sql")
    assert str(caught.value) == "`postgre` is not a known SQL dialect"
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("did you mean `postgres`")


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_dialect_reads_a_plain_select(dialect: str) -> None:
    try:
        parse_select("SELECT a FROM t", dialect, "m.sql")
    except HansaError:
        assert dialect == "prql"  # its SELECT is written in another way


def test_positions_count_from_one() -> None:
    positions = Positions("ab\n\ncd", "f")
    assert [str(positions.place(offset)) for offset in (0, 2, 3, 4, 5)] == [
        *("f:1:1", "f:1:3", "f:2:1", "f:3:1", "f:3:2")
    ]
