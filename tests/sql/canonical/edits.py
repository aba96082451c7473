"""What edits of queries share: their lists, and ways to find and replace parts.

An edit takes a parsed query, which it may change, and a source of chance. It gives the edited
query, or None where it does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

import sqlglot
from sqlglot import exp

Edit = Callable[[exp.Expr, Random], exp.Expr | None]
PRESERVING: dict[str, Edit] = {}
CHANGING: dict[str, Edit] = {}


def preserving(edit: Edit) -> Edit:
    PRESERVING[edit.__name__] = edit
    return edit


def changing(edit: Edit) -> Edit:
    CHANGING[edit.__name__] = edit
    return edit


def pick(rng: Random, nodes: Iterable[exp.Expr]) -> exp.Expr | None:
    found = list(nodes)
    return rng.choice(found) if found else None


def swap(node: exp.Expr, text: str) -> None:
    """Puts the expression of that SQL in a node's place."""
    node.replace(sqlglot.parse_one(text, read="duckdb"))


def sql(node: exp.Expr) -> str:
    return node.sql("duckdb")


def selects(tree: exp.Expr) -> list[exp.Select]:
    return list(tree.find_all(exp.Select))


def plain_selects(tree: exp.Expr) -> list[exp.Select]:
    """SELECTs to which a condition or column can be added without touching groups."""
    return [
        node
        for node in selects(tree)
        if node.args.get("from_") is not None
        and not any(node.args.get(key) for key in ("group", "having", "distinct", "qualify"))
        and not any(is_aggregate(part) for part in node.expressions)
        and not node.args.get("limit")
    ]


def is_aggregate(node: exp.Expr) -> bool:
    return any(
        isinstance(part, exp.AggFunc) and not isinstance(part.parent, exp.Window)
        for part in node.walk()
    )


def is_listed(node: exp.Select) -> bool:
    """Whether other queries rely on the order or number of this one's columns."""
    parent = node.parent
    return isinstance(parent, (exp.SetOperation, exp.In, exp.Exists)) or (
        isinstance(parent, exp.Subquery) and not isinstance(parent.parent, (exp.From, exp.Join))
    )


def conditions(tree: exp.Expr) -> list[exp.Expr]:
    return list(tree.find_all(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE))


def integers(tree: exp.Expr) -> list[exp.Expr]:
    """Integer literals whose value is all that counts."""
    return [
        node
        for node in tree.find_all(exp.Literal)
        if not node.is_string
        and node.find_ancestor(exp.DataType, exp.Limit, exp.Ordered, exp.Group) is None
        and node.find_ancestor(exp.WindowSpec) is None
        and not isinstance(node.parent, exp.DataTypeParam)
    ]


TYPES = {"id": "INTEGER", "k": "INTEGER", "v": "INTEGER", "a": "INTEGER", "c": "INTEGER"} | {
    "s": "VARCHAR",
    "b": "BOOLEAN",
    "d": "DOUBLE",
    "m": "DECIMAL(10, 2)",
    "day": "DATE",
    "x": "INTEGER",
}
