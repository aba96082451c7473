"""The figures of a release's tests: measured for a publication, and what they must reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hansa.core.product import Thresholds
from hansa.core.release import Figures, ReleaseName
from hansa.errors import GateRefused
from hansa.ops.coverage import test_with_coverage
from hansa.ops.mutate import mutate
from hansa.ops.workspace import Workspace
from hansa.testing.coverage import CoverageReport
from hansa.testing.mutation import Fate, MutationReport, Sample
from hansa.testing.runner import TestReport
from hansa.testing.selection import Selection

_SHOWN = 3


class FiguresRefused(GateRefused):
    """A figure of the tests is below what product.yaml asks for, so nothing is published."""

    slug = "publish-figure-too-low"

    def __init__(
        self, name: ReleaseName, figure: str, percents: tuple[float, float], missing: list[str]
    ) -> None:
        self.name = name
        self.figure = figure
        self.percent, self.least = percents
        self.missing = missing
        shown = ", ".join(missing[:_SHOWN])
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        option = "--mutate" if figure == "mutation score" else "--coverage"
        self.hint = f"add tests for {shown}{more}; `hansa test {option}` lists all"

    def __str__(self) -> str:
        # two digits, rounded down: what is refused never reads as if it were enough
        percent = int(self.percent * 100) / 100
        return (
            f"`{self.name}` is not published: {self.figure} {percent:g}% is below the "
            f"{self.least:g}% that `policy.coverage` asks for"
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a product's tests; `mutation` is None when it was not asked for."""

    tests: TestReport
    coverage: CoverageReport
    mutation: MutationReport | None = None

    @property
    def figures(self) -> Figures:
        """What the release will state."""
        mutation = None if self.mutation is None else _rounded(self.mutation.percent)
        numbers, asserted = self.coverage.numbers, self.coverage.asserted
        return Figures(_rounded(numbers.percent), _rounded(asserted.percent), mutation)

    def refusals(self, name: ReleaseName, least: Thresholds) -> Iterator[FiguresRefused]:
        """One for each figure that is too low."""
        coverage, mutation = self.coverage, self.mutation
        found = [
            ("coverage", coverage.numbers.percent, least.obligations, _missing(coverage)),
            ("asserted columns", coverage.asserted.percent, least.asserted, _unnamed(coverage)),
        ]
        if mutation is not None:
            found.append(("mutation score", mutation.percent, least.mutation, _survivors(mutation)))
        for figure, percent, threshold, missing in found:
            if threshold is not None and percent < threshold:
                yield FiguresRefused(name, figure, (percent, threshold), missing)

    def as_facts(self) -> dict[str, Any]:
        """What travels with the analysis facts: the figures by model, in plain values."""
        coverage = {
            model.model: {
                "obligations": model.numbers.obligations,
                "met": model.numbers.met,
                "unmeasurable": model.numbers.unmeasurable,
                "excluded": model.numbers.excluded,
            }
            for model in self.coverage.models
        }
        asserted = {
            "columns": list(self.coverage.asserted.columns),
            "asserted": sorted(self.coverage.asserted.asserted),
        }
        if self.mutation is None:
            return {"coverage": coverage, "asserted": asserted, "mutation": None}
        mutation = {
            model.model: {str(fate): model.count(fate) for fate in Fate}
            for model in self.mutation.models
        }
        return {"coverage": coverage, "asserted": asserted, "mutation": mutation}


def measure(workspace: Workspace, jobs: int) -> Measured:
    """Run all tests and measure what they cover, which is cheap."""
    tests, covered = test_with_coverage(workspace, Selection(), jobs, contexts=False)
    return Measured(tests, covered.report)


def with_mutation(workspace: Workspace, measured: Measured, jobs: int) -> Measured:
    """The same with the mutation score, which takes longer."""
    report = mutate(workspace, Sample(), jobs)
    return Measured(measured.tests, measured.coverage, report)


def _missing(report: CoverageReport) -> list[str]:
    return [
        f"{model.path}:{one.obligation.line} {one.obligation.kind} {one.obligation.outcome}"
        for model in report.models
        for one in model.missing
    ]


def _unnamed(report: CoverageReport) -> list[str]:
    asserted = report.asserted
    return [f"`{name}`" for name in asserted.columns if name not in asserted.asserted]


def _survivors(report: MutationReport) -> list[str]:
    return [
        f"{one.mutant.file}:{one.mutant.line} {one.mutant.description}"
        for model in report.models
        for one in model.mutants
        if one.fate is Fate.SURVIVED
    ]


def _rounded(percent: float) -> float:
    """Two digits, rounded down: 100 is stated only of what is complete."""
    return int(percent * 100) / 100
