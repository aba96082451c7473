"""What a condition says about the rows that it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

PositionOf = Callable[[exp.Expr], int | None]

_STRICT = (
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Like,
    exp.ILike,
    exp.Between,
    exp.RegexpLike,
    exp.SimilarTo,
)
_STRICT_OPERATORS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod)


def conjuncts(node: exp.Expr | None) -> Iterator[exp.Expr]:
    """The conditions that all hold where the whole does, from left to right."""
    pending = [node] if node is not None else []
    while pending:
        part = pending.pop()
        if isinstance(part, exp.And):
            pending += [part.expression, part.this]
        elif isinstance(part, exp.Paren):
            pending.append(part.this)
        else:
            yield part


def rejected_nulls(node: exp.Expr | None, position_of: PositionOf) -> set[int]:
    """The columns that are not NULL in any row for which the condition is true."""
    found: set[int] = set()
    for part in conjuncts(node):
        found |= _rejected(part, position_of)
    return found


def _rejected(part: exp.Expr, position_of: PositionOf) -> set[int]:
    if isinstance(part, exp.Or):
        return _rejected_by_all(part, position_of)
    if isinstance(part, exp.Not):
        return _rejected_by_not(part.this, position_of)
    if isinstance(part, exp.Is):
        is_null = isinstance(part.expression, exp.Null)
        return set() if is_null else _strict(part.this, position_of)
    if isinstance(part, exp.In):
        return _strict(part.this, position_of)
    if isinstance(part, _STRICT):
        return _strict_parts(part, position_of)
    if isinstance(part, exp.Column):
        return _strict(part, position_of)
    return set()


def _rejected_by_all(node: exp.Or, position_of: PositionOf) -> set[int]:
    branches = [rejected_nulls(part, position_of) for part in _disjuncts(node)]
    return set.intersection(*branches)


def _disjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, exp.Or):
            pending += [part.expression, part.this]
        else:
            yield part


def _rejected_by_not(part: exp.Expr, position_of: PositionOf) -> set[int]:
    while isinstance(part, exp.Paren):
        part = part.this
    if isinstance(part, exp.Is):
        is_null = isinstance(part.expression, exp.Null)
        return _strict(part.this, position_of) if is_null else set()
    if isinstance(part, exp.In):
        # NULL NOT IN (an empty query) is true.
        return set() if part.args.get("query") is not None else _strict(part.this, position_of)
    if isinstance(part, _STRICT):
        return _strict_parts(part, position_of)
    if isinstance(part, exp.Column):
        return _strict(part, position_of)
    return set()


def _strict_parts(part: exp.Expr, position_of: PositionOf) -> set[int]:
    # x BETWEEN a AND b may be false, so its negation true, with one of the bounds NULL.
    if isinstance(part, exp.Between):
        return _strict(part.this, position_of)
    if isinstance(part.expression, (exp.Any, exp.All)):
        return set()
    return _strict(part.this, position_of) | _strict(part.expression, position_of)


def _strict(node: exp.Expr, position_of: PositionOf) -> set[int]:
    """The columns whose NULL makes the expression NULL."""
    found: set[int] = set()
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, exp.Column):
            position = position_of(part)
            if position is not None:
                found.add(position)
        elif isinstance(part, _STRICT_OPERATORS):
            pending += [part.this, part.expression]
        elif isinstance(part, (exp.Paren, exp.Neg, exp.Cast)):
            pending.append(part.this)
    return found


def equal_pairs(node: exp.Expr | None, position_of: PositionOf) -> set[tuple[int, int]]:
    """The pairs of columns that a condition makes equal."""
    pairs = set()
    for part in conjuncts(node):
        if isinstance(part, (exp.EQ, exp.NullSafeEQ)):
            left, right = position_of(part.this), position_of(part.expression)
            if left is not None and right is not None:
                pairs |= {(left, right), (right, left)}
    return pairs


def fixed_columns(node: exp.Expr | None, position_of: PositionOf) -> dict[int, str | None]:
    """The columns that a condition makes equal to a constant, with the number if it is one."""
    fixed: dict[int, str | None] = {}
    for part in conjuncts(node):
        if not isinstance(part, exp.EQ):
            continue
        for one, other in ((part.this, part.expression), (part.expression, part.this)):
            position = position_of(one)
            if position is not None and isinstance(other, (exp.Literal, exp.Boolean)):
                number = isinstance(other, exp.Literal) and not other.args.get("is_string")
                fixed[position] = str(other.this) if number else None
    return fixed
