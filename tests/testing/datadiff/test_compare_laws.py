"""Comparing inside the engine says what comparing row by row in Python says."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.engines.duckdb import DuckDbEngine, open_memory
from hansa.sql.identifiers import literal
from hansa.testing.datadiff.compare import compare_data
from hansa.testing.datadiff.queries import EngineQueries
from hansa.testing.datadiff.values import ColumnNames, Method, TableDifference, TablePair

COLUMNS = ("k", "part", "f", "t")
KINDS = ("INTEGER", "VARCHAR", "DOUBLE", "VARCHAR")
NAMES = tuple(ColumnNames(name, name) for name in COLUMNS)
LAWS = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

Row = tuple[Any, ...]

# near each other: close enough to be equal, and not
NEAR = (0.3, 0.1 + 0.2, 0.3000001, 1e300, 1e300 * (1 + 1e-13), 0.0, -0.0, 1e-300, 5e-324)
FLOATS = st.sampled_from([None, *NEAR, -0.3, 1e308, -1e308, math.nan, math.inf, -math.inf])
TEXTS = st.sampled_from([None, "", "a", "a'b", "\x1f", "\x1e", "ünï"])
VALUES = st.tuples(FLOATS, TEXTS)
KEYS = st.tuples(st.integers(0, 6), st.sampled_from(["", "a", "b'"]))
KEYED = st.dictionaries(KEYS, VALUES, max_size=12)
# without a key a float has no near neighbour that falls on the other side of a rounding
BAG_ROWS = st.tuples(
    st.integers(0, 2),
    st.sampled_from([None, "a"]),
    st.sampled_from([None, 0.0, 0.3, 0.1 + 0.2, 0.31, -2e9, math.nan, math.inf]),
    st.sampled_from([None, "", "x"]),
)
BAGS = st.lists(BAG_ROWS, max_size=12)


class Postgres(EngineQueries):
    """DuckDB, which reads the general form of the statements too, called by another name."""

    @property
    def dialect(self) -> str:
        return "postgres"


@dataclass(frozen=True)
class Spoken:
    """How statements are written, over one open database."""

    engine: DuckDbEngine
    queries: EngineQueries


@pytest.fixture(scope="module", params=[EngineQueries, Postgres])
def spoken(request: pytest.FixtureRequest) -> Iterator[Spoken]:
    with open_memory() as engine:
        yield Spoken(engine, request.param(engine))


@LAWS
@given(old=KEYED, new=KEYED)
def test_keyed_rows_are_counted_as_in_python(
    spoken: Spoken, old: dict[Row, Row], new: dict[Row, Row]
) -> None:
    found = compare(spoken, flat(old), flat(new), key=("k", "part"))

    both = old.keys() & new.keys()
    differing = {
        name: sorted(key for key in both if not same(old[key][at], new[key][at]))
        for at, name in enumerate(("f", "t"))
    }
    assert (found.method, found.rows_old, found.rows_new) == (Method.KEY, len(old), len(new))
    assert (found.only_old, found.only_new) == (len(old) - len(both), len(new) - len(both))
    assert found.changed_rows == len({key for keys in differing.values() for key in keys})
    assert {one.names.new: one.different for one in found.columns} == {
        name: len(keys) for name, keys in differing.items()
    }
    assert {one.names.new: shown(one.examples) for one in found.columns} == {
        name: keys[:5] for name, keys in differing.items()
    }
    assert [tuple(row.values.values()) for row in found.examples_old] == sorted(old.keys() - both)[
        :5
    ]
    assert [tuple(row.values.values()) for row in found.examples_new] == sorted(new.keys() - both)[
        :5
    ]


@LAWS
@given(old=BAGS, new=BAGS)
def test_bags_are_counted_as_in_python(spoken: Spoken, old: list[Row], new: list[Row]) -> None:
    found = compare(spoken, old, new, key=())

    before, after = Counter(map(grouped, old)), Counter(map(grouped, new))
    assert (found.method, found.changed_rows, found.columns) == (Method.BAG, None, ())
    assert (found.rows_old, found.rows_new) == (len(old), len(new))
    assert (found.only_old, found.only_new) == (
        (before - after).total(),
        (after - before).total(),
    )
    assert len(found.examples_old) == min(len(before - after), 5)
    assert {row.count for row in found.examples_old} <= set((before - after).values())


@LAWS
@given(old=KEYED, new=KEYED)
def test_swapping_the_sides_swaps_the_answer(
    spoken: Spoken, old: dict[Row, Row], new: dict[Row, Row]
) -> None:
    one = compare(spoken, flat(old), flat(new), key=("k", "part"))
    other = compare(spoken, flat(new), flat(old), key=("k", "part"))
    assert (one.rows_old, one.only_old, one.changed_rows) == (
        other.rows_new,
        other.only_new,
        other.changed_rows,
    )
    assert [column.different for column in one.columns] == [
        column.different for column in other.columns
    ]


@LAWS
@given(old=KEYED, new=KEYED, size=st.integers(1, 14))
def test_a_sample_holds_the_same_keys_of_both_sides(
    spoken: Spoken, old: dict[Row, Row], new: dict[Row, Row], size: int
) -> None:
    sampled = compare(spoken, flat(old), flat(new), ("k", "part"), size)
    again = compare(spoken, flat(new), flat(old), ("k", "part"), size)
    # one key on one side only counts there; one on both sides counts on both
    keys = sampled.rows_old + sampled.only_new
    assert keys == min(size, len(old.keys() | new.keys()))
    assert (again.rows_new, again.rows_old) == (sampled.rows_old, sampled.rows_new)
    assert again.changed_rows == sampled.changed_rows
    if size >= len(old.keys() | new.keys()):
        whole = compare(spoken, flat(old), flat(new), ("k", "part"))
        assert sampled.columns == whole.columns


@LAWS
@given(rows=BAGS, size=st.integers(1, 14))
def test_data_is_equal_to_itself(spoken: Spoken, rows: list[Row], size: int) -> None:
    for sample in (None, size):
        for key in ((), ("k", "part")):
            found = compare(spoken, rows, rows[::-1], key, sample)
            assert found.equal, found


def compare(
    spoken: Spoken,
    old: Sequence[Row],
    new: Sequence[Row],
    key: tuple[str, ...],
    sample: int | None = None,
) -> TableDifference:
    for name, rows in (("old", old), ("new", new)):
        store(spoken.engine, name, rows)
    pair = TablePair("t", ("main", "old"), ("main", "new"), NAMES, key)
    return compare_data(spoken.queries, pair, sample)


def store(engine: DuckDbEngine, name: str, rows: Sequence[Row]) -> None:
    columns = ", ".join(f"{column} {kind}" for column, kind in zip(COLUMNS, KINDS, strict=True))
    engine.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
    if rows:
        texts = ", ".join(f"({', '.join(literal(value, 'duckdb') for value in r)})" for r in rows)
        engine.execute(f"INSERT INTO {name} VALUES {texts}")


def flat(rows: Mapping[Row, Row]) -> list[Row]:
    return [(*key, *values) for key, values in rows.items()]


def shown(examples: Sequence[Any]) -> list[Row]:
    return [tuple(one.key.values()) for one in examples]


def same(one: Any, other: Any) -> bool:
    """What the comparison promises: NULL is NULL, NaN is NaN, floats are near by a share."""
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return math.isclose(one, other, rel_tol=1e-9)
    return bool(one == other)


def grouped(row: Row) -> Row:
    """A row in words of which equal ones are equal in Python: NaN is not equal to itself."""
    return tuple(f"{value + 0.0:.9e}" if isinstance(value, float) else repr(value) for value in row)
