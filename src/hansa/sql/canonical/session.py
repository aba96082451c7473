"""What all parts of one proof share: the terms made so far and the model being read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from hansa.core.datatype import UNKNOWN, DataType
from hansa.errors import InvalidInput
from hansa.sql.canonical.closing import Closed, close
from hansa.sql.canonical.logic import Logic
from hansa.sql.canonical.relations import Block, Relation, digest_of, fresh_copy
from hansa.sql.canonical.terms import Term, Terms
from hansa.sql.canonical.traits import Traits, traits_of
from hansa.sql.canonical.values import Values
from hansa.sql.types import parse_type

Convert = Callable[[Term], Term]


def _unchanged(term: Term) -> Term:
    return term


@dataclass(slots=True, eq=False)
class Session:
    """The builders for one dialect."""

    dialect: str
    terms: Terms = field(default_factory=Terms)
    traits: Traits = field(init=False)
    logic: Logic = field(init=False)
    values: Values = field(init=False)
    # by identity; the relation itself is kept so that no other can get its place in memory
    _taken: dict[int, Relation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.traits = traits_of(self.dialect)
        self.logic = Logic(self.terms, self.traits)
        self.values = Values(self.terms, self.logic)

    def take(self, relation: Relation) -> tuple[Block, tuple[Term, ...], Convert]:
        """The relation for one reader: its block, its order, and what converts its columns.

        No two readers get the same source numbers. The first one gets the relation as it is,
        which saves most of the copying, as most relations are read once.
        """
        if id(relation) not in self._taken:
            self._taken[id(relation)] = relation
            return relation.block, relation.ordering, _unchanged
        block, renamer = fresh_copy(self.terms, relation.block)
        return block, renamer.all(relation.ordering), renamer.term

    def close(self, block: Block, others: tuple[Term, ...] = ()) -> Closed:
        """The block in closed form, under this session's dialect."""
        return close(block, others, self.traits)

    def type_of(self, node: exp.Expr) -> tuple[DataType, str]:
        """The type that a cast names, and its spelling where it is not understood."""
        spelling = node.sql(self.dialect, comments=False)
        try:
            return parse_type(spelling, self.dialect), spelling
        except InvalidInput:
            return UNKNOWN, spelling


@dataclass(slots=True, eq=False)
class Reading:
    """One model's query while it is read."""

    model: str
    tree: exp.Expr
    dialect: str
    _text: str | None = None
    _calls: dict[int, int] = field(default_factory=dict)

    def volatile_token(self, call: exp.Expr) -> str:
        """A text that only the same call in the same model with the same text has."""
        if self._text is None:
            self._text = self.tree.sql(self.dialect, comments=False)
        number = self._calls.setdefault(id(call), len(self._calls))
        return digest_of("volatile", self.model, self._text, number)
