"""What the old release's published tests show about the new code."""

from __future__ import annotations

from collections.abc import Mapping

from hansa.core.product import UnitTest
from hansa.ops.sides import LoadedSide
from hansa.semver.behaviour import Evidence, Outcome
from hansa.testing.difference import Difference
from hansa.testing.runner import Status, TestResult, published_tests, run_tests

Part = tuple[str, str | None]


def gather_evidence(old: LoadedSide, new: LoadedSide) -> Evidence:
    """For each part of a table that differs: whether old tests fail, pass, or do not touch it.

    A part is a column's values, or the rows (None). Only tests of tables with a changed
    fingerprint are run, in the sandbox. A test that can no longer run counts as failed. A
    column is exercised by a test that expects values of it, the rows by one that expects rows.
    """
    changed = _changed_tables(old, new)
    tests = [test for test in published_tests(old.product) if test.model in changed]
    if not tests:
        return {}
    report = run_tests(new.product, new.facts, new.interfaces, tests=tests)
    evidence: dict[Part, Outcome] = {}
    by_name = {(test.model, test.name): test for test in tests}
    for result in report.results:
        test = by_name[result.model, result.name]
        for part in _parts(test):
            outcome = _outcome(result, part)
            known = evidence.get((test.model, part))
            if known is None or outcome is Outcome.FAILED:
                evidence[test.model, part] = outcome
    return evidence


def _changed_tables(old: LoadedSide, new: LoadedSide) -> set[str]:
    before, after = old.facts.fingerprints, new.facts.fingerprints
    return {
        table
        for table in before.keys() & after.keys()
        if before[table].rows != after[table].rows
        or _differ(before[table].columns, after[table].columns)
    }


def _differ(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    return any(after[column] != before[column] for column in before.keys() & after.keys())


def _parts(test: UnitTest) -> list[str | None]:
    columns = dict.fromkeys(column for row in test.expect for column in row)
    return [None, *columns]


def _outcome(result: TestResult, part: str | None) -> Outcome:
    if result.status is Status.PASSED:
        return Outcome.PASSED
    if result.status is Status.ERROR or result.difference is None:
        return Outcome.FAILED
    if result.difference.missing or result.difference.unexpected:
        # a row that came or went may have any cause
        return Outcome.FAILED
    return Outcome.FAILED if part in _changed_columns(result.difference) else Outcome.PASSED


def _changed_columns(difference: Difference) -> set[str]:
    marked = (row.changed for row in difference.changed)
    return {
        column
        for marks in marked
        for column, changed in zip(difference.columns, marks, strict=True)
        if changed
    }
