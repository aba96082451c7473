"""Candidate rows, drawn at random from what the columns of a model's inputs may hold."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hansa.core.facts import Input
from hansa.core.schema import TableSchema
from hansa.sql.compared import Compared
from hansa.testing.generation.domains import Domain
from hansa.testing.generation.trials import Row, Rows

# A row whose key is taken is drawn anew so many times.
_ANEW = 3
# More rows than this are not changed one by one.
_MOST_ROWS = 24


@dataclass(frozen=True, slots=True)
class Shape:
    """One input: its columns, and the values that are tried for them."""

    schema: TableSchema
    domains: Mapping[str, Domain]


@dataclass(frozen=True, slots=True)
class _Menu:
    """What one column draws from in one candidate, so that candidates differ in kind.

    `nulls` and `joined` are shares: of NULLs, and of values that other inputs have.
    """

    values: tuple[object, ...]
    nulls: float
    joined: float


class Drawing:
    """Draws rows by a seed, so that the same seed gives the same ones."""

    def __init__(self, shapes: Mapping[Input, Shape], compared: Compared, seed: int) -> None:
        self._shapes = shapes
        self._compared = compared
        # Proposals are no secret, and the same seed has to give the same ones.
        self._random = random.Random(seed)

    def empty(self) -> Rows:
        """No rows at all."""
        return dict.fromkeys(self._shapes, ())

    def choice(self, candidates: Iterable[Rows]) -> Rows:
        return self._random.choice(list(candidates))

    def population(self, size: int) -> Rows:
        """Up to `size` rows for each input, of values that the columns share or do not share."""
        drawn: dict[Input, tuple[Row, ...]] = {}
        for read in self._random.sample(list(self._shapes), len(self._shapes)):
            empty = self._random.random() < 0.08
            count = 0 if empty else self._random.randint((size + 1) // 2, size)
            drawn[read] = self._rows(read, count, drawn)
        return {read: drawn[read] for read in self._shapes}

    def _rows(self, read: Input, count: int, others: Rows) -> tuple[Row, ...]:
        domains = self._shapes[read].domains
        menus = {name: self._menu(domain) for name, domain in domains.items()}
        known = {name: self._known(name, domain, others) for name, domain in domains.items()}
        rows: tuple[Row, ...] = ()
        taken = self._taken(read, rows)
        for _ in range(count):
            for _ in range(_ANEW):
                row = {name: self._value(menu, known[name]) for name, menu in menus.items()}
                keys = self._keys(read, row)
                if not taken & keys:
                    taken |= keys
                    rows = (*rows, row)
                    break
        return rows

    def _menu(self, domain: Domain) -> _Menu:
        draw = self._random
        some = domain.told if domain.told and draw.random() < 0.6 else domain.values
        size = draw.choice((1, 2, 3, len(some), len(domain.values)))
        values = draw.sample(some, size) if size < len(some) else domain.values
        nulls = draw.choice((0.0, 0.0, 0.1, 0.3, 1.0)) if domain.nullable else 0.0
        return _Menu(tuple(values), nulls, draw.choice((0.0, 0.5, 0.8, 0.95)))

    def _value(self, menu: _Menu, known: tuple[object, ...]) -> object:
        if self._random.random() < menu.nulls:
            return None
        if known and self._random.random() < menu.joined:
            return self._random.choice(known)
        return self._random.choice(menu.values)

    def _known(self, name: str, domain: Domain, others: Rows) -> tuple[object, ...]:
        """Values of other inputs' columns that this one may be joined with, where it takes them."""
        names = self._compared.equals_of(name)
        allowed = set(domain.values)
        found = {
            value: None
            for rows in others.values()
            for row in rows
            for column, value in row.items()
            if column.casefold() in names and value is not None and value in allowed
        }
        return tuple(found)

    def _taken(self, read: Input, rows: Iterable[Row]) -> set[tuple[object, ...]]:
        return {key for row in rows for key in self._keys(read, row)}

    def _keys(self, read: Input, row: Row) -> set[tuple[object, ...]]:
        return {
            (names, *(row[name] for name in sorted(names)))
            for names in self._shapes[read].schema.keys
        }

    def changed(self, rows: Rows) -> Rows:
        """The rows with a few changes: of values, or rows more or fewer."""
        changed = dict(rows)
        for _ in range(self._random.choice((1, 1, 2, 3))):
            read = self._random.choice(list(self._shapes))
            changed[read] = self._other(read, changed)
        return changed

    def _other(self, read: Input, rows: Rows) -> tuple[Row, ...]:
        present = rows[read]
        others = {one: content for one, content in rows.items() if one != read}
        step = self._random.random()
        if not present or step < 0.15:
            return self._joined(read, present, self._rows(read, 1, others))
        at = self._random.randrange(len(present))
        if step < 0.3:
            return (*present[:at], *present[at + 1 :])
        if step < 0.6:
            rest = (*present[:at], *present[at + 1 :])
            return self._joined(read, rest, [self._altered(read, present[at], others, 1)])
        if step < 0.8:
            return self._joined(read, present, [self._altered(read, present[at], others, 3)])
        return self._joined(read, present, self._doubled(read, present, others))

    def _doubled(self, read: Input, present: tuple[Row, ...], others: Rows) -> list[Row]:
        """Every row once more, with one and the same value changed in all: a group like another."""
        name = self._random.choice(list(self._shapes[read].domains))
        altered = self._altered(read, present[0], others, 0)
        domain = self._shapes[read].domains[name]
        value = self._value(self._menu(domain), self._known(name, domain, others))
        return [{**altered, **row, name: value} for row in present]

    def _altered(self, read: Input, row: Row, others: Rows, columns: int) -> Row:
        domains = self._shapes[read].domains
        altered = {name: row.get(name) for name in domains}
        for name in self._random.sample(list(domains), min(columns, len(domains))):
            known = self._known(name, domains[name], others)
            altered[name] = self._value(self._menu(domains[name]), known)
        return altered

    def _joined(self, read: Input, rows: tuple[Row, ...], more: Iterable[Row]) -> tuple[Row, ...]:
        """The rows and more, but none that repeats a key, and not too many."""
        taken = self._taken(read, rows)
        for row in more:
            keys = self._keys(read, row)
            if not taken & keys and len(rows) < _MOST_ROWS:
                taken |= keys
                rows = (*rows, row)
        return rows
