"""Mutants of one model on unit tests, in one sandbox."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from hansa.core.facts import Input, InputKind
from hansa.core.product import Product, UnitTest
from hansa.engines.sandbox import DIALECT, Sandbox, SandboxError
from hansa.errors import HansaError
from hansa.sql.identifiers import quote_path
from hansa.sql.mutation import Mutant
from hansa.testing.compiled import CompiledModels, Relation
from hansa.testing.plan import TestPlan
from hansa.testing.runner import Bench, relation_of
from hansa.testing.verdict import judge

# One mutant on one test; fixtures are small, so more means a join that multiplies rows.
MUTANT_TIME_LIMIT = 10.0


class Notice(StrEnum):
    """How a test takes a mutant: it cannot tell, it fails, or nothing can be computed."""

    NOTHING = "nothing"
    DIFFERENCE = "difference"
    ERROR = "error"


class Trial:
    """Tries mutants of one model: the rows of a test are loaded once for all of them.

    `texts` are the mutants' SQL, and `unchanged` the model's own as mutants that are not exact
    write it, all in DuckDB's dialect.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        bench: Bench,
        product: Product,
        model: str,
        texts: Mapping[Mutant, str],
        unchanged: str,
    ) -> None:
        self._sandbox = sandbox
        self._bench = bench
        self._models = CompiledModels(product, relation_of)
        self._model = model
        self._texts = texts
        self._unchanged = unchanged
        self._relation = relation_of(Input(InputKind.MODEL, model))

    def refused(self, mutants: Iterable[Mutant]) -> list[Mutant]:
        """The mutants that DuckDB refuses on empty inputs; all, when it refuses the model."""
        tried = list(mutants)
        if not tried:
            return []
        try:
            self._load(self._bench.plan(UnitTest(self._model, self._model, (), ())))
        except HansaError:
            return []
        if self._is_refused(self._unchanged):
            return tried
        return [mutant for mutant in tried if self._is_refused(self._texts[mutant])]

    def _is_refused(self, text: str) -> bool:
        try:
            self._sandbox.query(f"SELECT * FROM (\n{text}\n) LIMIT 0")
        except HansaError:
            return True
        return False

    def noticed(self, plan: TestPlan, mutants: Iterable[Mutant]) -> dict[Mutant, Notice]:
        """How a test takes each of these mutants; an error may be that it takes too long.

        Mutants that are not exact are left out when the test fails on the written-out text
        without a mutant as well: then writing the query out changed it, and a failure would
        say nothing about a mutant.
        """
        try:
            self._load(plan)
        except HansaError:
            return {}
        tried = list(mutants)
        exact = [mutant for mutant in tried if mutant.exact]
        if len(exact) < len(tried) and self._try(plan, self._unchanged) is not Notice.NOTHING:
            tried = exact
        return {mutant: self._try(plan, self._texts[mutant]) for mutant in tried}

    def _load(self, plan: TestPlan) -> None:
        """The test's rows, and the models that are computed before the mutant."""
        with self._sandbox.limited(MUTANT_TIME_LIMIT):
            self._bench.prepare(self._sandbox, plan)
            for name in plan.models[: plan.models.index(self._model)]:
                self._models.store(self._sandbox, name)

    def _try(self, plan: TestPlan, text: str) -> Notice:
        above = plan.models[plan.models.index(self._model) + 1 :]
        stored: list[Relation] = []
        try:
            with self._sandbox.limited(MUTANT_TIME_LIMIT):
                failure = judge(self._sandbox, plan, lambda: self._compute(text, above, stored))
            return Notice.NOTHING if failure is None else Notice.DIFFERENCE
        except SandboxError as error:
            if error.fatal:
                # the database is gone, and every later failure would count as a kill
                raise
            return Notice.ERROR
        except HansaError:
            return Notice.ERROR
        finally:
            with contextlib.suppress(HansaError):
                for relation in stored:
                    self._sandbox.execute(f"DROP TABLE {quote_path(relation, DIALECT)}")

    def _compute(self, text: str, above: Sequence[str], stored: list[Relation]) -> Relation:
        """The mutant and the models that read it; what was stored is noted in any case."""
        self._sandbox.create_table(self._relation, text)
        stored.append(self._relation)
        for name in above:
            stored.append(self._models.store(self._sandbox, name))
        return stored[-1]
