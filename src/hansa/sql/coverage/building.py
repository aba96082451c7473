"""Small pieces that probe queries are put together from; each copies what it is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp


def is_true(node: exp.Expr) -> exp.Expr:
    return exp.Is(this=_wrapped(node), expression=exp.Boolean(this=True))


def is_false(node: exp.Expr) -> exp.Expr:
    return exp.Is(this=_wrapped(node), expression=exp.Boolean(this=False))


def is_null(node: exp.Expr) -> exp.Expr:
    return exp.Is(this=_wrapped(node), expression=exp.Null())


def negate(node: exp.Expr) -> exp.Expr:
    return exp.Not(this=_wrapped(node))


def both(parts: Iterable[exp.Expr]) -> exp.Expr | None:
    """All of the conditions together; None for none."""
    found: exp.Expr | None = None
    for part in parts:
        found = _wrapped(part) if found is None else exp.And(this=found, expression=_wrapped(part))
    return found


def guarded(guards: Sequence[exp.Expr], condition: exp.Expr) -> exp.Expr:
    """The condition, computed only where the guards hold."""
    guard = both(guards)
    if guard is None:
        return condition
    return exp.Case(ifs=[exp.If(this=guard, true=condition)], default=exp.Boolean(this=False))


def compare(kind: type[exp.Binary], left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return kind(this=_wrapped(left), expression=_wrapped(right))


def count_rows() -> exp.Expr:
    return exp.Count(this=exp.Star())


def number(value: int) -> exp.Expr:
    return exp.Literal.number(value)


def exists(query: exp.Query) -> exp.Expr:
    return exp.Exists(this=query)


def count_of(query: exp.Query, distinct: bool = False) -> exp.Expr:
    """How many rows, or different rows, a query gives, as a scalar."""
    inner: exp.Query = query
    if distinct:
        inner = exp.Select(
            expressions=[exp.Star()], distinct=exp.Distinct(), from_=exp.From(this=derived(query))
        )
    return exp.Subquery(
        this=exp.Select(expressions=[count_rows()], from_=exp.From(this=derived(inner)))
    )


def derived(query: exp.Query, name: str = "hansa_q") -> exp.Subquery:
    """A query as a relation."""
    alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
    return exp.Subquery(this=query, alias=alias)


def without(query: exp.Query, *clauses: str) -> exp.Query:
    """A copy without some of its clauses, and without its WITH."""
    copy = query.copy()
    for clause in (*clauses, "with_"):
        copy.set(clause, None)
    return copy


def _wrapped(node: exp.Expr) -> exp.Expr:
    copy = node.copy()
    if isinstance(copy, (exp.Column, exp.Literal, exp.Paren, exp.Boolean, exp.Null, exp.Func)) and (
        not isinstance(copy, (exp.Connector, exp.Binary))
    ):
        return copy
    if isinstance(copy, exp.Select):
        return exp.Subquery(this=copy)
    return exp.Paren(this=copy)
