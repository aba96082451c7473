"""What SQL of one dialect becomes in another where a plain rendering would mean something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from hansa.sql.dialects import LOWERCASING
from hansa.sql.identifiers import quote
from hansa.sql.postgres_rewrites import DUCKDB_TO_POSTGRES

Rewrite = Callable[[exp.Expr], exp.Expr | None]

# by the dialect that is read and the one that is written: what each kind of node becomes
_REWRITES: Mapping[tuple[str, str], Mapping[type[exp.Expr], Rewrite]] = {
    ("duckdb", "postgres"): DUCKDB_TO_POSTGRES,
}


def render(tree: exp.Query, dialect: str, to_dialect: str) -> str:
    """The query, which is changed on the way, as text of another dialect.

    Where that dialect tells names apart by their case and this one does not, all names are
    written in lower case, and in quotes, as they may be words of the language there. Names of
    relations stay as they are.
    """
    if dialect == to_dialect:
        return str(tree.sql(dialect=to_dialect))
    _rewrite(tree, _REWRITES.get((dialect, to_dialect), {}))
    folds = folds_names(dialect, to_dialect)
    if folds:
        for name in list(tree.find_all(exp.Identifier)):
            # what is bound to a relation has a schema; a CTE has none
            if not (isinstance(name.parent, exp.Table) and name.parent.args.get("db")):
                name.set("this", name.name.lower())
    return str(tree.sql(dialect=to_dialect, identify=folds))


def folds_names(dialect: str, to_dialect: str) -> bool:
    """Whether names of columns are lower case in the other dialect, however they are written."""
    return to_dialect in LOWERCASING and dialect not in LOWERCASING


def cast_columns(select: str, columns: Sequence[tuple[str, str | None]], dialect: str) -> str:
    """A SELECT with these columns, cast to the types that are given as text of the dialect."""
    items = []
    for name, kind in columns:
        column = quote(name, dialect)
        items.append(f"CAST(q.{column} AS {kind}) AS {column}" if kind else f"q.{column}")
    return f"SELECT {', '.join(items)} FROM ({select}) AS q"


def _rewrite(tree: exp.Query, rewrites: Mapping[type[exp.Expr], Rewrite]) -> None:
    # from the leaves up, so that what is rewritten holds what was rewritten below it
    for node in reversed(list(tree.walk(bfs=True))):
        rewrite = rewrites.get(type(node))
        if rewrite is None:
            continue
        new = rewrite(node)
        if new is not None:
            node.replace(new)
