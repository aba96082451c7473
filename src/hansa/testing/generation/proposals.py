"""Proposed test cases for the outcomes of a model that no test shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hansa.core.facts import ProductFacts
from hansa.core.product import Product
from hansa.engines.sandbox import open_sandbox
from hansa.sql.analysis import Interface
from hansa.sql.compared import compared_values
from hansa.testing.coverage import Coverage, CoverageReport
from hansa.testing.generation.drawing import Drawing
from hansa.testing.generation.search import Effort, Found, Keep, Search
from hansa.testing.generation.shapes import passed_through, shapes_of
from hansa.testing.generation.trials import Goal, Output, Rows, Trials


@dataclass(frozen=True, slots=True)
class Proposal:
    """One test case: the rows to give, what the model makes of them now, and what it shows."""

    name: str
    model: str
    rows: Rows
    output: Output
    goals: tuple[Goal, ...]


@dataclass(frozen=True, slots=True)
class Proposals:
    """The cases, and the outcomes that no rows were found for.

    `out_of_time` says that the search was ended by its limit, so that more might be found.
    """

    model: str
    cases: tuple[Proposal, ...]
    missed: tuple[Goal, ...]
    out_of_time: bool = False


def propose_tests(
    product: Product,
    facts: ProductFacts,
    interfaces: Mapping[str, Interface],
    covered: CoverageReport,
    model: str,
    effort: Effort = Effort(),  # noqa: B008 -- frozen
) -> Proposals:
    """Cases for what `covered` lacks of a model, and of the private models that it reads.

    A case is proposed only if the probes of coverage show that its rows meet an outcome that
    was unmet. It keeps to what the contracts of its inputs promise. Raises TestedModelUnknown,
    FixtureColumnsUnknown for an input whose columns nothing tells, and what is wrong with SQL.
    """
    with open_sandbox() as sandbox:
        trials = Trials(sandbox, product, facts, interfaces, model)
        goals = _goals(covered, trials.plan.models)
        models = [product.models[name] for name in trials.plan.models]
        compared = compared_values((one.sql, product.dialect, one.path) for one in models)
        shapes = shapes_of(trials, compared, interfaces, model)
        keyed = {
            (read, name)
            for read, shape in shapes.items()
            for key in shape.schema.keys
            for name in key
        }
        keep = Keep(frozenset(keyed), passed_through(facts, model))
        search = Search(trials, Drawing(shapes, compared, effort.seed), keep, effort)
        cases = tuple(_cases(product, trials, search, goals, model))
    met = {goal for case in cases for goal in case.goals}
    missed = tuple(goal for goal in goals if goal not in met)
    return Proposals(model, cases, missed, search.out_of_time)


def _goals(covered: CoverageReport, models: tuple[str, ...]) -> list[Goal]:
    return [
        Goal(model.model, number, one.obligation)
        for model in covered.models
        if model.model in models
        for number, one in enumerate(model.obligations)
        if one.status is Coverage.UNMET
    ]


def _cases(
    product: Product, trials: Trials, search: Search, goals: list[Goal], model: str
) -> Iterator[Proposal]:
    taken = {test.name for test in product.tests}
    for found in search.run(goals):
        output = trials.tested(found.rows)
        # what differs from one time to the next is no expectation
        if output is None or trials.tested(found.rows) != output:
            continue
        name = _name(found, taken)
        taken.add(name)
        ordered = tuple(sorted(found.goals, key=lambda goal: (goal.model, goal.number)))
        yield Proposal(name, model, found.rows, output, ordered)


def _name(found: Found, taken: set[str]) -> str:
    first = min(found.goals, key=lambda goal: (goal.model, goal.number))
    one = first.obligation
    text = f"{first.model}_line_{one.line}_{one.kind}_{one.outcome}"
    name = re.sub(r"\W+", "_", text)
    number = 2
    chosen = name
    while chosen in taken:
        chosen, number = f"{name}_{number}", number + 1
    return chosen
