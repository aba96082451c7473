"""Fingerprints of small products: what may differ without a change, and what may not."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from tests.sql.canonical.worlds import SCHEMAS, fingerprints_of, models_of

from hansa.core.datatype import BIGINT
from hansa.core.facts import Input, InputKind
from hansa.core.schema import Column
from hansa.sql.canonical import Prover, fingerprints

SOURCE = Input(InputKind.SOURCE, "t", "raw")


def test_an_added_column_leaves_rows_and_other_columns_alone() -> None:
    old = fingerprints_of("select id, x + 1 as y from raw.t")
    new = fingerprints_of("select id, x + 1 as y, k as z from raw.t")
    assert old.rows == new.rows
    assert {name: new.columns[name] for name in old.columns} == dict(old.columns)
    assert list(new.columns) == ["id", "y", "z"]


def test_a_column_from_a_lookup_leaves_rows_alone() -> None:
    old = fingerprints_of("select id, x from raw.t")
    new = fingerprints_of("select a.id, a.x, b.v from raw.t a left join raw.u b on a.k = b.k")
    assert (old.rows, old.columns["x"]) == (new.rows, new.columns["x"])


def test_an_added_filter_leaves_columns_alone() -> None:
    old = fingerprints_of("select id, x from raw.t")
    new = fingerprints_of("select id, x from raw.t where x > 1")
    assert old.rows != new.rows
    assert old.columns == new.columns


def test_one_changed_column_leaves_the_others_alone() -> None:
    old = fingerprints_of("select k, sum(x) as n, max(s) as m from raw.t group by k")
    new = fingerprints_of("select k, sum(x) + 1 as n, max(s) as m from raw.t group by k")
    assert old.rows == new.rows
    assert [name for name in old.columns if old.columns[name] != new.columns[name]] == ["n"]


def test_the_type_of_a_source_column_is_part_of_what_reads_it() -> None:
    text = "select id, x + 1 as y, s from raw.t"
    schema = SCHEMAS[SOURCE]
    columns = tuple(
        Column("x", BIGINT) if column.name == "x" else column for column in schema.columns
    )
    other = {**SCHEMAS, SOURCE: replace(schema, columns=columns)}
    old = fingerprints("out", models_of(text), SCHEMAS, "duckdb")
    new = fingerprints("out", models_of(text), other, "duckdb")
    assert [name for name in old.columns if old.columns[name] != new.columns[name]] == ["y"]


def test_a_key_counts_only_where_it_is_declared() -> None:
    distinct, plain = "select distinct id, x from raw.t", "select id, x from raw.t"
    schema = replace(SCHEMAS[SOURCE], keys=frozenset())
    without = {**SCHEMAS, SOURCE: schema}
    assert fingerprints_of(distinct) == fingerprints_of(plain)
    assert (
        fingerprints("out", models_of(distinct), without, "duckdb").rows
        != fingerprints("out", models_of(plain), without, "duckdb").rows
    )


def test_dialects_are_never_mixed() -> None:
    text = "select id, x / 2 as y from raw.t"
    assert fingerprints_of(text).rows != fingerprints_of(text, dialect="postgres").rows


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark", "snowflake", "bigquery"])
def test_every_dialect_has_equal_and_different_queries(dialect: str) -> None:
    old = fingerprints_of("select id, x from raw.t where x in (1, 2)", dialect=dialect)
    new = fingerprints_of("select id, x from raw.t where x = 2 or 1 = x", dialect=dialect)
    other = fingerprints_of("select id, x from raw.t where x = 2 or 3 = x", dialect=dialect)
    assert old.opaque is None
    assert old == new
    assert old.rows != other.rows


def test_volatile_calls_are_equal_only_in_the_same_text() -> None:
    text = "select id, random() as r, x from raw.t"
    old, same = fingerprints_of(text), fingerprints_of(text)
    changed = fingerprints_of("select id, random() as r, x from raw.t where true")
    twice = fingerprints_of("select id, random() as r, random() as x from raw.t")
    assert old == same
    assert (old.rows, old.columns["id"]) == (changed.rows, changed.columns["id"])
    assert old.columns["r"] != changed.columns["r"]
    assert twice.columns["r"] != twice.columns["x"]


def test_a_volatile_value_read_twice_is_not_compared_with_itself() -> None:
    model = "select id, random() as r from raw.t"
    joined = "select a.id from m1 a join m1 b on a.id = b.id where a.r = b.r"
    plain = "select a.id from m1 a join m1 b on a.id = b.id where a.r is not null"
    assert fingerprints_of(model, joined).rows != fingerprints_of(model, plain).rows


def test_the_clock_is_the_same_in_one_model_only() -> None:
    old = fingerprints_of("select id, current_date as day from raw.t")
    new = fingerprints_of("select id, current_date as day, x from raw.t")
    moved = fingerprints_of("select id, current_date as day from raw.t", "select * from m1")
    assert old.columns["day"] == new.columns["day"] != moved.columns["day"]


NOT_UNDERSTOOD = {
    "select": "a SELECT without columns",
    "select * from nowhere": "`nowhere` is not known",
    "select zzz from raw.t": "the column `zzz` is not known",
    "insert into x values (1)": "a model is one SELECT statement",
    "select * from raw.nothing": "the columns of `nothing` are not known",
    "select id from raw.t using sample 10%": "the clause `sample` is not understood",
    "select k, sum(x) as n from raw.t group by rollup (k)": "grouping sets are not understood",
    "select weird(x) as y from raw.t": "the function `weird` is not understood here",
    "select id, unnest([1, 2]) as n from raw.t": "the function `explode` is not understood",
    "select id as a, x as a from raw.t": "two columns have the same name",
    "select id, (select x from raw.nothing where k = 1) as y from raw.t": (
        "`k` may be a column of an outer query"
    ),
    "select * from out": "the models form a cycle",
    "select " + "(" * 500 + "x" + ")" * 500 + " as y from raw.t": "the SQL is nested",
    "select " + " + ".join(["x"] * 5000) + " as y from raw.t": "the SQL is nested too deeply",
    "select b.id from raw.w a right join lateral (select id from raw.t where k = a.x) b on true": (
        "a lateral query on this side of a join is not understood"
    ),
}


@pytest.mark.parametrize("text", NOT_UNDERSTOOD, ids=lambda text: text[:40])
def test_what_is_not_understood_is_opaque_and_equal_to_itself_only(text: str) -> None:
    found = fingerprints_of(text)
    assert found.opaque is not None
    assert found.opaque.startswith(NOT_UNDERSTOOD[text])
    assert found == fingerprints_of(text)
    assert found.rows != fingerprints_of(text + " /* x */ where 1 = 1").rows


def test_an_opaque_model_changes_with_what_it_reads() -> None:
    text = "select id, weird(x) as y from m1"
    old = fingerprints_of("select id, x from raw.t", text)
    same = fingerprints_of("select t.id, t.x from raw.t as t", text)
    other = fingerprints_of("select id, x + 1 as x from raw.t", text)
    assert old == same
    assert set(old.columns) == {"id", "y"}
    assert all(old.columns[name] != other.columns[name] for name in old.columns)


def test_an_opaque_part_does_not_hide_the_rest() -> None:
    cte = "with a as (select id, weird(x) as y from raw.t) select id, y, {} as z from a"
    old, new = fingerprints_of(cte.format("y <> 1")), fingerprints_of(cte.format("not 1 = y"))
    assert old.opaque is None
    assert old == new


def test_a_wide_model_has_all_its_columns() -> None:
    columns = ", ".join(f"x + {at} as c{at}" for at in range(5000))
    found = fingerprints_of(f"select {columns} from raw.t")
    assert found.opaque is None
    assert len(set(found.columns.values())) == 5000


def test_chains_that_double_at_every_step_do_not_explode() -> None:
    steps = [
        f"select a.id, a.x + b.x as x, a.k from m{at} a join m{at} b on a.id = b.k"
        for at in range(1, 40)
    ]
    texts = ["select id, x, k from raw.t", *steps]
    started = time.perf_counter()
    found = fingerprints_of(*texts)
    # Without sharing this would take longer than the universe has had.
    assert time.perf_counter() - started < 30
    assert found.opaque is None
    assert found == fingerprints_of(*texts)


def test_models_are_read_once_for_many_tables() -> None:
    texts = ["select id, x from raw.t"] + [f"select id, x + 1 as x from m{n}" for n in range(1, 50)]
    models = models_of(*texts)
    prover = Prover(models, SCHEMAS, "duckdb")
    together = {name: prover.fingerprints(name) for name in models}
    for name in ("m1", "m20", "out"):
        assert together[name] == fingerprints(name, models, SCHEMAS, "duckdb")
    assert len({found.columns["x"] for found in together.values()}) == 50
