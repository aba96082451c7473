"""What coverage of a query counts, and how each count is measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Obligation:
    """One outcome that a construct can have, at the 1-based place where the construct starts."""

    line: int
    column: int
    kind: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Probe:
    """Queries that show outcomes, in DuckDB's dialect.

    A query gives one row with one boolean for each of `obligations`, in their order. `queries`
    are forms of the same question, to be tried in turn until one can be computed; a form is
    written when it is asked for, as most probes need only the first.
    """

    obligations: tuple[int, ...]
    queries: Iterable[str] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Instrumented:
    """A model's obligations in the order of the text, and the probes that measure them.

    An obligation that no probe names cannot be measured. `excluded` counts those that
    `-- hansa: no cover` left out.
    """

    obligations: tuple[Obligation, ...] = ()
    probes: tuple[Probe, ...] = ()
    excluded: int = 0
