"""One small edit of a parsed query, and where in a query conditions stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlglot import exp

COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


class Edit(NamedTuple):
    """What takes a node's place, and in words what that changes."""

    description: str
    replacement: exp.Expr


# Gives the edits of one node; most nodes have none.
Edits = Callable[[exp.Expr], Iterator[Edit]]


def is_condition(node: exp.Expr) -> bool:
    """Whether the node stands where a condition is expected, as an atom of it or as a whole."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        node, parent = parent, parent.parent
    if isinstance(parent, (exp.Connector, exp.Not, exp.Where, exp.Having, exp.Qualify)):
        return True
    return (isinstance(parent, exp.Join) and node.arg_key == "on") or (
        isinstance(parent, exp.If) and node.arg_key == "this" and not _is_value_of_case(parent)
    )


def _is_value_of_case(arm: exp.If) -> bool:
    """Whether the arm is of `CASE x WHEN y`, where `y` is a value."""
    case = arm.parent
    return isinstance(case, exp.Case) and case.args.get("this") is not None


def is_in_join_condition(node: exp.Expr) -> bool:
    """Whether the node is an atom of ON that is reached through ANDs alone."""
    while isinstance(node.parent, (exp.And, exp.Paren)):
        node = node.parent
    return isinstance(node.parent, exp.Join) and node.arg_key == "on"


def wrapped(node: exp.Expr, kind: type[exp.Expr]) -> exp.Expr:
    """A copy, in parentheses when it is of a kind that binds less than what it goes into."""
    copy = node.copy()
    return exp.Paren(this=copy) if isinstance(copy, kind) else copy
