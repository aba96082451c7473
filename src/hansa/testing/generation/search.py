"""Searches for small rows that show outcomes: at random, and near what showed some."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from hansa.core.facts import Input
from hansa.core.schema import TableSchema
from hansa.sql.compared import Compared
from hansa.testing.generation.domains import Domain
from hansa.testing.generation.trials import Goal, Row, Rows, Trials

# So many candidates in a row that show nothing new end the search.
_IN_VAIN = 400
_MOST_ROWS = 5


@dataclass(frozen=True, slots=True)
class Effort:
    """Where the search starts, and how many seconds it may take; what it has by then counts."""

    seed: int = 0
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Shape:
    """One input: its columns, and the values that are tried for them."""

    schema: TableSchema
    domains: Mapping[str, Domain]


@dataclass(frozen=True, slots=True)
class Found:
    """Rows that show goals, as few as they could be made."""

    rows: Rows
    goals: frozenset[Goal]


class Search:
    """Draws candidates by a seed, so that the same seed finds the same rows."""

    def __init__(
        self, trials: Trials, shapes: Mapping[Input, Shape], compared: Compared, effort: Effort
    ) -> None:
        self._trials = trials
        self._shapes = shapes
        self._compared = compared
        # Proposals are no secret, and the same seed has to give the same ones.
        self._random = random.Random(effort.seed)
        self._pool: list[Rows] = []
        self._deadline = time.monotonic() + effort.seconds
        self.out_of_time = False

    def run(self, goals: Collection[Goal]) -> Iterator[Found]:
        """What shows the goals, one construct at a time, until no candidate shows more."""
        left = set(goals)
        in_vain = 0
        while left and in_vain < _IN_VAIN and not self._is_late():
            in_vain += 1
            rows = self._candidate()
            shown = self._trials.shown(rows, left)
            if shown:
                self._pool.append(rows)
            while shown & left and not self._is_late():
                construct = self._construct(shown & left)
                small = self._shrunk(rows, construct)
                met = self._trials.shown(small, left)
                if not met:
                    break  # asked again it took too long, so it is no case to propose
                yield Found(small, met)
                left -= met
                in_vain = 0

    def _is_late(self) -> bool:
        self.out_of_time = self.out_of_time or time.monotonic() >= self._deadline
        return self.out_of_time

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

    def _candidate(self) -> Rows:
        if self._pool and self._random.random() < 0.6:
            return self._changed(self._random.choice(self._pool))
        drawn: dict[Input, tuple[Row, ...]] = {}
        for read in self._shapes:
            count = self._random.choice((0, 1, 1, 1, 2, 2, 2, 3, 4))
            rows: tuple[Row, ...] = ()
            for _ in range(count):
                rows = self._with(read, rows, self._row(read, drawn))
            drawn[read] = rows
        return drawn

    def _row(self, read: Input, others: Rows) -> Row:
        return {
            name: self._value(name, domain, others)
            for name, domain in self._shapes[read].domains.items()
        }

    def _value(self, name: str, domain: Domain, others: Rows) -> object:
        draw = self._random.random()
        if domain.nullable and draw < 0.12:
            return None
        if draw < 0.55:
            known = self._known(name, others)
            if known:
                return self._random.choice(known)
        if domain.told and self._random.random() < 0.6:
            return self._random.choice(domain.told)
        return self._random.choice(domain.values)

    def _known(self, name: str, others: Rows) -> list[object]:
        """Values that other inputs have in columns that this one may be joined with."""
        names = self._compared.equated.get(name.casefold(), frozenset({name.casefold()}))
        return [
            value
            for rows in others.values()
            for row in rows
            for column, value in row.items()
            if column.casefold() in names and value is not None
        ]

    def _with(self, read: Input, rows: tuple[Row, ...], row: Row) -> tuple[Row, ...]:
        """The rows and one more, unless it repeats a key or there are enough."""
        for key in self._shapes[read].schema.keys:
            if any(all(one[name] == row[name] for name in key) for one in rows):
                return rows
        return (*rows, row) if len(rows) < _MOST_ROWS else rows

    def _changed(self, rows: Rows) -> Rows:
        changed = dict(rows)
        for _ in range(self._random.choice((1, 1, 2, 3))):
            read = self._random.choice(list(self._shapes))
            present = changed[read]
            others = {one: content for one, content in changed.items() if one != read}
            step = self._random.random()
            if present and step < 0.5:
                at = self._random.randrange(len(present))
                name, domain = self._random.choice(list(self._shapes[read].domains.items()))
                row = {**present[at], name: self._value(name, domain, others)}
                changed[read] = self._with(read, (*present[:at], *present[at + 1 :]), row)
            elif present and step < 0.75:
                row = dict(self._random.choice(present))
                for name, domain in self._shapes[read].domains.items():
                    if self._random.random() < 0.25:
                        row[name] = self._value(name, domain, others)
                changed[read] = self._with(read, present, row)
            elif present and step < 0.85:
                at = self._random.randrange(len(present))
                changed[read] = (*present[:at], *present[at + 1 :])
            else:
                changed[read] = self._with(read, present, self._row(read, others))
        return changed

    def _shrunk(self, rows: Rows, goals: frozenset[Goal]) -> Rows:
        """As few rows, and of them as few columns, as still show the goals.

        A column goes where the model gives the same without it. Out of time, what is small by
        then is taken.
        """
        small = dict(rows)
        for read in small:
            for at in reversed(range(len(small[read]))):
                if self._is_late():
                    return small
                fewer = {**small, read: (*small[read][:at], *small[read][at + 1 :])}
                if self._trials.shown(fewer, goals) == goals:
                    small = fewer
        before = self._trials.output(small)
        for read, shape in self._shapes.items():
            keyed = {name for key in shape.schema.keys for name in key}
            for name in shape.domains:
                if name in keyed or not small[read]:
                    continue
                if self._is_late():
                    return small
                content = tuple(
                    {column: value for column, value in row.items() if column != name}
                    for row in small[read]
                )
                without = {**small, read: content}
                same = self._trials.output(without) == before
                if same and self._trials.shown(without, goals) == goals:
                    small = without
        return small
