"""Literals next to a literal: a number plus and minus one, the days around a date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlglot import exp


def neighbours(node: exp.Expr) -> Iterator[tuple[int, exp.Expr]]:
    """The literals one step above and below, with the step; none for anything else."""
    for step in (1, -1):
        shifted = _shifted(node, step)
        if shifted is not None:
            yield step, shifted


def _shifted(node: exp.Expr, step: int) -> exp.Expr | None:
    if isinstance(node, exp.Literal):
        text = None if node.is_string else moved(str(node.this), step)
        return None if text is None else number(text)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        text = moved(str(node.this.this), -step)
        if text is None or text.startswith("-"):
            return None
        return exp.Neg(this=exp.Literal.number(text))
    if isinstance(node, exp.Cast) and node.to.is_type("date"):
        return _shifted_date(node, step)
    return None


def _shifted_date(node: exp.Cast, step: int) -> exp.Expr | None:
    if not (isinstance(node.this, exp.Literal) and node.this.is_string):
        return None
    try:
        day = date.fromisoformat(str(node.this.this)) + timedelta(days=step)
    except (ValueError, OverflowError):
        return None
    copy = node.copy()
    copy.set("this", exp.Literal.string(day.isoformat()))
    return copy


def moved(text: str, step: int) -> str | None:
    """The number plus `step`, as it is written; None for other ways of writing numbers."""
    whole, dot, rest = text.partition(".")
    if not whole.isdigit() or (rest and not rest.isdigit()):
        return None
    sum_ = int(whole) + step
    if sum_ < 0 and rest.strip("0"):
        return None  # 0.5 minus one is -0.5, whose digits are others
    return f"{sum_}{dot}{rest}"


def number(text: str) -> exp.Expr:
    """A number as an operand."""
    if text.startswith("-"):
        return exp.Paren(this=exp.Neg(this=exp.Literal.number(text[1:])))
    return exp.Literal.number(text)
