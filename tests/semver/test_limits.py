"""How changes of enums, bounds, patterns, formats and units are classified."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.semver.contracts import column

from hansa.core.contract import Bounds
from hansa.semver.limits import limit_changes


def found(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    changes = limit_changes("t", column("c", **old), column("c", **new), "c")
    return [
        " ".join([change.rule, change.wording().get("bound", "")]).strip() for change in changes
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (("a", "b"), ("b", "a"), []),
        (("a",), ("a", "b"), ["enum_value_added"]),
        (("a", "b"), ("a",), ["enum_value_removed"]),
        (("a", "b"), ("a", "c"), ["enum_value_added", "enum_value_removed"]),
        (None, ("a",), ["enum_added"]),
        (("a",), None, ["enum_removed"]),
        ((1,), (True,), ["enum_value_added", "enum_value_removed"]),
        ((1,), ("1",), ["enum_value_added", "enum_value_removed"]),
    ],
)
def test_enums(old: Any, new: Any, expected: list[str]) -> None:
    assert found({"enum": old}, {"enum": new}) == expected


LOOSENED, TIGHTENED = "bound_loosened", "bound_tightened"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (Bounds(minimum=1), Bounds(minimum=1.0), []),
        (Bounds(minimum=1), Bounds(minimum=0), [f"{LOOSENED} minimum"]),
        (Bounds(minimum=1), Bounds(), [f"{LOOSENED} minimum"]),
        (Bounds(), Bounds(minimum=1), [f"{TIGHTENED} minimum"]),
        (Bounds(minimum=1), Bounds(exclusive_minimum=1), [f"{TIGHTENED} minimum"]),
        (Bounds(exclusive_minimum=1), Bounds(minimum=1), [f"{LOOSENED} minimum"]),
        (Bounds(minimum=1), Bounds(minimum=1, exclusive_minimum=0), []),
        (Bounds(maximum=9), Bounds(maximum=10), [f"{LOOSENED} maximum"]),
        (Bounds(maximum=9), Bounds(maximum=8), [f"{TIGHTENED} maximum"]),
        (Bounds(maximum=9), Bounds(maximum=9, exclusive_maximum=9), [f"{TIGHTENED} maximum"]),
        (Bounds(minimum="2020-01-01"), Bounds(minimum="2021-01-01"), [f"{TIGHTENED} minimum"]),
        (Bounds(minimum="2020-01-01"), Bounds(minimum="2019-12-31"), [f"{LOOSENED} minimum"]),
        (Bounds(minimum="2020-01-01"), Bounds(minimum="2020"), [f"{LOOSENED} minimum"]),
        (Bounds(max_length=5), Bounds(max_length=6), [f"{LOOSENED} maximum length"]),
        (Bounds(min_length=5), Bounds(min_length=6), [f"{TIGHTENED} minimum length"]),
        (Bounds(multiple_of=5), Bounds(multiple_of=10), [f"{TIGHTENED} multiple of"]),
        (Bounds(multiple_of=0.1), Bounds(multiple_of=0.3), [f"{TIGHTENED} multiple of"]),
        (Bounds(multiple_of=5), Bounds(multiple_of=6), [f"{LOOSENED} multiple of"]),
        (Bounds(multiple_of=5), Bounds(), [f"{LOOSENED} multiple of"]),
        (Bounds(multiple_of=0), Bounds(multiple_of=5), [f"{LOOSENED} multiple of"]),
        (
            Bounds(minimum=1, maximum=9),
            Bounds(minimum=0, maximum=8),
            [f"{LOOSENED} minimum", f"{TIGHTENED} maximum"],
        ),
    ],
)
def test_bounds(old: Bounds, new: Bounds, expected: list[str]) -> None:
    assert found({"bounds": old}, {"bounds": new}) == expected


NUMBERS = st.one_of(st.none(), st.integers(-3, 3))


BOUNDS = st.builds(Bounds, NUMBERS, NUMBERS, NUMBERS, NUMBERS)


@given(BOUNDS, BOUNDS)
def test_what_counts_as_tightened_admits_no_new_number(old: Bounds, new: Bounds) -> None:
    grid = [number / 2 for number in range(-8, 9)]
    if not any(change.startswith(LOOSENED) for change in found({"bounds": old}, {"bounds": new})):
        assert all(_admits(old, number) for number in grid if _admits(new, number))


def _admits(bounds: Bounds, number: float) -> bool:
    return (
        (bounds.minimum is None or number >= bounds.minimum)  # type: ignore[operator]
        and (bounds.maximum is None or number <= bounds.maximum)  # type: ignore[operator]
        and (bounds.exclusive_minimum is None or number > bounds.exclusive_minimum)  # type: ignore[operator]
        and (bounds.exclusive_maximum is None or number < bounds.exclusive_maximum)  # type: ignore[operator]
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (None, "^a$", ["pattern_tightened"]),
        ("^a$", None, ["pattern_loosened"]),
        ("^(a|b)$", "^(b)$", ["pattern_tightened"]),
        ("^(?:a|b)$", "^(a|b)$", ["pattern_tightened"]),
        ("^(a|b)$", "^(a|c)$", ["pattern_loosened"]),
        # without parentheses the anchors belong to one word each
        ("^a|b$", "^a$", ["pattern_loosened"]),
        ("^[ab]$", "^a$", ["pattern_loosened"]),
    ],
)
def test_patterns(old: str | None, new: str | None, expected: list[str]) -> None:
    assert found({"pattern": old}, {"pattern": new}) == expected


def units(**properties: str) -> dict[str, Any]:
    return {"extras": (("customProperties", properties),)}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (units(unit="km"), units(unit="mile"), ["unit_changed"]),
        (units(currency="EUR"), units(currency="USD"), ["unit_changed"]),
        (units(unit="km"), {}, ["unit_changed"]),
        ({}, units(unit="km"), []),
        (
            {"extras": (("semanticType", "currency:EUR"),)},
            {"extras": (("semanticType", "currency:USD"),)},
            ["unit_changed"],
        ),
        ({"timezone": "UTC"}, {"timezone": "Europe/Berlin"}, ["format_changed"]),
    ],
)
def test_units_and_formats(old: dict[str, Any], new: dict[str, Any], expected: list[str]) -> None:
    assert found(old, new) == expected
