"""Where a query mentions relations outside itself."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp


def outside_tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """The tables of a query that are neither its CTEs nor functions, in no certain order."""
    ctes: set[str] = set()
    tables: list[exp.Table] = []
    for node in tree.find_all(exp.CTE, exp.Table):
        if isinstance(node, exp.Table):
            tables.append(node)
        else:
            ctes.add(node.alias.casefold())
    for table in tables:
        if not isinstance(table.this, exp.Identifier):
            continue
        if table.args.get("db") is None and table.name.casefold() in ctes and _is_cte(table):
            continue
        yield table


def _is_cte(table: exp.Table) -> bool:
    """Whether a bare name is bound by a WITH around it, by the rules of visibility."""
    name = table.name.casefold()
    node: exp.Expr | None = table
    while node is not None:
        if isinstance(node, exp.CTE) and isinstance(node.parent, exp.With):
            owner = node.parent
            if _binds_inside(owner, node, name):
                return True
            node = owner.parent  # the query that owns the WITH binds nothing for its own CTEs
        else:
            with_ = node.args.get("with_")
            if with_ is not None and any(_named(cte, name) for cte in with_.expressions):
                return True
        node = node.parent if node is not None else None
    return False


def _binds_inside(with_: exp.With, cte: exp.CTE, name: str) -> bool:
    """Whether `name` is a CTE that `cte` sees: one before it, or itself when recursive."""
    for other in with_.expressions:
        if other is cte:
            return bool(with_.args.get("recursive")) and _named(cte, name)
        if _named(other, name):
            return True
    return False


def _named(cte: exp.CTE, name: str) -> bool:
    return bool(cte.alias.casefold() == name)


def offset_of(node: exp.Expr) -> int:
    """The offset in the text at which a node begins, as far as it is known; else 0."""
    starts = [found.meta["start"] for found in node.walk() if "start" in found.meta]
    return min(starts, default=0)
