"""Which tests reach which parts of the models' SQL, as their outcomes tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hansa.core.facts import Input, ProductFacts
from hansa.core.product import Product, UnitTest
from hansa.core.schema import TableSchema
from hansa.engines.sandbox import Sandbox
from hansa.errors import HansaError
from hansa.sql.analysis import Interface, schema_of_input
from hansa.sql.coverage import Instrumented, Obligation, Probe, instrument
from hansa.sql.mutation import Mutant
from hansa.sql.references import classify
from hansa.testing.coverage import PROBE_TIME_LIMIT
from hansa.testing.plan import TestPlan
from hansa.testing.runner import relation_of


@dataclass(frozen=True, slots=True)
class _Exercised:
    """What one test shows of one model, in numbers of obligations, and what could not be asked."""

    test: str
    model: str
    shown: tuple[int, ...]
    unasked: tuple[int, ...]


class Exercise:
    """Asks, while tests run, for every outcome that each of them shows of some models.

    The observer of `run_tests`. What could not be asked of a test is taken as shown, so that
    nothing is concluded from it.
    """

    def __init__(
        self,
        product: Product,
        facts: ProductFacts,
        interfaces: Mapping[str, Interface],
        models: Collection[str],
    ) -> None:
        self._product = product
        self._facts = facts
        self._interfaces = interfaces
        self._models = models
        self._instrumented: dict[str, Instrumented] = {}
        self._shown: dict[tuple[str, str], set[Obligation]] = defaultdict(set)
        self._lines: dict[tuple[str, str], set[int]] = defaultdict(set)

    def observe(self, sandbox: Sandbox, plan: TestPlan) -> tuple[_Exercised, ...]:
        """Ask the probes of the models that a test computed."""
        wanted = (name for name in plan.models if name in self._models)
        return tuple(self._ask(sandbox, name, plan.test.name) for name in wanted)

    def note(self, seen: Iterable[_Exercised] | None) -> None:
        """Keep what `observe` gave, here or in another process."""
        for one in seen or ():
            known = self._instrument(one.model).obligations
            shown = self._shown[one.test, one.model]
            shown.update(known[number] for number in (*one.shown, *one.unasked))
            self._lines[one.test, one.model].update(known[number].line for number in one.shown)

    def reaches(self, test: UnitTest, mutant: Mutant) -> bool:
        """Whether the test shows some outcome on the mutant's line; it is likely to notice."""
        return mutant.line in self._lines[test.name, mutant.model]

    def may_notice(self, test: UnitTest, mutant: Mutant) -> bool:
        """False when the test, which computed the model, cannot tell the mutant from it."""
        if not mutant.needs or test.error is not None:
            return True  # when an error comes is the database's choice
        known = self._instrument(mutant.model).obligations
        shown = self._shown[test.name, mutant.model]
        return all(need in shown or need not in known for need in mutant.needs)

    def _ask(self, sandbox: Sandbox, model: str, test: str) -> _Exercised:
        found = self._instrument(model)
        asked: set[int] = set()
        shown: set[int] = set()
        try:
            with sandbox.limited(PROBE_TIME_LIMIT):
                for probe in found.probes:
                    answer = _answer(sandbox, probe)
                    if answer is None:
                        continue
                    asked.update(probe.obligations)
                    answers = zip(probe.obligations, answer, strict=True)
                    shown.update(number for number, met in answers if met)
        except HansaError:
            pass  # out of time: the rest was not asked
        unasked = set(range(len(found.obligations))) - asked
        return _Exercised(test, model, tuple(shown), tuple(unasked))

    def _instrument(self, name: str) -> Instrumented:
        if name not in self._instrumented:
            model = self._product.models[name]
            dialect, input_of = self._product.dialect, classify(self._product)
            try:
                found = instrument(
                    model.sql, dialect, model.path, relation_of, input_of, self._schema
                )
            except HansaError:
                found = Instrumented()  # nothing is known, so nothing is left out
            self._instrumented[name] = found
        return self._instrumented[name]

    def _schema(self, read: Input) -> TableSchema | None:
        return schema_of_input(read, self._product, self._facts.models, self._interfaces)


def _answer(sandbox: Sandbox, probe: Probe) -> tuple[bool, ...] | None:
    for query in probe.queries:
        try:
            return sandbox.query(query).rows[0]
        except HansaError:
            continue
    return None
