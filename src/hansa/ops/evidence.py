"""What the old release's published tests show about the new code."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hansa.core.product import Product, UnitTest
from hansa.errors import HansaError
from hansa.ops.redefinition import Redefinition
from hansa.ops.sides import LoadedSide
from hansa.semver.behaviour import Evidence, Outcome, Shown

if TYPE_CHECKING:
    from hansa.testing.difference import Difference
    from hansa.testing.runner import TestResult

PASSED = "passed"
Part = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class PublishedEvidence:
    """What tests show about each part that may differ, and the tests that fail now."""

    parts: Evidence = field(default_factory=dict)
    failed: tuple[TestResult, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ran:
    """A published test, how it ended, and the models that it computed."""

    test: UnitTest
    result: TestResult
    computed: frozenset[str]


def gather_evidence(old: LoadedSide, new: LoadedSide) -> PublishedEvidence:
    """For each part of a table that differs: whether old tests fail, pass, or do not touch it.

    A part is a column's values, or the rows (None). Only tests of tables that may hold
    something else are run, in the sandbox; a test that can no longer run counts as failed.
    A part is exercised when passing tests that look at it (they expect the column; for the
    rows, they give some) compute every redefined model that makes it differ. A model that a
    test gives is not computed. That holds until coverage tells exactly.
    """
    redefinition = Redefinition(old, new)
    parts = dict(_changed_parts(old, new, redefinition))
    if not parts:
        return PublishedEvidence()
    ran = list(_run(old, new, parts))
    evidence = {
        (table, part): _weigh((table, part), ran, redefinition, new.product)
        for table, columns in parts.items()
        for part in columns
    }
    failed = tuple(one.result for one in ran if one.result.status != PASSED)
    return PublishedEvidence(evidence, failed)


def _changed_parts(
    old: LoadedSide, new: LoadedSide, redefinition: Redefinition
) -> Iterator[tuple[str, list[str | None]]]:
    """The public tables of both sides that may differ, each with its rows and shared columns."""
    before, after = old.facts.fingerprints, new.facts.fingerprints
    for table in sorted(before.keys() & after.keys()):
        one, other = before[table], after[table]
        shared = [column for column in other.columns if column in one.columns]
        differs = one.rows != other.rows or any(
            one.columns[column] != other.columns[column] for column in shared
        )
        if differs or redefinition.below(table) & redefinition.fed_otherwise:
            yield table, [None, *shared]


def _run(old: LoadedSide, new: LoadedSide, tables: Collection[str]) -> Iterator[_Ran]:
    # the database is imported only when there is something to run
    from hansa.testing.runner import published_tests, run_tests

    tests = [test for test in published_tests(old.product) if test.model in tables]
    if not tests:
        return
    report = run_tests(new.product, new.facts, new.interfaces, tests=tests)
    for test, result in zip(tests, report.results, strict=True):
        yield _Ran(test, result, _computed(test, new))


def _computed(test: UnitTest, new: LoadedSide) -> frozenset[str]:
    from hansa.testing.plan import plan_test

    try:
        plan = plan_test(test, new.product, new.facts.models, lenient=True)
    except HansaError:
        return frozenset()
    return frozenset(plan.models)


def _weigh(part: Part, ran: Sequence[_Ran], redefinition: Redefinition, product: Product) -> Shown:
    table, column = part
    of_table = [one for one in ran if one.test.model == table]
    failed = tuple(one.test.name for one in of_table if _fails(one.result, column))
    if failed:
        return Shown(Outcome.FAILED, failed=failed)
    exercising = [one for one in of_table if _looks_at(one.test, column)]
    computed = frozenset(name for one in exercising for name in one.computed)
    redefined = redefinition.below(table)
    missing = redefined - computed
    if redefined & computed and not (missing and redefinition.matters(table, column, missing)):
        return Shown(Outcome.PASSED)
    paths = (product.models[name].path for name in missing or {table} if name in product.models)
    return Shown(Outcome.UNEXERCISED, unexercised=tuple(sorted(paths)))


def _looks_at(test: UnitTest, column: str | None) -> bool:
    if column is None:
        return any(given.rows for given in test.given)
    return any(column in row for row in test.expect)


def _fails(result: TestResult, column: str | None) -> bool:
    """Whether a failing test speaks against a part; a row that came or went may have any cause."""
    if result.status == PASSED:
        return False
    difference = result.difference
    if difference is None or difference.missing or difference.unexpected or difference.reordered:
        return True
    return column in _changed_columns(difference)


def _changed_columns(difference: Difference) -> set[str]:
    marked = (row.changed for row in difference.changed)
    return {
        column
        for marks in marked
        for column, changed in zip(difference.columns, marks, strict=True)
        if changed
    }
