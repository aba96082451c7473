"""What each test covers that no other test does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hansa.sql.coverage import Obligation
from hansa.testing.coverage import CoverageReport


@dataclass(frozen=True, slots=True)
class Context:
    """One test: how many obligations it met, and those, by model, that it alone met."""

    test: str
    met: int
    only: tuple[tuple[str, Obligation], ...]


def contexts_of(report: CoverageReport, tests: Iterable[str]) -> tuple[Context, ...]:
    """One context for each test, in that order; the report must be measured with contexts."""
    met: dict[str, int] = {}
    only: dict[str, list[tuple[str, Obligation]]] = {}
    for model in report.models:
        for one in model.obligations:
            for test in one.tests:
                met[test] = met.get(test, 0) + 1
            if len(one.tests) == 1:
                only.setdefault(one.tests[0], []).append((model.model, one.obligation))
    return tuple(
        Context(test, met.get(test, 0), tuple(only.get(test, ()))) for test in dict.fromkeys(tests)
    )
