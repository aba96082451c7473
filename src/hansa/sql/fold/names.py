"""Which source a column belongs to, while a query is brought into form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from hansa.sql.fold.forms import Unfoldable
from hansa.sql.fold.trees import named


def column_of(alias: str, name: str) -> exp.Column:
    """The column of a source, both in quotes."""
    return exp.Column(this=named(name), table=named(alias))


@dataclass(slots=True)
class Visible:
    """A source as columns see it: pairs of a shown name and the name that it is stored under.

    `columns` is None where the source may have any; `hidden` after a semi join.
    """

    alias: str
    label: str
    columns: Sequence[tuple[str, str]] | None
    hidden: bool = False

    def find(self, name: str) -> list[str]:
        """The stored names of the columns that are shown under a name, letter case ignored."""
        folded = name.casefold()
        return [stored for shown, stored in self.columns or () if shown.casefold() == folded]


@dataclass(slots=True)
class Scope:
    """The sources of one SELECT, in order.

    `merged` has the columns that USING made one: the name as it is shown, and its value; the
    right sides' own columns are in `covered`. `aliases` are the values of the select list.
    """

    outer: Scope | None
    sources: list[Visible] = field(default_factory=list)
    merged: dict[str, tuple[str, exp.Expr]] = field(default_factory=dict)
    covered: set[tuple[str, str]] = field(default_factory=set)
    aliases: dict[str, list[exp.Expr]] = field(default_factory=dict)
    reading: list[str] = field(default_factory=list)

    def qualified(self, column: exp.Column) -> exp.Expr:
        """The column that a name with a source's alias stands for."""
        scope: Scope | None = self
        label = column.table.casefold()
        while scope is not None:
            found = [one for one in scope.sources if one.label.casefold() == label]
            if len(found) > 1 or (found and found[0].hidden):
                raise Unfoldable(f"the name `{column.table}` is not one source")
            if found:
                return _of_source(found[0], column)
            scope = scope.outer
        raise Unfoldable(f"`{column.sql(comments=False)}` is not a column of a source")

    def bare(self, column: exp.Column) -> exp.Expr | None:
        """The column of this SELECT's sources that a bare name stands for, or None."""
        folded = column.name.casefold()
        if folded in self.merged:
            return self.merged[folded][1].copy()
        found = [
            column_of(source.alias, stored)
            for source in self.sources
            if not source.hidden and (source.alias, folded) not in self.covered
            for stored in source.find(column.name)
        ]
        if len(found) > 1:
            raise Unfoldable(f"the column name `{column.name}` is ambiguous")
        if any(source.columns is None for source in self.sources):
            if len(self.sources) > 1 or self.outer is not None:
                raise Unfoldable("the columns of an input are not known")
            return _of_source(self.sources[0], column)
        return found[0] if found else None

    def star(self, label: str | None) -> Iterator[tuple[str, exp.Expr]]:
        """What `*`, or the star of one source, stands for."""
        sources = [source for source in self.sources if not source.hidden]
        if label is not None:
            sources = [one for one in sources if one.label.casefold() == label.casefold()]
            if len(sources) != 1:
                raise Unfoldable(f"the star of `{label}` is not one source's")
        for source in sources:
            if source.columns is None:
                raise Unfoldable("the columns of an input are not known")
            for shown, stored in source.columns:
                folded = shown.casefold()
                if label is not None:
                    yield shown, column_of(source.alias, stored)
                elif (source.alias, folded) in self.covered:
                    continue
                elif folded in self.merged:
                    yield shown, self.merged[folded][1].copy()
                else:
                    yield shown, column_of(source.alias, stored)


def _of_source(source: Visible, column: exp.Column) -> exp.Expr:
    if source.columns is None:
        # Nobody knows how the relation spells it: the name stays as it is written.
        return exp.Column(this=column.this.copy(), table=named(source.alias))
    found = source.find(column.name)
    if len(found) != 1:
        raise Unfoldable(f"`{column.sql(comments=False)}` is not one column")
    return column_of(source.alias, found[0])
