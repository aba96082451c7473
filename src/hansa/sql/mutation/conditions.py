"""Mutations of conditions: comparisons, AND, OR and NOT, ranges, patterns, NULLs, subqueries."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from hansa.sql.mutation.edits import (
    COMPARISONS,
    Edit,
    is_condition,
    is_in_join_condition,
    wrapped,
)
from hansa.sql.mutation.literals import neighbours

_SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


def relational(node: exp.Expr) -> Iterator[Edit]:
    """Another comparison; the condition always true, always false."""
    if isinstance(node, COMPARISONS):
        for kind, sign in _SIGNS.items():
            if kind is not type(node):
                change = f"{_SIGNS[type(node)]} becomes {sign}"
                yield Edit(change, kind(this=node.this.copy(), expression=node.expression.copy()))
    for kind, other in ((exp.NullSafeEQ, exp.NullSafeNEQ), (exp.NullSafeNEQ, exp.NullSafeEQ)):
        if isinstance(node, kind):
            distinct = other(this=node.this.copy(), expression=node.expression.copy())
            yield Edit("IS DISTINCT FROM turned round", distinct)
    if is_condition(node) and _is_atom(node):
        if not is_in_join_condition(node):
            yield Edit("condition becomes TRUE", exp.Boolean(this=True))
        yield Edit("condition becomes FALSE", exp.Boolean(this=False))


def _is_atom(node: exp.Expr) -> bool:
    """Whether a condition is put together from no others; IS NOT and NOT IN are one with NOT."""
    if isinstance(node, exp.Not):
        return isinstance(node.this, _ONE_WITH_NOT)
    if isinstance(node.parent, exp.Not) and isinstance(node, _ONE_WITH_NOT):
        return False
    return not isinstance(node, (exp.Connector, exp.Boolean, exp.Paren))


def logical(node: exp.Expr) -> Iterator[Edit]:
    """AND for OR and OR for AND; NOT added to what stands alone, or removed."""
    if isinstance(node, (exp.And, exp.Or)):
        other, words = (exp.Or, "AND becomes OR") if isinstance(node, exp.And) else _TO_AND
        # OR binds less than AND, on both sides of the exchange
        swapped: exp.Expr = other(
            this=wrapped(node.this, exp.Or), expression=wrapped(node.expression, exp.Or)
        )
        alone = isinstance(node.parent, _HOLDS_ONE)
        yield Edit(words, swapped if alone else exp.Paren(this=swapped))
    if isinstance(node, exp.Not) and not isinstance(node.this, (exp.Is, exp.In, exp.Exists)):
        yield Edit("NOT removed", node.this.copy())
    bare = isinstance(node, exp.Column) or _is_bare_call(node)
    if bare and is_condition(node) and not isinstance(node.parent, exp.Not):
        yield Edit("NOT added", exp.Not(this=node.copy()))


_ONE_WITH_NOT = (exp.Is, exp.In, exp.Exists, exp.Like, exp.ILike, exp.Between)
_TO_AND = (exp.And, "OR becomes AND")
_HOLDS_ONE = (exp.Where, exp.Having, exp.Qualify, exp.Join, exp.If, exp.Alias, exp.Paren)


def _is_bare_call(node: exp.Expr) -> bool:
    known = (exp.Connector, exp.Binary, exp.Exists, exp.In, exp.Case)
    return isinstance(node, exp.Func) and not isinstance(node, known)


def between(node: exp.Expr) -> Iterator[Edit]:
    """One bound made exclusive; a bound that is written as a number or a date shifted."""
    if not isinstance(node, exp.Between):
        return
    value, low, high = node.this, node.args["low"], node.args["high"]
    for words, lower, upper in (
        ("lower bound becomes exclusive", exp.GT, exp.LTE),
        ("upper bound becomes exclusive", exp.GTE, exp.LT),
    ):
        left = lower(this=value.copy(), expression=low.copy())
        right = upper(this=value.copy(), expression=high.copy())
        both = exp.And(this=left, expression=right)
        yield Edit(words, both if isinstance(node.parent, _HOLDS_ONE) else exp.Paren(this=both))
    for words, bound in (("lower", "low"), ("upper", "high")):
        for step, shifted in neighbours(node.args[bound]):
            copy = node.copy()
            copy.set(bound, shifted)
            yield Edit(f"{words} bound shifted by {step:+d}", copy)


def like(node: exp.Expr) -> Iterator[Edit]:
    """A wildcard dropped from an end of the pattern, or added to it."""
    if not isinstance(node, (exp.Like, exp.ILike)):
        return
    pattern = node.expression
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        return
    text = str(pattern.this)
    front = text[1:] if text.startswith("%") else f"%{text}"
    back = text[:-1] if text.endswith("%") else f"{text}%"
    for changed in dict.fromkeys((front, back)):
        copy = node.copy()
        copy.set("expression", exp.Literal.string(changed))
        yield Edit("wildcard of the pattern changed", copy)


def null(node: exp.Expr) -> Iterator[Edit]:
    """IS NULL for IS NOT NULL and back; an argument of COALESCE dropped."""
    if isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
        yield Edit("IS NOT becomes IS", node.this.copy())
    elif isinstance(node, exp.Is) and not isinstance(node.parent, exp.Not):
        yield Edit("IS becomes IS NOT", exp.Not(this=node.copy()))
    elif isinstance(node, exp.Coalesce):
        arguments = [node.this, *node.expressions]
        for number in range(len(arguments)):
            kept = [one.copy() for at, one in enumerate(arguments) if at != number]
            rest = kept[0] if len(kept) == 1 else exp.Coalesce(this=kept[0], expressions=kept[1:])
            yield Edit(f"argument {number + 1} of COALESCE dropped", rest)


def subquery(node: exp.Expr) -> Iterator[Edit]:
    """IN for NOT IN and EXISTS for NOT EXISTS, and back."""
    if isinstance(node, exp.Not) and isinstance(node.this, (exp.In, exp.Exists)):
        yield Edit("NOT removed", node.this.copy())
    elif isinstance(node, (exp.In, exp.Exists)) and not isinstance(node.parent, exp.Not):
        yield Edit("NOT added", exp.Not(this=node.copy()))
