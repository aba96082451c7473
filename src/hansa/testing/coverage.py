"""Which obligations of the models' SQL the unit tests meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.facts import ProductFacts
from hansa.core.product import Product, UnitTest
from hansa.engines.sandbox import Sandbox
from hansa.errors import HansaError, Place
from hansa.sql.analysis import Interface
from hansa.sql.coverage import Instrumented, Obligation
from hansa.testing import probing
from hansa.testing.plan import TestPlan
from hansa.testing.probing import Probes, Shown
from hansa.testing.runner import published_tests

# The one obligation of a model whose constructs cannot be told: its kind and outcome.
_WHOLE = ("query", "measured")


class Coverage(StrEnum):
    """Whether some test showed an outcome; unmeasurable ones count as not met."""

    MET = "met"
    UNMET = "unmet"
    UNMEASURABLE = "unmeasurable"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Counts of obligations; adding two gives those of both."""

    obligations: int = 0
    met: int = 0
    unmeasurable: int = 0
    excluded: int = 0

    def __add__(self, other: Numbers) -> Numbers:
        return Numbers(
            self.obligations + other.obligations,
            self.met + other.met,
            self.unmeasurable + other.unmeasurable,
            self.excluded + other.excluded,
        )

    @property
    def missed(self) -> int:
        return self.obligations - self.met

    @property
    def percent(self) -> float:
        """The share that is met, in percent; 100 where there is nothing to meet."""
        return 100.0 * self.met / self.obligations if self.obligations else 100.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One obligation, whether it is met, and the tests that showed it."""

    obligation: Obligation
    status: Coverage
    tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelCoverage:
    """The obligations of one model in the order of its text; `path` is the model's file.

    `notes` say why some of them could not be measured.
    """

    model: str
    path: str
    obligations: tuple[Measured, ...]
    excluded: int = 0
    notes: tuple[Diagnostic, ...] = ()

    @property
    def numbers(self) -> Numbers:
        return Numbers(
            len(self.obligations),
            sum(one.status is Coverage.MET for one in self.obligations),
            sum(one.status is Coverage.UNMEASURABLE for one in self.obligations),
            self.excluded,
        )

    @property
    def missing(self) -> tuple[Measured, ...]:
        """What no test showed, unmeasurable obligations included."""
        return tuple(one for one in self.obligations if one.status is not Coverage.MET)


@dataclass(frozen=True, slots=True)
class AssertedColumns:
    """Public columns, as `table.column`, and those that a published test's `expect` names."""

    columns: tuple[str, ...] = ()
    asserted: frozenset[str] = frozenset()

    @property
    def percent(self) -> float:
        return 100.0 * len(self.asserted) / len(self.columns) if self.columns else 100.0


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """Coverage of all models of a product, and of its public columns by assertions."""

    models: tuple[ModelCoverage, ...] = ()
    asserted: AssertedColumns = AssertedColumns()

    @property
    def numbers(self) -> Numbers:
        return sum((model.numbers for model in self.models), Numbers())

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        """Why some obligations could not be measured, for all models."""
        return tuple(note for model in self.models for note in model.notes)


class CoverageRecorder:
    """Measures obligations while tests run: the observer of `run_tests`.

    An obligation that was met is not asked again, unless
    `contexts` wants every test that meets it.
    """

    def __init__(
        self,
        product: Product,
        facts: ProductFacts,
        interfaces: Mapping[str, Interface],
        *,
        contexts: bool = False,
    ) -> None:
        self._product = product
        self._facts = facts
        self._probes = Probes(product, facts, interfaces)
        self._contexts = contexts
        self._models: dict[str, _Tally] = {}

    def observe(self, sandbox: Sandbox, plan: TestPlan) -> tuple[Shown, ...]:
        """Ask the probes of every model that a test computed."""
        return tuple(
            self._probes.ask(
                sandbox, name, plan.test.name, self._tally(name).waiting(again=self._contexts)
            )
            for name in plan.models
        )

    def note(self, seen: Iterable[Shown] | None) -> None:
        """Keep what `observe` gave, here or in another process."""
        for shown in seen or ():
            self._tally(shown.model).note(shown)

    def of_model(self, name: str) -> ModelCoverage:
        """What was measured so far of one model."""
        return self._tally(name).result(self._order)

    def report(self, tests: Iterable[UnitTest] | None = None) -> CoverageReport:
        """What was measured so far; `tests` are those that assert columns, all by default."""
        models = tuple(self.of_model(name) for name in sorted(self._product.models))
        return CoverageReport(models, _asserted(self._product, self._facts, tests))

    def _tally(self, name: str) -> _Tally:
        found = self._models.get(name)
        if found is None:
            found = self._models[name] = self._made(name)
        return found

    def _made(self, name: str) -> _Tally:
        path = self._product.models[name].path
        try:
            return _Tally(name, path, self._probes.of(name))
        except HansaError as error:
            reason, place = str(error), error.place
        except RecursionError:
            reason, place = "the query is nested too deeply", None
        found = Obligation(place.line if place else 1, place.column or 1 if place else 1, *_WHOLE)
        note = Diagnostic(
            "coverage_not_measured",
            f"model `{name}` could not be measured: {reason}",
            hint="it counts as one outcome that is not measurable",
            place=place or Place(path, found.line, found.column),
            severity=Severity.WARNING,
        )
        return _Tally(name, path, Instrumented((found,)), note)

    @cached_property
    def _order(self) -> Mapping[str, int]:
        return {test.name: number for number, test in enumerate(self._product.tests)}


class _Tally:
    """What the probes of one model showed so far."""

    def __init__(
        self, name: str, path: str, instrumented: Instrumented, note: Diagnostic | None = None
    ) -> None:
        self._name = name
        self._path = path
        self._instrumented = instrumented
        self._notes = [note] if note is not None else []
        self._tests: dict[int, set[str]] = {}
        self._late: set[tuple[str, int]] = set()
        self._answered: set[int] = set()
        self._failed: set[int] = set()

    def waiting(self, *, again: bool) -> Iterator[int]:
        """The probes that may show something new; all, when it is to be asked `again`."""
        for at, probe in enumerate(self._instrumented.probes):
            if again or any(number not in self._tests for number in probe.obligations):
                yield at

    def note(self, shown: Shown) -> None:
        for number in shown.met:
            self._tests.setdefault(number, set()).add(shown.test)
        self._answered.update(shown.answered)
        self._failed.update(shown.failed)
        self._late.update((shown.test, at) for at in shown.late)

    def result(self, order: Mapping[str, int]) -> ModelCoverage:
        late = {at for _, at in self._late}
        measurable = {
            number
            for at, probe in enumerate(self._instrumented.probes)
            if (at in self._answered or at not in self._failed) and at not in late
            for number in probe.obligations
        }
        measured = []
        for number, obligation in enumerate(self._instrumented.obligations):
            tests = tuple(sorted(self._tests.get(number, ()), key=lambda name: order.get(name, 0)))
            status = Coverage.MET if tests else Coverage.UNMET
            if number not in measurable and not tests:
                status = Coverage.UNMEASURABLE
            measured.append(Measured(obligation, status, tests))
        notes = (*self._notes, *self._late_notes(order))
        excluded = self._instrumented.excluded
        return ModelCoverage(self._name, self._path, tuple(measured), excluded, notes)

    def _late_notes(self, order: Mapping[str, int]) -> Iterator[Diagnostic]:
        """One warning for each test whose rows took too long to ask about."""
        for test in sorted({test for test, _ in self._late}, key=lambda name: order.get(name, 0)):
            yield Diagnostic(
                "coverage_out_of_time",
                f"what test `{test}` shows of model `{self._name}` took more than "
                f"{probing.PROBE_TIME_LIMIT:g} seconds to measure",
                hint="give the test fewer rows; what was not asked counts as not measurable",
                place=Place(self._path),
                severity=Severity.WARNING,
            )


def _asserted(
    product: Product, facts: ProductFacts, tests: Iterable[UnitTest] | None
) -> AssertedColumns:
    columns: dict[tuple[str, str], str] = {}
    for name, model in product.models.items():
        found = facts.models.get(name)
        if model.public and found is not None and found.schema is not None:
            for column in found.schema.names:
                columns[name, column.casefold()] = f"{name}.{column}"
    named = {
        (test.model, column.casefold())
        for test in (published_tests(product) if tests is None else tests)
        for row in test.expect
        for column in row
    }
    asserted = frozenset(text for key, text in columns.items() if key in named)
    return AssertedColumns(tuple(columns.values()), asserted)
