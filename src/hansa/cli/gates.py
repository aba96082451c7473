"""Which figures of the tests are below what the options or product.yaml ask for."""

from __future__ import annotations

from collections.abc import Iterable

from hansa.core.product import Thresholds
from hansa.errors import HansaError
from hansa.ops.coverage import Covered
from hansa.testing.errors import CoverageTooLow, MutationScoreTooLow
from hansa.testing.mutation import MutationReport

_CHANGE = "coverage of the change"


def asked_for(options: Thresholds, policy: Thresholds) -> Thresholds:
    """The thresholds of the options, and those of product.yaml where there is no option."""
    return Thresholds(
        policy.obligations if options.obligations is None else options.obligations,
        policy.asserted if options.asserted is None else options.asserted,
        policy.mutation if options.mutation is None else options.mutation,
    )


def refusals(
    least: Thresholds, covered: Covered | None, mutation: MutationReport | None
) -> list[HansaError]:
    """One error for each measured figure that is below its threshold."""
    refused: list[HansaError] = []
    if covered is not None:
        # of a change, only what it brought has to be covered
        part = ("coverage", covered.report) if covered.change is None else (_CHANGE, covered.change)
        figures = [
            (part[0], part[1].numbers.percent, least.obligations),
            ("asserted columns", covered.report.asserted.percent, least.asserted),
        ]
        refused += _too_low(figures)
    if mutation is not None and mutation.percent < (least.mutation or 0):
        refused.append(MutationScoreTooLow(mutation.percent, least.mutation or 0))
    return refused


def _too_low(figures: Iterable[tuple[str, float, float | None]]) -> list[CoverageTooLow]:
    return [
        CoverageTooLow(figure, percent, threshold)
        for figure, percent, threshold in figures
        if threshold is not None and percent < threshold
    ]
