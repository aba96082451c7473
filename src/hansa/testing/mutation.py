"""Which small wrong changes of the models' SQL the unit tests notice."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from hansa.core.facts import Fingerprints, Input, ProductFacts
from hansa.core.product import Product, UnitTest
from hansa.core.schema import TableSchema
from hansa.engines.sandbox import DIALECT, open_sandbox
from hansa.errors import HansaError
from hansa.processes import cores
from hansa.sql.analysis import Interface, schema_of_input
from hansa.sql.canonical import Prover
from hansa.sql.compile import compile_model
from hansa.sql.mutation import Mutant, make_mutants, regenerated
from hansa.sql.references import classify
from hansa.testing.exercise import Exercise
from hansa.testing.plan import TestPlan
from hansa.testing.runner import Bench, Status, relation_of, run_tests
from hansa.testing.trial import Notice, Trial
from hansa.testing.workers import spread

_MUTANTS_PER_TASK = 24


class Fate(StrEnum):
    """What became of a mutant; only killed and survived ones count."""

    KILLED = "killed"
    SURVIVED = "survived"
    INVALID = "invalid"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True, slots=True)
class Judged:
    """One mutant, its fate, the test that killed it, and how many tests it was tried on."""

    mutant: Mutant
    fate: Fate
    test: str | None = None
    runs: int = 0


@dataclass(frozen=True, slots=True)
class ModelMutation:
    """The mutants of one model in the order of its text `sql`; `path` is the model's file."""

    model: str
    path: str
    sql: str
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
    def runs(self) -> int:
        """How many times a mutant was tried on a test."""
        return sum(one.runs for model in self.models for one in model.mutants)

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


def measure_mutation(
    product: Product,
    facts: ProductFacts,
    interfaces: Mapping[str, Interface],
    *,
    sample: Sample = Sample(),
    jobs: int = 0,
    report: Callable[[str], None] = lambda _: None,
) -> MutationReport:
    """Change the models' SQL in small ways, one at a time, and see which changes tests notice.

    Each mutant meets the tests that compute its model, until one of them fails: first those
    that show an outcome on its line, and never those that cannot tell it from the model, as
    their rows do not reach it. Mutants that are proven equal to the model, or that DuckDB
    refuses whatever the rows are, do not count. The same seed draws the same sample. Models
    whose SQL is wrong have no mutants.
    """
    made = _make_all(product, facts, interfaces, sample.models)
    drawn = _drawn(made, sample)
    mutation = _Mutation(product, facts, interfaces, {mutant.model for mutant in drawn}, jobs)
    tests, failing = mutation.usable_tests()
    tasks = list(_tasks(drawn, tests))
    judged: dict[Mutant, Judged] = {}

    with closing(spread(mutation.judge, tasks, jobs or cores())) as fates:
        for _, found in fates:
            judged |= {one.mutant: one for one in found}
            report(f"judged {len(judged)} of {len(drawn)} mutants of {product.name}")
    models = [
        ModelMutation(
            name,
            product.models[name].path,
            product.models[name].sql,
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
        models: set[str],
        jobs: int,
    ) -> None:
        self._jobs = jobs
        self._product = product
        self._facts = facts
        self._interfaces = interfaces
        self._exercise = Exercise(product, facts, interfaces, models)
        self._input_of = classify(product)
        self._lock = threading.Lock()

    def usable_tests(self) -> tuple[list[tuple[UnitTest, TestPlan]], tuple[str, ...]]:
        """The tests that pass without a mutant, with their plans, and the names of the others."""
        report = run_tests(
            self._product, self._facts, self._interfaces, jobs=self._jobs, observe=self._exercise
        )
        bench = Bench(self._product, self._facts, self._interfaces)
        passed = {one.name for one in report.results if one.status is Status.PASSED}
        tests = self._product.tests
        return (
            [(test, bench.plan(test)) for test in tests if test.name in passed],
            tuple(test.name for test in tests if test.name not in passed),
        )

    def judge(self, task: _Task) -> list[Judged]:
        """The fate of every mutant of a task, in their order.

        Whether a mutant is equal to the model, or refused, is only asked where it matters.
        """
        texts = {mutant: self._compile(mutant.sql, mutant.file) for mutant in task.mutants}
        runs = dict.fromkeys(task.mutants, 0)
        killers: dict[Mutant, str] = {}
        with open_sandbox() as sandbox:
            bench = Bench(self._product, self._facts, self._interfaces)
            unchanged = self._unchanged(task.model)
            trial = Trial(sandbox, bench, self._product, task.model, texts, unchanged)
            doubtful = set()
            for test, plan, met in self._rounds(task, killers):
                for mutant, notice in trial.noticed(plan, met).items():
                    runs[mutant] += 1
                    if notice is not Notice.NOTHING:
                        killers[mutant] = test.name
                    if notice is Notice.ERROR:
                        doubtful.add(mutant)
            doubtful |= {mutant for mutant in task.mutants if not runs[mutant]}
            refused = set(trial.refused(one for one in task.mutants if one in doubtful))
        return [
            Judged(mutant, Fate.INVALID, None, runs[mutant])
            if mutant in refused
            else self._judged(mutant, killers.get(mutant), runs[mutant])
            for mutant in task.mutants
        ]

    def _rounds(
        self, task: _Task, killed: Mapping[Mutant, str]
    ) -> Iterator[tuple[UnitTest, TestPlan, list[Mutant]]]:
        """Each test with the mutants to be tried on it; twice, the likely mutants first."""
        for likely in (True, False):
            for test, plan in task.tests:
                met = [
                    mutant
                    for mutant in task.mutants
                    if mutant not in killed
                    and self._exercise.reaches(test, mutant) is likely
                    and self._exercise.may_notice(test, mutant)
                ]
                if met:
                    yield test, plan, met

    def _judged(self, mutant: Mutant, killer: str | None, runs: int) -> Judged:
        if killer is not None:
            return Judged(mutant, Fate.KILLED, killer, runs)
        equal = self._is_equivalent(mutant)
        return Judged(mutant, Fate.EQUIVALENT if equal else Fate.SURVIVED, None, runs)

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
