"""Edits such as owners make from one version of a model to the next."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import sqlglot
from sqlglot import exp
from tests.sql.canonical.edits import is_aggregate, pick, plain_selects, sql

Edit = Callable[[exp.Expr, Random], exp.Expr | None]
VERSION_EDITS: dict[str, Edit] = {}

_KEYS = ("k", "x", "id", "v", "a", "c")


def version_edit(edit: Edit) -> Edit:
    VERSION_EDITS[edit.__name__] = edit
    return edit


def outermost(tree: exp.Expr) -> exp.Select | None:
    return tree if isinstance(tree, exp.Select) else None


def free_name(select: exp.Select, rng: Random) -> str:
    return f"{rng.choice(('added', 'Added', 'new col', 'c_new'))}_{len(select.expressions)}"


def names_of(select: exp.Select) -> list[str]:
    return [part.alias_or_name for part in select.expressions]


def columns_of(select: exp.Select) -> list[exp.Column]:
    """Columns that the SELECT itself reads in its values and its filter."""
    clauses = [*select.expressions, *(select.args.get(key) for key in ("where", "group"))]
    return [
        column
        for clause in clauses
        if clause is not None
        for column in clause.find_all(exp.Column)
        if column.find_ancestor(exp.Select) is select
        and column.table
        and column.find_ancestor(exp.Subquery) is select.find_ancestor(exp.Subquery)
    ]


@version_edit
def add_column(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    select = outermost(tree)
    column = pick(rng, columns_of(select)) if select is not None else None
    if select is None or column is None or select.args.get("limit"):
        return None
    text = sql(column)
    forms = [f"CAST({text} AS VARCHAR)", f"{text} IS NULL", f"COALESCE({text}, {text})", text]
    grouped = select.args.get("group") or any(map(is_aggregate, select.expressions))
    if grouped:
        forms = [f"MAX({text})", f"COUNT({text})", f"COUNT(DISTINCT {text})", "COUNT(*)"]
    body = sqlglot.parse_one(rng.choice(forms), read="duckdb")
    select.select(exp.alias_(body, free_name(select, rng), quoted=True), copy=False)
    return tree


@version_edit
def add_value_of_a_column(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    """The whole query as a CTE, and a column computed from it."""
    select = outermost(tree)
    if select is None or select.args.get("with_") or not all(names_of(select)):
        return None
    name = rng.choice(names_of(select))
    base = f"WITH base AS ({sql(tree)})"
    extra = rng.choice((f"base.{_quoted(name)} IS NULL", f"COALESCE(base.{_quoted(name)}, NULL)"))
    shown = rng.choice(("*", "base.*", ", ".join(_quoted(each) for each in names_of(select))))
    text = f"{base} SELECT {shown}, {extra} AS {_quoted(free_name(select, rng))} FROM base AS base"
    return sqlglot.parse_one(text, read="duckdb")


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("duckdb")


@version_edit
def rename_column(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    select = outermost(tree)
    if select is None or select.args.get("order") or select.args.get("distinct"):
        return None
    found = [part for part in select.expressions if isinstance(part, exp.Alias)]
    alias = pick(rng, found)
    if alias is None:
        return None
    alias.set("alias", exp.to_identifier(f"Renamed_{rng.randint(0, 3)}", quoted=True))
    return tree if len(set(names_of(select))) == len(select.expressions) else None


@version_edit
def drop_column(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    select = outermost(tree)
    if select is None or len(select.expressions) < 2 or select.args.get("order"):
        return None
    if select.args.get("group") is not None or select.args.get("limit"):
        return None
    parts = list(select.expressions)
    parts.pop(rng.randrange(len(parts)))
    select.set("expressions", parts)
    return tree


@version_edit
def other_type(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    select = outermost(tree)
    if select is None:
        return None
    alias = pick(rng, [part for part in select.expressions if isinstance(part, exp.Alias)])
    if alias is None:
        return None
    kind = rng.choice(("VARCHAR", "VARCHAR", "VARCHAR(20)"))
    value = alias.this
    if isinstance(value, exp.Literal) and not value.is_string:
        kind = rng.choice(("BIGINT", "DOUBLE", "SMALLINT", "INTEGER"))
    alias.set("this", exp.cast(value.copy(), kind, dialect="duckdb"))
    return tree


@version_edit
def other_value(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    select = outermost(tree)
    if select is None or select.args.get("distinct") or select.args.get("order"):
        return None
    found = [
        part
        for part in select.expressions
        if isinstance(part, exp.Alias) and not is_aggregate(part) and part.find(exp.Column)
    ]
    alias = pick(rng, found)
    if alias is None or select.args.get("group") is not None:
        return None
    text = sql(alias.this)
    text = rng.choice((f"COALESCE({text}, {text})", f"NULLIF({text}, NULL)", f"({text}) IS NULL"))
    alias.set("this", sqlglot.parse_one(text, read="duckdb"))
    return tree


def _join(select: exp.Select, text: str, rng: Random) -> None:
    join = sqlglot.parse_one(f"SELECT 1 FROM x {text}", read="duckdb").args["joins"][0]
    select.append("joins", join)


@version_edit
def add_lookup(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    """A LEFT JOIN to a relation that is unique on the key."""
    return _looked_up(tree, rng, unique=True)


@version_edit
def add_join_that_may_multiply(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    return _looked_up(tree, rng, unique=False)


def _looked_up(tree: exp.Expr, rng: Random, *, unique: bool) -> exp.Expr | None:
    select = outermost(tree)
    if select is None or select not in plain_selects(tree) or select.find(exp.Star):
        return None
    columns = [one for one in columns_of(select) if one.name in _KEYS and one.table != "extra"]
    column = pick(rng, columns)
    if column is None or any(
        join.alias_or_name == "extra" for join in select.args.get("joins") or ()
    ):
        return None
    if not all(one.table for one in select.find_all(exp.Column)):
        return None
    relations = (
        "raw.u",
        "(SELECT k, MAX(v) AS v FROM raw.u GROUP BY k)",
        "(SELECT x AS k, COUNT(*) AS v FROM raw.t GROUP BY x)",
        "(SELECT DISTINCT c AS k, c AS v FROM raw.w)",
        "(SELECT k, v FROM raw.u WHERE v > 0)",
    )
    if not unique:
        relations = ("(SELECT x AS k, x AS v FROM raw.t)", "(SELECT k, x AS v FROM other.v)")
    _join(select, f"LEFT JOIN {rng.choice(relations)} AS extra ON extra.k = {sql(column)}", rng)
    value = sqlglot.parse_one(rng.choice(("extra.v", "extra.v IS NULL", "COALESCE(extra.v, 0)")))
    select.select(exp.alias_(value, free_name(select, rng), quoted=True), copy=False)
    return tree


@version_edit
def to_cte_and_star(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    if tree.args.get("with_"):
        return None
    return sqlglot.parse_one(
        f"WITH base AS ({sql(tree)}) SELECT * FROM base AS base", read="duckdb"
    )


@version_edit
def source_to_cte(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    """A table that is read becomes a CTE that passes it on."""
    if tree.args.get("with_"):
        return None
    tables = [one for one in tree.find_all(exp.Table) if one.db and one.alias]
    table = pick(rng, tables)
    if table is None:
        return None
    name = f"imported_{rng.randint(0, 99)}"
    shown = f"SELECT * FROM {table.db}.{table.name}"
    table.set("this", exp.to_identifier(name))
    table.set("db", None)
    return sqlglot.parse_one(f"WITH {name} AS ({shown}) {sql(tree)}", read="duckdb")


@version_edit
def no_edit(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    del rng
    return tree


@version_edit
def add_column_in_a_query(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    """A column that a query in FROM passes on, shown by the query around it."""
    select = outermost(tree)
    if select is None or select.args.get("group") or any(map(is_aggregate, select.expressions)):
        return None
    if select.args.get("distinct") or select.find(exp.Star):
        return None
    sources = [select.args["from_"].this, *(join.this for join in select.args.get("joins") or ())]
    inner = pick(
        rng,
        [
            one
            for one in sources
            if isinstance(one, exp.Subquery) and isinstance(one.this, exp.Select)
        ],
    )
    if inner is None or inner.this.args.get("distinct") or inner.this.args.get("limit"):
        return None
    column = pick(rng, columns_of_inner(inner.this))
    join = inner.parent
    if column is None or (isinstance(join, exp.Join) and join.kind in ("SEMI", "ANTI")):
        return None
    grouped = inner.this.args.get("group") or any(map(is_aggregate, inner.this.expressions))
    text = f"MAX({sql(column)})" if grouped else sql(column)
    name = f"inner_{len(inner.this.expressions)}"
    inner.this.select(exp.alias_(sqlglot.parse_one(text, read="duckdb"), name), copy=False)
    shown = exp.column(name, table=inner.alias)
    select.select(exp.alias_(shown, free_name(select, rng), quoted=True), copy=False)
    return tree


def columns_of_inner(select: exp.Select) -> list[exp.Column]:
    return [
        column
        for part in select.expressions
        for column in part.find_all(exp.Column)
        if column.find_ancestor(exp.Select) is select
    ]


@version_edit
def other_filter(tree: exp.Expr, rng: Random) -> exp.Expr | None:
    """A filter added, changed or dropped."""
    select = outermost(tree)
    if select is None or select.find(exp.Star):
        return None
    column = pick(rng, columns_of(select))
    if column is None:
        return None
    text = sql(column)
    forms = (
        f"{text} IS NOT NULL",
        f"{text} IS NULL",
        f"NOT ({text} = {text})",
        f"{text} IN ({text})",
    )
    condition = rng.choice(forms)
    where = select.args.get("where")
    if where is not None and rng.random() < 0.5:
        condition = (
            f"{rng.choice(('', 'NOT '))}({sql(where.this)}) {rng.choice(('AND', 'OR'))} {condition}"
        )
    if where is not None and rng.random() < 0.2:
        select.set("where", None)
        return tree
    select.set("where", exp.Where(this=sqlglot.parse_one(condition, read="duckdb")))
    return tree
