"""Mutation scores as a table with survivors, and as JSON."""

from __future__ import annotations

from typing import Any

from hansa.cli.render import print_lines, print_table
from hansa.sql.mutation import differing_lines
from hansa.testing.mutation import Fate, Judged, ModelMutation, MutationReport, score


def mutation_json(report: MutationReport) -> dict[str, Any]:
    """The report in its stable JSON shape."""
    return {
        "percent": round(report.percent, 2),
        **{str(fate): report.count(fate) for fate in Fate},
        "made": report.made,
        "runs": report.runs,
        "failing_tests": list(report.failing),
        "models": {model.model: _model_json(model) for model in report.models},
    }


def _model_json(model: ModelMutation) -> dict[str, Any]:
    return {
        "percent": round(score(model.count(Fate.KILLED), model.count(Fate.SURVIVED)), 2),
        "path": model.path,
        **{str(fate): model.count(fate) for fate in Fate},
        "mutants": [_mutant_json(one, model.sql) for one in model.mutants],
    }


def _mutant_json(one: Judged, sql: str) -> dict[str, Any]:
    return {
        "operator": str(one.mutant.operator),
        "description": one.mutant.description,
        "line": one.mutant.line,
        "column": one.mutant.column,
        "before": one.mutant.before,
        "after": one.mutant.after,
        "diff": _difference(one, sql),
        "status": str(one.fate),
        "test": one.test,
    }


def print_mutation(report: MutationReport) -> None:
    """One row a model, then each survivor as a small difference."""
    rows = [_row(model.model, *_counts(model)) for model in report.models]
    rows.append(_row("TOTAL", *_counts(report)))
    print_table(["model", "mutants", "killed", "survived", "score"], rows)
    print_lines(
        f"left out: {report.count(Fate.EQUIVALENT)} proven equal to the model, "
        f"{report.count(Fate.INVALID)} that DuckDB refuses"
    )
    tried = sum(len(model.mutants) for model in report.models)
    if tried < report.made:
        print_lines(f"a sample of {tried} of {report.made} mutants")
    if report.failing:
        print_lines(f"not used, as they fail without a change: {', '.join(report.failing)}")
    for model in report.models:
        for one in model.mutants:
            if one.fate is Fate.SURVIVED:
                _print_survivor(one, model.sql)


def _counts(counted: ModelMutation | MutationReport) -> tuple[int, int]:
    return counted.count(Fate.KILLED), counted.count(Fate.SURVIVED)


def _row(name: str, killed: int, survived: int) -> list[str]:
    percent = int(score(killed, survived))
    return [name, str(killed + survived), str(killed), str(survived), f"{percent}%"]


def _print_survivor(one: Judged, sql: str) -> None:
    mutant = one.mutant
    print_lines(
        f"{mutant.file}:{mutant.line}:{mutant.column}: {mutant.operator}: {mutant.description}",
        style="bold",
    )
    for line in _difference(one, sql):
        print_lines(f"  {line}", style=_STYLES[line[0]])


_STYLES = {"@": "cyan", "-": "red", "+": "green"}


def _difference(one: Judged, sql: str) -> list[str]:
    """What the mutant changes in the model's text, as a unified difference without context.

    Where the characters are not known, the changed construct alone, as it would be written.
    """
    mutant = one.mutant
    if not mutant.exact:
        return [f"@@ line {mutant.line} @@", f"- {mutant.before}", f"+ {mutant.after}"]
    lines = []
    for change in differing_lines(sql, mutant.sql):
        lines.append(f"@@ line {change.line} @@")
        lines += [f"- {line}" for line in change.before]
        lines += [f"+ {line}" for line in change.after]
    return lines
