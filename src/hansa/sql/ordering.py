"""Whether a query's rows have an order, and by which of its columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from hansa.errors import HansaError
from hansa.sql.parse import parse_select
from hansa.sql.stars import star_of


@dataclass(frozen=True, slots=True)
class Ordering:
    """The outermost ORDER BY; `keys` are output columns, by name or by number from 1.

    Rows with equal keys have no order among themselves. Without `keys` the query orders by
    something that is none of its columns, or by all of them: then every row has its place.
    """

    keys: tuple[str | int, ...] = ()


@lru_cache(maxsize=512)
def ordering_of(sql: str, dialect: str) -> Ordering | None:
    """The order of a query's rows; None where it has none, or is no query."""
    try:
        tree: exp.Expr = parse_select(sql, dialect, "")
    except HansaError:
        return None
    order = tree.args.get("order")
    while order is None and isinstance(tree, exp.Subquery) and not tree.args.get("limit"):
        tree = tree.this
        order = tree.args.get("order")
    if order is None or not isinstance(tree, exp.Query):
        return None
    outputs = list(_outputs(tree))
    keys = [_key(part, outputs) for part in order.expressions]
    return Ordering(tuple(key for key in keys if key is not None) if all(keys) else ())


def _outputs(tree: exp.Query) -> Iterator[exp.Expr]:
    """The select list that names the output: in a set operation that of the first query."""
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    yield from tree.expressions if isinstance(tree, exp.Select) else ()


def _key(part: exp.Expr, outputs: list[exp.Expr]) -> str | int | None:
    key = part.this if isinstance(part, exp.Ordered) else part
    if isinstance(key, exp.Literal):
        return int(key.name) if not key.is_string and key.name.isdigit() else None
    if not isinstance(key, exp.Column):
        return _same(key, outputs)
    name = key.name.casefold()
    if not key.table and any(_name(one) == name for one in outputs):
        return key.name
    found = _same(key, outputs)
    if found is None and not outputs:
        return key.name
    if found is None and any(star_of(one) is not None for one in outputs):
        return key.name
    return found


def _same(key: exp.Expr, outputs: list[exp.Expr]) -> int | None:
    """The output that is the very expression, from 1; a star hides the numbers behind it."""
    for number, one in enumerate(outputs, 1):
        if star_of(one) is not None:
            return None
        body = one.unalias()
        if body == key or _is_same_column(body, key):
            return number
    return None


def _is_same_column(one: exp.Expr, other: exp.Expr) -> bool:
    if not isinstance(one, exp.Column) or not isinstance(other, exp.Column):
        return False
    if one.table and other.table and one.table.casefold() != other.table.casefold():
        return False
    return one.name.casefold() == other.name.casefold()


def _name(output: exp.Expr) -> str:
    return output.alias_or_name.casefold()
