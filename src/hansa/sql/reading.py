"""What the readers of the kinds of expressions share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from sqlglot import exp

from hansa.core.datatype import UNKNOWN
from hansa.sql.context import Context
from hansa.sql.relations import Relation, Value, merge
from hansa.sql.scopes import Found, Scope


class Reader(Protocol):
    """Gives expressions their values, and reads the queries that stand inside them."""

    context: Context

    def value(self, node: exp.Expr, scope: Scope) -> Value:
        """The value of an expression in a scope."""

    def values(self, nodes: Iterable[exp.Expr], scope: Scope) -> list[Value]:
        """The values of several expressions."""

    def resolve(self, node: exp.Expr, scope: Scope) -> Found:
        """What a column node stands for."""

    def position(self, node: exp.Expr, scope: Scope) -> int | None:
        """The scope's column that an expression read before passes on, None for all others."""

    def query(self, node: exp.Expr, parent: Scope | None) -> Relation:
        """The relation that a query inside an expression gives."""


Handler = Callable[[Reader, exp.Expr, Scope], Value]


def children(node: exp.Expr) -> Iterator[exp.Expr]:
    """The expressions directly below a node that can have values, in the order of its text."""
    for argument in node.args.values():
        for child in argument if isinstance(argument, list) else (argument,):
            if isinstance(child, exp.Expr) and not isinstance(child, (exp.DataType, exp.Var)):
                yield child


def computed(values: list[Value], nullable: bool = True) -> Value:
    """A value of unknown type that is made from these."""
    return Value(UNKNOWN, nullable, merge(values))


def any_nullable(values: Iterable[Value]) -> bool:
    """Whether one of the values can be NULL."""
    return any(value.nullable for value in values)
