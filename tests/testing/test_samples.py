"""Small data of a source: fixture files, rows of unit tests, or nothing."""

from __future__ import annotations

import pytest
from tests.testing.products import make_product, make_source, make_test

from hansa.core.product import CsvOptions
from hansa.errors import HansaError, Place
from hansa.testing.errors import FixtureColumnsUnknown
from hansa.testing.fixtures import FixtureTable
from hansa.testing.samples import sample_source

COLUMNS = ("origin varchar!", "hour timestamp", "speed double")
KINDS = ("VARCHAR", "TIMESTAMP", "DOUBLE")
TEST_ROWS = [
    {"origin": "JFK", "hour": "2013-01-01 05:00", "speed": 1.5},
    {"origin": "JFK", "hour": "2013-01-01 05:00", "speed": 2},
    {"origin": "EWR"},
    {"origin": "EWR"},
    {"origin": "EWR", "speed": 3},
]

SAMPLES = [
    (
        {"fixtures/raw.weather.csv": b"origin,hour,speed,more\nJFK,2013-01-01 05:00:00,,x\n"},
        make_source("weather", *COLUMNS),
        [],
        ("origin", "hour", "speed"),
        KINDS,
        [("JFK", "2013-01-01 05:00:00", None)],
        "fixtures/raw.weather.csv",
    ),
    # Empty cells are NULL except in texts, whatever stands for NULL otherwise.
    (
        {"fixtures/raw.weather.csv": b"origin;speed\nNA;\n;NA\n"},
        make_source("weather", *COLUMNS, csv=CsvOptions(null="NA", delimiter=";")),
        [],
        ("origin", "hour", "speed"),
        KINDS,
        [(None, None, None), ("", None, None)],
        "fixtures/raw.weather.csv",
    ),
    (
        {"fixtures/raw.weather.csv": b"a,b,c\n1,2013-01-01,x\n"},
        make_source("weather"),
        [],
        ("a", "b", "c"),
        ("BIGINT", "DATE", "VARCHAR"),
        [("1", "2013-01-01", "x")],
        "fixtures/raw.weather.csv",
    ),
    (
        {"fixtures/raw.weather.json": b'[{"origin": "JFK", "speed": 2}]'},
        make_source("weather", *COLUMNS),
        [],
        ("origin", "hour", "speed"),
        KINDS,
        [("JFK", None, "2")],
        "fixtures/raw.weather.json",
    ),
    (
        {},
        make_source("weather", *COLUMNS),
        TEST_ROWS,
        ("origin", "hour", "speed"),
        KINDS,
        [
            ("JFK", "2013-01-01 05:00", "1.5"),
            ("JFK", "2013-01-01 05:00", "2"),
            ("EWR", None, None),
            ("EWR", None, "3"),
        ],
        "unit tests",
    ),
    (
        {},
        make_source("weather", *COLUMNS, primary_key=("origin", "hour")),
        TEST_ROWS,
        ("origin", "hour", "speed"),
        KINDS,
        [("JFK", "2013-01-01 05:00", "1.5"), ("EWR", None, None), ("EWR", None, "3")],
        "unit tests",
    ),
    (
        {},
        make_source("weather", *COLUMNS),
        [],
        ("origin", "hour", "speed"),
        KINDS,
        [],
        "nothing",
    ),
]


@pytest.mark.parametrize(
    ("files", "source", "rows", "columns", "kinds", "expected", "origin"), SAMPLES
)
def test_small_data_of_a_source(files, source, rows, columns, kinds, expected, origin):
    tests = (
        make_test("t", "m", {"raw.weather": rows, "raw.other": [{"x": 1}]}, []),
        make_test("u", "m", {"raw.weather": rows}, []),
    )
    product = make_product({}, sources={"raw": {"weather": source}}, tests=tests, files=files)
    sample = sample_source(product, "raw", source)
    texts = tuple(zip(*expected, strict=True)) if expected else tuple(() for _ in columns)
    assert sample.table == FixtureTable(columns, kinds, texts)
    assert sample.origin == origin
    assert len(sample.given.rows) == len(expected)


@pytest.mark.parametrize(
    ("files", "message", "place"),
    [
        (
            {"fixtures/raw.weather.csv": b"origin,speed\nJFK,1\nEWR,fast\n"},
            "`fixtures/raw.weather.csv`: row 2 of `raw.weather`, column `speed`: "
            "`fast` is not a double",
            Place("fixtures/raw.weather.csv", 3),
        ),
        (
            {"fixtures/raw.weather.parquet": b"no parquet"},
            "`fixtures/raw.weather.parquet` cannot be read: ",
            Place("fixtures/raw.weather.parquet"),
        ),
        (
            {"fixtures/raw.weather.json": b"{"},
            "`fixtures/raw.weather.json` cannot be read: ",
            Place("fixtures/raw.weather.json"),
        ),
    ],
)
def test_wrong_fixture_files_are_told_with_their_place(files, message, place):
    source = make_source("weather", *COLUMNS)
    product = make_product({}, sources={"raw": {"weather": source}}, files=files)
    with pytest.raises(HansaError) as caught:
        sample_source(product, "raw", source)
    assert str(caught.value).startswith(message)
    assert "/tmp" not in str(caught.value)
    assert caught.value.place == place


def test_an_empty_source_needs_declared_columns():
    source = make_source("weather")
    product = make_product({}, sources={"raw": {"weather": source}})
    with pytest.raises(FixtureColumnsUnknown):
        sample_source(product, "raw", source)
