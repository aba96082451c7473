"""Given rows become tables; what is wrong with them is told with row, column and place."""

from __future__ import annotations

from datetime import date

import pytest

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.schema import Column, TableSchema
from hansa.engines.sandbox import Sandbox
from hansa.errors import HansaError, Place
from hansa.sql.types import parse_type
from hansa.testing.errors import FixtureValueInvalid
from hansa.testing.fixtures import (
    FixtureTable,
    GivenRows,
    build_table,
    contract_warnings,
    kind_of_type,
    store_table,
)


def _schema(*columns: str, keys: tuple[tuple[str, ...], ...] = ()) -> TableSchema:
    """Columns written as `name type`, with `!` at the end for required ones."""
    made = []
    for text in columns:
        name, kind = text.rstrip("!").split(" ", 1)
        made.append(Column(name, parse_type(kind, "duckdb"), not text.endswith("!")))
    return TableSchema(tuple(made), frozenset(frozenset(key) for key in keys))


FLIGHTS = _schema(
    "carrier varchar!", "flight integer!", "dep_time timestamp", keys=(("carrier", "flight"),)
)


def _given(*rows: dict[str, object]) -> GivenRows:
    places = tuple(Place("tests/t.yaml", 10 + number, 7) for number in range(len(rows)))
    return GivenRows("test `t`", "raw.flights", rows, Place("tests/t.yaml", 9, 5), places)


@pytest.mark.parametrize(
    ("given", "schema", "expected"),
    [
        (
            _given({"flight": 1, "carrier": "UA"}, {"CARRIER": "AA"}),
            FLIGHTS,
            FixtureTable(
                ("carrier", "flight", "dep_time"),
                ("VARCHAR", "INTEGER", "TIMESTAMP"),
                (("UA", "AA"), ("1", None), (None, None)),
            ),
        ),
        (
            _given(),
            FLIGHTS,
            FixtureTable(
                ("carrier", "flight", "dep_time"),
                ("VARCHAR", "INTEGER", "TIMESTAMP"),
                ((), (), ()),
            ),
        ),
        (
            _given({"a": 1}, {"b": date(2013, 1, 1)}, {"a": 2.5, "c": None}),
            None,
            FixtureTable(
                ("a", "b", "c"),
                ("DOUBLE", "DATE", "VARCHAR"),
                (("1", None, "2.5"), (None, "2013-01-01", None), (None, None, None)),
            ),
        ),
        (
            _given({"a": "x", "b": 3}),
            TableSchema((Column("a"), Column("b"))),
            FixtureTable(("a", "b"), ("VARCHAR", "BIGINT"), (("x",), ("3",))),
        ),
    ],
)
def test_rows_become_a_table(sandbox: Sandbox, given, schema, expected):
    table = build_table(given, schema)
    assert table == expected
    sandbox.create_schema("fixtures")
    store_table(sandbox, ("fixtures", "t"), table, given)
    assert sandbox.describe(("fixtures", "t")) == tuple(
        zip(expected.columns, expected.kinds, strict=True)
    )
    assert len(sandbox.query('SELECT * FROM "fixtures"."t"').rows) == len(given.rows)


ERRORS = [
    (
        _given({"carrier": "UA"}, {"carier": "UA"}),
        FLIGHTS,
        "test `t`: row 2 of `raw.flights` has a column `carier`, which does not exist there",
        "did you mean `carrier`?",
        11,
    ),
    (
        _given({"tail": "N1"}),
        FLIGHTS,
        "test `t`: row 1 of `raw.flights` has a column `tail`, which does not exist there",
        "its columns are `carrier`, `flight`, `dep_time`",
        10,
    ),
    (
        _given({"carrier": "UA", "Carrier": "AA"}),
        FLIGHTS,
        "test `t`: row 1 of `raw.flights` has the column `carrier` twice",
        "keep one of the two",
        10,
    ),
    (
        _given({"flight": 1}, {"flight": "abc"}),
        FLIGHTS,
        "test `t`: row 2 of `raw.flights`, column `flight`: `abc` is not an integer",
        "write a value of type integer, or null",
        11,
    ),
    (
        _given({"dep_time": "2013-01-01"}, {"dep_time": "2013-02-30 10:00"}),
        FLIGHTS,
        "test `t`: row 2 of `raw.flights`, column `dep_time`: "
        "`2013-02-30 10:00` is not a timestamp",
        "write a value of type timestamp, or null",
        11,
    ),
    (
        _given({"tags": {"a": 1}}),
        _schema("tags struct(b integer)[]"),
        "test `t`: row 1 of `raw.flights`, column `tags`: "
        '`{"a": 1}` is not an array<struct<b integer>>',
        "write a value of type array<struct<b integer>>, or null",
        10,
    ),
    (
        _given(),
        None,
        "test `t` gives no row of `raw.flights`, whose columns are not known",
        "declare the columns of the input in product.yaml, or give a row of it",
        9,
    ),
]


@pytest.mark.parametrize(("given", "schema", "message", "hint", "line"), ERRORS)
def test_wrong_rows_are_told_with_their_place(sandbox: Sandbox, given, schema, message, hint, line):
    sandbox.create_schema("fixtures")
    with pytest.raises(HansaError) as caught:
        store_table(sandbox, ("fixtures", "t"), build_table(given, schema), given)
    assert (str(caught.value), caught.value.hint) == (message, hint)
    assert caught.value.place is not None
    assert caught.value.place.line == line


def test_rows_of_another_version_may_have_columns_that_are_gone():
    table = build_table(_given({"carrier": "UA", "gone": 1}), FLIGHTS, lenient=True)
    assert table.columns == FLIGHTS.names


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(FixtureValueInvalid) as caught:
        build_table(_given({"flight": "x" * 1000}), FLIGHTS)
    assert len(str(caught.value)) < 200


def test_only_written_nulls_and_repeated_keys_are_warnings():
    given = _given(
        {"carrier": "UA", "flight": 1},
        {"carrier": None, "flight": 2},
        {"carrier": "UA"},
        {"flight": 1, "carrier": "UA"},
        {"dep_time": None},
    )
    assert contract_warnings(given, FLIGHTS) == (
        Diagnostic(
            "fixture_null",
            "test `t`: row 2 of `raw.flights`: `carrier` is NULL, but it is required",
            "give rows that the input's contract allows",
            Place("tests/t.yaml", 11, 7),
            Severity.WARNING,
            table="raw.flights",
            column="carrier",
        ),
        Diagnostic(
            "fixture_key_repeated",
            "test `t`: row 4 of `raw.flights`: repeats the key `carrier`, `flight` of row 1",
            "give rows that the input's contract allows",
            Place("tests/t.yaml", 13, 7),
            Severity.WARNING,
            table="raw.flights",
        ),
    )


def test_a_decimal_without_limits_holds_many_digits():
    assert kind_of_type(parse_type("numeric", "postgres")) == "DECIMAL(38,9)"
