"""The pinned graph as a tree, and what is outdated."""

from __future__ import annotations

from datetime import date

import pytest
from tests.resolution.registries import FakeSource, constraints, pin, source

from hansa.core.release import Deprecation
from hansa.resolution import Dependency, dependency_tree, outdated

FLIGHTS = {
    "reference@1.0.0": {"pins": [], "yanked": True},
    "fleet@1.0.0": [],
    "flights@1.0.0": ["reference@1.0.0", "fleet@1.0.0"],
    "weather@1.0.0": ["reference@1.0.0"],
    "punctuality@1.0.0": ["flights@1.0.0", "weather@1.0.0"],
}


def drawn(tree: tuple[Dependency, ...], depth: int = 0) -> list[str]:
    lines = []
    for each in tree:
        marks = [
            mark for mark in ("repeated", "yanked", "missing", "changed") if getattr(each, mark)
        ]
        wanted = f" ({each.constraint})" if each.constraint else ""
        lines.append("  " * depth + " ".join([f"{each.name}{wanted}", *marks]))
        lines += drawn(each.children, depth + 1)
    return lines


@pytest.mark.parametrize(
    ("requires", "locks", "expected"),
    [
        ({}, [], []),
        (
            {"punctuality": "^1"},
            ["punctuality@1.0.0"],
            [
                "punctuality@1.0.0 (^1)",
                "  flights@1.0.0 (^1.0.0)",
                "    fleet@1.0.0 (^1.0.0)",
                "    reference@1.0.0 (^1.0.0) yanked",
                "  weather@1.0.0 (^1.0.0)",
                "    reference@1.0.0 (^1.0.0) yanked",
            ],
        ),
        (
            {"flights": "^1", "punctuality": "^1"},
            ["punctuality@1.0.0", "flights@1.0.0"],
            [
                "flights@1.0.0 (^1)",
                "  fleet@1.0.0 (^1.0.0)",
                "  reference@1.0.0 (^1.0.0) yanked",
                "punctuality@1.0.0 (^1)",
                "  flights@1.0.0 (^1.0.0) repeated",
                "  weather@1.0.0 (^1.0.0)",
                "    reference@1.0.0 (^1.0.0) yanked",
            ],
        ),
        (
            {"flights": "^1"},
            ["flights@1.0.0!", "lost@1.0.0"],
            ["flights@1.0.0 (^1) changed", "lost@1.0.0 missing"],
        ),
    ],
)
def test_tree(requires: dict[str, str], locks: list[str], expected: list[str]) -> None:
    tree = dependency_tree(
        constraints(requires), dict(pin(each) for each in locks), source(FLIGHTS)
    )
    assert drawn(tree) == expected


def test_a_circle_of_pins_ends() -> None:
    circle = source({"a@1.0.0": ["b@1.0.0"], "b@1.0.0": ["a@1.0.0"]})
    tree = dependency_tree(constraints({"a": "^1"}), dict([pin("a@1.0.0")]), circle)
    assert drawn(tree) == [
        "a@1.0.0 (^1)",
        "  b@1.0.0 (^1.0.0)",
        "    a@1.0.0 (^1.0.0) repeated",
    ]


def test_outdated() -> None:
    registry = source(
        {
            "flights@1.0.0": [],
            "flights@1.1.0": [],
            "flights@1.2.0": {"yanked": True},
            "flights@2.0.0": [],
            "flights@3.0.0-rc.1": [],
            "weather@0.3.0": {"yanked": "wrong"},
            "fleet@1.0.0": [],
        }
    )
    ending = Deprecation("flights", "1", date(2027, 1, 1), "move to 2")
    asked = FakeSource(
        [release for name in registry.products() for release in registry.releases(name)],
        [ending, Deprecation("flights", "2"), Deprecation("weather", "0.2")],
    )
    requires = constraints({"flights": "^1", "weather": "^0.3", "fleet": "^1", "new": "^1"})
    locked = dict(pin(each) for each in ("flights@1.0.0", "weather@0.3.0", "fleet@1.0.0"))

    found = outdated(requires, locked, asked)

    told = [
        (each.product, *map(str, (each.current, each.newest_in_range, each.newest)), each.yanked)
        for each in found
    ]
    assert told == [
        ("fleet", "1.0.0", "1.0.0", "1.0.0", False),
        ("flights", "1.0.0", "1.1.0", "2.0.0", False),
        ("new", "None", "None", "None", False),
        ("weather", "0.3.0", "None", "None", True),
    ]
    assert [each.deprecation for each in found] == [None, ending, None, None]
    assert [each.behind for each in found] == [False, True, False, True]
