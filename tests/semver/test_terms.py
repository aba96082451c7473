"""What concerns the product as a whole: services, roles, status, requirements, owner."""

from __future__ import annotations

from typing import Any

import pytest
from tests.semver.contracts import brief, contract

from hansa.core.contract import Role, ServiceLevel
from hansa.core.product import Owner
from hansa.semver.compare import compare
from hansa.semver.side import Side


def level(
    name: str, value: Any, unit: str | None = None, element: str | None = None
) -> dict[str, Any]:
    return {"service_levels": (ServiceLevel(name, value, unit, element),)}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (level("freshness", 4, "h"), level("freshness", 240, "minutes"), []),
        (level("freshness", 4, "h"), level("freshness", 1, "day"), ["sla_worsened major"]),
        (level("freshness", 1, "d"), level("freshness", 23, "hours"), ["sla_improved minor"]),
        (level("availability", "99.9", "%"), level("availability", 99.99, "%"),
         ["sla_improved minor"]),
        (level("availability", 99.9, "%"), level("availability", 99, "%"), ["sla_worsened major"]),
        (level("Time To Repair", 4, "h"), level("timeToRepair", 2, "h"), ["sla_improved minor"]),
        (level("mood", 4), level("mood", 5), ["sla_worsened major"]),
        (level("freshness", "daily"), level("freshness", "hourly"), ["sla_worsened major"]),
        (level("freshness", 4, "h"), level("freshness", 4, "%"), ["sla_worsened major"]),
        (level("freshness", 4, "h", "t.a"), level("freshness", 4, "h", "t.b"),
         ["sla_removed major", "sla_added minor"]),
        ({}, level("endOfLife", "2030-01-01"), ["sla_added minor"]),
        (level("endOfLife", "2030-01-01"), {}, ["support_end_postponed patch"]),
        ({"roles": (Role("a"),)}, {"roles": (Role("b"),)},
         ["role_removed major", "role_added minor"]),
        ({"status": "draft"}, {"status": "active"}, ["description_changed patch"]),
        ({"status": "active"}, {"status": "deprecated"}, ["deprecated minor"]),
        ({"status": "deprecated"}, {"status": "retired"}, ["description_changed patch"]),
        ({"status": "retired"}, {"status": "active"}, ["undeprecated patch"]),
    ],
)  # fmt: skip
def test_terms(old: dict[str, Any], new: dict[str, Any], expected: list[str]) -> None:
    assert brief(compare(Side(contract(**old)), Side(contract(**new)))) == expected


@pytest.mark.parametrize(
    ("old", "new", "passed", "expected"),
    [
        ({"reference": "1"}, {"reference": "1"}, (), []),
        ({"reference": "1"}, {"reference": "2"}, (), ["requirement_major_changed patch"]),
        ({"reference": "0.1"}, {"reference": "0.2"}, ("reference",),
         ["requirement_major_changed minor"]),
        ({"reference": "1"}, {"reference": "2"}, ("weather",), ["requirement_major_changed patch"]),
        ({}, {"reference": "2"}, (), []),
    ],
)  # fmt: skip
def test_requirements(
    old: dict[str, str], new: dict[str, str], passed: tuple[str, ...], expected: list[str]
) -> None:
    before = Side(contract(), requires=old)
    after = Side(contract(), requires=new, passed_through=frozenset(passed))
    assert brief(compare(before, after)) == expected


def test_another_owner_is_a_patch() -> None:
    before, after = (Side(contract(), owner=Owner(team)) for team in ("flights", "air"))
    (finding,) = compare(before, after)
    assert (finding.rule, finding.message) == (
        "description_changed",
        "the owner of the product changed",
    )
