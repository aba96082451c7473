"""Edits of expressions that keep their value."""

from __future__ import annotations

from random import Random

import sqlglot
from sqlglot import exp
from tests.sql.canonical.edits import TYPES, conditions, integers, pick, preserving, sql, swap


@preserving
def commute(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.And, exp.Or, exp.EQ, exp.NEQ, exp.NullSafeEQ))
    if node is None:
        return None
    left, right = node.this.copy(), node.expression.copy()
    node.set("this", exp.paren(right))
    node.set("expression", exp.paren(left))
    return tree


@preserving
def commute_numbers(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Add, exp.Mul))
    if node is None:
        return None
    left, right = node.this.copy(), node.expression.copy()
    node.set("this", exp.paren(right))
    node.set("expression", exp.paren(left))
    return tree


@preserving
def flip_comparison(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.LT, exp.LTE, exp.GT, exp.GTE))
    if node is None:
        return None
    kinds = {exp.LT: ">", exp.LTE: ">=", exp.GT: "<", exp.GTE: "<="}
    text = f"({sql(node.expression)}) {kinds[type(node)]} ({sql(node.this)})"
    swap(node, f"({text})")
    return tree


@preserving
def negate_comparison(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, conditions(tree))
    if node is None:
        return None
    kinds = {
        exp.EQ: "<>",
        exp.NEQ: "=",
        exp.LT: ">=",
        exp.LTE: ">",
        exp.GT: "<=",
        exp.GTE: "<",
    }
    swap(node, f"(NOT ({sql(node.this)}) {kinds[type(node)]} ({sql(node.expression)}))")
    return tree


@preserving
def double_negation(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, conditions(tree))
    if node is None:
        return None
    swap(node, f"(NOT (NOT ({sql(node)})))")
    return tree


@preserving
def de_morgan(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.And, exp.Or))
    if node is None:
        return None
    word = "OR" if isinstance(node, exp.And) else "AND"
    swap(node, f"(NOT (NOT ({sql(node.this)}) {word} NOT ({sql(node.expression)})))")
    return tree


@preserving
def list_to_alternatives(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [node for node in tree.find_all(exp.In) if node.expressions]
    node = pick(rng, found)
    if node is None:
        return None
    parts = [f"({sql(node.this)}) = {sql(part)}" for part in node.expressions]
    swap(node, f"({' OR '.join(parts)})")
    return tree


@preserving
def between_to_comparisons(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Between))
    if node is None:
        return None
    value, low, high = (sql(node.args[key]) for key in ("this", "low", "high"))
    swap(node, f"({value} >= {low} AND {value} <= {high})")
    return tree


@preserving
def add_parentheses(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Column, exp.Literal, exp.EQ, exp.Case, exp.Coalesce))
    if node is None or isinstance(node.parent, (exp.DataTypeParam, exp.Ordered, exp.Limit)):
        return None
    if node.find_ancestor(exp.Group, exp.Star) is not None:
        return None
    node.replace(exp.paren(node.copy()))
    return tree


@preserving
def add_cast(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, (node for node in tree.find_all(exp.Column) if node.name in TYPES))
    if node is None:
        return None
    swap(node, f"CAST({sql(node)} AS {TYPES[node.name]})")
    return tree


@preserving
def coalesce_to_case(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, (node for node in tree.find_all(exp.Coalesce) if len(node.expressions) == 1))
    if node is None:
        return None
    one, two = sql(node.this), sql(node.expressions[0])
    if rng.random() < 0.3:
        swap(node, f"IFNULL({one}, {two})")
    elif rng.random() < 0.5:
        swap(node, f"CASE WHEN {one} IS NULL THEN {two} ELSE {one} END")
    else:
        swap(node, f"CASE WHEN ({one}) IS NOT NULL THEN {one} ELSE {two} END")
    return tree


@preserving
def if_to_case(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [node for node in tree.find_all(exp.If) if not isinstance(node.parent, exp.Case)]
    node = pick(rng, found)
    if node is None:
        return None
    parts = [sql(node.args[key]) for key in ("this", "true", "false")]
    swap(node, f"CASE WHEN {parts[0]} THEN {parts[1]} ELSE {parts[2]} END")
    return tree


@preserving
def nullif_to_case(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Nullif))
    if node is None:
        return None
    one, two = sql(node.this), sql(node.expression)
    swap(node, f"CASE WHEN {one} = {two} THEN NULL ELSE {one} END")
    return tree


@preserving
def explicit_else(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [node for node in tree.find_all(exp.Case) if node.args.get("default") is None]
    node = pick(rng, found)
    if node is None:
        return None
    node.set("default", exp.null())
    return tree


@preserving
def is_null_forms(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [node for node in tree.find_all(exp.Is) if isinstance(node.expression, exp.Null)]
    node = pick(rng, found)
    if node is None:
        return None
    swap(node, f"(NOT ({sql(node.this)}) IS NOT NULL)")
    return tree


@preserving
def split_number(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, integers(tree))
    if node is None:
        return None
    part = rng.randint(0, 5)
    swap(node, f"({int(node.name) + part} - {part})")
    return tree


@preserving
def regroup_sum(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in tree.find_all(exp.Add, exp.Mul)
        if type(node.expression.unnest()) is type(node)
    ]
    node = pick(rng, found)
    if node is None:
        return None
    sign = "+" if isinstance(node, exp.Add) else "*"
    inner = node.expression.unnest()
    swap(
        node, f"((({sql(node.this)}) {sign} ({sql(inner.this)})) {sign} ({sql(inner.expression)}))"
    )
    return tree


@preserving
def count_one(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [node for node in tree.find_all(exp.Count) if isinstance(node.this, exp.Star)]
    node = pick(rng, found)
    if node is None:
        return None
    node.set("this", exp.Literal.number(1))
    return tree


@preserving
def filter_to_case(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in tree.find_all(exp.Filter)
        if isinstance(node.this, (exp.Sum, exp.Min, exp.Max))
    ]
    node = pick(rng, found)
    if node is None:
        return None
    call = node.this.copy()
    text = f"CASE WHEN {sql(node.expression.this)} THEN {sql(call.this)} END"
    call.set("this", sqlglot.parse_one(text, read="duckdb"))
    node.replace(call)
    return tree


@preserving
def in_to_exists(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    """Only where the condition stands alone in a WHERE, so that NULL is as good as false."""
    found = [
        node
        for node in tree.find_all(exp.In)
        if node.args.get("query") is not None
        and isinstance(node.parent, (exp.Where, exp.And))
        and not isinstance(node.parent.parent, (exp.Not, exp.Paren))
        and node.find_ancestor(exp.Where, exp.Select) is not None
        and isinstance(
            node.find_ancestor(exp.Where, exp.Not, exp.Or, exp.Case, exp.Alias), exp.Where
        )
    ]
    node = pick(rng, found)
    if node is None:
        return None
    inner = node.args["query"].this.copy()
    inner.where(f"{sql(inner.expressions[0])} = {sql(node.this)}", dialect="duckdb", copy=False)
    swap(node, f"EXISTS ({sql(inner)})")
    return tree
