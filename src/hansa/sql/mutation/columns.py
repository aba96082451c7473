"""Mutations of columns: another column of the same type in the same relation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from hansa.core.datatype import DataType
from hansa.core.facts import Input, InputKind
from hansa.core.schema import TableSchema
from hansa.sql.coverage.records import Records, record
from hansa.sql.inference import name_of_table
from hansa.sql.mutation.edits import Edit
from hansa.sql.parse import Positions
from hansa.sql.relations import UNKNOWN_RELATION, Relation, relation_of_schema

SchemaOf = Callable[[str, str], TableSchema | None]


class ColumnEdits:
    """Knows the columns of every FROM item of a query, those of CTEs and subqueries too."""

    def __init__(
        self, tree: exp.Query, dialect: str, positions: Positions, schema_of: SchemaOf
    ) -> None:
        def relation(table: exp.Table) -> Relation:
            group, name = name_of_table(table)
            schema = schema_of(group, name)
            if schema is None:
                return UNKNOWN_RELATION
            return relation_of_schema(Input(InputKind.SOURCE, name, group), schema)

        try:
            self._records = record(tree, dialect, positions, relation)
        except RecursionError:
            self._records = Records()

    def edits(self, node: exp.Expr) -> Iterator[Edit]:
        """The next column of the same type, for a column of a relation whose columns are known."""
        if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
            return
        columns = self._columns(node)
        kinds = {name.casefold(): kind for name, kind in columns}
        kind = kinds.get(node.name.casefold())
        if kind is None or not kind.is_known:
            return
        alike = [name for name, other in columns if other == kind]
        names = [name.casefold() for name in alike]
        if len(alike) > 1:
            other = alike[(names.index(node.name.casefold()) + 1) % len(alike)]
            copy = node.copy()
            copy.set("this", exp.to_identifier(other, quoted=True))
            yield Edit(f"{node.name} becomes {other}", copy)

    def _columns(self, node: exp.Column) -> list[tuple[str, DataType]]:
        """The columns of the FROM item that a column is of; none where that is not certain."""
        select = node.find_ancestor(exp.Select)
        name = None if select is None else self._records.source_of(node, select)
        source = None if select is None or name is None else self._records.source(select, name)
        if source is None:
            return []
        return [(field.name, field.type) for field in source.relation.fields]
