"""Which output columns of a query tell its rows apart because it groups by them."""

from __future__ import annotations

from sqlglot import exp

_SETS = ("rollup", "cube", "grouping_sets", "all", "totals")


def grouped_names(select: exp.Select) -> frozenset[str] | None:
    """The folded names, as columns of the one relation read, that no two of its rows share.

    Unlike a key of a relation these may be NULL. None where a grouping does not show it.
    """
    source = _only_source(select)
    return None if source is None else _keys_of(source, depth=0)


def plain_group(select: exp.Select) -> list[exp.Expr] | None:
    """The expressions of GROUP BY where they are no sets, numbers replaced by what they mean."""
    group = select.args.get("group")
    if group is None or any(group.args.get(name) for name in _SETS):
        return None
    several = (exp.Rollup, exp.Cube, exp.GroupingSets)
    parts: list[exp.Expr] = []
    for part in group.expressions:
        if isinstance(part, several):
            return None
        place = int(part.name) if isinstance(part, exp.Literal) and part.is_int else 0
        known = 0 < place <= len(select.expressions)
        body = select.expressions[place - 1] if known else _meant(part, select)
        parts.append(body.this if isinstance(body, exp.Alias) else body)
    return parts


def _meant(part: exp.Expr, select: exp.Select) -> exp.Expr:
    """What a bare name in GROUP BY stands for when it names a computed column of the list."""
    if not isinstance(part, exp.Column) or part.table:
        return part
    computed = (
        output
        for output in select.expressions
        if isinstance(output, exp.Alias) and not isinstance(output.this, exp.Column)
    )
    name = part.name.casefold()
    return next((output for output in computed if output.alias.casefold() == name), part)


def _only_source(select: exp.Select) -> exp.Query | None:
    from_ = select.args.get("from_")
    if from_ is None or select.args.get("joins") or select.args.get("laterals"):
        return None
    item = from_.this
    if item.args.get("pivots") or item.args.get("joins"):
        return None
    if isinstance(item, exp.Subquery):
        return item.this if isinstance(item.this, exp.Query) else None
    if isinstance(item, exp.Table) and not item.db:
        return _cte(item, item.name.casefold())
    return None


def _cte(node: exp.Expr, name: str) -> exp.Query | None:
    """What a WITH around a node binds to a name, seen from the node."""
    below: exp.Expr = node
    above = node.parent
    while above is not None:
        with_ = above if isinstance(above, exp.With) else above.args.get("with_")
        if isinstance(with_, exp.With) and with_ is not below:
            for cte in with_.expressions:
                if cte is below:
                    break
                if cte.alias.casefold() == name:
                    columns = cte.args["alias"].args.get("columns")
                    return cte.this if isinstance(cte.this, exp.Query) and not columns else None
        below, above = above, above.parent
    return None


def _keys_of(query: exp.Query, depth: int) -> frozenset[str] | None:
    if not isinstance(query, exp.Select) or depth > 20 or _multiplies(query):
        return None
    parts = plain_group(query)
    if parts is not None:
        shown = [_shown_as(part, query) for part in parts]
        return frozenset(name for name in shown if name) if all(shown) else None
    if query.args.get("group") is not None:
        return None
    source = _only_source(query)
    below = None if source is None else _keys_of(source, depth + 1)
    if below is None:
        return None
    found = [_passed_on(name, query) for name in below]
    return frozenset(name for name in found if name) if all(found) else None


def _multiplies(query: exp.Select) -> bool:
    """Whether the select list may give several rows for one."""
    return any(part.find(exp.Unnest, exp.Explode) is not None for part in query.expressions)


def _shown_as(part: exp.Expr, query: exp.Select) -> str | None:
    for output in query.expressions:
        body = output.this if isinstance(output, exp.Alias) else output
        if body == part or (isinstance(part, exp.Column) and output.alias == part.name):
            return str(output.alias_or_name).casefold()
    return None


def _passed_on(name: str, query: exp.Select) -> str | None:
    for output in query.expressions:
        body = output.this if isinstance(output, exp.Alias) else output
        if isinstance(output, exp.Star) and not any(output.args.values()):
            return name
        if isinstance(body, exp.Column) and body.name.casefold() == name:
            return str(output.alias_or_name).casefold()
    return None
