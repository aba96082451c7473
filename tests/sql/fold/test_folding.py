"""What folding gives: names, inputs, reasons; and readers of folded tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
import sqlglot
from tests.sql.canonical.soundness import databases
from tests.sql.fold.edits_of_versions import add_column, other_type, rename_column
from tests.sql.fold.soundness import RELATIONS, bound, result_of, version_of

from hansa.core.datatype import INTEGER, STRING
from hansa.core.schema import Column, TableSchema
from hansa.sql.fold import Folding, FoldInput, Projection, Version, fold

T = RELATIONS["raw.t"]


def folded(*texts: str, limit: int = 63) -> Folding:
    versions = [version_of(f"v{at}", text) for at, text in enumerate(texts, 1)]
    return fold(versions, "duckdb", limit)


def test_one_query_has_every_distinct_column_once() -> None:
    folding = folded(
        "SELECT q.id, q.x AS amount FROM raw.t AS q",
        "SELECT q.id, q.x + 1 AS amount, q.s FROM raw.t AS q",
    )
    (table,) = folding.tables
    assert " ".join(table.sql.split()) == (
        'SELECT "q"."id" AS "id", "q"."x" + 1 AS "amount", "q"."s" AS "s", '
        '"q"."x" AS "amount_2" FROM "input"."0" AS "q"'
    )
    assert table.columns == ("id", "amount", "s", "amount_2")
    assert table.projections == {
        "v1": Projection((("id", "id"), ("amount", "amount_2"))),
        "v2": Projection((("id", "id"), ("amount", "amount"), ("s", "s"))),
    }
    assert table.inputs == (T,)
    assert table.projections["v1"].sql(("store", "t1"), "duckdb") == (
        'SELECT "id" AS "id", "amount_2" AS "amount" FROM "store"."t1"'
    )


def test_one_version_keeps_its_text() -> None:
    text = 'SELECT q.id -- the key\nFROM input."0" AS q'
    folding = fold([Version("v1", text, (T,))], "duckdb")
    assert folding.tables[0].sql == text
    assert folding.tables[0].inputs == (T,)
    assert folding.reasons == {}
    assert folding.table("v1") is folding.tables[0]
    with pytest.raises(KeyError):
        folding.table("v2")


def test_no_versions_need_no_table() -> None:
    assert fold([], "duckdb") == Folding(())


def test_a_version_that_another_holds_adds_no_column() -> None:
    wide = version_of("wide", "SELECT q.id, q.k, q.x FROM raw.t AS q WHERE q.k > 1")
    narrow = version_of("narrow", "SELECT q.x AS y, q.id FROM raw.t AS q WHERE 1 < q.k")
    folding = fold([narrow, wide], "duckdb")
    assert folding.tables[0].sql == wide.sql
    assert folding.tables[0].projections["narrow"] == Projection((("y", "x"), ("id", "id")))


def test_equal_texts_share_a_table_though_nothing_is_proven() -> None:
    text = 'SELECT mystery(q.id) AS a FROM input."0" AS q'
    other = 'select  mystery(q.id) AS a -- again\nFROM input."0" AS q'
    folding = fold([Version("v1", text, (T,)), Version("v2", other, (T,))], "duckdb")
    (table,) = folding.tables
    assert table.sql == other
    assert (table.columns, table.projections) == (None, {"v1": None, "v2": None})


def test_equal_texts_over_other_relations_do_not_share() -> None:
    other = FoldInput("elsewhere", T.schema)
    text = 'SELECT q.id FROM input."0" AS q'
    folding = fold([Version("v1", text, (T,)), Version("v2", text, (other,))], "duckdb")
    assert [table.versions for table in folding.tables] == [("v1",), ("v2",)]
    assert folding.reasons == dict.fromkeys(
        ("v1", "v2"), "its rows are not proven equal to another version's"
    )


def test_broken_sql_is_stored_apart() -> None:
    folding = fold(
        [
            Version("v1", "SELECT FROM WHERE", (T,)),
            Version("v2", 'SELECT q.id FROM input."7" AS q', (T,)),
            Version("v3", 'SELECT q.id FROM input."0" AS q', (T,)),
        ],
        "duckdb",
    )
    assert [table.versions for table in folding.tables] == [("v1",), ("v2",), ("v3",)]
    assert folding.reasons["v2"] == "`7` is not one of the query's inputs"


def test_names_stay_within_the_limit_and_apart() -> None:
    long = "a" * 30
    folding = folded(
        f"SELECT q.id, q.x AS {long} FROM raw.t AS q",
        f"SELECT q.id, q.k AS {long} FROM raw.t AS q",
        f"SELECT q.id, q.x + 1 AS {long} FROM raw.t AS q",
        limit=30,
    )
    (table,) = folding.tables
    assert table.columns[:2] == ("id", long)
    # Whoever cuts a name tells it apart by a hash of the whole.
    assert [len(name) for name in table.columns[2:]] == [30, 30]
    assert [name[-2:] for name in table.columns[2:]] == ["_2", "_3"]


def test_unknown_columns_of_an_input_fold_where_the_query_names_them() -> None:
    read = FoldInput("raw.t")
    folding = fold(
        [
            Version("v1", 'SELECT q.id, Q.X FROM input."0" AS q', (read,)),
            Version("v2", 'SELECT q.id, q.X, q.k FROM input."0" AS q', (read,)),
            Version("v3", 'SELECT * FROM input."0" AS q', (read,)),
        ],
        "duckdb",
    )
    assert [table.versions for table in folding.tables] == [("v1", "v2"), ("v3",)]


def test_a_key_counts_only_for_columns_that_are_never_null() -> None:
    def lookup(nullable: bool) -> Folding:
        schema = TableSchema(
            (Column("code", STRING, nullable), Column("name", STRING)),
            frozenset() if nullable else frozenset({frozenset({"code"})}),
        )
        codes = FoldInput("codes", schema)
        text = 'SELECT q.id, c.name FROM input."0" AS q LEFT JOIN input."1" AS c ON c.code = q.s'
        return fold(
            [
                Version("v1", 'SELECT q.id FROM input."0" AS q', (T,)),
                Version("v2", text, (T, codes)),
            ],
            "duckdb",
        )

    assert len(lookup(nullable=False).tables) == 1
    assert len(lookup(nullable=True).tables) == 2


def test_postgres_names_keep_their_case() -> None:
    schema = TableSchema((Column("id", INTEGER, False), Column("Id", INTEGER)))
    read = FoldInput("raw", schema)
    folding = fold(
        [
            Version("v1", 'SELECT a.ID FROM input."0" AS a', (read,)),
            Version("v2", 'SELECT a.id, a."Id" + 1 AS Other FROM input."0" AS a', (read,)),
        ],
        "postgres",
    )
    # Two columns that differ in case alone are not told apart here, so nothing is risked.
    assert [table.versions for table in folding.tables] == [("v1",), ("v2",)]


# Across models


def versions_of_readers(folding: Folding, texts: Mapping[str, str]) -> list[Version]:
    """Readers of one model's versions, which are one folded table."""
    (table,) = folding.tables
    readers = []
    for label, text in texts.items():
        projection = table.projections[label]
        assert projection is not None
        schema = TableSchema(tuple(Column(name) for name, _ in projection.columns))
        read = FoldInput("folded", schema, dict(projection.columns), projection.flag)
        readers.append(Version(label, text, (read,)))
    return readers


def test_readers_of_a_folded_table_fold_again() -> None:
    models = folded(
        "SELECT q.id, q.k, q.x > 1 AS late FROM raw.t AS q",
        "SELECT q.id AS flight, q.k, q.x >= 1 AS late, q.s FROM raw.t AS q",
    )
    texts = {
        "v1": 'SELECT f.k, COUNT(*) AS n, COUNT(f.late) AS told FROM input."0" AS f GROUP BY f.k',
        "v2": "SELECT *, n + 1 AS m FROM (SELECT k, COUNT(*) AS n, MAX(s) AS s, "
        'COUNT(late) AS told FROM input."0" GROUP BY ALL) AS g',
    }
    folding = fold(versions_of_readers(models, texts), "duckdb")
    (table,) = folding.tables
    assert table.columns == ("k", "n", "s", "told", "m", "told_2")
    assert [(read.relation, read.columns) for read in table.inputs] == [("folded", None)]
    compare_through(models, folding, texts)


def compare_through(models: Folding, readers: Folding, texts: Mapping[str, str]) -> None:
    """Compares restored readers with readers of the restored models."""
    (stored,) = models.tables
    for world in databases(seed=3):
        world.execute(f"CREATE TEMP TABLE folded AS {bound(stored.sql, stored.inputs)}")
        for table in readers.tables:
            world.execute(f"CREATE OR REPLACE TEMP TABLE again AS {bound(table.sql, table.inputs)}")
            for label, projection in table.projections.items():
                shown = stored.projections[label]
                assert shown is not None
                view = shown.sql(("folded",), "duckdb")
                direct = texts[label].replace('input."0"', f"({view})")
                restored = projection.sql(("again",), "duckdb") if projection else "FROM again"
                assert result_of(world, restored) == result_of(world, direct) is not None


READERS = (
    'SELECT f.* FROM input."0" AS f',
    'SELECT f.*, COUNT(*) OVER (PARTITION BY f.c0) AS n FROM input."0" AS f',
    'WITH g AS (SELECT c0, COUNT(*) AS n FROM input."0" GROUP BY c0) SELECT f.c0, g.n '
    'FROM input."0" AS f LEFT JOIN g ON g.c0 = f.c0',
)


@pytest.mark.parametrize("seed", range(12))
def test_readers_of_random_folded_tables_are_restored(seed: int) -> None:
    rng = Random(seed)
    old = sqlglot.parse_one("SELECT q.k AS c0, q.x AS c1, 1 AS c2 FROM raw.t AS q", read="duckdb")
    new = add_column(other_type(old.copy(), rng), rng)
    renamed = rename_column(new.copy(), rng)
    if rng.random() < 0.5 and renamed is not None and "c0" in renamed.named_selects:
        new = renamed
    models = folded(old.sql("duckdb"), new.sql("duckdb"))
    reader = rng.choice(READERS)
    texts = {"v1": reader, "v2": reader if rng.random() < 0.5 else rng.choice(READERS)}
    readers = fold(versions_of_readers(models, texts), "duckdb")
    compare_through(models, readers, texts)
    if texts["v1"] == texts["v2"] == READERS[1]:
        assert len(readers.tables) == 1


def test_the_documented_example_is_what_comes_out() -> None:
    page = (Path(__file__).parents[3] / "docs/folding.md").read_text(encoding="utf-8")
    old, new, stored = re.findall(r"```sql\n(.*?)\n```", page, re.DOTALL)
    flights = FoldInput(
        "flights",
        TableSchema((Column("id", INTEGER), Column("carrier", STRING), Column("delay", INTEGER))),
    )
    names = (Column("code", STRING, nullable=False), Column("name", STRING))
    carriers = FoldInput("carriers", TableSchema(names, frozenset({frozenset({"code"})})))
    versions = [
        Version(
            label,
            text.replace("raw.flights", 'input."0" AS flights').replace(
                "raw.carriers", 'input."1"'
            ),
            (flights, carriers),
        )
        for label, text in (("1", old), ("2", new))
    ]
    (table,) = fold(versions, "duckdb").tables
    assert table.sql.replace("(\n    ", "").replace("\n  )", "") == stored
    for projection in table.projections.values():
        assert projection is not None
        shown = projection.sql(("x",), "duckdb").removesuffix('"x"')
        assert f"`{shown}…`" in page


# Filters


def test_rows_of_any_version_are_stored_once_with_flags() -> None:
    folding = folded(
        "SELECT q.id, q.x + 1 AS n FROM raw.t AS q WHERE q.b AND q.x > 1",
        "SELECT q.id, q.s FROM raw.t AS q WHERE q.b AND q.x > 0",
    )
    (table,) = folding.tables
    assert " ".join(table.sql.split()) == (
        'SELECT "q"."id" AS "id", "q"."s" AS "s", '
        'CASE WHEN "q"."x" > 1 THEN "q"."x" + 1 END AS "n", '
        'COALESCE("q"."x" > 0, FALSE) AS "is_row", COALESCE("q"."x" > 1, FALSE) AS "is_row_2" '
        'FROM "input"."0" AS "q" WHERE "q"."b" AND ( "q"."x" > 0 OR "q"."x" > 1 )'
    )
    assert table.columns == ("id", "s", "n", "is_row", "is_row_2")
    assert table.projections == {
        "v1": Projection((("id", "id"), ("n", "n")), "is_row_2"),
        "v2": Projection((("id", "id"), ("s", "s")), "is_row"),
    }


def test_a_version_without_a_filter_needs_no_flag() -> None:
    folding = folded(
        "SELECT q.id FROM raw.t AS q WHERE q.x > 1", "SELECT q.id, q.s FROM raw.t AS q"
    )
    assert folding.tables[0].columns == ("id", "s", "is_row")
    assert folding.tables[0].projections["v2"] == Projection((("id", "id"), ("s", "s")))


def test_values_are_not_computed_for_rows_that_their_version_drops() -> None:
    texts = {
        "v1": "SELECT q.id, q.s FROM raw.t AS q",
        "v2": "SELECT q.id, CAST(q.s AS INTEGER) AS n FROM raw.t AS q WHERE q.s <> 'ab'",
    }
    (table,) = folded(*texts.values()).tables
    world = databases(seed=1, count=1)[0]
    world.execute("INSERT INTO raw.t (id, s) VALUES (1, '12'), (2, 'ab'), (3, NULL)")
    world.execute(f"CREATE TEMP TABLE stored AS {bound(table.sql, table.inputs)}")
    for label, projection in table.projections.items():
        assert projection is not None
        restored = result_of(world, projection.sql(("stored",), "duckdb"))
        assert restored == result_of(world, texts[label]) is not None


def test_names_of_flags_stay_apart_from_columns() -> None:
    folding = folded(
        "SELECT q.id AS is_row, q.k AS filter FROM raw.t AS q WHERE q.x > 1",
        "SELECT q.id AS is_row, q.s AS filter FROM raw.t AS q WHERE q.x > 2",
    )
    columns = ("is_row", "filter", "filter_2", "is_row_2", "is_row_3")
    assert sorted(folding.tables[0].columns or ()) == sorted(columns)


FILTERED_READERS = (
    'SELECT f.id, f.x FROM input."0" AS f',
    'SELECT f.id, f.x + 1 AS y FROM input."0" AS f WHERE f.x IS NOT NULL',
    'SELECT x, COUNT(*) AS n FROM input."0" AS f GROUP BY x',
)


@pytest.mark.parametrize("first", FILTERED_READERS)
@pytest.mark.parametrize("second", FILTERED_READERS)
def test_readers_of_flagged_versions_read_their_rows(first: str, second: str) -> None:
    models = folded(
        "SELECT q.id, q.x FROM raw.t AS q WHERE q.k > 1",
        "SELECT q.id, q.x, q.s FROM raw.t AS q WHERE q.k > 0",
    )
    texts = {"v1": first, "v2": second}
    readers = fold(versions_of_readers(models, texts), "duckdb")
    compare_through(models, readers, texts)
    # What filters in turn folds, what groups by filtered rows is another computation.
    assert len(readers.tables) == (2 if FILTERED_READERS[2] in (first, second) else 1)
