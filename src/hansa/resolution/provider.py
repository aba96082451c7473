"""Coherence in resolvelib's terms: a release demands one major line of all that it brings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from resolvelib import AbstractProvider

from hansa.resolution.problem import Candidate, Choices, Problem
from hansa.resolution.reach import Line


@dataclass(frozen=True, slots=True, order=True)
class LineOf:
    """The identifier of a product's major line."""

    product: str


@dataclass(frozen=True, slots=True)
class OneLine:
    """A demand on a major line, and the line itself: only equal ones fit."""

    product: str
    line: Line


Identifier = str | LineOf
Demand = str | OneLine  # a str is the root's requirement of that product
Choice = Candidate | OneLine


class CoherenceProvider(AbstractProvider[Demand, Choice, Identifier]):
    """Lets resolvelib choose the root's releases and the lines that follow from them."""

    def __init__(self, problem: Problem) -> None:
        self._kept = problem.kept
        self._choices = {product: Choices(problem, product) for product in problem.requires}

    def identify(self, requirement_or_candidate: Demand | Choice) -> Identifier:
        if isinstance(requirement_or_candidate, OneLine):
            return LineOf(requirement_or_candidate.product)
        if isinstance(requirement_or_candidate, Candidate):
            return requirement_or_candidate.release.name.product
        return requirement_or_candidate

    def get_preference(
        self, identifier: Identifier, *_state: Any, **_more: Any
    ) -> tuple[bool, bool, str]:
        """What is locked is pinned first, so that it moves last; lines only follow."""
        if isinstance(identifier, LineOf):
            return (True, False, identifier.product)
        return (False, identifier not in self._kept, identifier)

    def find_matches(
        self,
        identifier: Identifier,
        requirements: Mapping[Identifier, Iterator[Demand]],
        incompatibilities: Mapping[Identifier, Iterator[Choice]],
    ) -> Iterable[Choice] | Callable[[], Iterable[Choice]]:
        refused = list(incompatibilities[identifier])
        if isinstance(identifier, LineOf):
            lines = {demand for demand in requirements[identifier] if isinstance(demand, OneLine)}
            return [line for line in lines if line not in refused] if len(lines) == 1 else []
        choices = self._choices[identifier]
        return lambda: (choice for choice in choices if choice not in refused)

    def is_satisfied_by(self, requirement: Demand, candidate: Choice) -> bool:
        if isinstance(requirement, OneLine):
            return requirement == candidate
        return self.identify(candidate) == requirement

    def get_dependencies(self, candidate: Choice) -> Iterable[Demand]:
        if isinstance(candidate, OneLine):
            return ()
        return [OneLine(product, line) for product, line in sorted(candidate.signature)]
