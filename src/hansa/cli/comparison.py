"""A comparison of two versions as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hansa.cli.formats.findings import verdict_sentence
from hansa.cli.render import diagnostic_json, print_diagnostics, print_lines
from hansa.core.version import Level
from hansa.ops.diff import DiffResult
from hansa.testing.difference import format_difference

if TYPE_CHECKING:
    from hansa.testing.runner import TestResult

_TESTS_SHOWN = 3
_ROWS_SHOWN = 6


def comparison_json(result: DiffResult) -> dict[str, Any]:
    """The stable JSON of a comparison (design, section 9)."""
    return {
        "product": result.product,
        "old": str(result.old.product.version),
        "new": str(result.new.product.version),
        "required": str(result.required),
        "sufficient": result.verdict.sufficient,
        "changes": [diagnostic_json(change) for change in result.changes],
    }


def print_comparison(result: DiffResult) -> None:
    """The findings, most severe first, how published tests fail, and the verdict."""
    print_diagnostics(sorted(result.changes, key=lambda change: -(change.level or Level.NONE)))
    for test in result.failed_tests[:_TESTS_SHOWN]:
        print_lines(*_failure(test))
    style = "green" if result.verdict.sufficient else "bold red"
    print_lines(verdict_sentence(result), style=style)


def _failure(test: TestResult) -> list[str]:
    """One sentence, and the rows that differ where they are few."""
    found = test.difference
    verb = "fails" if found else "cannot run"
    lines = [f"published test `{test.name}` of `{test.model}` {verb}: {test.message}"]
    if found and len(found.changed) + len(found.missing) + len(found.unexpected) <= _ROWS_SHOWN:
        lines += [f"  {line}" for line in format_difference(found)]
    return lines
