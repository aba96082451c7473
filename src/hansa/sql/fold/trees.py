"""Forms as trees of SQL, with names for people and repeated queries written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from hansa.sql.fold.forms import (
    INPUT_SCHEMA,
    Form,
    Item,
    OtherSource,
    SetForm,
    TableSource,
    key_of,
)


def tree_of(form: Form) -> exp.Query:
    """The form as a tree; tables are `input.N`, with the number of the relation."""
    if isinstance(form, SetForm):
        return form.kind(
            this=tree_of(form.left), expression=tree_of(form.right), distinct=form.distinct
        )
    select = exp.Select(
        expressions=[exp.Alias(this=part.copy(), alias=named(name)) for name, part in form.columns]
    )
    if form.items:
        select.set("from_", exp.From(this=_source(form.items[0])))
        select.set("joins", [_join(item) for item in form.items[1:]])
    if form.where:
        select.set("where", exp.Where(this=_all(form.where)))
    if form.group is not None:
        select.set("group", exp.Group(expressions=[part.copy() for part in form.group]))
    if form.having:
        select.set("having", exp.Having(this=_all(form.having)))
    if form.qualify:
        select.set("qualify", exp.Qualify(this=_all(form.qualify)))
    if form.distinct:
        select.set("distinct", exp.Distinct())
    return select


def named(name: str) -> exp.Identifier:
    """A name in quotes."""
    return exp.to_identifier(name, quoted=True)


def _all(parts: Sequence[exp.Expr]) -> exp.Expr:
    found = None
    for part in parts:
        one = exp.Paren(this=part.copy()) if isinstance(part, exp.Connector) else part.copy()
        found = one if found is None else exp.And(this=found, expression=one)
    assert found is not None
    return found


def _source(item: Item) -> exp.Expr:
    alias = exp.TableAlias(this=named(item.alias))
    source = item.source
    if isinstance(source, TableSource):
        return exp.Table(this=named(str(source.relation)), db=named(INPUT_SCHEMA), alias=alias)
    if isinstance(source, OtherSource):
        node = source.node.copy()
        given = node.args.get("alias")
        if isinstance(given, exp.TableAlias):
            alias.set("columns", [part.copy() for part in given.args.get("columns") or ()])
        node.set("alias", alias)
        return node
    return exp.Subquery(this=tree_of(source), alias=alias)


def _join(item: Item) -> exp.Join:
    join = exp.Join(this=_source(item))
    if item.side:
        join.set("side", item.side)
    if item.kind:
        join.set("kind", item.kind)
    if item.on:
        join.set("on", _all(item.on))
    elif not item.side and not item.kind:
        # Never a comma, which binds less than the joins after it.
        join.set("kind", "CROSS")
    return join


def shared_queries_once(tree: exp.Query) -> exp.Query:
    """The tree with every query in FROM that stands in it several times as one CTE."""
    made: list[exp.CTE] = []
    again = True
    while again:
        again = False
        found = [node for node in _from_queries(tree, made) if node.find(exp.Subquery) is node]
        found += [node for node in _from_queries(tree, made) if node not in found]
        counts = Counter(key_of(node.this) for node in found)
        for node in found:
            key = key_of(node.this)
            if counts[key] < 2 or _reads_outside(node.this):
                continue
            _as_cte([other for other in found if key_of(other.this) == key], made)
            again = True
            break
    if made:
        tree.set("with_", exp.With(expressions=made))
    return tree


def _from_queries(tree: exp.Query, made: Iterable[exp.CTE]) -> list[exp.Subquery]:
    """The queries in FROM, inner ones first."""
    found: list[exp.Subquery] = []
    for root in (*(cte.this for cte in made), tree):
        found += [
            node
            for node in root.find_all(exp.Subquery)
            if isinstance(node.parent, (exp.From, exp.Join)) and isinstance(node.this, exp.Query)
        ]
    return found[::-1]


def _reads_outside(query: exp.Expr) -> bool:
    own = {alias.name for alias in query.find_all(exp.TableAlias)}
    return any(column.table not in own for column in query.find_all(exp.Column))


def _as_cte(nodes: Sequence[exp.Subquery], made: list[exp.CTE]) -> None:
    name = f"shared_{len(made) + 1}"
    cte = exp.CTE(this=nodes[0].this.copy(), alias=exp.TableAlias(this=named(name)))
    # A CTE stands after those that it reads: inner queries are made CTEs before outer ones.
    made.append(cte)
    for node in nodes:
        node.replace(exp.Table(this=named(name), alias=node.args["alias"]))


def give_aliases(tree: exp.Query, labels: Mapping[str, str]) -> None:
    """Names sources as they were written, numbered where two have the same name."""
    taken = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    names: dict[str, str] = {}
    for alias in tree.find_all(exp.TableAlias):
        if alias.name not in labels or alias.name in names:
            continue
        base = labels[alias.name] or "source"
        name, number = base, 1
        while name.casefold() in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name.casefold())
        names[alias.name] = name
    for alias in tree.find_all(exp.TableAlias):
        if alias.name in names:
            alias.set("this", named(names[alias.name]))
    for column in tree.find_all(exp.Column):
        if column.table in names:
            column.set("table", named(names[column.table]))
