"""Searches for small rows that show outcomes: in many rows at once, and near what showed some."""

from __future__ import annotations

import time
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hansa.core.facts import Input
from hansa.testing.generation.drawing import Drawing
from hansa.testing.generation.shrinking import fewest
from hansa.testing.generation.trials import Goal, Row, Rows, Trials

# Rows for each input, from one candidate to the next. Computing many rows takes hardly longer
# than computing one, and they show more; few are tried first, as they are made smaller sooner.
_SIZES = (1, 2, 3, 5, 8, 12, 20, 40, 80, 3, 30, 120, 6, 60)
# So many candidates in a row that show nothing new end each half of the search.
_POPULATIONS_IN_VAIN = 2 * len(_SIZES)
_CHANGES_IN_VAIN = 80
_POOL = 40


@dataclass(frozen=True, slots=True)
class Effort:
    """Where the search starts, and how many seconds it may take; what it has by then counts."""

    seed: int = 0
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Keep:
    """Columns that stay in every row: those of keys, and where they are not NULL `shown` ones.

    A model shows the latter as they are, so it gives something else without them.
    """

    keyed: frozenset[tuple[Input, str]] = frozenset()
    shown: frozenset[tuple[Input, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """Rows that show goals, as few as they could be made."""

    rows: Rows
    goals: frozenset[Goal]


class Search:
    """Finds the same rows for the same seed, unless it runs out of time."""

    def __init__(self, trials: Trials, drawing: Drawing, keep: Keep, effort: Effort) -> None:
        self._trials = trials
        self._drawing = drawing
        self._keep = keep
        self._pool: list[Rows] = []
        self._deadline = time.monotonic() + effort.seconds
        self.out_of_time = False

    def run(self, goals: Collection[Goal]) -> Iterator[Found]:
        """What shows the goals, one construct at a time, until no candidate shows more."""
        left = set(goals)
        for candidates, most in (
            (self._populations(), _POPULATIONS_IN_VAIN),
            (self._neighbours(), _CHANGES_IN_VAIN),
        ):
            in_vain = 0
            for rows in candidates:
                if not left or in_vain >= most or self._is_late():
                    break
                in_vain += 1
                for found in self._tried(rows, left):
                    left -= found.goals
                    in_vain = 0
                    yield found

    def _is_late(self) -> bool:
        self.out_of_time = self.out_of_time or time.monotonic() >= self._deadline
        return self.out_of_time

    def _populations(self) -> Iterator[Rows]:
        yield self._drawing.empty()
        while True:
            for size in _SIZES:
                yield self._drawing.population(size)

    def _neighbours(self) -> Iterator[Rows]:
        while self._pool:
            yield self._drawing.changed(self._drawing.choice(self._pool))

    def _tried(self, rows: Rows, left: set[Goal]) -> Iterator[Found]:
        """The cases that a candidate is good for."""
        usable = self._computable(rows, left)
        if usable is None:
            return
        rows, shown = usable
        waiting = set(shown)
        while waiting and not self._is_late():
            small = self._shrunk(rows, self._construct(waiting))
            met = self._trials.shown(small, left) or frozenset()
            if not met or self._trials.tested(small) is None:
                return  # asked again it took too long, so it is no case to propose
            self._pool = [*self._pool[-_POOL:], small]
            yield Found(small, met)
            waiting -= met
            waiting &= left

    def _computable(
        self, rows: Rows, left: Collection[Goal]
    ) -> tuple[Rows, frozenset[Goal]] | None:
        """As many of the rows as can be computed together, and the goals that they show."""
        shown = self._trials.shown(rows, left)
        while shown is None and not self._is_late():
            most = max(len(content) for content in rows.values())
            if most < 2:
                return None
            halves = [_part(rows, 0), _part(rows, 1)]
            answers = [self._trials.shown(half, left) for half in halves]
            place = max(
                (0, 1), key=lambda at: -1 if answers[at] is None else len(answers[at] or ())
            )
            rows, shown = halves[place], answers[place]
        return None if shown is None else (rows, shown)

    def _construct(self, goals: Collection[Goal]) -> frozenset[Goal]:
        """The goals of one construct, the first in the text."""
        first = min(goals, key=lambda goal: (goal.model, goal.number))
        place = (first.obligation.line, first.obligation.column, first.obligation.kind)
        return frozenset(
            goal
            for goal in goals
            if goal.model == first.model
            and (goal.obligation.line, goal.obligation.column, goal.obligation.kind) == place
        )

    def _shrunk(self, rows: Rows, goals: frozenset[Goal]) -> Rows:
        """As few rows, and of them as few columns, as still show the goals.

        A column goes where the model gives the same without it. Out of time, what is small by
        then is taken.
        """

        def shows(places: Sequence[tuple[Input, int]]) -> bool:
            return not self._is_late() and self._trials.shown(_at(rows, places), goals) == goals

        places = [(read, at) for read, content in rows.items() for at in range(len(content))]
        small = _at(rows, fewest(places, shows))
        filled = dict.fromkeys(
            (read, name)
            for read, content in small.items()
            for row in content
            for name, value in row.items()
            if value is not None
        )
        kept = {
            (read, name)
            for read, name in filled
            if (read, name) in self._keep.keyed or (read, name.casefold()) in self._keep.shown
        }
        small = _with_columns(small, filled)
        before = self._trials.output(small)

        def same(others: Sequence[tuple[Input, str]]) -> bool:
            fewer = _with_columns(small, kept.union(others))
            return (
                not self._is_late()
                and self._trials.output(fewer) == before
                and self._trials.shown(fewer, goals) == goals
            )

        others = [column for column in filled if column not in kept]
        return _with_columns(small, kept.union(fewest(others, same)))


def _part(rows: Rows, which: int) -> Rows:
    """Every second row of each input."""
    return {read: content[which::2] or content[:1] for read, content in rows.items()}


def _at(rows: Rows, places: Iterable[tuple[Input, int]]) -> Rows:
    kept: dict[Input, list[Row]] = {read: [] for read in rows}
    for read, at in places:
        kept[read].append(rows[read][at])
    return {read: tuple(content) for read, content in kept.items()}


def _with_columns(rows: Rows, columns: Container[tuple[Input, str]]) -> Rows:
    return {
        read: tuple(
            {name: value for name, value in row.items() if (read, name) in columns}
            for row in content
        )
        for read, content in rows.items()
    }
