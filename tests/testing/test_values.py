"""Values written in YAML become typed values, or are told apart from them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.engines.sandbox import Sandbox, text_of_column
from hansa.sql.types import parse_type
from hansa.testing.values import cast_of, kind_of_values, misfits, text_of_value

FITS = [
    ("INTEGER", 1, "1"),
    ("INTEGER", "12", "12"),
    ("INTEGER", 3.0, "3"),
    ("UTINYINT", 255, "255"),
    ("HUGEINT", 2**100, str(2**100)),
    ("DOUBLE", 0.1, "0.1"),
    ("DOUBLE", 7, "7.0"),
    ("DOUBLE", float("inf"), "inf"),
    ("DOUBLE", float("nan"), "nan"),
    ("DECIMAL(5,2)", 1.5, "1.50"),
    ("DECIMAL(5,2)", "123.45", "123.45"),
    ("DECIMAL(38,9)", Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
    ("BOOLEAN", True, "true"),
    ("BOOLEAN", "false", "false"),
    ("VARCHAR", "o'clock; --", "o'clock; --"),
    ("VARCHAR", "", ""),
    ("VARCHAR", 7, "7"),
    ("VARCHAR", "ünïcode \U0001f6eb", "ünïcode \U0001f6eb"),
    ("DATE", date(2013, 1, 2), "2013-01-02"),
    ("DATE", "2013-01-02", "2013-01-02"),
    ("DATE", datetime(2013, 1, 2), "2013-01-02"),
    ("TIME", time(5, 6), "05:06:00"),
    ("TIMESTAMP", datetime(2013, 1, 2, 3, 4, 5, 600000), "2013-01-02 03:04:05.6"),
    ("TIMESTAMP", "2013-01-02T03:04", "2013-01-02 03:04:00"),
    ("TIMESTAMP", date(2013, 1, 2), "2013-01-02 00:00:00"),
    ("TIMESTAMP WITH TIME ZONE", "2013-01-02 03:04:05+01", "2013-01-02 02:04:05+00"),
    (
        "TIMESTAMP WITH TIME ZONE",
        datetime(2013, 1, 2, 3, 4, 5, tzinfo=UTC),
        "2013-01-02 03:04:05+00",
    ),
    ("INTERVAL", "2 days", "2 days"),
    ("UUID", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("BLOB", b"\x00ab\xff", "\\x00ab\\xFF"),
    ("JSON", {"a": [1, None]}, '{"a": [1, null]}'),
    ("JSON", "text", '"text"'),
    ("JSON", '{"a": 1}', '{"a": 1}'),
    ("INTEGER[]", [1, None, 3], "[1,null,3]"),
    ("VARCHAR[]", [], "[]"),
    ("DATE[]", [date(2013, 1, 2)], '["2013-01-02"]'),
    (
        'STRUCT(a INTEGER, "b c" DECIMAL(5,2)[])',
        {"a": 1, "b c": [1.25]},
        '{"a":1,"b c":[1.25]}',
    ),
    ("MAP(VARCHAR, INTEGER)", {"k": 1}, '{"k":1}'),
    ("STRUCT(t TIMESTAMP WITH TIME ZONE)", {"t": "2013-01-02T03:04:05Z"}, None),
]

MISFITS = [
    ("INTEGER", "abc"),
    ("INTEGER", "1.5"),
    ("INTEGER", 1.5),
    ("INTEGER", True),
    ("INTEGER", 2**31),
    ("INTEGER", float("nan")),
    ("INTEGER", [1]),
    ("UTINYINT", -1),
    ("DOUBLE", "fast"),
    ("DOUBLE", False),
    ("DECIMAL(5,2)", 1.234),
    ("DECIMAL(5,2)", 1000),
    ("DECIMAL(5,2)", "x"),
    ("DECIMAL(5,2)", float("inf")),
    ("BOOLEAN", "maybe"),
    ("BOOLEAN", 2),
    ("DATE", "2013-01-02 05:00"),
    ("DATE", datetime(2013, 1, 2, 5)),
    ("DATE", 20130102),
    ("VARCHAR", ["a"]),
    ("TIMESTAMP", {"a": 1}),
]


def _round_trip(sandbox: Sandbox, kind: str, value: object) -> object:
    cast = cast_of("?::VARCHAR", kind)
    sql = f"SELECT {text_of_column('c', kind)} FROM (SELECT {cast} AS c)"
    return sandbox.query(sql, [text_of_value(value, kind)]).rows[0][0]


@pytest.mark.parametrize(("kind", "value", "text"), FITS)
def test_a_value_that_fits_becomes_typed_without_loss(sandbox, kind, value, text):
    assert not misfits(value, parse_type(kind, "duckdb"))
    found = _round_trip(sandbox, kind, value)
    assert found == text or (text is None and found is not None)


@pytest.mark.parametrize(("kind", "value"), MISFITS)
def test_a_value_that_would_fail_or_lose_something_misfits(kind, value):
    assert misfits(value, parse_type(kind, "duckdb"))


@pytest.mark.parametrize("kind", sorted({kind for kind, _, _ in FITS}))
def test_null_fits_every_type(sandbox, kind):
    assert not misfits(None, parse_type(kind, "duckdb"))
    assert _round_trip(sandbox, kind, None) is None


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], "VARCHAR"),
        ([None], "VARCHAR"),
        ([1, None], "BIGINT"),
        ([1, 2**70], "HUGEINT"),
        ([1, 1.5], "DOUBLE"),
        ([True], "BOOLEAN"),
        ([True, 1], "VARCHAR"),
        ([date(2013, 1, 2), datetime(2013, 1, 2, 3)], "TIMESTAMP"),
        ([datetime(2013, 1, 2, tzinfo=UTC)], "TIMESTAMP WITH TIME ZONE"),
        ([[1], [2, 3]], "BIGINT[]"),
        ([{"a": 1}], "JSON"),
        ([b"x"], "BLOB"),
        (["1"], "VARCHAR"),
    ],
)
def test_the_type_of_values_without_a_schema(values, kind):
    assert kind_of_values(values) == kind


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_whole_number_survives(sandbox, number):
    assert _round_trip(sandbox, "BIGINT", number) == str(number)


@given(st.floats(allow_nan=False))
def test_every_double_survives(sandbox, number):
    assert float(str(_round_trip(sandbox, "DOUBLE", number))) == number


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_survives(sandbox, text):
    assert _round_trip(sandbox, "VARCHAR", text) == text


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-9, 9)
        | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.text(st.characters(exclude_categories=["Cs", "Cc"])), inner)
        ),
        max_leaves=6,
    ).filter(lambda v: isinstance(v, list | dict))
)
def test_every_json_value_survives(sandbox, value):
    found = _round_trip(sandbox, "JSON", value)
    assert json.loads(str(found)) == value
