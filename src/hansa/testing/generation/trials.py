"""Candidates for the rows of a test, and which outcomes they show."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hansa.core.contract import ContractColumn
from hansa.core.facts import Input, ProductFacts
from hansa.core.product import Given, Product, UnitTest
from hansa.core.schema import Column, TableSchema
from hansa.engines.sandbox import Sandbox, text_of_column
from hansa.errors import HansaError
from hansa.sql.analysis import Interface, schema_of_input
from hansa.sql.coverage import Instrumented, Obligation, Probe, instrument
from hansa.sql.identifiers import quote_path
from hansa.sql.references import classify
from hansa.testing.contract_limits import admitted
from hansa.testing.fixtures import kind_of_type
from hansa.testing.plan import TestPlan
from hansa.testing.runner import Bench, relation_of

# A candidate has a handful of rows; what takes longer is no test that anybody wants.
_TIME_LIMIT = 5.0

Row = Mapping[str, Any]
Rows = Mapping[Input, tuple[Row, ...]]


@dataclass(frozen=True, slots=True)
class Goal:
    """One outcome of a model that should be shown, by its place among the model's obligations."""

    model: str
    number: int
    obligation: Obligation


@dataclass(frozen=True, slots=True)
class Output:
    """What the model gives for some rows, every cell as DuckDB's text."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


class Trials:
    """Computes one model on candidates, in one sandbox."""

    def __init__(
        self,
        sandbox: Sandbox,
        product: Product,
        facts: ProductFacts,
        interfaces: Mapping[str, Interface],
        model: str,
    ) -> None:
        self._sandbox = sandbox
        self._bench = Bench(product, facts, interfaces)
        self._product = product
        self._facts = facts
        self._interfaces = interfaces
        self._model = model
        self._forms: dict[tuple[str, Probe], str | None] = {}
        self._instrumented: dict[str, Instrumented] = {}
        self.plan = self._bench.plan(self._test({}))

    def schema(self, read: Input) -> TableSchema | None:
        """The columns of an input, None where nothing tells them."""
        return schema_of_input(read, self._product, self._facts.models, self._interfaces)

    def admitted(
        self, column: Column, limit: ContractColumn, values: Sequence[Any]
    ) -> tuple[bool, ...]:
        """Which values the contract of an input allows in a column."""
        if not column.type.is_known:
            return (True,) * len(values)
        return admitted(self._sandbox, limit, kind_of_type(column.type), values)

    def shown(self, rows: Rows, goals: Collection[Goal]) -> frozenset[Goal]:
        """Which goals the rows show; none when they break a contract or cannot be computed."""
        plan = self._bench.plan(self._test(rows))
        try:
            with self._sandbox.limited(_TIME_LIMIT):
                if self._bench.prepare(self._sandbox, plan):
                    return frozenset()
                self._bench.compute(self._sandbox, plan)
                return frozenset(self._ask(goals))
        except HansaError:
            return frozenset()

    def output(self, rows: Rows) -> Output | None:
        """What the model gives for the rows; None when it cannot be computed."""
        plan = self._bench.plan(self._test(rows))
        try:
            with self._sandbox.limited(_TIME_LIMIT):
                self._bench.prepare(self._sandbox, plan)
                relation = self._bench.compute(self._sandbox, plan)
                return self._read(relation, plan)
        except HansaError:
            return None

    def _read(self, relation: tuple[str, ...], plan: TestPlan) -> Output:
        stored = self._sandbox.describe(relation)
        texts = ", ".join(text_of_column(name, kind) for name, kind in stored)
        order = "rowid" if plan.ordering is not None else "ALL"
        sql = f"SELECT {texts} FROM {quote_path(relation, 'duckdb')} ORDER BY {order}"
        rows = tuple(self._sandbox.query(sql).rows)
        return Output(tuple(name for name, _ in stored), tuple(kind for _, kind in stored), rows)

    def _test(self, rows: Rows) -> UnitTest:
        given = tuple(Given(str(read), content) for read, content in rows.items())
        return UnitTest(f"of {self._model}", self._model, given, ())

    def _ask(self, goals: Collection[Goal]) -> set[Goal]:
        wanted = {(goal.model, goal.number): goal for goal in goals}
        found: set[Goal] = set()
        for model in {goal.model for goal in goals}:
            for probe in self._instrument(model).probes:
                asked = [(model, number) for number in probe.obligations]
                if any(one in wanted for one in asked):
                    answer = self._answer(model, probe) or ()
                    shown = zip(asked, answer, strict=False)
                    found |= {wanted[one] for one, met in shown if met and one in wanted}
        return found

    def _answer(self, model: str, probe: Probe) -> tuple[bool, ...] | None:
        known = self._forms.get((model, probe))
        for query in [known] if known else probe.queries:
            try:
                answer = self._sandbox.query(query).rows[0]
            except HansaError:
                continue
            self._forms[model, probe] = query
            return answer
        return None

    def _instrument(self, model: str) -> Instrumented:
        if model not in self._instrumented:
            one = self._product.models[model]
            self._instrumented[model] = instrument(
                one.sql,
                self._product.dialect,
                one.path,
                relation_of,
                classify(self._product),
                self.schema,
            )
        return self._instrumented[model]
