"""What the old release's published tests show about the new code."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from hansa.core.product import Product, UnitTest
from hansa.errors import HansaError
from hansa.ops.redefinition import Redefinition
from hansa.ops.sides import LoadedSide
from hansa.semver.behaviour import Evidence, Outcome, Shown

if TYPE_CHECKING:
    from hansa.testing.coverage import CoverageRecorder
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


@dataclass(frozen=True, slots=True)
class _Trial:
    """The published tests on the new code.

    `changed` holds, for each redefined model, what its changed lines can do: the line of every
    outcome, and the tests that show it. A model whose changed lines decide nothing has none.
    """

    ran: tuple[_Ran, ...] = ()
    changed: Mapping[str, tuple[tuple[int, frozenset[str]], ...]] = field(default_factory=dict)

    def unmet(self, model: str, tests: Collection[str]) -> tuple[int, ...]:
        """The changed lines of a model with outcomes of which these tests show none at all."""
        outcomes = self.changed.get(model, ())
        if any(not shown.isdisjoint(tests) for _, shown in outcomes):
            return ()
        return tuple(sorted({line for line, _ in outcomes}))


def gather_evidence(old: LoadedSide, new: LoadedSide) -> PublishedEvidence:
    """For each part of a table that differs: whether old tests fail, pass, or do not touch it.

    A part is a column's values, or the rows (None). Only tests of tables that may hold
    something else are run, in the sandbox; a test that can no longer run counts as failed.
    A part is exercised when passing tests that look at it (they expect the column; for the
    rows, they give some) compute every redefined model that makes it differ, and show one of the
    outcomes that its changed lines can have, where they have any. A model that a test gives is
    not computed.
    """
    redefinition = Redefinition(old, new)
    parts = dict(_changed_parts(old, new, redefinition))
    if not parts:
        return PublishedEvidence()
    trial = _try(old, new, parts, redefinition.reworded)
    evidence = {
        (table, part): _weigh((table, part), trial, redefinition, new.product)
        for table, columns in parts.items()
        for part in columns
    }
    failed = tuple(one.result for one in trial.ran if one.result.status != PASSED)
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


def _try(
    old: LoadedSide, new: LoadedSide, tables: Collection[str], reworded: Collection[str]
) -> _Trial:
    # the database is imported only when there is something to run
    from hansa.testing.coverage import CoverageRecorder
    from hansa.testing.macros import macros_for_tests_of
    from hansa.testing.runner import published_tests, run_tests

    tests = [test for test in published_tests(old.product) if test.model in tables]
    if not tests:
        return _Trial()
    recorder = CoverageRecorder(new.product, new.facts, new.interfaces, contexts=True)
    report = run_tests(
        new.product,
        new.facts,
        new.interfaces,
        tests=tests,
        observe=recorder,
        macros=macros_for_tests_of(old.product, new.product),
    )
    ran = tuple(
        _Ran(test, result, _computed(test, new))
        for test, result in zip(tests, report.results, strict=True)
    )
    computed = frozenset(name for one in ran for name in one.computed)
    changed = {name: _outcomes(old, new, recorder, name) for name in computed & set(reworded)}
    return _Trial(ran, changed)


def _outcomes(
    old: LoadedSide, new: LoadedSide, recorder: CoverageRecorder, name: str
) -> tuple[tuple[int, frozenset[str]], ...]:
    """The outcomes that the changed lines of a model can have, and the tests that show them."""
    from hansa.testing.change_coverage import obligations_on
    from hansa.testing.changed_lines import new_lines
    from hansa.testing.coverage import Coverage

    model, before = new.product.models[name], old.product.models.get(name)
    lines = new_lines("" if before is None else before.sql, model.sql)
    found = obligations_on(recorder.of_model(name), model.sql, new.product.dialect, lines)
    return tuple(
        (one.obligation.line, frozenset(one.tests))
        for one in found
        # what nobody can measure tells nothing about the tests
        if one.status is not Coverage.UNMEASURABLE
    )


def _computed(test: UnitTest, new: LoadedSide) -> frozenset[str]:
    from hansa.testing.plan import plan_test

    try:
        plan = plan_test(test, new.product, new.facts.models, lenient=True)
    except HansaError:
        return frozenset()
    return frozenset(plan.models)


def _weigh(part: Part, trial: _Trial, redefinition: Redefinition, product: Product) -> Shown:
    table, column = part
    of_table = [one for one in trial.ran if one.test.model == table]
    failed = tuple(one.test.name for one in of_table if _fails(one.result, column))
    if failed:
        return Shown(Outcome.FAILED, failed=failed)
    exercising = [one for one in of_table if _looks_at(one.test, column)]
    names = frozenset(one.test.name for one in exercising)
    computed = frozenset(name for one in exercising for name in one.computed)
    redefined = redefinition.below(table)
    missing = redefined - computed
    if not redefined & computed or (missing and redefinition.matters(table, column, missing)):
        return Shown(Outcome.UNEXERCISED, unexercised=_places(missing or {table}, product))
    unmet = {name: lines for name in redefined if (lines := trial.unmet(name, names))}
    if unmet and redefinition.matters(table, column, frozenset(unmet)):
        return Shown(Outcome.UNEXERCISED, unexercised=_places(unmet, product, unmet))
    return Shown(Outcome.PASSED)


def _places(
    models: Iterable[str],
    product: Product,
    lines: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> tuple[str, ...]:
    """The files of models, with the lines where some are known."""
    return tuple(
        sorted(
            product.models[name].path + "".join(f":{line}" for line in lines.get(name, ())[:1])
            for name in models
            if name in product.models
        )
    )


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
