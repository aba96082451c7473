"""Candidates for the rows of a test, and which outcomes they show."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hansa.core.contract import ContractColumn
from hansa.core.facts import Input, InputKind, ProductFacts
from hansa.core.product import Given, Product, UnitTest
from hansa.core.schema import Column, TableSchema
from hansa.engines.sandbox import DIALECT, Sandbox, text_of_column
from hansa.errors import HansaError
from hansa.sql.analysis import Interface, schema_of_input
from hansa.sql.coverage import Obligation
from hansa.sql.identifiers import quote_path
from hansa.testing.compiled import CompiledModels
from hansa.testing.contract_limits import admitted
from hansa.testing.fixtures import GivenRows, build_table, kind_of_type, store_table
from hansa.testing.plan import TestPlan
from hansa.testing.probing import Probes
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
        self._models = CompiledModels(product, relation_of)
        # what is in the sandbox now; None when that is not known
        self._stored: dict[Input, tuple[Row, ...]] | None = None
        self._product = product
        self._facts = facts
        self._interfaces = interfaces
        self._model = model
        self._probes = Probes(product, facts, interfaces)
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

    def shown(self, rows: Rows, goals: Collection[Goal]) -> frozenset[Goal] | None:
        """Which goals the rows show; None when they cannot be computed."""
        try:
            with self._sandbox.limited(_TIME_LIMIT):
                self._load(rows)
                return frozenset(self._ask(goals))
        except HansaError:
            return None

    def output(self, rows: Rows) -> Output | None:
        """What the model gives for the rows; None when it cannot be computed."""
        try:
            with self._sandbox.limited(_TIME_LIMIT):
                self._load(rows)
                return self._read(relation_of(Input(InputKind.MODEL, self._model)), self.plan)
        except HansaError:
            return None

    def tested(self, rows: Rows) -> Output | None:
        """What the model gives when a test loads the rows anew; None if they break a contract."""
        plan = self._bench.plan(self._test(rows))
        self._stored = None
        try:
            with self._sandbox.limited(_TIME_LIMIT):
                if self._bench.prepare(self._sandbox, plan):
                    return None
                return self._read(self._bench.compute(self._sandbox, plan), plan)
        except HansaError:
            return None

    def _load(self, rows: Rows) -> None:
        """Store the rows and compute the models, both only where they differ from before.

        Whether the rows keep to contracts is not asked here.
        """
        if self._stored is None:
            self._bench.prepare(self._sandbox, self.plan)
            self._stored = dict.fromkeys(self.plan.inputs, ())
        for read in self.plan.inputs:
            content = rows.get(read, ())
            if self._stored.get(read) != content:
                self._drop(read)
                self._store(read, content)
                self._stored[read] = content
        for name in self.plan.models:
            one = Input(InputKind.MODEL, name)
            if one not in self._stored:
                self._models.store(self._sandbox, name)
                self._stored[one] = ()

    def _store(self, read: Input, content: tuple[Row, ...]) -> None:
        given = GivenRows("candidate", str(read), content)
        table = build_table(given, self._bench.schema(self._sandbox, read))
        store_table(self._sandbox, relation_of(read), table, given)

    def _drop(self, read: Input) -> None:
        """Forget an input and all models that are computed from it."""
        assert self._stored is not None
        gone = {read}
        for name in self.plan.models:
            if gone & set(self._facts.models[name].inputs):
                gone.add(Input(InputKind.MODEL, name))
        for one in gone & set(self._stored):
            del self._stored[one]
            self._sandbox.execute(f"DROP TABLE {quote_path(relation_of(one), DIALECT)}")

    def _read(self, relation: tuple[str, ...], plan: TestPlan) -> Output:
        stored = self._sandbox.describe(relation)
        texts = ", ".join(text_of_column(name, kind) for name, kind in stored)
        order = "rowid" if plan.ordering is not None else "ALL"
        sql = f"SELECT {texts} FROM {quote_path(relation, DIALECT)} ORDER BY {order}"
        rows = tuple(self._sandbox.query(sql).rows)
        return Output(tuple(name for name, _ in stored), tuple(kind for _, kind in stored), rows)

    def _test(self, rows: Rows) -> UnitTest:
        given = tuple(Given(str(read), content) for read, content in rows.items())
        return UnitTest(f"of {self._model}", self._model, given, ())

    def _ask(self, goals: Collection[Goal]) -> set[Goal]:
        wanted = {(goal.model, goal.number): goal for goal in goals}
        found: set[Goal] = set()
        for model in {goal.model for goal in goals}:
            for at, probe in enumerate(self._probes.of(model).probes):
                asked = [(model, number) for number in probe.obligations]
                if any(one in wanted for one in asked):
                    answer = self._answer(model, at)
                    shown = zip(asked, answer, strict=False)
                    found |= {wanted[one] for one, met in shown if met and one in wanted}
        return found

    def _answer(self, model: str, probe: int) -> tuple[bool, ...]:
        try:
            return self._probes.answer(self._sandbox, model, probe) or ()
        except HansaError:
            return ()  # out of time: what was shown until then counts
