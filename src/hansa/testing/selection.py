"""Which tests run, and how far a run goes."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from hansa.core.product import UnitTest
from hansa.testing.name_expression import NameExpression


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tests run: those that match one of `names` and are of one of `models`.

    A name matches as a part, or as a whole when it is a glob (`*late*`). Empty means all.
    `expression` is over the names of the test and of its model; `among` holds whole names,
    None for all.
    """

    names: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    expression: NameExpression | None = None
    among: frozenset[str] | None = None

    def matches(self, test: UnitTest) -> bool:
        if self.models and test.model not in self.models:
            return False
        if self.among is not None and test.name not in self.among:
            return False
        if self.expression is not None and not self.expression.matches((test.name, test.model)):
            return False
        return not self.names or any(_matches(name, test.name) for name in self.names)


def _matches(pattern: str, name: str) -> bool:
    if any(mark in pattern for mark in "*?["):
        return fnmatchcase(name, pattern)
    return pattern in name


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a run goes: it ends after so many tests that did not pass (0: never).

    `seconds` is what a test may take that sets no limit itself; None for the product's word.
    """

    failures: int = 0
    seconds: float | None = None


NO_LIMITS = Limits()
