"""Schemas, tables and views: what every engine does with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from hansa.engines.errors import StatementFailed
from hansa.engines.protocol import Engine, Relation, RelationKind
from hansa.sql.identifiers import quote, quote_path
from hansa.sql.types import parse_type


def rows(engine: Engine, path: Sequence[str], columns: str = "*") -> list[tuple[Any, ...]]:
    found = engine.query(f"SELECT {columns} FROM {quote_path(path, engine.dialect)} ORDER BY 1")
    return list(found.rows)


def names(engine: Engine, path: Sequence[str]) -> list[str]:
    return [column.name for column in engine.columns(path)]


@pytest.fixture
def store(engine: Engine) -> str:
    engine.create_schema("store")
    return "store"


def select(engine: Engine, path: Sequence[str], columns: str = "*") -> str:
    return f"SELECT {columns} FROM {quote_path(path, engine.dialect)}"


def test_a_schema_comes_and_goes(engine: Engine) -> None:
    assert not engine.has_schema("one")
    engine.create_schema("one")
    engine.create_schema("one")
    assert engine.has_schema("one")
    assert engine.relations("one") == ()
    engine.drop_schema("one")
    engine.drop_schema("one")
    assert not engine.has_schema("one")


def test_tables_views_and_their_columns(engine: Engine, store: str) -> None:
    engine.create_table((store, "t"), "SELECT 1 AS a, 'x' AS b")
    engine.create_view((store, "v"), select(engine, (store, "t"), "b"))
    assert engine.relations(store) == (
        Relation("t", RelationKind.TABLE),
        Relation("v", RelationKind.VIEW),
    )
    assert names(engine, (store, "t")) == ["a", "b"]
    assert names(engine, (store, "v")) == ["b"]
    assert engine.columns((store, "missing")) == ()
    assert engine.columns(("nowhere", "t")) == ()
    assert engine.relations("nowhere") == ()
    assert rows(engine, (store, "v")) == [("x",)]


def test_names_of_any_characters(engine: Engine, store: str) -> None:
    column = quote('a"b %s {x}', engine.dialect)
    engine.create_table(
        (store, "select"), f"SELECT 1 AS {column}, 2 AS {quote('A', engine.dialect)}"
    )
    assert names(engine, (store, "select")) == ['a"b %s {x}', "A"]
    assert rows(engine, (store, "select")) == [(1, 2)]


def test_types_are_told_in_words_that_the_lattice_knows(engine: Engine, store: str) -> None:
    kinds = ["boolean", "integer", "bigint", "double", "decimal(10,2)", "varchar", "date"]
    wanted = [parse_type(kind, "duckdb") for kind in (*kinds, "timestamp")]
    listed = ", ".join(
        f"CAST(NULL AS {engine.type_sql(kind)}) AS c{index}" for index, kind in enumerate(wanted)
    )
    engine.create_table((store, "t"), f"SELECT {listed}")
    found = [parse_type(c.type, engine.dialect) for c in engine.columns((store, "t"))]
    assert found == wanted
    described = engine.describe(select(engine, (store, "t")))
    assert described == engine.columns((store, "t"))


def test_a_view_is_made_anew_with_other_columns(engine: Engine, store: str) -> None:
    engine.create_view((store, "v"), "SELECT 1 AS a, 2 AS b")
    engine.create_view((store, "v"), "SELECT 'x' AS b")
    assert names(engine, (store, "v")) == ["b"]
    assert rows(engine, (store, "v")) == [("x",)]


def test_views_over_a_view_that_is_made_anew_follow(engine: Engine, store: str) -> None:
    engine.create_schema("interface")
    engine.create_view((store, "v"), "SELECT 1 AS a, 2 AS b")
    engine.create_view(("interface", "v"), select(engine, (store, "v"), "b"))
    engine.create_view(("interface", "top"), select(engine, ("interface", "v"), "b"))
    engine.create_view((store, "v"), "SELECT 7 AS b")
    assert rows(engine, ("interface", "v")) == [(7,)]
    assert rows(engine, ("interface", "top")) == [(7,)]


def test_a_table_takes_the_place_of_another(engine: Engine, store: str) -> None:
    engine.create_schema("interface")
    engine.create_table((store, "t__new"), "SELECT 1 AS a")
    engine.replace_table((store, "t"), "t__new")
    engine.create_view(("interface", "t"), select(engine, (store, "t"), "a"))
    engine.create_view(("interface", "top"), select(engine, ("interface", "t"), "a"))
    for value in (2, 3):
        engine.create_table((store, "t__new"), f"SELECT {value} AS a")
        with engine.switch(("interface",)):
            engine.replace_table((store, "t"), "t__new")
        assert rows(engine, ("interface", "t")) == [(value,)]
        assert rows(engine, ("interface", "top")) == [(value,)]
    assert [found.name for found in engine.relations(store)] == ["t"]


def test_what_was_replaced_can_be_kept_and_put_back(engine: Engine, store: str) -> None:
    engine.create_schema("interface")
    engine.create_table((store, "t"), "SELECT 1 AS a")
    engine.create_view(("interface", "t"), select(engine, (store, "t"), "a"))
    engine.create_table((store, "t__new"), "SELECT 2 AS a")
    with engine.switch(("interface",)):
        engine.replace_table((store, "t"), "t__new", keep="t__prev")
    assert rows(engine, ("interface", "t")) == [(2,)]
    assert rows(engine, (store, "t__prev")) == [(1,)]
    with engine.switch(("interface",)):
        engine.replace_table((store, "t"), "t__prev")
    assert rows(engine, ("interface", "t")) == [(1,)]
    assert [found.name for found in engine.relations(store)] == ["t"]
    # there is nothing to keep of a view, and of nothing
    engine.create_view((store, "v"), "SELECT 3 AS a")
    engine.create_table((store, "v__new"), "SELECT 4 AS a")
    engine.create_table((store, "w__new"), "SELECT 5 AS a")
    with engine.switch(("interface",)):
        engine.replace_table((store, "v"), "v__new", keep="v__prev")
        engine.replace_table((store, "w"), "w__new", keep="w__prev")
    assert [found.name for found in engine.relations(store)] == ["t", "v", "w"]


def test_a_table_with_other_columns_takes_the_place_of_another(engine: Engine, store: str) -> None:
    engine.create_schema("interface")
    engine.create_table((store, "t"), "SELECT 1 AS a, 2 AS b")
    engine.create_view(("interface", "t"), select(engine, (store, "t"), "a"))
    engine.create_view(("interface", "top"), select(engine, ("interface", "t"), "a"))
    engine.create_table((store, "t__new"), "SELECT 'text' AS a")
    with engine.switch(("interface",)):
        engine.replace_table((store, "t"), "t__new")
        engine.create_view(("interface", "t"), select(engine, (store, "t"), "a"))
        engine.create_view(("interface", "top"), select(engine, ("interface", "t"), "a"))
    assert rows(engine, ("interface", "top")) == [("text",)]


def test_dropping_minds_what_depends_on_what(engine: Engine, store: str) -> None:
    engine.create_schema("interface")
    engine.create_table((store, "t"), "SELECT 1 AS a")
    engine.create_view((store, "v"), select(engine, (store, "t")))
    engine.create_view(("interface", "v"), select(engine, (store, "v")))
    engine.drop(
        [
            (store, Relation("t", RelationKind.TABLE)),
            (store, Relation("v", RelationKind.VIEW)),
            ("interface", Relation("v", RelationKind.VIEW)),
        ]
    )
    assert engine.relations(store) == engine.relations("interface") == ()
    engine.drop([])


@pytest.mark.never("spark", reason="it has no transactions of DDL", raises=AssertionError)
def test_a_transaction_that_fails_leaves_nothing(engine: Engine, store: str) -> None:
    engine.create_table((store, "kept"), "SELECT 1 AS a")

    def fail() -> None:
        with engine.transaction():
            engine.create_table((store, "t"), "SELECT 1 AS a")
            engine.drop([(store, Relation("kept", RelationKind.TABLE))])
            engine.query("SELECT * FROM missing")

    with pytest.raises(StatementFailed):
        fail()
    assert [found.name for found in engine.relations(store)] == ["kept"]
    assert rows(engine, (store, "kept")) == [(1,)]


@pytest.mark.never(
    "spark", reason="it has no transactions of DDL", raises=(AssertionError, StatementFailed)
)
def test_a_switch_that_fails_shows_nothing_of_it(engine: Engine, store: str) -> None:
    engine.create_table((store, "t"), "SELECT 1 AS a")
    engine.create_view((store, "v"), select(engine, (store, "t")))
    engine.create_table((store, "t__new"), "SELECT 2 AS a")

    def fail() -> None:
        with engine.switch((store,)):
            engine.replace_table((store, "t"), "t__new")
            engine.create_view((store, "v"), "SELECT 3 AS x")
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  what the block raised is passed on
        fail()
    assert rows(engine, (store, "v"), "a") == [(1,)]
    assert [found.name for found in engine.relations(store)] == ["t", "t__new", "v"]


def test_a_temporary_table_is_nobody_elses(engine: Engine) -> None:
    path = engine.create_temporary_table("mine", "SELECT 1 AS a")
    assert rows(engine, path) == [(1,)]


def test_sizes_and_estimates(engine: Engine, store: str) -> None:
    values = ", ".join(f"({n}, 'some text')" for n in range(200))
    engine.create_table((store, "t"), f"SELECT n, s FROM (VALUES {values}) AS v(n, s)")
    engine.settle()
    size = engine.size((store, "t"))
    assert size.rows == 200
    assert 200 < size.bytes < 200_000
    estimate = engine.estimate(select(engine, (store, "t")))
    assert estimate is None or estimate > 0


def test_a_statement_that_is_wrong(engine: Engine) -> None:
    with pytest.raises(StatementFailed) as caught:
        engine.query("SELECT missing_column FROM missing_table")
    assert "missing_table" in caught.value.reason
    assert "\n" not in caught.value.reason
    with pytest.raises(StatementFailed):
        engine.execute("SELEC 1")
    assert engine.query("SELECT 1").scalar == 1


def test_texts_and_patterns(engine: Engine) -> None:
    made = "SELECT 'UA1' AS v UNION ALL SELECT 'ua' UNION ALL SELECT NULL"
    for pattern in ("^[A-Z]{2}", r"A\d$"):
        matches = engine.matches_sql("v", pattern)
        found = engine.query(f"SELECT v FROM ({made}) AS q WHERE {matches}")
        assert found.rows == (("UA1",),)
    text = engine.query(f"SELECT {engine.text_sql('n')} FROM (SELECT 12345 AS n) AS q").scalar
    assert text == "12345"


def test_a_view_takes_the_place_of_a_table_and_back(engine: Engine, store: str) -> None:
    engine.create_schema("interface")
    engine.create_table((store, "t"), "SELECT 1 AS a")
    engine.create_table((store, "wide"), "SELECT 2 AS b, 3 AS c")
    engine.create_view(("interface", "t"), select(engine, (store, "t"), "a"))
    engine.create_view(("interface", "top"), select(engine, ("interface", "t"), "a"))
    with engine.switch((store, "interface")):
        engine.create_view((store, "t"), f"SELECT b AS a FROM {store}.wide")
    assert engine.query("SELECT a FROM interface.top").scalar == 2
    assert Relation("t", RelationKind.VIEW) in engine.relations(store)
    engine.create_table((store, "t__new"), "SELECT 4 AS a")
    with engine.switch((store, "interface")):
        engine.replace_table((store, "t"), "t__new")
        engine.drop([(store, Relation("wide", RelationKind.TABLE))])
    assert engine.query("SELECT a FROM interface.top").scalar == 4
    assert engine.relations(store) == (Relation("t", RelationKind.TABLE),)


@pytest.mark.parametrize(
    "values",
    ["1, 2, 2, 7", "-5, NULL, -5, 100000000", "NULL, NULL", "'x', 'y', 'x', NULL", "1.5, 1.5, 2.5"],
)
def test_distinct_values_are_counted_with_and_without_their_extent(
    engine: Engine, values: str
) -> None:
    rows = ", ".join(f"({value})" for value in values.split(", "))
    relation = f"(VALUES {rows}) AS v(x)"
    expected = engine.query(f"SELECT count(DISTINCT x) FROM {relation}").scalar
    assert engine.query(f"SELECT {engine.distinct_sql('x')} FROM {relation}").scalar == expected
    extent = engine.extent_sql("x")
    if extent is not None:
        known = engine.query(f"SELECT {extent} FROM {relation}").scalar
        distinct = engine.distinct_sql("x", known)
        assert engine.query(f"SELECT {distinct} FROM {relation}").scalar == expected
