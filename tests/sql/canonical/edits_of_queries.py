"""Edits of clauses that keep a query's meaning."""

from __future__ import annotations

from random import Random

import sqlglot
from sqlglot import exp
from tests.sql.canonical.edits import (
    TYPES,
    is_aggregate,
    is_listed,
    pick,
    plain_selects,
    preserving,
    selects,
    sql,
)


@preserving
def reformat(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    text = tree.sql("duckdb", pretty=True).replace("\n", " -- a comment\n")
    return sqlglot.parse_one(text.replace("SELECT", "/* b */ select"), read="duckdb")


@preserving
def rename_table_alias(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    aliases = {node.alias for node in tree.find_all(exp.Table, exp.Subquery) if node.alias}
    if not aliases:
        return None
    old = rng.choice(sorted(aliases))
    for node in tree.find_all(exp.TableAlias):
        if node.name == old:
            node.set("this", exp.to_identifier(f"n_{old}"))
    for column in tree.find_all(exp.Column):
        if column.table == old:
            column.set("table", exp.to_identifier(f"n_{old}"))
    return tree


@preserving
def rename_cte(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    cte = pick(rng, tree.find_all(exp.CTE))
    if cte is None:
        return None
    old = cte.alias
    for table in tree.find_all(exp.Table):
        if table.name == old and not table.db:
            table.set("this", exp.to_identifier(f"n_{old}"))
    cte.args["alias"].set("this", exp.to_identifier(f"n_{old}"))
    return tree


@preserving
def inline_cte(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    cte = pick(rng, tree.find_all(exp.CTE))
    if cte is None:
        return None
    name = cte.alias
    for table in list(tree.find_all(exp.Table)):
        if table.name == name and not table.db:
            table.replace(exp.Subquery(this=cte.this.copy(), alias=table.args["alias"].copy()))
    clause = cte.parent
    cte.pop()
    if not clause.expressions:
        clause.pop()
    return tree


@preserving
def subquery_to_cte(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in tree.find_all(exp.Subquery)
        if node.alias and node.find_ancestor(exp.CTE) is None and not has_ctes_inside(node)
    ]
    node = pick(rng, found)
    if node is None or node.find_ancestor(exp.In, exp.Exists) is not None:
        return None
    name = f"made_{rng.randint(0, 10**6)}"
    table = exp.Table(this=exp.to_identifier(name), alias=node.args["alias"].copy())
    inner = node.this.copy()
    node.replace(table)
    clause = tree.args.get("with_")
    cte = exp.CTE(this=inner, alias=exp.TableAlias(this=exp.to_identifier(name)))
    if clause is None:
        tree.set("with_", exp.With(expressions=[cte]))
    else:
        clause.append("expressions", cte)
    return tree


def has_ctes_inside(node: exp.Expr) -> bool:
    return node.find(exp.With) is not None


@preserving
def add_unused_cte(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    cte = exp.CTE(
        this=sqlglot.parse_one("SELECT s, COUNT(*) AS n FROM raw.w GROUP BY s"),
        alias=exp.TableAlias(this=exp.to_identifier("unused")),
    )
    clause = tree.args.get("with_")
    if clause is None:
        tree.set("with_", exp.With(expressions=[cte]))
    else:
        clause.set("expressions", [cte, *clause.expressions])
    return tree


@preserving
def shuffle_columns(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [node for node in selects(tree) if not is_listed(node) and len(node.expressions) > 1]
    node = pick(rng, found)
    if node is None or node.find(exp.Star):
        return None
    parts = list(node.expressions)
    rng.shuffle(parts)
    node.set("expressions", parts)
    return tree


@preserving
def add_inner_column(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in plain_selects(tree)
        if node.parent is not None and not is_listed(node) and not in_star(node)
    ]
    node = pick(rng, found)
    column = pick(rng, node.find_all(exp.Column)) if node is not None else None
    if node is None or column is None or column.find_ancestor(exp.Select) is not node:
        return None
    node.append("expressions", exp.alias_(column.copy(), "never_read"))
    return tree


def in_star(node: exp.Expr) -> bool:
    outer = node.find_ancestor(exp.Select)
    while outer is not None:
        if outer.find(exp.Star):
            return True
        outer = outer.find_ancestor(exp.Select)
    return False


@preserving
def group_by_place(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    groups = [node for node in selects(tree) if node.args.get("group") is not None]
    node = pick(rng, groups)
    if node is None:
        return None
    shown = [sql(part.unalias()) for part in node.expressions]
    keys = node.args["group"].expressions
    if any(sql(key) not in shown for key in keys):
        return None
    places = [exp.Literal.number(shown.index(sql(key)) + 1) for key in keys]
    node.args["group"].set("expressions", places)
    return tree


@preserving
def key_condition_to_having(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in selects(tree)
        if node.args.get("group") is not None and node.args["group"].expressions
    ]
    node = pick(rng, found)
    if node is None:
        return None
    key = node.args["group"].expressions[0]
    having = node.args.get("having")
    if having is not None and sql(having.this) == f"NOT {sql(key)} IS NULL":
        node.set("having", None)
        node.where(f"{sql(key)} IS NOT NULL", dialect="duckdb", copy=False)
        return tree
    return None


@preserving
def swap_inner_join(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in selects(tree)
        if len(node.args.get("joins") or ()) == 1 and is_inner(node.args["joins"][0])
    ]
    node = pick(rng, found)
    if node is None or any(isinstance(part, exp.Star) for part in node.expressions):
        return None
    if isinstance(node.args["joins"][0].this, exp.Lateral):
        return None
    clause, join = node.args["from_"], node.args["joins"][0]
    left, right = clause.this.copy(), join.this.copy()
    clause.set("this", right)
    join.set("this", left)
    return tree


def is_inner(join: exp.Expr) -> bool:
    return not join.side and join.kind in ("", "INNER", "CROSS") and not join.args.get("using")


@preserving
def on_to_where(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in selects(tree)
        if (joins := node.args.get("joins"))
        and all(map(is_inner, joins))
        and joins[0].args.get("on")
    ]
    node = pick(rng, found)
    if node is None:
        return None
    join = node.args["joins"][0]
    node.where(f"({sql(join.args['on'])})", dialect="duckdb", copy=False)
    join.set("on", None)
    join.set("kind", "CROSS")
    return tree


@preserving
def where_to_on(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in selects(tree)
        if node.args.get("where") is not None
        and (joins := node.args.get("joins"))
        and all(map(is_inner, joins))
        and joins[-1].args.get("on")
    ]
    node = pick(rng, found)
    if node is None or node.args["where"].find(exp.Select) is not None:
        return None
    join = node.args["joins"][-1]
    text = f"({sql(join.args['on'])}) AND ({sql(node.args['where'].this)})"
    join.set("on", sqlglot.parse_one(text, read="duckdb"))
    node.set("where", None)
    return tree


@preserving
def on_to_using(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = []
    for node in selects(tree):
        joins = node.args.get("joins") or ()
        if len(joins) != 1 or joins[0].kind in ("SEMI", "ANTI") or node.find(exp.Star):
            continue
        on = joins[0].args.get("on")
        if not isinstance(on, exp.EQ):
            continue
        columns = all(isinstance(part, exp.Column) for part in (on.left, on.right))
        if columns and on.left.name == on.right.name:
            found.append((joins[0], on.left.name))
    if not found:
        return None
    join, name = rng.choice(found)
    join.set("on", None)
    join.set("using", [exp.to_identifier(name)])
    return tree


@preserving
def right_to_left_join(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in selects(tree)
        if len(node.args.get("joins") or ()) == 1
        and node.args["joins"][0].side in ("LEFT", "RIGHT")
        and not node.args["joins"][0].args.get("using")
    ]
    node = pick(rng, found)
    if node is None or any(isinstance(part, exp.Star) for part in node.expressions):
        return None
    if isinstance(node.args["joins"][0].this, exp.Lateral):
        return None
    clause, join = node.args["from_"], node.args["joins"][0]
    left, right = clause.this.copy(), join.this.copy()
    clause.set("this", right)
    join.set("this", left)
    join.set("side", "LEFT" if join.side == "RIGHT" else "RIGHT")
    return tree


@preserving
def add_unread_left_join(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [node for node in selects(tree) if node.args.get("from_") is not None]
    node = pick(rng, found)
    if node is None or any(part.find(exp.Star) for part in node.expressions):
        return None
    source = node.args["from_"].this
    kind = source.alias
    column = pick(rng, (part for part in node.find_all(exp.Column) if part.table == kind and kind))
    if column is None or any(
        join.kind in ("SEMI", "ANTI") for join in node.args.get("joins") or ()
    ):
        return None
    if TYPES.get(column.name) != "INTEGER" or not (isinstance(source, exp.Table) and source.db):
        return None
    name = f"extra_{rng.randint(0, 10**6)}"
    text = f"LEFT JOIN raw.u AS {name} ON {name}.k = {sql(column)}"
    join = sqlglot.parse_one(f"SELECT 1 FROM q {text}", read="duckdb").args["joins"][0]
    node.append("joins", join)
    return tree


@preserving
def distinct_over_key(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in plain_selects(tree)
        if not node.args.get("joins")
        and isinstance(node.args["from_"].this, exp.Table)
        and node.args["from_"].this.name in ("t", "u")
        and not is_listed(node)
        and not node.find(exp.Window)
    ]
    node = pick(rng, found)
    if node is None:
        return None
    key = "id" if node.args["from_"].this.name == "t" else "k"
    if not any(
        isinstance(part.this, exp.Column) and part.this.name == key for part in node.expressions
    ):
        return None
    node.distinct(copy=False)
    return tree


@preserving
def wrap_in_query(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    names = [name for name in tree.named_selects if name != "*"]
    if not names:
        return None
    text = ", ".join(f"wrapped.{name}" for name in names)
    return sqlglot.parse_one(f"SELECT {text} FROM ({sql(tree)}) AS wrapped", read="duckdb")


@preserving
def wrap_source(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    node = pick(rng, (node for node in tree.find_all(exp.Table) if node.db and node.alias))
    if node is None:
        return None
    alias = node.args["alias"].copy()
    node.set("alias", None)
    inner = sqlglot.parse_one(f"SELECT * FROM {sql(node)}", read="duckdb")
    node.replace(exp.Subquery(this=inner, alias=alias))
    return tree


@preserving
def add_true(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [node for node in selects(tree) if node.args.get("from_") is not None]
    node = pick(rng, found)
    if node is None:
        return None
    node.where(rng.choice(("1 = 1", "TRUE", "NOT FALSE", "2 > 1")), copy=False)
    return tree


@preserving
def quote_names(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    for node in tree.find_all(exp.Identifier):
        if rng.random() < 0.5:
            node.set("quoted", True)
    return tree


@preserving
def shout_names(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    for column in tree.find_all(exp.Column):
        is_plain = isinstance(column.this, exp.Identifier) and not column.this.quoted
        if is_plain and not isinstance(column.parent, exp.Select):
            column.this.set("this", column.name.upper())
    return tree


@preserving
def swap_union_sides(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in tree.find_all(exp.Union)
        if not isinstance(node.parent, exp.SetOperation)
        and not isinstance(node.this, exp.SetOperation)
    ]
    node = pick(rng, found)
    if node is None or node.this.named_selects != node.expression.named_selects:
        return None
    left, right = node.this.copy(), node.expression.copy()
    node.set("this", right)
    node.set("expression", left)
    return tree


@preserving
def qualify_to_filter(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [node for node in selects(tree) if node.args.get("qualify") is not None]
    node = pick(rng, found)
    if node is None or node.args.get("with_") or is_listed(node):
        return None
    test = node.args["qualify"].this
    names = node.named_selects
    inner = node.copy()
    inner.set("qualify", None)
    inner.append("expressions", exp.alias_(test.this.copy(), "ranked"))
    shown = ", ".join(f"f.{name} AS {name}" for name in names)
    operator = {exp.LTE: "<="}.get(type(test))
    if operator is None:
        return None
    text = (
        f"SELECT {shown} FROM ({sql(inner)}) AS f WHERE f.ranked {operator} {sql(test.expression)}"
    )
    made = sqlglot.parse_one(text, read="duckdb")
    if node.parent is None:
        return made
    node.replace(made)
    return tree


@preserving
def distinct_to_group(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    found = [
        node
        for node in selects(tree)
        if node.args.get("distinct") is not None
        and not any(node.args.get(key) for key in ("group", "having"))
        and not any(is_aggregate(part) or part.find(exp.Window) for part in node.expressions)
    ]
    node = pick(rng, found)
    if node is None:
        return None
    keys = [sql(part.unalias()) for part in node.expressions]
    if any(part.find(exp.Select) for part in node.expressions):
        return None
    node.set("distinct", None)
    return node.group_by(*[f"({key})" for key in keys], dialect="duckdb", copy=False) and tree
