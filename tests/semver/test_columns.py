"""Changes of columns beside types and limits: guarantees, meaning, reused names, nesting."""

from __future__ import annotations

from typing import Any

import pytest
from tests.semver.contracts import brief, column, contract, side, table

from hansa.core.contract import Contract, ContractTable
from hansa.core.datatype import BIGINT, INTEGER, STRING, DataType, Family
from hansa.semver.compare import compare
from hansa.semver.side import Side


def found(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    before, after = (side(table("t", column("a", **values))) for values in (old, new))
    return brief(compare(before, after))


OPEN = {"extras": (("customProperties", {"open_enum": True}),)}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"required": True}, {}, ["column_became_nullable major t.a"]),
        ({}, {"required": True}, ["column_became_required minor t.a"]),
        ({"required": True}, {"key_position": 1}, ["primary_key_added minor t"]),
        ({"key_position": 1}, {"required": True}, ["primary_key_changed major t"]),
        ({"key_position": 1}, {},
         ["primary_key_changed major t", "column_became_nullable major t.a"]),
        ({"unique": True, "required": True}, {"key_position": 1}, ["primary_key_added minor t"]),
        ({"key_position": 1}, {"key_position": 1, "unique": True}, []),
        ({"unique": True}, {}, ["unique_removed major t.a"]),
        ({"classification": "public"}, {}, []),
        ({"classification": "Highly_Confidential"}, {"classification": "secret"}, []),
        ({"classification": "internal"}, {}, ["classification_lowered minor t.a"]),
        ({}, {"classification": "internal"}, ["classification_raised major t.a"]),
        ({"classification": "x"}, {"classification": "y"}, ["classification_raised major t.a"]),
        ({"tags": ("a", "b")}, {"tags": ("b", "a")}, []),
        ({"description": "a  b"}, {"description": "a\nb"}, []),
        ({"logical_type": "integer"}, {"logical_type": "number"}, ["definition_changed minor t.a"]),
        ({"extras": (("examples", [1]),)}, {"extras": (("examples", [2]),)},
         ["description_changed patch t.a"]),
        ({"extras": (("partitioned", True),)}, {}, ["partitioning_changed patch t.a"]),
        ({"deprecated": True}, {}, ["undeprecated patch t.a"]),
        ({"enum": ("x",), **OPEN}, {"enum": ("x", "y"), **OPEN}, ["enum_value_added minor t.a"]),
        # readers of the old release were not told that values may come
        ({"enum": ("x",)}, {"enum": ("x", "y"), **OPEN}, ["enum_value_added major t.a"]),
    ],
)  # fmt: skip
def test_a_column(old: dict[str, Any], new: dict[str, Any], expected: list[str]) -> None:
    assert found(old, new) == expected


STRUCT = DataType(Family.STRUCT, fields=(("b", STRING),))


def test_nested_fields_keep_their_promises_at_any_depth() -> None:
    inner = column("b", required=True, enum=("x",))
    old = {"kind": STRUCT, "fields": (column("deep", fields=(inner,)),)}
    new = {"kind": STRUCT, "fields": (column("deep", fields=(column("b", enum=("x", "y")),)),)}
    assert found(old, new) == [
        "column_became_nullable major t.a.deep.b",
        "enum_value_added major t.a.deep.b",
    ]


def test_what_was_renamed_is_still_compared() -> None:
    old = side(table("t", "a", column("b", INTEGER, required=True, key_position=1)))
    new = side(table("t", "a", column("B", BIGINT)))
    assert brief(compare(old, new)) == [
        "primary_key_changed major t",
        "column_case_changed major t.b",
        "column_became_nullable major t.B",
        "column_type_widened minor t.B",
    ]


def test_a_key_follows_its_renamed_column() -> None:
    old = side(table("t", column("a", key_position=1), "b"))
    new = side(table("t", column("A", key_position=1), "b"))
    assert brief(compare(old, new)) == ["column_case_changed major t.a"]


def past(version: str, *columns: Any) -> Contract:
    return contract(ContractTable("t", columns), version=version)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], ["column_added minor t.z"]),
        ([past("1.0.0", column("z"))], ["column_added minor t.z"]),
        ([past("1.0.0", column("z", INTEGER))], ["column_name_reused major t.z"]),
        ([past("1.0.0", column("z", description="days"))], ["column_name_reused major t.z"]),
        # the last release that had the name tells what it meant
        ([past("1.0.0", column("z", INTEGER)), past("1.1.0", column("z"))],
         ["column_added minor t.z"]),
        ([past("1.0.0", column("other"))], ["column_added minor t.z"]),
    ],
)  # fmt: skip
def test_a_name_that_comes_back(history: list[Contract], expected: list[str]) -> None:
    old, new = Side(past("1.2.0", column("a"))), Side(past("1.3.0", column("a"), column("z")))
    assert brief(compare(old, new, history=history)) == expected


def test_a_reused_name_says_which_release_had_it() -> None:
    old, new = Side(past("1.2.0", column("a"))), Side(past("1.3.0", column("a"), column("z")))
    (finding,) = compare(old, new, history=[past("1.0.0", column("z", INTEGER))])
    assert finding.message == (
        "column `z` of `t` came back with another meaning or type than it had in 1.0.0; "
        "old readers misread it silently"
    )


def test_a_very_wide_table_is_compared_in_no_time() -> None:
    old = side(table("t", *(f"c{number}" for number in range(5000))))
    new = side(table("t", *(f"d{number}" for number in range(5000))))
    assert len(compare(old, new)) == 5000
    assert compare(old, old) == ()
