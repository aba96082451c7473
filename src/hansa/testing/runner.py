"""Run unit tests of models in the sandbox and say how each ended."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from hansa.core.contract import ContractColumn
from hansa.core.diagnostic import Diagnostic
from hansa.core.facts import Input, InputKind, ProductFacts
from hansa.core.product import Given, Product, UnitTest
from hansa.core.schema import Column, TableSchema
from hansa.engines.sandbox import Sandbox
from hansa.errors import HansaError, Place
from hansa.sql.analysis import Interface, schema_of_input
from hansa.sql.macros import Macro
from hansa.testing.compiled import CompiledModels
from hansa.testing.contract_limits import limit_warnings
from hansa.testing.difference import Difference
from hansa.testing.fixtures import GivenRows, build_table, contract_warnings, store_table
from hansa.testing.macros import macros_of, use_macros
from hansa.testing.plan import TestPlan, plan_test
from hansa.testing.selection import EVERYTHING, NO_LIMITS, Limits, Selection
from hansa.testing.values import type_of_kind
from hansa.testing.verdict import judge
from hansa.testing.workers import Sandboxes, spread, workers_that_pay

TEST_TIME_LIMIT = 30.0

_SCHEMA = "test"

_LEFT_OUT = "dbt_unit_test_left_out"


class Status(StrEnum):
    """How a test ended: `error` when it could not be run, so that nothing was compared."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test ended; `difference` is there when rows differ, `message` unless it passed."""

    __test__ = False

    name: str
    model: str
    status: Status
    seconds: float
    message: str | None = None
    hint: str | None = None
    difference: Difference | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class TestReport:
    """All results in the order of the tests, and what is odd about the given rows.

    `not_run` counts the tests that were left when enough others had failed.
    """

    __test__ = False

    results: tuple[TestResult, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    not_run: int = 0

    @property
    def passed(self) -> bool:
        """Whether no test failed; also when there is none."""
        return all(result.status is Status.PASSED for result in self.results)


class Observer(Protocol):
    """Looks at every test that was computed, while its inputs and models are stored still.

    Tests run in several processes, so what is seen has to be plain values: `note` gets it where
    it was seen, and once more, in the order of the tests, where the run began.
    """

    def observe(self, sandbox: Sandbox, plan: TestPlan) -> Any:
        """What the test shows."""

    def note(self, seen: Any) -> None:
        """Keep what `observe` gave; noting it twice is noting it once."""


def published_tests(product: Product) -> tuple[UnitTest, ...]:
    """The tests of public models: they travel in the release and are part of its promise."""
    return tuple(
        test
        for test in product.tests
        if test.model in product.models and product.models[test.model].public
    )


def run_tests(  # noqa: PLR0913
    product: Product,
    facts: ProductFacts,
    interfaces: Mapping[str, Interface],
    *,
    select: Selection = EVERYTHING,
    jobs: int = 0,
    tests: Sequence[UnitTest] | None = None,
    observe: Observer | None = None,
    limits: Limits = NO_LIMITS,
    macros: tuple[Macro, ...] | None = None,
) -> TestReport:
    """Run the product's tests, or `tests` that another version of it published.

    Each test computes its model on its own rows, in a sandbox, and cannot see other tests.
    `jobs` is the number of workers, 0 for as many as pay. A test that is wrong itself ends
    with status `error`; raises MacroInvalid when the product's macros are wrong, WorkerEnded
    when the database takes a process down. Tests of another version may give inputs and
    columns that the product no longer reads. `observe` sees each test whose models were
    computed. When `limits` end the run, what other workers are at is dropped. `macros` are those
    that SQL may call, the product's own by default.
    """
    chosen = [test for test in (product.tests if tests is None else tests) if select.matches(test)]
    bench = Bench(
        product,
        facts,
        interfaces,
        lenient=tests is not None,
        time_limit=limits.seconds,
        observe=observe,
        macros=macros,
    )
    ended: dict[int, _Outcome] = {}
    with Sandboxes() as sandboxes:

        def work(test: UnitTest) -> _Outcome:
            return bench.run_in(sandboxes, test)

        with closing(spread(work, chosen, jobs or workers_that_pay(len(chosen)))) as outcomes:
            for number, outcome in outcomes:
                ended[number] = outcome
                if _has_enough_failures(ended.values(), limits.failures):
                    break
    in_order = [ended[number] for number in sorted(ended)]
    if observe is not None:
        for outcome in in_order:
            observe.note(outcome.seen)
    # whoever runs all tests has to hear of those that could not run
    whole = select == EVERYTHING and tests is None
    left_out = [one for one in product.notices if whole and one.rule == _LEFT_OUT]
    given = [warning for outcome in in_order for warning in outcome.warnings]
    warnings = dict.fromkeys([*left_out, *given])
    results = tuple(outcome.result for outcome in in_order)
    return TestReport(results, tuple(warnings), len(chosen) - len(results))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a test ended, and what the observer saw of it (None: it could not look)."""

    result: TestResult
    warnings: tuple[Diagnostic, ...]
    seen: Any = None
    spoiled: bool = False


def _has_enough_failures(outcomes: Iterable[_Outcome], limit: int) -> bool:
    if not limit:
        return False
    return sum(one.result.status is not Status.PASSED for one in outcomes) >= limit


class Bench:
    """Everything that tests of one product share: compiled SQL and schemas of inputs."""

    def __init__(  # noqa: PLR0913
        self,
        product: Product,
        facts: ProductFacts,
        interfaces: Mapping[str, Interface],
        *,
        lenient: bool = False,
        time_limit: float | None = None,
        observe: Observer | None = None,
        macros: tuple[Macro, ...] | None = None,
    ) -> None:
        self._observer = observe
        self._product = product
        self._facts = facts
        self._interfaces = interfaces
        self._lenient = lenient
        self._time_limit = time_limit or product.time_limit or TEST_TIME_LIMIT
        self._models = CompiledModels(product, relation_of)
        self._macros = macros_of(product) if macros is None else macros
        self._schemas: dict[Input, TableSchema | None] = {}

    def run_in(self, sandboxes: Sandboxes, test: UnitTest) -> _Outcome:
        """Run one test in the worker's own sandbox; one that is broken is not used again."""
        outcome = self.run(sandboxes.mine(), test)
        if outcome.spoiled:
            sandboxes.give_up()
        return outcome

    def run(self, sandbox: Sandbox, test: UnitTest) -> _Outcome:
        """Run one test in a sandbox that other tests used and will use."""
        start = time.perf_counter()
        warnings: list[Diagnostic] = []
        failure, error, seen = None, None, None
        try:
            plan = self.plan(test)
            with sandbox.limited(self._limit(test)):
                warnings += self.prepare(sandbox, plan)
                failure = judge(sandbox, plan, lambda: self.compute(sandbox, plan))
            if self._observer is not None:
                seen = self._observer.observe(sandbox, plan)
                self._observer.note(seen)
        except HansaError as caught:
            error = caught
        result = _result(test, time.perf_counter() - start, failure, error)
        return _Outcome(result, tuple(warnings), seen, bool(getattr(error, "fatal", False)))

    def _limit(self, test: UnitTest) -> float:
        if test.time_limit is None:
            return self._time_limit
        # what others published may not hold up whoever runs it
        return min(test.time_limit, self._time_limit) if self._lenient else test.time_limit

    def plan(self, test: UnitTest) -> TestPlan:
        """What the test needs; raises when the test is wrong itself."""
        return plan_test(test, self._product, self._facts.models, lenient=self._lenient)

    def prepare(self, sandbox: Sandbox, plan: TestPlan) -> list[Diagnostic]:
        """Replace the sandbox's test data by the rows that the test gives."""
        schemas = {read: self.schema(sandbox, read) for read in plan.inputs}
        sandbox.create_schema(_SCHEMA)
        sandbox.freeze(plan.test.frozen_time)
        use_macros(sandbox, self._macros)
        warnings: list[Diagnostic] = []
        for read, given in plan.inputs.items():
            rows = _given_rows(plan.test, read, given)
            schema = schemas[read]
            table = build_table(rows, schema, lenient=self._lenient)
            store_table(sandbox, relation_of(read), table, rows)
            if schema is not None:
                warnings += contract_warnings(rows, schema)
            limits = self._limits(read)
            if limits:
                warnings += limit_warnings(sandbox, relation_of(read), table, rows, limits)
        return warnings

    def _limits(self, read: Input) -> tuple[ContractColumn, ...]:
        """What the input's contract says of the values of its columns."""
        if read.kind is InputKind.MODEL:
            table = self._product.contract.table(read.name)
            return table.columns if table is not None else ()
        interface = self._interfaces.get(read.group)
        return interface.limits.get(read.name, ()) if interface is not None else ()

    def compute(self, sandbox: Sandbox, plan: TestPlan) -> tuple[str, ...]:
        """Compute the plan's models in their order; gives the relation of the tested one."""
        return [self._models.store(sandbox, name) for name in plan.models][-1]

    def schema(self, sandbox: Sandbox, read: Input) -> TableSchema | None:
        """The columns of an input; those of a model as DuckDB computes them, if need be."""
        if read not in self._schemas:
            schema = schema_of_input(read, self._product, self._facts.models, self._interfaces)
            if read.kind is InputKind.MODEL and not _is_complete(schema):
                schema = self._measured(sandbox, read.name, schema)
            self._schemas[read] = schema
        return self._schemas[read]

    def _measured(
        self, sandbox: Sandbox, name: str, inferred: TableSchema | None
    ) -> TableSchema | None:
        """What DuckDB itself says of a model's columns, where analysis could not tell them.

        The model is computed on empty inputs; where that fails, what was inferred stays.
        """
        try:
            plan = self.plan(UnitTest(name, name, (), ()))
            self.prepare(sandbox, plan)
            found = sandbox.describe(self.compute(sandbox, plan))
        except HansaError:
            return inferred
        known = inferred or TableSchema(())
        columns = []
        for column, kind in found:
            before = known.column(column)
            nullable = before.nullable if before else True
            columns.append(Column(column, type_of_kind(kind), nullable))
        return TableSchema(tuple(columns), known.keys)


def _is_complete(schema: TableSchema | None) -> bool:
    return schema is not None and all(column.type.is_known for column in schema.columns)


def relation_of(read: Input) -> tuple[str, ...]:
    """Where an input, or a model's result, is kept while a test runs."""
    return (_SCHEMA, f"{read.kind}:{read}")


def _given_rows(test: UnitTest, read: Input, given: Given | None) -> GivenRows:
    owner = f"test `{test.name}`"
    if given is None:
        return GivenRows(owner, str(read), place=test.place)
    return GivenRows(
        owner,
        str(read),
        given.rows,
        given.place or test.place,
        given.row_places,
        given.cell_places,
        given.types,
    )


def _result(
    test: UnitTest,
    seconds: float,
    failure: tuple[str, Difference | None] | None,
    error: HansaError | None,
) -> TestResult:
    if error is not None:
        place = error.place or test.place
        return TestResult(
            test.name, test.model, Status.ERROR, seconds, str(error), error.hint, None, place
        )
    if failure is not None:
        message, difference = failure
        return TestResult(
            test.name, test.model, Status.FAILED, seconds, message, None, difference, test.place
        )
    return TestResult(test.name, test.model, Status.PASSED, seconds, place=test.place)
