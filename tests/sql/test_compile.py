"""Models as SQL bound to relations: the text, and what DuckDB computes with it."""

from __future__ import annotations

import duckdb
import pytest
from tests.sql.products import product_of

from hansa.core.facts import Input, InputKind
from hansa.sql.compile import compile_model
from hansa.sql.parse import NotOneSelect
from hansa.sql.references import UnknownRelation, classify


def input_of(group: str, name: str) -> Input:
    return Input(InputKind.REQUIRED if group else InputKind.MODEL, name, group)


def relation_of(read: Input) -> tuple[str, ...]:
    return ("db", f"{read.group or 'own'}__v1", read.name)


def compiled(sql: str, to_dialect: str = "duckdb") -> str:
    return compile_model(sql, "duckdb", "m.sql", relation_of, input_of, to_dialect)


SAME_DIALECT = {
    "a bare name stays the name of its columns": (
        "SELECT fct.x, y FROM fct -- why\n WHERE fct.x > 1;\n-- end",
        'SELECT fct.x, y FROM "db"."own__v1"."fct" AS fct -- why\n WHERE fct.x > 1',
    ),
    "columns named by group and table": (
        "SELECT flights.fct.x, flights.fct.* FROM flights.fct WHERE Flights.Fct.x > 1",
        'SELECT fct.x, fct.* FROM "db"."flights__v1"."fct" AS fct WHERE fct.x > 1',
    ),
    "an alias": (
        "SELECT f.x FROM flights.fct AS f JOIN fct f2 ON f.x = f2.x",
        'SELECT f.x FROM "db"."flights__v1"."fct" AS f JOIN "db"."own__v1"."fct" f2 ON f.x = f2.x',
    ),
    "columns under an alias": (
        "SELECT f.a FROM fct AS f(a, b)",
        'SELECT f.a FROM "db"."own__v1"."fct" AS f(a, b)',
    ),
    "a CTE shadows a model": (
        "WITH t AS (SELECT * FROM t), u AS (SELECT * FROM t) SELECT * FROM u, t",
        'WITH t AS (SELECT * FROM "db"."own__v1"."t" AS t), u AS (SELECT * FROM t)'
        " SELECT * FROM u, t",
    ),
    "a CTE does not shadow a name with a group": (
        "WITH t AS (SELECT 1 AS x) SELECT * FROM t, raw.t AS r",
        'WITH t AS (SELECT 1 AS x) SELECT * FROM t, "db"."raw__v1"."t" AS r',
    ),
    "a CTE of an inner query ends with it": (
        "SELECT * FROM (WITH t AS (SELECT 1 AS x) SELECT * FROM t) AS s, t",
        'SELECT * FROM (WITH t AS (SELECT 1 AS x) SELECT * FROM t) AS s, "db"."own__v1"."t" AS t',
    ),
    "a recursive CTE reads itself": (
        "WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t WHERE x < 3)"
        " SELECT * FROM t",
        "WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t WHERE x < 3)"
        " SELECT * FROM t",
    ),
    "two tables of one name": (
        "SELECT a.t.x, b.t.y FROM a.t JOIN b.t ON a.t.x = b.t.x",
        'SELECT "a.t".x, "b.t".y FROM "db"."a__v1"."t" AS "a.t"'
        ' JOIN "db"."b__v1"."t" AS "b.t" ON "a.t".x = "b.t".x',
    ),
    "a correlated subquery": (
        "SELECT (SELECT max(q.v) FROM q WHERE q.id = raw.t.id) AS m FROM raw.t",
        'SELECT (SELECT max(q.v) FROM "db"."own__v1"."q" AS q WHERE q.id = t.id) AS m'
        ' FROM "db"."raw__v1"."t" AS t',
    ),
    "names that need quotes": (
        'SELECT "select"."a b" FROM "select", größe',
        'SELECT "select"."a b" FROM "db"."own__v1"."select" AS "select",'
        ' "db"."own__v1"."größe" AS größe',
    ),
    "a struct behind an alias that is a group's name": (
        "SELECT flights.info.x FROM raw.f AS flights",
        'SELECT flights.info.x FROM "db"."raw__v1"."f" AS flights',
    ),
    "a struct of a column named in full": (
        "SELECT raw.f.info.x FROM raw.f",
        'SELECT f.info.x FROM "db"."raw__v1"."f" AS f',
    ),
    "functions are no relations": ("SELECT * FROM range(3)", "SELECT * FROM range(3)"),
}
OTHER_DIALECT = {
    "SELECT fct.x FROM fct": "SELECT fct.x FROM `db`.`own__v1`.`fct` AS fct",
    "SELECT raw.f.info.x FROM raw.f": "SELECT f.info.x FROM `db`.`raw__v1`.`f` AS f",
    'SELECT "select".x FROM "select"': (
        "SELECT `select`.x FROM `db`.`own__v1`.`select` AS `select`"
    ),
    "SELECT x::INT AS y FROM a.t JOIN b.t ON a.t.x = b.t.x": (
        "SELECT CAST(x AS INT) AS y FROM `db`.`a__v1`.`t` AS `a.t`"
        " JOIN `db`.`b__v1`.`t` AS `b.t` ON `a.t`.x = `b.t`.x"
    ),
}


@pytest.mark.parametrize("case", SAME_DIALECT)
def test_the_text_stays_but_for_its_references(case: str) -> None:
    sql, expected = SAME_DIALECT[case]
    assert compiled(sql) == expected


@pytest.mark.parametrize("sql", OTHER_DIALECT)
def test_another_dialect(sql: str) -> None:
    assert compiled(sql, "spark") == OTHER_DIALECT[sql]


def test_a_pivot_keeps_the_name_of_its_table() -> None:
    found = compiled("SELECT * FROM t PIVOT (sum(x) FOR y IN (1, 2))")
    assert found == ('SELECT * FROM "db"."own__v1"."t" AS t PIVOT(SUM(x) FOR y IN (1, 2))')


def test_duckdb_runs_what_is_compiled() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA raw__v1; CREATE SCHEMA own__v1; CREATE SCHEMA a__v1")
    connection.execute("CREATE TABLE raw__v1.t AS SELECT 1 AS id, {'x': 7} AS info")
    connection.execute("CREATE TABLE own__v1.t AS SELECT 1 AS id, 2 AS v")
    connection.execute("CREATE TABLE a__v1.t AS SELECT 1 AS id, 3 AS v")
    models = [
        "SELECT raw.t.info.x AS x FROM raw.t",
        "SELECT t.v, a.t.v AS w FROM t JOIN a.t ON a.t.id = t.id -- c",
        "SELECT raw.t.*, (SELECT max(v) FROM t AS s WHERE s.id = raw.t.id) AS m FROM raw.t",
        "WITH t AS (SELECT * FROM a.t) SELECT v FROM t",
        "SELECT id, v FROM t UNION ALL SELECT a.t.id, a.t.v FROM a.t",
    ]
    found = [
        connection.execute(
            compile_model(
                sql, "duckdb", "m.sql", lambda read: relation_of(read)[1:], input_of, "duckdb"
            )
        ).fetchall()
        for sql in models
    ]
    assert found == [[(7,)], [(2, 3)], [(1, {"x": 7}, 2)], [(3,)], [(1, 2), (1, 3)]]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownRelation) as caught:
        compile_model(
            "SELECT * FROM nope", "duckdb", "m.sql", relation_of, classify(product_of({})), "duckdb"
        )
    assert str(caught.value) == "`nope` is neither a model nor a source of this product"


def test_anything_but_one_select_is_refused() -> None:
    with pytest.raises(NotOneSelect):
        compiled("DELETE FROM t")
