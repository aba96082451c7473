"""The columns of a select list, and which of them shows what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlglot import exp

from hansa.sql.reading import Reader
from hansa.sql.relations import Value
from hansa.sql.scopes import Scope


class Output(NamedTuple):
    """One column of a select list.

    `position` is the scope's column that it passes on unchanged, if it is one; `aggregates`
    says that it holds an aggregate; `node` is its expression, None where a star brought it.
    """

    name: str
    value: Value
    position: int | None = None
    aggregates: bool = False
    node: exp.Expr | None = None


def numbered_output(part: exp.Expr, outputs: Sequence[Output]) -> int | None:
    """The output that a number in GROUP BY means, None for anything else."""
    if isinstance(part, exp.Literal) and not part.args.get("is_string") and part.name.isdigit():
        number = int(part.name) - 1
        return number if 0 <= number < len(outputs) else None
    return None


def shown_output(
    part: exp.Expr, outputs: Sequence[Output], reader: Reader, scope: Scope
) -> int | None:
    """The output that shows an expression read before, None when none does."""
    position = reader.position(part, scope)
    for number, output in enumerate(outputs):
        if position is not None:
            if output.position == position:
                return number
        elif isinstance(part, exp.Column) and not part.args.get("table"):
            if output.name.casefold() == part.name.casefold():
                return number
        elif output.node is not None and output.node == part:
            return number
    return None


def is_number_or_all(part: exp.Expr) -> bool:
    """Whether an ORDER BY item is a number or ALL, which name outputs by themselves."""
    body = part.this if isinstance(part, exp.Ordered) else part
    return isinstance(body, (exp.Literal, exp.Var))
