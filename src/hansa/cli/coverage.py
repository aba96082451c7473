"""Coverage as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hansa.cli.render import print_lines, print_table
from hansa.ops.test import Covered
from hansa.sql.coverage import Obligation
from hansa.testing.contexts import Context
from hansa.testing.coverage import Coverage, CoverageReport, Measured, ModelCoverage, Numbers


def coverage_json(covered: Covered) -> dict[str, Any]:
    """The report in its stable JSON shape; with contexts, the tests of each obligation too."""
    report, contexts = covered.report, covered.contexts
    numbers = report.numbers
    shown = {} if contexts is None else {"contexts": _contexts_json(contexts)}
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
        "models": {
            model.model: _model_json(model, tests=contexts is not None) for model in report.models
        },
        **shown,
    }


def _model_json(model: ModelCoverage, *, tests: bool) -> dict[str, Any]:
    return {
        "percent": _rounded(model.numbers.percent),
        "path": model.path,
        "excluded": model.excluded,
        "obligations": [
            _obligation_json(one.obligation)
            | {"status": str(one.status)}
            | ({"tests": list(one.tests)} if tests else {})
            for one in model.obligations
        ],
    }


def _obligation_json(obligation: Obligation) -> dict[str, Any]:
    return {
        "kind": obligation.kind,
        "outcome": obligation.outcome,
        "line": obligation.line,
        "column": obligation.column,
    }


def _contexts_json(contexts: Sequence[Context]) -> dict[str, Any]:
    return {
        context.test: {
            "met": context.met,
            "only": [{"model": model} | _obligation_json(one) for model, one in context.only],
        }
        for context in contexts
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
        f"({percent_words(asserted.percent)})"
    )
    if total.unmeasurable:
        print_lines(f"not measurable: {total.unmeasurable} (marked `?`, counted as missed)")
    if total.excluded:
        print_lines(f"left out by `hansa: no cover`: {total.excluded}")


def print_contexts(contexts: Sequence[Context]) -> None:
    """One row a test: how many obligations it met, and those that no other test met."""
    rows: list[list[str]] = []
    for context in contexts:
        only = [f"{model} {_words(one)}" for model, one in context.only]
        first, *others = only or ["nothing"]
        rows.append([context.test, str(context.met), first])
        rows += [["", "", one] for one in others]
    print_table(["test", "met", "only by it"], rows, right="met")


def _rows(model: ModelCoverage) -> list[list[str]]:
    first, *others = [_missing(one) for one in model.missing] or [""]
    return [
        _counts(model.model, model.numbers, first),
        *(["", "", "", "", one] for one in others),
    ]


def _counts(name: str, numbers: Numbers, missing: str) -> list[str]:
    counts = (str(numbers.obligations), str(numbers.missed), percent_words(numbers.percent))
    return [name, *counts, missing]


def _missing(one: Measured) -> str:
    return _words(one.obligation) + ("?" if one.status is Coverage.UNMEASURABLE else "")


def _words(one: Obligation) -> str:
    return f"{one.line}:{one.column} {one.kind} {one.outcome}"


def percent_words(value: float) -> str:
    """Whole percents, never rounded up to 100 or down to 0."""
    if 99 < value < 100:
        return "99%"
    if 0 < value < 1:
        return "1%"
    return f"{value:.0f}%"


def _rounded(value: float) -> float:
    return round(value, 2)
