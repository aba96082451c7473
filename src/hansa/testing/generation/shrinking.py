"""The smallest part of something that still does what the whole does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")


def fewest(items: Sequence[_Item], holds: Callable[[list[_Item]], bool]) -> list[_Item]:
    """Few of the items, of which `holds` is still true; of all of them it is taken for granted.

    Asks for large parts first, so that few questions are asked where few items matter. In the
    end each item was left out alone once, so that what stays was needed beside what stood then.
    """
    kept = list(items)
    size = len(kept)
    while size:
        end = len(kept)
        while end > 0:
            start = max(end - size, 0)
            fewer = kept[:start] + kept[end:]
            if holds(fewer):
                kept = fewer
            end = start
        size //= 2
    return kept
