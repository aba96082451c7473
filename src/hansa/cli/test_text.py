"""The results of unit tests, for people and as JSON."""

from __future__ import annotations

from typing import Any

from hansa.cli.render import print_diagnostics, print_lines
from hansa.testing.difference import format_difference
from hansa.testing.runner import TestReport, TestResult


def results_json(report: TestReport) -> dict[str, Any]:
    """The stable JSON of the results; documented in docs/json.md."""
    return {
        "tests": [
            {
                "name": one.name,
                "model": one.model,
                "status": one.status,
                "message": one.message,
                "hint": one.hint,
                "difference": format_difference(one.difference) if one.difference else None,
                "seconds": round(one.seconds, 4),
            }
            for one in report.results
        ],
        "not_run": report.not_run,
        "warnings": [warning.message for warning in report.warnings],
    }


def print_results(report: TestReport) -> None:
    """Every test that did not pass, and the counts."""
    print_diagnostics(report.warnings)
    for one in report.results:
        if one.status != "passed":
            _print_failure(one)
    passed = sum(one.status == "passed" for one in report.results)
    failed = len(report.results) - passed
    if not report.results:
        print_lines("no tests")
    elif failed:
        left = f", {report.not_run} not run" if report.not_run else ""
        print_lines(f"{failed} failed, {passed} passed{left}", style="bold red")
    else:
        print_lines(f"{passed} passed", style="green")


def _print_failure(one: TestResult) -> None:
    place = f" ({one.place})" if one.place else ""
    print_lines(f"{one.status}: {one.name} of {one.model}{place}", style="bold red")
    if one.message:
        print_lines(f"  {one.message}")
    if one.hint:
        print_lines(f"  hint: {one.hint}")
    if one.difference:
        print_lines(*(f"  {line}" for line in format_difference(one.difference)))
