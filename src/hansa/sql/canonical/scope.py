"""Which column a name stands for: the items of a FROM clause and what surrounds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from hansa.sql.canonical.relations import Block
from hansa.sql.canonical.terms import Term, Terms, Unprovable
from hansa.sql.canonical.traits import Traits

Convert = Callable[[Term], Term]


def unchanged(term: Term) -> Term:
    """The term itself."""
    return term


@dataclass(slots=True, eq=False)
class Item:
    """One relation in a FROM clause, under its alias; terms are converted when asked for."""

    alias: str
    group: str
    columns: Sequence[tuple[str, Term]]
    wild: int | None
    terms: Terms
    convert: Convert = unchanged
    _places: dict[str, list[int]] = field(default_factory=dict)
    _done: dict[int, Term] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for at, (name, _) in enumerate(self.columns):
            self._places.setdefault(name.casefold(), []).append(at)

    def at(self, place: int) -> Term:
        """The column at that place."""
        done = self._done.get(place)
        if done is None:
            done = self._done[place] = self.convert(self.columns[place][1])
        return done

    def then(self, convert: Convert) -> None:
        """Converts every column further, as when an outer join pads the item with NULLs."""
        before = self.convert
        self.convert = lambda term: convert(before(term))
        self._done.clear()

    def find(self, name: str, quoted: bool, traits: Traits, strict: bool = False) -> Term | None:
        """The column of that name; raises Unprovable where several might be meant.

        `strict` refuses a name in another letter case, which might belong to an outer query.
        """
        places = self._places.get(name.casefold(), [])
        if strict and places and self.columns[places[0]][0] != traits.fold(name, quoted):
            raise Unprovable(f"the letter case of `{name}` is not that of the column")
        if len(places) > 1:
            stored = traits.fold(name, quoted)
            places = [place for place in places if self.columns[place][0] == stored]
            if len(places) != 1:
                raise Unprovable(f"the column name `{name}` is not unique")
        if places:
            return self.at(places[0])
        if self.wild is None:
            return None
        return self.convert(self.terms.leaf("ref", self.wild, name.casefold()))

    def names(self) -> set[str]:
        """The known names, letter case folded."""
        return set(self._places)


@dataclass(slots=True, eq=False)
class From:
    """A FROM clause: its rows, its items, and the columns that USING made one."""

    block: Block
    items: list[Item]
    merged: dict[str, tuple[str, Term]] = field(default_factory=dict)
    hidden: set[tuple[int, str]] = field(default_factory=set)
    ordering: tuple[Term, ...] = ()

    def convert(self, convert: Convert) -> None:
        """Converts all columns further."""
        for item in self.items:
            item.then(convert)
        self.merged = {key: (name, convert(term)) for key, (name, term) in self.merged.items()}
        self.ordering = tuple(map(convert, self.ordering))

    def find(self, name: str, quoted: bool, traits: Traits, strict: bool = False) -> Term | None:
        """The column that a bare name stands for."""
        if name.casefold() in self.merged:
            return self.merged[name.casefold()][1]
        found = [
            term
            for at, item in enumerate(self.items)
            if (at, name.casefold()) not in self.hidden
            and (term := item.find(name, quoted, traits, strict)) is not None
        ]
        if len(found) > 1:
            raise Unprovable(f"the column name `{name}` is ambiguous")
        return found[0] if found else None

    def item(self, column: exp.Column, traits: Traits) -> Item | None:
        """The item that qualifies a column, by its alias and, where written, its group."""
        identifier, group = column.args["table"], column.db
        alias = traits.fold(identifier.name, bool(identifier.args.get("quoted")))
        found = []
        for item in self.items:
            if item.alias.casefold() != alias.casefold():
                continue
            if not traits.ignores_case and item.alias != alias:
                raise Unprovable(f"the letter case of `{alias}` is not that of the table")
            if not group or item.group.casefold() == group.casefold():
                found.append(item)
        if len(found) > 1:
            raise Unprovable(f"the name `{alias}` is ambiguous")
        return found[0] if found else None

    def star(self, only: Item | None = None) -> Iterator[tuple[str, Term]]:
        """What `*` stands for, or the star of one item."""
        for at, item in enumerate(self.items):
            if only is not None and item is not only:
                continue
            if item.wild is not None:
                raise Unprovable(f"the columns of `{item.alias}` are not known")
            for place, (name, _) in enumerate(item.columns):
                key = name.casefold()
                if only is not None:
                    yield name, item.at(place)
                elif (at, key) in self.hidden:
                    continue
                else:
                    yield name, self.merged[key][1] if key in self.merged else item.at(place)


@dataclass(slots=True, eq=False)
class Scope:
    """A FROM clause inside others; `outside` gives a column of a surrounding query."""

    clause: From
    traits: Traits
    outside: Callable[[exp.Column], Term | None] | None = None

    @property
    def is_guess(self) -> bool:
        """Whether a bare name may not be here at all, as a source's columns are not known."""
        return any(item.wild is not None for item in self.clause.items)

    def find(self, column: exp.Column) -> Term | None:
        """The column of this clause, or None when the name belongs to nothing here."""
        identifier = column.this
        name, quoted = identifier.name, bool(identifier.args.get("quoted"))
        strict = self.outside is not None and not self.traits.ignores_case
        if not column.table:
            return self.clause.find(name, quoted, self.traits, strict)
        if column.args.get("catalog") is not None:
            raise Unprovable("a column has more than two qualifiers")
        item = self.clause.item(column, self.traits)
        return item.find(name, quoted, self.traits, strict) if item is not None else None
