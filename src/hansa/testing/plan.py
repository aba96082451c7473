"""What has to be loaded and computed for one unit test, and in which order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hansa.core.facts import Input, InputKind, ModelFacts
from hansa.core.product import Given, Product, UnitTest
from hansa.sql.ordering import Ordering, ordering_of
from hansa.testing.errors import (
    InputGivenTwice,
    ModelReadsItself,
    TestedModelUnknown,
    UnusedInput,
)

_ORDER = re.compile(r"\border\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TestPlan:
    """One test: `inputs` to load (None: no rows are given), then `models` to compute in order.

    `ordering` is that of the tested model's own SQL: its rows have to come in that order.
    """

    __test__ = False

    test: UnitTest
    inputs: Mapping[Input, Given | None]
    models: tuple[str, ...]
    ordering: Ordering | None = None


def plan_test(
    test: UnitTest, product: Product, facts: Mapping[str, ModelFacts], *, lenient: bool = False
) -> TestPlan:
    """The least that has to be computed: given models stand for themselves.

    Raises TestedModelUnknown, InputGivenTwice, UnusedInput or ModelReadsItself; `lenient`
    passes over given inputs that the model does not read.
    """
    if test.model not in product.models:
        raise TestedModelUnknown(test.name, test.model, product.models, test.place)
    given: dict[str, Given] = {}
    for one in test.given:
        if one.input in given:
            raise InputGivenTwice(test.name, one.input, one.place or test.place)
        given[one.input] = one
    walk = _Walk(given, facts, test)
    walk.visit(test.model)
    names = {str(one) for one in walk.inputs}
    for name, one in given.items():
        if name not in names and not lenient:
            reads = names | {model for model in walk.models if model != test.model}
            raise UnusedInput(test.name, test.model, name, reads, one.place or test.place)
    # most models have no such words anywhere, and parsing takes longer than looking
    sql = product.models[test.model].sql
    ordering = ordering_of(sql, product.dialect) if _ORDER.search(sql) else None
    return TestPlan(test, walk.inputs, tuple(walk.models), ordering)


class _Walk:
    """Goes down from the tested model, stopping at given inputs."""

    def __init__(
        self, given: Mapping[str, Given], facts: Mapping[str, ModelFacts], test: UnitTest
    ) -> None:
        self._given = given
        self._facts = facts
        self._test = test
        self._path: list[str] = []
        self.inputs: dict[Input, Given | None] = {}
        self.models: dict[str, None] = {}

    def visit(self, model: str) -> None:
        if model in self.models:
            return
        if model in self._path:
            circle = (*self._path[self._path.index(model) :], model)
            raise ModelReadsItself(circle, self._test.place)
        self._path.append(model)
        facts = self._facts.get(model)
        for read in facts.inputs if facts else ():
            given = self._given.get(str(read))
            if given is None and read.kind is InputKind.MODEL:
                self.visit(read.name)
            else:
                self.inputs[read] = given
        self._path.pop()
        self.models[model] = None
