"""Which types hold which, which agree, and what they are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.core.datatype import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    DataType,
    Family,
    agrees,
    describe,
    holds,
)


def decimal(precision: int | None, scale: int | None = 0) -> DataType:
    return DataType(Family.DECIMAL, precision=precision, scale=scale)


def varchar(length: int | None = None, fixed: bool = False) -> DataType:
    return DataType(Family.STRING, length=length, fixed=fixed)


def integer(bits: int, signed: bool = True) -> DataType:
    return DataType(Family.INTEGER, bits=bits, signed=signed)


def array(item: DataType) -> DataType:
    return DataType(Family.ARRAY, items=(item,))


def struct(**fields: DataType) -> DataType:
    return DataType(Family.STRUCT, fields=tuple(fields.items()))


FLOAT = DataType(Family.FLOAT, bits=32)


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        (BIGINT, INTEGER, True),
        (INTEGER, BIGINT, False),
        (integer(16), integer(8, signed=False), True),
        (integer(8), integer(8, signed=False), False),
        (integer(64, signed=False), integer(8), False),
        (DOUBLE, FLOAT, True),
        (FLOAT, DOUBLE, False),
        (DOUBLE, INTEGER, False),
        (decimal(12, 2), decimal(10, 2), True),
        (decimal(12, 4), decimal(10, 2), False),
        (decimal(10, 2), decimal(12, 2), False),
        (decimal(None), decimal(10), False),
        (varchar(20), varchar(10), True),
        (varchar(), varchar(10), True),
        (varchar(10), varchar(), False),
        (varchar(20), varchar(10, fixed=True), False),
        (TIMESTAMP, TIMESTAMPTZ, False),
        (TIMESTAMP, DATE, False),
        (array(BIGINT), array(INTEGER), True),
        (array(INTEGER), array(BIGINT), False),
        (struct(a=BIGINT), struct(a=INTEGER), True),
        (struct(a=BIGINT), struct(b=INTEGER), False),
        (struct(a=BIGINT, b=STRING), struct(a=BIGINT), False),
        (UNKNOWN, UNKNOWN, True),
        (UNKNOWN, INTEGER, False),
    ],
)
def test_holds(wide: DataType, narrow: DataType, expected: bool) -> None:
    assert holds(wide, narrow) is expected


@pytest.mark.parametrize(
    ("declared", "found", "expected"),
    [
        (INTEGER, INTEGER, True),
        (BIGINT, INTEGER, False),
        (INTEGER, DOUBLE, False),
        (UNKNOWN, DOUBLE, True),
        (DOUBLE, UNKNOWN, True),
        (array(INTEGER), array(UNKNOWN), True),
        (array(INTEGER), array(BIGINT), False),
        (varchar(20), varchar(), True),
        (varchar(20), varchar(30), False),
        (varchar(), varchar(30), True),
        (decimal(10, 2), decimal(None, None), True),
        (decimal(10, 2), decimal(12, 2), False),
        (TIMESTAMP, TIMESTAMPTZ, False),
        (struct(a=STRING), struct(a=varchar(3)), True),
        (struct(a=STRING), struct(A=STRING), False),
        (BOOLEAN, BOOLEAN, True),
        (DataType(Family.OTHER, name="geometry"), DataType(Family.OTHER, name="GEOMETRY"), True),
        (DataType(Family.OTHER, name="geometry"), DataType(Family.OTHER, name="bit"), False),
    ],
)
def test_agrees(declared: DataType, found: DataType, expected: bool) -> None:
    assert agrees(declared, found) is expected


LEAVES = st.one_of(
    st.builds(integer, st.sampled_from([8, 16, 32, 64, 128]), st.booleans()),
    st.builds(varchar, st.one_of(st.none(), st.integers(1, 50)), st.booleans()),
    st.builds(decimal, st.integers(5, 38), st.integers(0, 5)),
    st.sampled_from([BOOLEAN, DATE, DOUBLE, FLOAT, TIMESTAMP, TIMESTAMPTZ]),
)
TYPES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(array), st.builds(lambda a, b: struct(a=a, b=b), inner, inner)
    ),
    max_leaves=4,
)


@given(TYPES)
def test_every_type_holds_itself(kind: DataType) -> None:
    assert holds(kind, kind)
    assert agrees(kind, kind)


@given(LEAVES, LEAVES)
def test_types_that_hold_each_other_are_equal(one: DataType, other: DataType) -> None:
    if holds(one, other) and holds(other, one):
        assert one == other


@given(LEAVES, LEAVES, LEAVES)
def test_holding_is_transitive(one: DataType, other: DataType, third: DataType) -> None:
    if holds(one, other) and holds(other, third):
        assert holds(one, third)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (integer(8, signed=False), "utinyint"),
        (decimal(10, 2), "decimal(10,2)"),
        (varchar(2, fixed=True), "char(2)"),
        (TIMESTAMPTZ, "timestamp with time zone"),
        (array(struct(a=STRING, b=array(DATE))), "array<struct<a varchar, b array<date>>>"),
        (DataType(Family.MAP, items=(STRING, BIGINT)), "map<varchar, bigint>"),
        (DataType(Family.OTHER, name="geometry"), "geometry"),
        (UNKNOWN, "unknown"),
    ],
)
def test_describe(kind: DataType, text: str) -> None:
    assert describe(kind) == text
