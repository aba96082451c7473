"""Coverage as a table and as JSON."""

from __future__ import annotations

from typing import Any

from hansa.cli.render import print_lines, print_table
from hansa.testing.coverage import Coverage, CoverageReport, Measured, ModelCoverage


def coverage_json(report: CoverageReport) -> dict[str, Any]:
    """The report in its stable JSON shape."""
    numbers = report.numbers
    return {
        "percent": _rounded(numbers.percent),
        "met": numbers.met,
        "total": numbers.obligations,
        "unmeasurable": numbers.unmeasurable,
        "excluded": numbers.excluded,
        "asserted": {
            "percent": _rounded(report.asserted.percent),
            "columns": len(report.asserted.columns),
            "missing": [
                name for name in report.asserted.columns if name not in report.asserted.asserted
            ],
        },
        "models": {model.model: _model_json(model) for model in report.models},
    }


def _model_json(model: ModelCoverage) -> dict[str, Any]:
    return {
        "percent": _rounded(model.numbers.percent),
        "path": model.path,
        "excluded": model.excluded,
        "obligations": [
            {
                "kind": one.obligation.kind,
                "outcome": one.obligation.outcome,
                "line": one.obligation.line,
                "column": one.obligation.column,
                "status": str(one.status),
            }
            for one in model.obligations
        ],
    }


def print_coverage(report: CoverageReport) -> None:
    """One row a model as coverage.py has them, then the totals."""
    rows = [_row(model) for model in report.models]
    total = report.numbers
    rows.append(["TOTAL", str(total.obligations), str(total.missed), _percent(total.percent), ""])
    print_table(["model", "obligations", "missed", "cover", "missing"], rows)
    asserted = report.asserted
    print_lines(
        f"asserted columns: {len(asserted.asserted)} of {len(asserted.columns)} public columns "
        f"({_percent(asserted.percent)})"
    )
    if total.unmeasurable:
        print_lines(f"not measurable: {total.unmeasurable} (marked `?`, counted as missed)")
    if total.excluded:
        print_lines(f"left out by `hansa: no cover`: {total.excluded}")


def _row(model: ModelCoverage) -> list[str]:
    numbers = model.numbers
    missing = ", ".join(_missing(one) for one in model.missing)
    counts = [str(numbers.obligations), str(numbers.missed), _percent(numbers.percent)]
    return [model.model, *counts, missing]


def _missing(one: Measured) -> str:
    obligation = one.obligation
    mark = "?" if one.status is Coverage.UNMEASURABLE else ""
    return f"{obligation.line}:{obligation.column} {obligation.kind} {obligation.outcome}{mark}"


def _percent(value: float) -> str:
    """Whole percents, never rounded up to 100 or down to 0."""
    if 99 < value < 100:
        return "99%"
    if 0 < value < 1:
        return "1%"
    return f"{value:.0f}%"


def _rounded(value: float) -> float:
    return round(value, 2)
