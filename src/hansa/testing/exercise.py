"""Which tests reach which parts of the models' SQL, as their outcomes tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from hansa.core.facts import ProductFacts
from hansa.core.product import Product, UnitTest
from hansa.engines.sandbox import Sandbox
from hansa.errors import HansaError
from hansa.sql.analysis import Interface
from hansa.sql.coverage import Instrumented, Obligation
from hansa.sql.mutation import Mutant
from hansa.testing.plan import TestPlan
from hansa.testing.probing import Probes, Shown


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
        self._probes = Probes(product, facts, interfaces)
        self._models = models
        self._known: dict[str, Instrumented] = {}
        self._shown: dict[tuple[str, str], set[Obligation]] = defaultdict(set)
        self._lines: dict[tuple[str, str], set[int]] = defaultdict(set)

    def observe(self, sandbox: Sandbox, plan: TestPlan) -> tuple[Shown, ...]:
        """Ask the probes of the models that a test computed."""
        return tuple(
            self._probes.ask(sandbox, name, plan.test.name, range(len(self._of(name).probes)))
            for name in plan.models
            if name in self._models
        )

    def note(self, seen: Iterable[Shown] | None) -> None:
        """Keep what `observe` gave, here or in another process."""
        for one in seen or ():
            found = self._of(one.model)
            known = found.obligations
            asked = {number for at in one.answered for number in found.probes[at].obligations}
            unasked = set(range(len(known))) - asked
            self._shown[one.test, one.model].update(known[number] for number in unasked)
            self._shown[one.test, one.model].update(known[number] for number in one.met)
            self._lines[one.test, one.model].update(known[number].line for number in one.met)

    def reaches(self, test: UnitTest, mutant: Mutant) -> bool:
        """Whether the test shows some outcome on the mutant's line; it is likely to notice."""
        return mutant.line in self._lines[test.name, mutant.model]

    def may_notice(self, test: UnitTest, mutant: Mutant) -> bool:
        """False when the test, which computed the model, cannot tell the mutant from it."""
        if not mutant.needs or test.error is not None:
            return True  # when an error comes is the database's choice
        known = self._of(mutant.model).obligations
        shown = self._shown[test.name, mutant.model]
        return all(need in shown or need not in known for need in mutant.needs)

    def _of(self, model: str) -> Instrumented:
        if model not in self._known:
            try:
                self._known[model] = self._probes.of(model)
            except HansaError:
                self._known[model] = Instrumented()  # nothing is known, so nothing is left out
        return self._known[model]
