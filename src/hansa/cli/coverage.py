"""Coverage as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hansa.cli.render import print_diagnostics, print_lines, print_table
from hansa.ops.coverage import Covered
from hansa.sql.coverage import Obligation
from hansa.testing.change_coverage import ChangeCoverage
from hansa.testing.changed_lines import line_ranges
from hansa.testing.contexts import Context
from hansa.testing.coverage import Coverage, Measured, ModelCoverage, Numbers


def coverage_json(covered: Covered) -> dict[str, Any]:
    """The report in its stable JSON shape; with contexts, the tests of each obligation too."""
    report, contexts = covered.report, covered.contexts
    numbers = report.numbers
    shown = {} if contexts is None else {"contexts": _contexts_json(contexts)}
    if covered.change is not None:
        shown["change"] = _change_json(covered.change, tests=contexts is not None)
    return {
        "percent": _rounded(numbers.percent),
        "met": numbers.met,
        "total": numbers.obligations,
        "unmeasurable": numbers.unmeasurable,
        "excluded": numbers.excluded,
        "notes": [note.message for note in report.notes],
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


def _change_json(change: ChangeCoverage, *, tests: bool) -> dict[str, Any]:
    numbers = change.numbers
    models = {}
    for model in change.models:
        shown = _model_json(model.coverage, tests=tests)
        del shown["excluded"]
        renamed = {"old_path": model.file.old, "lines": line_ranges(model.file.lines)}
        models[model.coverage.model] = shown | renamed
    return {
        "since": change.since,
        "percent": _rounded(numbers.percent),
        "met": numbers.met,
        "total": numbers.obligations,
        "unmeasurable": numbers.unmeasurable,
        "models": models,
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


def print_coverage(covered: Covered) -> None:
    """One row a model as coverage.py has them, more rows for more that is missing; the totals.

    Of a change, only the models and obligations that it is about.
    """
    report, change = covered.report, covered.change
    if change is None:
        _print_models(report.models, "TOTAL", report.numbers)
    else:
        _print_change(change)
        print_lines(f"coverage of all models: {percent_words(report.numbers.percent)}")
    print_diagnostics(report.notes)
    asserted = report.asserted
    print_lines(
        f"asserted columns: {len(asserted.asserted)} of {len(asserted.columns)} public columns "
        f"({percent_words(asserted.percent)})"
    )
    shown = report.numbers if change is None else change.numbers
    if shown.unmeasurable:
        print_lines(f"not measurable: {shown.unmeasurable} (marked `?`, counted as missed)")
    if shown.excluded:
        print_lines(f"left out by `hansa: no cover`: {shown.excluded}")


def _print_change(change: ChangeCoverage) -> None:
    since = f"since {change.since}" if change.since else "as nothing is published yet"
    if not change.models:
        print_lines(f"no line of a model changed {since}")
        return
    _print_models([model.coverage for model in change.models], "CHANGED", change.numbers)
    lines = "1 line" if change.lines == 1 else f"{change.lines} lines"
    models = "1 model" if len(change.models) == 1 else f"{len(change.models)} models"
    print_lines(f"new or changed {since}: {lines} of {models}")


def _print_models(models: Sequence[ModelCoverage], total: str, numbers: Numbers) -> None:
    rows = [row for model in models for row in _rows(model)]
    rows.append(_counts(total, numbers, ""))
    headers = ["model", "obligations", "missed", "cover", "missing"]
    print_table(headers, rows, right="obligations, missed, cover")


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
