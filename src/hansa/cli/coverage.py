"""Coverage as a table and as JSON."""

from __future__ import annotations

from typing import Any

from hansa.cli.render import print_lines, print_table
from hansa.testing.coverage import Coverage, CoverageReport, Measured, ModelCoverage, Numbers


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
    """One row a model as coverage.py has them, more rows for more that is missing; the totals."""
    rows = [row for model in report.models for row in _rows(model)]
    total = report.numbers
    rows.append(_counts("TOTAL", total, ""))
    headers = ["model", "obligations", "missed", "cover", "missing"]
    print_table(headers, rows, right="obligations, missed, cover")
    asserted = report.asserted
    print_lines(
        f"asserted columns: {len(asserted.asserted)} of {len(asserted.columns)} public columns "
        f"({_percent(asserted.percent)})"
    )
    if total.unmeasurable:
        print_lines(f"not measurable: {total.unmeasurable} (marked `?`, counted as missed)")
    if total.excluded:
        print_lines(f"left out by `hansa: no cover`: {total.excluded}")


def _rows(model: ModelCoverage) -> list[list[str]]:
    first, *others = [_missing(one) for one in model.missing] or [""]
    return [
        _counts(model.model, model.numbers, first),
        *(["", "", "", "", one] for one in others),
    ]


def _counts(name: str, numbers: Numbers, missing: str) -> list[str]:
    counts = (str(numbers.obligations), str(numbers.missed), _percent(numbers.percent))
    return [name, *counts, missing]


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
