"""Shrinking: nothing that matters goes, and few questions are asked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hansa.testing.generation.shrinking import fewest


@pytest.mark.parametrize("needed", [set(), {0}, {99}, {3, 4, 50}, {0, 33, 66, 99}, set(range(100))])
def test_what_is_needed_is_left(needed: set[int]) -> None:
    assert fewest(range(100), lambda items: needed <= set(items)) == sorted(needed)


def test_one_of_many_is_found_with_few_questions() -> None:
    asked: list[Sequence[int]] = []

    def holds(items: Sequence[int]) -> bool:
        asked.append(items)
        return 500 in items

    assert fewest(range(1024), holds) == [500]
    assert len(asked) <= 24


def test_any_of_several_is_enough() -> None:
    assert len(fewest(range(10), lambda items: len(items) >= 2)) == 2
