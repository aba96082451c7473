"""Which small wrong changes of the models' SQL the unit tests notice."""

from __future__ import annotations

import contextlib
import os
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from hansa.core.facts import Fingerprints, Input, InputKind, ProductFacts
from hansa.core.product import Product, UnitTest
from hansa.core.schema import TableSchema
from hansa.engines.sandbox import DIALECT, Sandbox, SandboxError, open_sandbox
from hansa.errors import HansaError
from hansa.sql.analysis import Interface, schema_of_input
from hansa.sql.canonical import Prover
from hansa.sql.compile import compile_model
from hansa.sql.identifiers import quote_path
from hansa.sql.mutation import Mutant, make_mutants, regenerated
from hansa.sql.references import classify
from hansa.testing.compiled import CompiledModels, Relation
from hansa.testing.plan import TestPlan
from hansa.testing.runner import Bench, relation_of
from hansa.testing.verdict import judge

# One mutant on one test; fixtures are small, so more means a join that multiplies rows.
MUTANT_TIME_LIMIT = 10.0

_MUTANTS_PER_TASK = 24

# Whether a test exercises a line of a model; a test that does not is not run.
Exercises = Callable[[UnitTest, str, int], bool]


class Fate(StrEnum):
    """What became of a mutant; only killed and survived ones count."""

    KILLED = "killed"
    SURVIVED = "survived"
    INVALID = "invalid"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True, slots=True)
class Judged:
    """One mutant, its fate, and the test that killed it."""

    mutant: Mutant
    fate: Fate
    test: str | None = None


@dataclass(frozen=True, slots=True)
class ModelMutation:
    """The mutants of one model in the order of its text; `path` is the model's file."""

    model: str
    path: str
    mutants: tuple[Judged, ...]

    def count(self, fate: Fate) -> int:
        """How many mutants met this fate."""
        return sum(one.fate is fate for one in self.mutants)


@dataclass(frozen=True, slots=True)
class MutationReport:
    """The mutants of a product's models; `made` counts those before a sample was drawn.

    `failing` names the tests that fail without any mutant: they were not used.
    """

    models: tuple[ModelMutation, ...] = ()
    made: int = 0
    failing: tuple[str, ...] = ()

    def count(self, fate: Fate) -> int:
        """How many mutants of all models met this fate."""
        return sum(model.count(fate) for model in self.models)

    @property
    def percent(self) -> float:
        """The share of mutants that tests noticed, in percent; 100 where none counts."""
        return score(self.count(Fate.KILLED), self.count(Fate.SURVIVED))


def score(killed: int, survived: int) -> float:
    """Killed mutants in percent of those that count; 100 where none counts."""
    return 100.0 * killed / (killed + survived) if killed + survived else 100.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Which mutants are tried: of `models` (empty: all), at most `size`, drawn by `seed`."""

    models: tuple[str, ...] = ()
    size: int | None = None
    seed: int = 0


def measure_mutation(  # noqa: PLR0913
    product: Product,
    facts: ProductFacts,
    interfaces: Mapping[str, Interface],
    *,
    sample: Sample = Sample(),
    jobs: int = 0,
    exercises: Exercises | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> MutationReport:
    """Change the models' SQL in small ways, one at a time, and see which changes tests notice.

    Each mutant meets the tests that compute its model, until one of them fails. Mutants that
    are proven equal to the model, or that DuckDB refuses whatever the rows are, do not count.
    The same seed draws the same sample. Models whose SQL is wrong have no mutants.
    """
    made = _make_all(product, facts, interfaces, sample.models)
    drawn = _drawn(made, sample)
    mutation = _Mutation(product, facts, interfaces, exercises)
    tests, failing = mutation.usable_tests()
    tasks = list(_tasks(drawn, tests))
    judged: dict[Mutant, Judged] = {}

    def work(task: _Task) -> None:
        for one in mutation.judge(task):
            judged[one.mutant] = one
        report(f"judged {len(judged)} of {len(drawn)} mutants of {product.name}")

    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        for future in [pool.submit(work, task) for task in tasks]:
            future.result()
    models = [
        ModelMutation(
            name,
            product.models[name].path,
            tuple(judged[mutant] for mutant in drawn if mutant.model == name),
        )
        for name in sorted({mutant.model for mutant in drawn})
    ]
    return MutationReport(tuple(models), len(made), failing)


@dataclass(frozen=True, slots=True)
class _Task:
    """Some mutants of one model, and the tests that compute it."""

    model: str
    mutants: tuple[Mutant, ...]
    tests: tuple[tuple[UnitTest, TestPlan], ...]


def _make_all(
    product: Product,
    facts: ProductFacts,
    interfaces: Mapping[str, Interface],
    models: Sequence[str],
) -> list[Mutant]:
    input_of = classify(product)

    def schema_of(group: str, name: str) -> TableSchema | None:
        return schema_of_input(input_of(group, name), product, facts.models, interfaces)

    made: list[Mutant] = []
    for name in sorted(models or product.models):
        model = product.models[name]
        try:
            made += make_mutants(name, model.sql, product.dialect, model.path, schema_of)
        except HansaError:
            continue  # what is wrong with the SQL is a finding of `hansa check`
    return made


def _drawn(made: list[Mutant], sample: Sample) -> list[Mutant]:
    if sample.size is None or sample.size >= len(made):
        return made
    # A sample of mutants is no secret, and the same seed must give the same one.
    numbers = random.Random(sample.seed).sample(range(len(made)), sample.size)
    return [made[number] for number in sorted(numbers)]


def _tasks(
    mutants: Iterable[Mutant], tests: Sequence[tuple[UnitTest, TestPlan]]
) -> Iterator[_Task]:
    by_model: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        by_model.setdefault(mutant.model, []).append(mutant)
    for model, found in by_model.items():
        computing = tuple(one for one in tests if model in one[1].models)
        for start in range(0, len(found), _MUTANTS_PER_TASK):
            yield _Task(model, tuple(found[start : start + _MUTANTS_PER_TASK]), computing)


class _Mutation:
    """What all mutants of a product share: compiled models, schemas, fingerprints."""

    def __init__(
        self,
        product: Product,
        facts: ProductFacts,
        interfaces: Mapping[str, Interface],
        exercises: Exercises | None,
    ) -> None:
        self._product = product
        self._facts = facts
        self._interfaces = interfaces
        self._exercises = exercises
        self._input_of = classify(product)
        self._lock = threading.Lock()

    def usable_tests(self) -> tuple[list[tuple[UnitTest, TestPlan]], tuple[str, ...]]:
        """The tests that pass without a mutant, with their plans, and the names of the others."""
        bench = Bench(self._product, self._facts, self._interfaces)
        usable, failing = [], []
        with open_sandbox() as sandbox:
            for test in self._product.tests:
                if bench.run(sandbox, test).result.status == "passed":
                    usable.append((test, bench.plan(test)))
                else:
                    failing.append(test.name)
        return usable, tuple(failing)

    def judge(self, task: _Task) -> list[Judged]:
        """The fate of every mutant of a task, in their order."""
        fates: dict[Mutant, Judged] = {}
        alive: dict[Mutant, str] = {}
        for mutant in task.mutants:
            if self._is_equivalent(mutant):
                fates[mutant] = Judged(mutant, Fate.EQUIVALENT)
            else:
                alive[mutant] = self._compiled(mutant)
        with open_sandbox() as sandbox:
            trial = _Trial(sandbox, Bench(self._product, self._facts, self._interfaces), task.model)
            trial.models = CompiledModels(self._product, relation_of)
            unchanged = self._unchanged(task.model)
            for mutant in trial.refused(alive, unchanged):
                del alive[mutant]
                fates[mutant] = Judged(mutant, Fate.INVALID)
            for test, plan in task.tests:
                met = {
                    mutant: text
                    for mutant, text in alive.items()
                    if self._exercises is None or self._exercises(test, mutant.model, mutant.line)
                }
                for mutant in trial.killed(plan, met, unchanged) if met else ():
                    del alive[mutant]
                    fates[mutant] = Judged(mutant, Fate.KILLED, test.name)
        fates |= {mutant: Judged(mutant, Fate.SURVIVED) for mutant in alive}
        return [fates[mutant] for mutant in task.mutants]

    def _compiled(self, mutant: Mutant) -> str:
        return self._compile(mutant.sql, mutant.file)

    def _unchanged(self, model: str) -> str:
        found = self._product.models[model]
        text = regenerated(found.sql, self._product.dialect, found.path)
        return self._compile(text, found.path)

    def _compile(self, sql: str, file: str) -> str:
        dialect = self._product.dialect
        return compile_model(sql, dialect, file, relation_of, self._input_of, DIALECT)

    def _is_equivalent(self, mutant: Mutant) -> bool:
        with self._lock:  # the originals' prover is shared by all workers
            original = self._originals.fingerprints(mutant.model)
        if original.opaque is not None:
            return False
        model = replace(self._product.models[mutant.model], sql=mutant.sql)
        models = {**self._product.models, mutant.model: model}
        return _content(self._prover(models).fingerprints(mutant.model)) == _content(original)

    @cached_property
    def _originals(self) -> Prover:
        return self._prover(self._product.models)

    def _prover(self, models: Mapping[str, object]) -> Prover:
        lines = {name: found.line for name, found in self._interfaces.items()}
        return Prover(models, self._schemas, self._product.dialect, lines)  # type: ignore[arg-type]

    @cached_property
    def _schemas(self) -> dict[Input, TableSchema]:
        found = {}
        for model in self._facts.models.values():
            for read in model.inputs:
                schema = schema_of_input(read, self._product, self._facts.models, self._interfaces)
                if schema is not None:
                    found[read] = schema
        return found


def _content(found: Fingerprints) -> tuple[object, ...]:
    return (found.opaque, found.rows, tuple(found.columns.items()))


class _Trial:
    """Mutants of one model in one sandbox: the rows of a test are loaded once for all of them."""

    models: CompiledModels

    def __init__(self, sandbox: Sandbox, bench: Bench, model: str) -> None:
        self._sandbox = sandbox
        self._bench = bench
        self._model = model
        self._relation = relation_of(Input(InputKind.MODEL, model))

    def refused(self, mutants: Mapping[Mutant, str], unchanged: str) -> list[Mutant]:
        """The mutants that DuckDB refuses on empty inputs; all, when it refuses the model."""
        nothing = UnitTest(self._model, self._model, (), ())
        try:
            self._load(self._bench.plan(nothing))
        except HansaError:
            return []
        if self._is_refused(unchanged):
            return list(mutants)
        return [mutant for mutant, text in mutants.items() if self._is_refused(text)]

    def _is_refused(self, text: str) -> bool:
        try:
            self._sandbox.query(f"SELECT * FROM (\n{text}\n) LIMIT 0")
        except HansaError:
            return True
        return False

    def killed(self, plan: TestPlan, mutants: Mapping[Mutant, str], unchanged: str) -> list[Mutant]:
        """The mutants on which the test fails, or cannot be computed in time.

        None when the test fails on the written-out text without a mutant as well: then writing
        the query out changed it, and a failure would say nothing about a mutant.
        """
        try:
            self._load(plan)
        except HansaError:
            return []
        if self._fails(plan, unchanged):
            return []
        return [mutant for mutant, text in mutants.items() if self._fails(plan, text)]

    def _load(self, plan: TestPlan) -> None:
        """The test's rows, and the models that are computed before the mutant."""
        with self._sandbox.limited(MUTANT_TIME_LIMIT):
            self._bench.prepare(self._sandbox, plan)
            for name in plan.models[: plan.models.index(self._model)]:
                self.models.store(self._sandbox, name)

    def _compute(self, text: str, above: Sequence[str], stored: list[Relation]) -> Relation:
        """The mutant and the models that read it; what was stored is noted in any case."""
        self._sandbox.create_table(self._relation, text)
        stored.append(self._relation)
        for name in above:
            stored.append(self.models.store(self._sandbox, name))
        return stored[-1]

    def _fails(self, plan: TestPlan, text: str) -> bool:
        above = plan.models[plan.models.index(self._model) + 1 :]
        stored: list[Relation] = []
        try:
            with self._sandbox.limited(MUTANT_TIME_LIMIT):
                failure = judge(self._sandbox, plan, lambda: self._compute(text, above, stored))
            return failure is not None
        except SandboxError as error:
            if error.fatal:
                # the database is gone, and every later failure would count as a kill
                raise
            return True
        except HansaError:
            return True
        finally:
            with contextlib.suppress(HansaError):
                for relation in stored:
                    self._sandbox.execute(f"DROP TABLE {quote_path(relation, DIALECT)}")
