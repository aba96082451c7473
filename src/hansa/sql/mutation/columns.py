"""Mutations of columns: another column of the same type in the same relation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from hansa.core.schema import TableSchema
from hansa.sql.mutation.edits import Edit

SchemaOf = Callable[[str, str], TableSchema | None]


def other_columns(node: exp.Expr, schema_of: SchemaOf) -> Iterator[Edit]:
    """The next column of the same type, for a column of a relation whose columns are known."""
    if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
        return
    schema = _schema(node, schema_of)
    column = schema.column(node.name) if schema else None
    if schema is None or column is None:
        return
    alike = [one.name for one in schema.columns if one.type == column.type]
    if len(alike) > 1:
        other = alike[(alike.index(column.name) + 1) % len(alike)]
        copy = node.copy()
        copy.set("this", exp.to_identifier(other, quoted=True))
        yield Edit(f"{node.name} becomes {other}", copy)


def _schema(node: exp.Column, schema_of: SchemaOf) -> TableSchema | None:
    """The relation that the column is of, when it is a table read by the same SELECT."""
    select = node.find_ancestor(exp.Select)
    if select is None:
        return None
    names = {one.alias for one in node.root().find_all(exp.CTE)}
    source = select.args.get("from_")
    relations = [source.this] if source is not None else []
    relations += [one.this for one in select.args.get("joins") or ()]
    if node.table:
        relations = [one for one in relations if one.alias_or_name == node.table]
    if len(relations) != 1 or not isinstance(relations[0], exp.Table):
        return None
    table = relations[0]
    if not table.db and table.name in names:
        return None
    return schema_of(table.db, table.name)
