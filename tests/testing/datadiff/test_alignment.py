"""The type in which the values of two columns are compared."""

from __future__ import annotations

import pytest

from hansa.sql.types import parse_type
from hansa.testing.datadiff.alignment import common_type


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("integer", "bigint", "bigint"),
        ("uinteger", "integer", "decimal(38,0)"),
        ("hugeint", "decimal(38,0)", "double"),
        ("bigint", "decimal(10,2)", "decimal(38,2)"),
        ("bigint", "decimal(30,25)", "double"),
        ("decimal(10,2)", "decimal(12,4)", "decimal(38,4)"),
        ("float", "integer", "double"),
        ("float", "double", "double"),
        ("date", "timestamp", "timestamp"),
        ("timestamp", "timestamptz", "timestamptz"),
        ("varchar", "integer", "varchar"),
        ("json", "json", "varchar"),
        ("boolean", "integer", "varchar"),
        ("integer[]", "bigint[]", "bigint[]"),
        ("struct(a integer)", "struct(a integer, b integer)", "varchar"),
        ("date", "date", "date"),
    ],
)
def test_values_meet_in_a_type_that_holds_both(one, other, common):
    kinds = [parse_type(text, "duckdb") for text in (one, other)]
    assert common_type(*kinds) == parse_type(common, "duckdb")
    assert common_type(*reversed(kinds)) == parse_type(common, "duckdb")
