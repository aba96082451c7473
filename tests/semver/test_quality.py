"""How changes of quality checks are classified, and which thresholds lie within which."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.core.contract import Quality
from hansa.semver.quality import quality_changes
from hansa.semver.ranges import admitted


def rows(name: str | None = "rows", severity: str = "error", unit: str | None = None,
         **conditions: Any) -> Quality:  # fmt: skip
    return Quality("library", name, "rowCount", (), None, tuple(conditions.items()), unit, severity)


def sql(query: str, name: str | None = None, **conditions: Any) -> Quality:
    return Quality("sql", name, query=query, conditions=tuple(conditions.items()))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (rows(mustBeGreaterThan=5), rows(mustBeGreaterThan=6), ["tightened rows"]),
        (rows(mustBeGreaterThan=5), rows(mustBeGreaterThan=4), ["loosened rows"]),
        (rows(mustBeGreaterThan=5), rows(mustBeGreaterOrEqualTo=5), ["loosened rows"]),
        (rows(mustBeGreaterThan=5), rows(mustBe=6), ["tightened rows"]),
        (rows(mustNotBe=5), rows(mustBeBetween=[6, 9]), ["tightened rows"]),
        (rows(mustNotBeBetween=[1, 5]), rows(mustBeGreaterThan=5), ["tightened rows"]),
        (rows(mustBe=5), rows(mustBe="5.0"), []),
        (rows(mustBe=5), rows(mustBe="many"), ["loosened rows"]),
        (rows(mustBe=5), rows("other", mustBe=5), []),
        (rows(mustBe=5), rows(mustBe=5, unit="percent"), ["loosened rows"]),
        (rows(mustBe=5), rows(mustBe=5, severity="warning"), ["severity_lowered rows"]),
        (rows(mustBe=5, severity="warning"), rows(mustBe=5), ["tightened rows"]),
        (rows(mustBe=5, severity="warning"), rows(mustBe=6, severity="warning"), []),
        (None, rows(mustBe=5), ["added rows"]),
        (rows(mustBe=5), None, ["removed rows"]),
        (None, rows(mustBe=5, severity="warning"), []),
        (rows(mustBe=5, severity="warning"), None, []),
        (Quality("text", "note"), None, []),
        (sql("SELECT 1\n FROM t", mustBe=0), sql("SELECT 1 FROM t", mustBe=0), []),
        (sql("SELECT 1", "q", mustBe=0), sql("SELECT 2", "q", mustBe=0), ["loosened q"]),
        (sql("SELECT 1", mustBe=0), sql("SELECT 2", mustBe=0),
         ["removed SELECT 1", "added SELECT 2"]),
    ],
)  # fmt: skip
def test_checks(old: Quality | None, new: Quality | None, expected: list[str]) -> None:
    changes = list(quality_changes("t", None, [old] if old else [], [new] if new else []))
    briefly = [change.rule.removeprefix("quality_").removeprefix("check_") for change in changes]
    checks = [change.words["check"] for change in changes]
    assert [" ".join(pair) for pair in zip(briefly, checks, strict=True)] == expected


def test_checks_are_paired_whatever_their_order() -> None:
    one, other = rows("one", mustBe=1), sql("SELECT 1", "other", mustBe=0)
    assert list(quality_changes("t", "c", [one, other], [other, one])) == []


NAMES = st.sampled_from(
    ["mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan",
     "mustBeLessOrEqualTo"]
)  # fmt: skip
BETWEEN = st.sampled_from(["mustBeBetween", "mustNotBeBetween"])
SMALL = st.integers(-3, 3)
CONDITION = st.one_of(st.tuples(NAMES, SMALL), st.tuples(BETWEEN, st.tuples(SMALL, SMALL)))


@given(st.lists(CONDITION, max_size=3), st.lists(CONDITION, max_size=3))
def test_a_range_within_another_admits_no_number_that_the_other_does_not(
    one: list[tuple[str, Any]], other: list[tuple[str, Any]]
) -> None:
    inner, outer = admitted(one), admitted(other)
    assert inner is not None
    assert outer is not None
    grid = [number / 2 for number in range(-10, 11)]
    admits = [all(_holds(name, value, number) for name, value in one) for number in grid]
    others = [all(_holds(name, value, number) for name, value in other) for number in grid]
    subset = all(not inside or outside for inside, outside in zip(admits, others, strict=True))
    assert inner.within(outer) == subset


def _holds(name: str, value: Any, number: float) -> bool:
    match name:
        case "mustBe":
            return number == value
        case "mustNotBe":
            return number != value
        case "mustBeGreaterThan":
            return number > value
        case "mustBeGreaterOrEqualTo":
            return number >= value
        case "mustBeLessThan":
            return number < value
        case "mustBeLessOrEqualTo":
            return number <= value
        case "mustBeBetween":
            return min(value) <= number <= max(value)
        case _:
            return not min(value) <= number <= max(value)
