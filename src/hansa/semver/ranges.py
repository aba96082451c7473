"""Sets of numbers that a threshold admits, and whether one set lies within another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

# A cut of the number line: (value, 0) just below the value, (value, 1) just above it.
Cut = tuple[Decimal, int]
_LOWEST: Cut = (Decimal("-Infinity"), 0)
_HIGHEST: Cut = (Decimal("Infinity"), 1)


@dataclass(frozen=True, slots=True)
class Ranges:
    """A set of numbers as disjoint stretches between two cuts, in order."""

    stretches: tuple[tuple[Cut, Cut], ...]

    def within(self, other: Ranges) -> bool:
        """Whether every number of this set is one of the other too."""
        return all(
            any(low >= least and high <= most for least, most in other.stretches)
            for low, high in self.stretches
        )

    def intersect(self, other: Ranges) -> Ranges:
        """The numbers that are in both sets."""
        common = [
            (max(low, least), min(high, most))
            for low, high in self.stretches
            for least, most in other.stretches
        ]
        return Ranges(tuple((low, high) for low, high in common if low < high))


EVERYTHING = Ranges(((_LOWEST, _HIGHEST),))


def admitted(conditions: Iterable[tuple[str, Any]]) -> Ranges | None:
    """The numbers that satisfy all of ODCS's comparisons; None when a value is no number."""
    found = EVERYTHING
    for name, value in conditions:
        one = _admitted_by(name, value)
        if one is None:
            return None
        found = found.intersect(one)
    return found


def _admitted_by(name: str, value: Any) -> Ranges | None:
    values = value if isinstance(value, list | tuple) else [value]
    numbers = [number_of(item) for item in values]
    cuts = [number for number in numbers if number is not None]
    if len(cuts) != len(numbers) or len(cuts) != (2 if name.endswith("Between") else 1):
        return None
    low, high = min(cuts), max(cuts)
    match name:
        case "mustBe" | "mustBeBetween":
            return Ranges((((low, 0), (high, 1)),))
        case "mustNotBe" | "mustNotBeBetween":
            return Ranges(((_LOWEST, (low, 0)), ((high, 1), _HIGHEST)))
        case "mustBeGreaterThan":
            return Ranges((((low, 1), _HIGHEST),))
        case "mustBeGreaterOrEqualTo":
            return Ranges((((low, 0), _HIGHEST),))
        case "mustBeLessThan":
            return Ranges(((_LOWEST, (low, 0)),))
        case "mustBeLessOrEqualTo":
            return Ranges(((_LOWEST, (low, 1)),))
        case _:
            return None


def number_of(value: Any) -> Decimal | None:
    """The exact number that a value of a document stands for; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
