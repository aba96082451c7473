"""How a change of a column's type is classified, at any depth."""

from __future__ import annotations

import pytest
from tests.semver.contracts import column

from hansa.core.contract import Bounds
from hansa.core.datatype import (
    BIGINT,
    DOUBLE,
    INTEGER,
    STRING,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    DataType,
    Family,
)
from hansa.semver.types import type_changes


def array(item: DataType) -> DataType:
    return DataType(Family.ARRAY, items=(item,))


def mapping(key: DataType, value: DataType) -> DataType:
    return DataType(Family.MAP, items=(key, value))


def struct(**fields: DataType) -> DataType:
    return DataType(Family.STRUCT, fields=tuple(fields.items()))


def varchar(length: int | None = None) -> DataType:
    return DataType(Family.STRING, length=length)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (INTEGER, INTEGER, []),
        (INTEGER, BIGINT, ["column_type_widened c"]),
        (BIGINT, INTEGER, ["column_type_narrowed c"]),
        (INTEGER, DOUBLE, ["column_type_changed c"]),
        (TIMESTAMP, TIMESTAMPTZ, ["column_type_changed c"]),
        (STRING, array(STRING), ["column_cardinality_changed c"]),
        (array(STRING), STRING, ["column_cardinality_changed c"]),
        (array(INTEGER), array(BIGINT), ["column_type_widened c[]"]),
        (
            array(struct(a=INTEGER)),
            array(struct(b=INTEGER)),
            ["nested_field_removed c[].a", "nested_field_added c[].b"],
        ),
        (struct(a=struct(b=STRING)), struct(a=struct(b=DOUBLE)), ["column_type_changed c.a.b"]),
        (struct(a=STRING, b=STRING), struct(b=STRING, a=STRING), ["column_reordered c"]),
        (struct(a=STRING), STRING, ["column_type_changed c"]),
        (mapping(STRING, INTEGER), mapping(STRING, BIGINT), ["column_type_widened c{}"]),
        (mapping(STRING, INTEGER), mapping(INTEGER, INTEGER), ["column_cardinality_changed c"]),
        (UNKNOWN, INTEGER, ["column_type_changed c"]),
    ],
)
def test_classification(old: DataType, new: DataType, expected: list[str]) -> None:
    found = type_changes("t", column("c", old), column("c", new), "c")
    assert [f"{change.rule} {change.column}" for change in found] == expected


@pytest.mark.parametrize(
    ("old", "new", "bounds", "rule"),
    [
        (varchar(10), varchar(), Bounds(max_length=10), "column_type_narrowed"),
        (varchar(10), varchar(), Bounds(max_length=11), "column_type_widened"),
        (varchar(10), varchar(20), Bounds(), "column_type_widened"),
        (INTEGER, BIGINT, Bounds(minimum=0, maximum=2**31 - 1), "column_type_narrowed"),
        (INTEGER, BIGINT, Bounds(minimum=0, maximum=2**31), "column_type_widened"),
        (INTEGER, BIGINT, Bounds(minimum=0), "column_type_widened"),
        (INTEGER, DOUBLE, Bounds(minimum=0, maximum=9), "column_type_changed"),
    ],
)
def test_bounds_that_keep_all_values_in_the_old_type(
    old: DataType, new: DataType, bounds: Bounds, rule: str
) -> None:
    (change,) = type_changes("t", column("c", old), column("c", new, bounds=bounds), "c")
    assert change.rule == rule


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("geography", "Geography", []),
        ("geography(4326)", "geography( 4326 )", ["column_type_changed c"]),
        ("geography", "ltree", ["column_type_changed c"]),
    ],
)
def test_types_that_could_not_be_read_are_compared_as_written(
    old: str, new: str, expected: list[str]
) -> None:
    before = column("c", UNKNOWN, physical_type=old)
    after = column("c", UNKNOWN, physical_type=new)
    found = type_changes("t", before, after, "c")
    assert [f"{change.rule} {change.column}" for change in found] == expected


def test_another_collation_is_another_type() -> None:
    before = column("c", STRING, extras=(("customProperties", {"collation": "de"}),))
    after = column("c", STRING, extras=(("customProperties", {"collation": "sv"}),))
    (change,) = type_changes("t", before, after, "c")
    assert (change.rule, change.old, change.new) == (
        "column_type_changed",
        "collation de",
        "collation sv",
    )
