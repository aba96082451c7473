"""Obligations counted by line, for formats that know lines and their branches only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from hansa.testing.coverage import Coverage, Measured, ModelCoverage


@dataclass(frozen=True, slots=True)
class Line:
    """A line on which obligations start; `branches` has one list of outcomes a construct."""

    number: int
    branches: tuple[tuple[Measured, ...], ...]

    @property
    def hits(self) -> int:
        """How many tests met an obligation of the line."""
        return len({test for one in self.outcomes for test in one.tests})

    @property
    def outcomes(self) -> tuple[Measured, ...]:
        return tuple(one for branch in self.branches for one in branch)


def count_lines(model: ModelCoverage) -> tuple[Line, ...]:
    """The model's lines that have obligations, in their order."""
    return tuple(
        Line(number, _constructs(list(found)))
        for number, found in groupby(model.obligations, lambda one: one.obligation.line)
    )


def _constructs(outcomes: Sequence[Measured]) -> tuple[tuple[Measured, ...], ...]:
    constructs: dict[tuple[int, str], list[Measured]] = {}
    for one in outcomes:
        key = (one.obligation.column, one.obligation.kind)
        constructs.setdefault(key, []).append(one)
    return tuple(tuple(found) for found in constructs.values())


def count_met(outcomes: Sequence[Measured]) -> int:
    """How many outcomes some test showed."""
    return sum(one.status is Coverage.MET for one in outcomes)
