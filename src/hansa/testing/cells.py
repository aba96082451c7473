"""Compared columns and cells, and which rows of two bags belong together."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hansa.core.product import Tolerance
from hansa.engines.sandbox import is_nested

# Relative, as sums of doubles depend on their order; FLOAT holds about seven digits.
_SHARES = {"DOUBLE": 1e-9, "FLOAT": 1e-6}
_NEAR_ZERO = 1e-12

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """An expected column: how the test and the table call it, and its type in DuckDB's words.

    `asked` is the tolerance that the test sets; without it floats have that of their type.
    """

    name: str
    stored: str
    kind: str
    asked: Tolerance | None = None

    @property
    def tolerance(self) -> Tolerance | None:
        """How far numbers may lie apart; None for types whose values are exact."""
        kind = self.kind.upper()
        share = max((size for word, size in _SHARES.items() if word in kind), default=None)
        if share is None:
            return None
        return self.asked or Tolerance(_NEAR_ZERO, share)

    @property
    def is_structured(self) -> bool:
        return self.kind == "JSON" or is_nested(self.kind)


class RowMatcher:
    """Compares rows of cells, given as text, column by column."""

    def __init__(self, columns: Sequence[ComparedColumn]) -> None:
        self._columns = columns
        self._tolerances = [column.tolerance for column in columns]
        self._exact = [at for at, found in enumerate(self._tolerances) if found is None]

    def values(self, row: Sequence[str | None]) -> Values:
        """The cells as something whose equality is the equality of values."""
        return tuple(
            _comparable(column, tolerance, cell)
            for column, tolerance, cell in zip(self._columns, self._tolerances, row, strict=True)
        )

    def equal_cells(self, expected: Values, actual: Values) -> list[bool]:
        """Column by column, whether two rows agree."""
        return [
            one == other or (tolerance is not None and _is_close(one, other, tolerance))
            for tolerance, one, other in zip(self._tolerances, expected, actual, strict=True)
        ]

    def unmatched(
        self, expected: Sequence[Values], actual: Sequence[Values]
    ) -> tuple[list[int], list[int]]:
        """The numbers of expected and of actual rows that have no partner on the other side.

        As many rows as can be are paired: a row that is close to two others takes the one that
        leaves a partner for the rest.
        """
        waiting: dict[Values, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for side, rows in enumerate((expected, actual)):
            for number, row in enumerate(rows):
                waiting[tuple(row[at] for at in self._exact)][side].append(number)
        missing: list[int] = []
        unexpected: list[int] = []
        for ours, theirs in waiting.values():
            pairs = self._pairs(expected, actual, ours, theirs)
            missing += [number for number in ours if number not in pairs]
            taken = set(pairs.values())
            unexpected += [number for number in theirs if number not in taken]
        return sorted(missing), sorted(unexpected)

    def _pairs(
        self,
        expected: Sequence[Values],
        actual: Sequence[Values],
        ours: Sequence[int],
        theirs: Sequence[int],
    ) -> dict[int, int]:
        if len(self._exact) == len(self._columns):
            return dict(zip(ours, theirs, strict=False))

        def near(number: int) -> Iterable[int]:
            row = expected[number]
            return (at for at in theirs if all(self.equal_cells(row, actual[at])))

        pairs: dict[int, int] = {}
        owners: dict[int, int] = {}
        for number in ours:
            # the nearest in the order of the rows is nearly always free
            partner = next((at for at in near(number) if at not in owners), None)
            if partner is not None:
                pairs[number], owners[partner] = partner, number
        for number in ours:
            if number not in pairs:
                _augment(number, near, pairs, owners)
        return pairs


def _augment(start: int, near: Any, pairs: dict[int, int], owners: dict[int, int]) -> None:
    """Find a partner for one row, where others may move to other partners of theirs."""
    reached: dict[int, int] = {}
    waiting = [start]
    for number in waiting:
        for at in near(number):
            if at in reached:
                continue
            reached[at] = number
            if at in owners:
                waiting.append(owners[at])
                continue
            free: int | None = at
            while free is not None:
                owner = reached[free]
                before = pairs.get(owner)
                pairs[owner], owners[free] = free, owner
                free = before
            return


def _comparable(column: ComparedColumn, tolerance: Tolerance | None, cell: str | None) -> Any:
    if cell is None:
        return None
    try:
        if column.is_structured:
            value = json.loads(cell)
            return value if tolerance else json.dumps(value, sort_keys=True)
        if tolerance is not None:
            return float(cell)
    except ValueError:
        return cell
    return cell


def _is_close(one: Any, other: Any, tolerance: Tolerance) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            _is_close(value, other[key], tolerance) for key, value in one.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            _is_close(*pair, tolerance) for pair in zip(one, other, strict=True)
        )
    if _is_number(one) and _is_number(other):
        both_nan = one != one and other != other
        return both_nan or math.isclose(
            one, other, rel_tol=tolerance.relative, abs_tol=tolerance.absolute
        )
    return bool(one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
