"""Which values a query compares its columns with."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from hansa.sql.parse import parse_select

_COMPARING = (
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    exp.In,
    exp.Between,
    exp.Case,
    exp.Nullif,
    exp.Coalesce,
    exp.RegexpLike,
    exp.StrPosition,
    exp.StartsWith,
    exp.Contains,
)
_PATTERNS = (exp.Like, exp.ILike)


@dataclass(frozen=True, slots=True)
class Compared:
    """What the queries of some models say of their columns, by folded name.

    `literals` are texts, each of a number, a text or a date, in the order in which they are
    found. Columns that are compared with each other, or made of each other, share them.
    `equated` are the names that joins, filters and aliases hold equal to a name, itself
    included.
    """

    literals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    equated: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def equals_of(self, column: str) -> frozenset[str]:
        """The folded names of the columns that hold the same values as one, itself included."""
        folded = column.casefold()
        return self.equated.get(folded, frozenset({folded}))


def compared_values(models: Iterable[tuple[str, str, str]]) -> Compared:
    """What models, as SQL, dialect and file, compare their columns with.

    Raises SqlInvalid and NotOneSelect.
    """
    found: dict[str, dict[str, None]] = defaultdict(dict)
    equal, related = _Groups(), _Groups()
    for sql, dialect, file in models:
        tree = parse_select(sql, dialect, file)
        for node in tree.walk():
            _note_comparison(node, found, equal, related)
            if isinstance(node, exp.Alias) and not isinstance(node.this, exp.Query):
                for name in _names(node.this):
                    related.join(node.alias.casefold(), name)
                if isinstance(node.this, exp.Column):
                    equal.join(node.alias.casefold(), node.this.name.casefold())
    names = {*found, *related.members}
    literals = {
        name: tuple(
            dict.fromkeys(
                text for other in sorted(related.of(name)) for text in found.get(other, ())
            )
        )
        for name in names
    }
    for name in names:
        own = tuple(found.get(name, ()))
        literals[name] = tuple(dict.fromkeys((*own, *literals[name])))
    return Compared(literals, {name: equal.of(name) for name in equal.members})


def _note_comparison(
    node: exp.Expr, found: dict[str, dict[str, None]], equal: _Groups, related: _Groups
) -> None:
    if isinstance(node, (exp.EQ, exp.NullSafeEQ)):
        sides = node.this, node.expression
        if all(isinstance(side, exp.Column) for side in sides):
            equal.join(*(side.name.casefold() for side in sides))
            related.join(*(side.name.casefold() for side in sides))
    if not isinstance(node, (*_COMPARING, *_PATTERNS)):
        return
    texts = list(_texts(node))
    for name in _names(node):
        found[name].update(dict.fromkeys(texts))


def _names(node: exp.Expr) -> Iterator[str]:
    for column in node.find_all(exp.Column):
        yield column.name.casefold()


def _texts(node: exp.Expr) -> Iterator[str]:
    for literal in node.find_all(exp.Literal):
        text = str(literal.this)
        if isinstance(node, _PATTERNS):
            yield re.sub(r"%", "", text).replace("_", "a")
            yield re.sub(r"%", "x", text).replace("_", "a")
        else:
            yield text


class _Groups:
    """Names that belong together, directly or through others."""

    def __init__(self) -> None:
        self.members: dict[str, set[str]] = {}

    def join(self, one: str, other: str) -> None:
        """Put two names, and all that belong to either, together."""
        whole = self.members.get(one, {one}) | self.members.get(other, {other})
        for name in whole:
            self.members[name] = whole

    def of(self, name: str) -> frozenset[str]:
        """The names that belong to one, itself included."""
        return frozenset(self.members.get(name, {name}))
