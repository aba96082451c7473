"""Asking models, while a test's rows are stored, which outcomes the rows show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from hansa.core.facts import Input, ProductFacts
from hansa.core.product import Product
from hansa.core.schema import TableSchema
from hansa.engines.sandbox import Sandbox, SandboxError
from hansa.errors import HansaError
from hansa.sql.analysis import Interface, schema_of_input
from hansa.sql.coverage import Instrumented, instrument
from hansa.sql.references import classify
from hansa.testing.runner import relation_of

# All probes of one model for one test; fixtures are small, so more means a runaway query.
PROBE_TIME_LIMIT = 10.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What one test shows of one model, in the model's numbers of obligations and probes.

    `met` are obligations. `answered` are probes that DuckDB could compute, `failed` those of
    which it could compute no form, `late` those for which there was no time.
    """

    model: str
    test: str
    met: tuple[int, ...] = ()
    answered: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()
    late: tuple[int, ...] = ()


class Probes:
    """The probes of a product's models, compiled once for each model.

    A probe is asked in the first of its forms that DuckDB could compute on some rows.
    """

    def __init__(
        self, product: Product, facts: ProductFacts, interfaces: Mapping[str, Interface]
    ) -> None:
        self._product = product
        self._facts = facts
        self._interfaces = interfaces
        self._instrumented: dict[str, Instrumented] = {}
        self._forms: dict[tuple[str, int], str] = {}

    def of(self, model: str) -> Instrumented:
        """The obligations and probes of a model; raises what parsing its SQL raises."""
        if model not in self._instrumented:
            found = self._product.models[model]
            self._instrumented[model] = instrument(
                found.sql,
                self._product.dialect,
                found.path,
                relation_of,
                self._classify,
                self._schema,
            )
        return self._instrumented[model]

    def ask(self, sandbox: Sandbox, model: str, test: str, probes: Iterable[int]) -> Shown:
        """What the stored rows of a test show by some of a model's probes."""
        waiting = list(probes)
        met: set[int] = set()
        answered: list[int] = []
        failed: list[int] = []
        try:
            with sandbox.limited(PROBE_TIME_LIMIT):
                while waiting:
                    answer = self.answer(sandbox, model, waiting[0])
                    (failed if answer is None else answered).append(waiting[0])
                    numbers = self.of(model).probes[waiting[0]].obligations
                    asked = zip(numbers, answer or (), strict=False)
                    met.update(number for number, yes in asked if yes)
                    del waiting[0]
        except HansaError:
            pass  # out of time: what was not asked is not known for this test
        return Shown(
            model, test, tuple(sorted(met)), tuple(answered), tuple(failed), tuple(waiting)
        )

    def answer(self, sandbox: Sandbox, model: str, probe: int) -> tuple[bool, ...] | None:
        """A boolean for each obligation of a probe; None where DuckDB cannot compute it.

        Raises TimeLimitReached.
        """
        known = self._forms.get((model, probe))
        for text in self.of(model).probes[probe].queries if known is None else (known,):
            try:
                rows = sandbox.query(text).rows
            except SandboxError:
                continue
            self._forms[model, probe] = text
            return rows[0]
        return None

    def _schema(self, read: Input) -> TableSchema | None:
        return schema_of_input(read, self._product, self._facts.models, self._interfaces)

    @cached_property
    def _classify(self) -> Callable[[str, str], Input]:
        return classify(self._product)
