"""Which column a name in a SELECT stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from hansa.core.facts import Origin
from hansa.core.suggestion import did_you_mean
from hansa.sql.relations import Field, Relation, Value


class Grouping(Enum):
    """How a SELECT groups: not at all, by expressions, or by several sets of them."""

    NONE = "none"
    PLAIN = "plain"
    SETS = "sets"


class Source:
    """One relation in FROM under the name that columns use for it.

    `outer` is True while an outer join may put NULL into all of its columns. `first` is the
    position of its first column among all columns of the scope.
    """

    __slots__ = ("first", "group", "name", "outer", "relation")

    def __init__(self, name: str, group: str, relation: Relation, first: int) -> None:
        self.name = name
        self.group = group
        self.relation = relation
        self.first = first
        self.outer = False


class Found(NamedTuple):
    """What a name was resolved to: its value, the scope's column if it is one, and what is left.

    `rest` are the parts of the name that are fields of a struct.
    """

    value: Value
    position: int | None
    rest: tuple[str, ...]


class NameProblem(Exception):
    """A column name that cannot be resolved; becomes a finding."""

    def __init__(self, rule: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.hint = hint


class Scope:
    """The sources of one SELECT, in order, and what filters say about their columns.

    Columns of all sources have positions, counted on from source to source. `solid` are the
    positions that filters keep from being NULL. `merged` maps names joined by USING to the
    positions that give their value; a star shows them where `shown` says and leaves out `hidden`.
    `locals` are the values that a lambda binds to names.
    `ctes` are the relations that WITH binds here, by their names in folded case.
    """

    def __init__(
        self, parent: Scope | None = None, ctes: Mapping[str, Relation] | None = None
    ) -> None:
        self.parent = parent
        self.ctes: Mapping[str, Relation] = ctes if ctes is not None else {}
        self.sources: list[Source] = []
        self.columns: list[tuple[Source, Field]] = []
        self.solid: set[int] = set()
        self.merged: dict[str, list[int]] = {}
        self.hidden: set[int] = set()
        self.shown: dict[int, str] = {}
        self.aliases: dict[str, Callable[[], Value]] = {}
        self.locals: dict[str, Value] = {}
        self.grouping = Grouping.NONE
        self.aggregates = False
        self.multiplies = False

    def add(self, name: str, group: str, relation: Relation) -> Source:
        """Put a relation into FROM."""
        source = Source(name, group, relation, len(self.columns))
        self.sources.append(source)
        self.columns.extend((source, field) for field in relation.fields)
        return source

    def make_outer(self, sources: Sequence[Source]) -> None:
        """An outer join may put NULL into all columns of these sources."""
        for source in sources:
            source.outer = True
            last = source.first + len(source.relation.fields)
            self.solid.difference_update(range(source.first, last))

    def reject_nulls(self, positions: set[int]) -> None:
        """A filter keeps only rows in which these columns are not NULL."""
        self.solid |= positions
        for position in positions:
            self.columns[position][0].outer = False

    def value_at(self, position: int) -> Value:
        """The value of the column at a position, as filters and joins so far leave it."""
        source, field = self.columns[position]
        nullable = (field.nullable or source.outer) and position not in self.solid
        if self.grouping is Grouping.SETS:
            nullable = True
        return Value(field.type, nullable, field.origins)

    def positions_of(self, source: Source) -> range:
        """The positions of a source's columns."""
        return range(source.first, source.first + len(source.relation.fields))

    def find(self, parts: Sequence[str]) -> Found:
        """What a column name of one or more parts stands for here or in a scope around.

        Raises NameProblem when it stands for nothing, or for more than one thing.
        """
        scope: Scope | None = self
        while scope is not None:
            found = scope._find_here(parts)
            if found is not None:
                return found if scope is self else found._replace(position=None)
            scope = scope.parent
        raise self._missing(parts)

    def _find_here(self, parts: Sequence[str]) -> Found | None:
        if self.locals:
            bound = self.locals.get(parts[0].casefold())
            if bound is not None:
                return Found(bound, None, tuple(parts[1:]))
        found = self._find_qualified(parts) if len(parts) > 1 else None
        if found is None:
            found = self._find_bare(parts)
        return found or self._find_row(parts) or self._find_open(parts)

    def _find_qualified(self, parts: Sequence[str]) -> Found | None:
        for source in self.sources:
            width = _qualifies(source, parts)
            if not width:
                continue
            name, rest = parts[width], tuple(parts[width + 1 :])
            positions = source.relation.positions(name)
            if len(positions) == 1:
                position = source.first + positions[0]
                return Found(self.value_at(position), position, rest)
            if len(positions) > 1:
                raise NameProblem("ambiguous_column", f"`{name}` names two columns of `{parts[0]}`")
            if not source.relation.complete:
                return Found(_open_value(source.relation, name), None, rest)
            if self._find_bare(parts) is None:
                known = source.relation.fields
                raise NameProblem(
                    "unknown_column",
                    f"`{name}` is not a column of `{source.name}`",
                    _near(name, (field.name for field in known)),
                )
        return None

    def _find_bare(self, parts: Sequence[str]) -> Found | None:
        name, rest = parts[0], tuple(parts[1:])
        merged = self.merged.get(name.casefold()) if self.merged else None
        if merged is not None:
            return Found(self.merged_value(merged), merged[0] if len(merged) == 1 else None, rest)
        found = [
            source.first + position
            for source in self.sources
            for position in source.relation.positions(name)
        ]
        if len(found) == 1:
            return Found(self.value_at(found[0]), found[0], rest)
        if len(found) > 1:
            owners = [self.columns[position][0].name for position in found]
            choices = " or ".join(dict.fromkeys(f"`{owner}.{name}`" for owner in owners))
            raise NameProblem("ambiguous_column", f"`{name}` is ambiguous", f"write {choices}")
        alias = self.aliases.get(name.casefold())
        return Found(alias(), None, rest) if alias is not None else None

    def _find_row(self, parts: Sequence[str]) -> Found | None:
        """A source's name alone is the whole row, as a struct."""
        for source in self.sources:
            if source.name.casefold() == parts[0].casefold() and len(parts) == 1:
                origins = frozenset(
                    origin for field in source.relation.fields for origin in field.origins
                )
                return Found(Value(origins=origins), None, ())
        return None

    def _find_open(self, parts: Sequence[str]) -> Found | None:
        """A name that only a relation of unknown columns can hold."""
        open_sources = [source for source in self.sources if not source.relation.complete]
        if not open_sources:
            return None
        relation = open_sources[0].relation
        value = _open_value(relation, parts[0]) if len(open_sources) == 1 else Value()
        return Found(value, None, tuple(parts[1:]))

    def merged_value(self, positions: Sequence[int]) -> Value:
        """The value of a column that USING joined: the first that is not NULL."""
        values = [self.value_at(position) for position in positions]
        if len(values) == 1:
            return values[0]
        kinds = {value.type for value in values}
        return Value(
            kinds.pop() if len(kinds) == 1 else Value().type,
            all(value.nullable for value in values),
            frozenset(origin for value in values for origin in value.origins),
        )

    def _missing(self, parts: Sequence[str]) -> NameProblem:
        name = ".".join(parts)
        if len(parts) == 1:
            hint = _near(name, self._names())
            return NameProblem("unknown_column", f"`{name}` is not a column of anything here", hint)
        known = [source.name for source in self._all_sources()]
        return NameProblem(
            "unknown_column",
            f"`{name}` is not a column: nothing in FROM is named `{parts[0]}`",
            did_you_mean(parts[0], known),
        )

    def _all_sources(self) -> Iterator[Source]:
        scope: Scope | None = self
        while scope is not None:
            yield from scope.sources
            scope = scope.parent

    def _names(self) -> Iterator[str]:
        for source in self._all_sources():
            for field in source.relation.fields:
                yield field.name


def _qualifies(source: Source, parts: Sequence[str]) -> int:
    """How many leading parts of the name are the source's own name; 0 when they are not."""
    name = source.name.casefold()
    if parts[0].casefold() == name:
        return 1
    if (
        source.group
        and len(parts) > 2
        and parts[0].casefold() == source.group.casefold()
        and parts[1].casefold() == name
    ):
        return 2
    return 0


def _open_value(relation: Relation, name: str) -> Value:
    if relation.input is None:
        return Value()
    return Value(origins=frozenset({Origin(relation.input, name, True)}))


def _near(name: str, known: Iterator[str]) -> str | None:
    names = list(dict.fromkeys(known))
    if not names:
        return None
    return did_you_mean(name, names) or "known columns: " + ", ".join(
        f"`{known_name}`" for known_name in names[:8]
    )
