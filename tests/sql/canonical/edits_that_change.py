"""Edits that mostly change what a query means."""

from __future__ import annotations

from random import Random

import sqlglot
from sqlglot import exp
from tests.sql.canonical.edits import (
    TYPES,
    changing,
    conditions,
    integers,
    is_listed,
    pick,
    selects,
    sql,
    swap,
)


@changing
def other_comparison(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, conditions(tree))
    if node is None:
        return None
    words = ["=", "<>", "<", "<=", ">", ">=", "IS NOT DISTINCT FROM", "IS DISTINCT FROM"]
    swap(node, f"(({sql(node.this)}) {rng.choice(words)} ({sql(node.expression)}))")
    return tree


@changing
def other_number(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, integers(tree))
    if node is None:
        return None
    swap(node, str(int(node.name) + rng.choice((1, 2))))
    return tree


@changing
def other_column(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, (part for part in tree.find_all(exp.Column) if part.name in TYPES))
    if node is None:
        return None
    kind = TYPES[node.name]
    select = node.find_ancestor(exp.Select)
    same = [
        part
        for part in (select or tree).find_all(exp.Column)
        if TYPES.get(part.name) == kind and part.find_ancestor(exp.Select) is select
    ]
    other = pick(rng, same)
    if other is None or sql(other) == sql(node):
        return None
    node.replace(other.copy())
    return tree


@changing
def other_join(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [node for node in tree.find_all(exp.Join) if node.args.get("on") is not None]
    node = pick(rng, found)
    if node is None or node.kind in ("SEMI", "ANTI"):
        return None
    node.set("kind", None)
    node.set("side", rng.choice((None, "LEFT", "RIGHT", "FULL")))
    return tree


@changing
def drop_condition(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.And, exp.Or))
    if node is None:
        return None
    node.replace(rng.choice((node.this, node.expression)).copy())
    return tree


@changing
def and_to_or(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.And, exp.Or))
    if node is None:
        return None
    word = "OR" if isinstance(node, exp.And) else "AND"
    swap(node, f"(({sql(node.this)}) {word} ({sql(node.expression)}))")
    return tree


@changing
def toggle_distinct(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, selects(tree))
    if node is None:
        return None
    if node.args.get("distinct") is not None:
        node.set("distinct", None)
    else:
        node.distinct(copy=False)
    return tree


@changing
def toggle_union_all(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Union))
    if node is None:
        return None
    node.set("distinct", not node.args.get("distinct"))
    return tree


@changing
def swap_operands(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Sub, exp.LT, exp.LTE, exp.Coalesce, exp.DPipe))
    if node is None:
        return None
    if isinstance(node, exp.Coalesce):
        swap(node, f"COALESCE({sql(node.expressions[0])}, {sql(node.this)})")
        return tree
    left, right = node.this.copy(), node.expression.copy()
    node.set("this", exp.paren(right))
    node.set("expression", exp.paren(left))
    return tree


@changing
def other_aggregate(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Min, exp.Max, exp.Count))
    if node is None:
        return None
    if isinstance(node, exp.Count):
        swap(node, "COUNT(*)")
    else:
        swap(node, f"{rng.choice(('MIN', 'MAX', 'ANY_VALUE'))}({sql(node.this)})")
    return tree if not tree.find(exp.AnyValue) else None


@changing
def toggle_null_test(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Is))
    if node is None:
        return None
    swap(node, f"(NOT ({sql(node)}))")
    return tree


@changing
def drop_not(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Not))
    if node is None:
        return None
    node.replace(exp.paren(node.this.copy()))
    return tree


@changing
def add_condition(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, (part for part in selects(tree) if part.args.get("from_") is not None))
    if node is None:
        return None
    columns = [part for part in node.find_all(exp.Column) if part.find_ancestor(exp.Select) is node]
    column = pick(rng, columns)
    if column is None or not isinstance(column.this, exp.Identifier):
        return None
    text = f"{sql(column)} IS {rng.choice(('', 'NOT '))}NULL"
    if rng.random() < 0.3:
        text = f"{sql(column)} = {sql(column)}"
    node.where(text, dialect="duckdb", copy=False)
    return tree


@changing
def where_into_outer_join(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in selects(tree)
        if node.args.get("where") is not None
        and node.args.get("joins")
        and node.args["joins"][-1].args.get("on") is not None
    ]
    node = pick(rng, found)
    if node is None or node.args["where"].find(exp.Select) is not None:
        return None
    join = node.args["joins"][-1]
    text = f"({sql(join.args['on'])}) AND ({sql(node.args['where'].this)})"
    join.set("on", sqlglot.parse_one(text, read="duckdb"))
    node.set("where", None)
    return tree


@changing
def on_into_where(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in selects(tree)
        if any(
            join.side and isinstance(join.args.get("on"), exp.And)
            for join in node.args.get("joins") or ()
        )
    ]
    node = pick(rng, found)
    if node is None:
        return None
    join = next(
        join
        for join in node.args["joins"]
        if join.side and isinstance(join.args.get("on"), exp.And)
    )
    on = join.args["on"]
    node.where(f"({sql(on.expression)})", dialect="duckdb", copy=False)
    join.set("on", on.this.copy())
    return tree


@changing
def drop_group_key(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, (part for part in selects(tree) if part.args.get("group") is not None))
    if node is None:
        return None
    keys = node.args["group"].expressions
    shown = [part for part in node.expressions if sql(part.unalias()) != sql(keys[-1])]
    if len(keys) < 2 or not shown or is_listed(node):
        return None
    node.args["group"].set("expressions", keys[:-1])
    node.set("expressions", shown)
    return tree


@changing
def other_window(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Window))
    if node is None:
        return None
    if node.args.get("partition_by") and rng.random() < 0.5:
        node.set("partition_by", None)
    elif node.args.get("order") is not None:
        item = node.args["order"].expressions[0]
        item.set("desc", not item.args.get("desc"))
    return tree


@changing
def swap_arms(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Case))
    if node is None or node.args.get("default") is None:
        return None
    arm = node.args["ifs"][0]
    one, two = arm.args["true"].copy(), node.args["default"].copy()
    arm.set("true", two)
    node.set("default", one)
    return tree


@changing
def negate_arm(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    """Swaps arms and negates the condition: the same only where that is never NULL."""
    node = pick(rng, (node for node in tree.find_all(exp.Case) if len(node.args["ifs"]) == 1))
    if node is None or node.args.get("default") is None:
        return None
    arm = node.args["ifs"][0]
    parts = [sql(arm.this), sql(node.args["default"]), sql(arm.args["true"])]
    swap(node, f"CASE WHEN NOT ({parts[0]}) THEN {parts[1]} ELSE {parts[2]} END")
    return tree


@changing
def not_in_to_not_exists(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, (part for part in tree.find_all(exp.In) if part.args.get("query") is not None))
    if node is None:
        return None
    inner = node.args["query"].this.copy()
    inner.where(f"{sql(inner.expressions[0])} = {sql(node.this)}", dialect="duckdb", copy=False)
    swap(node, f"EXISTS ({sql(inner)})")
    return tree


@changing
def join_twice(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    """An unread LEFT JOIN to a relation that is not unique."""
    node = pick(rng, (part for part in selects(tree) if part.args.get("from_") is not None))
    if node is None or any(part.find(exp.Star) for part in node.expressions):
        return None
    source = node.args["from_"].this
    column = pick(rng, (part for part in node.find_all(exp.Column) if part.table == source.alias))
    if column is None or TYPES.get(column.name) != "INTEGER":
        return None
    target = rng.choice(("raw.w AS extra ON extra.a", "other.v AS extra ON extra.k"))
    join = sqlglot.parse_one(
        f"SELECT 1 FROM q LEFT JOIN {target} = {sql(column)}", read="duckdb"
    ).args["joins"][0]
    node.append("joins", join)
    return tree


@changing
def other_set_operation(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.SetOperation))
    if node is None:
        return None
    kind = rng.choice((exp.Except, exp.Intersect, exp.Union))
    distinct = rng.random() < 0.5
    made = kind(this=node.this.copy(), expression=node.expression.copy(), distinct=distinct)
    if node.parent is None:
        return made
    node.replace(made)
    return tree


@changing
def sum_to_minus(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Add, exp.Mul, exp.Sub))
    if node is None:
        return None
    sign = rng.choice(("+", "-", "*"))
    swap(node, f"(({sql(node.this)}) {sign} ({sql(node.expression)}))")
    return tree


@changing
def toggle_filter(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Filter))
    if node is None:
        return None
    node.replace(node.this.copy())
    return tree


@changing
def other_limit(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, tree.find_all(exp.Limit))
    if node is None:
        return None
    node.set("expression", exp.Literal.number(int(node.expression.name) + 1))
    return tree
