"""What inference finds out about the expressions inside one query."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from hansa.core.datatype import DataType
from hansa.sql.context import Context
from hansa.sql.expressions import ExpressionReader
from hansa.sql.from_items import FromReader
from hansa.sql.joins import JoinTree
from hansa.sql.parse import Positions
from hansa.sql.queries import QueryReader
from hansa.sql.relations import Origins, Relation, Value
from hansa.sql.scopes import Scope, Source


class Records:
    """Nullability by expression, and the scope of each SELECT, by the nodes of one tree."""

    def __init__(self) -> None:
        self.values: dict[int, Value] = {}
        self.scopes: dict[int, Scope] = {}
        self.columns: dict[int, tuple[Scope, int]] = {}

    def may_be_null(self, node: exp.Expr) -> bool:
        """Whether NULL cannot be excluded for an expression."""
        while isinstance(node, exp.Paren):
            node = node.this
        found = self.values.get(id(node))
        return True if found is None else found.nullable

    def type_of(self, node: exp.Expr) -> DataType | None:
        """The type that inference gave an expression, None where it never looked."""
        found = self.values.get(id(node))
        return None if found is None else found.type

    def source_of(self, column: exp.Column, select: exp.Select) -> str | None:
        """The folded name of the FROM item that a column comes from, None if from outside."""
        scope = self.scopes.get(id(select))
        if column.table:
            name = column.table.casefold()
            if scope is None or any(one.name.casefold() == name for one in scope.sources):
                return str(name)
            return None
        found = self.columns.get(id(column))
        if found is None or scope is None or found[0] is not scope:
            return None
        return scope.columns[found[1]][0].name.casefold()

    def source(self, select: exp.Select, name: str) -> Source | None:
        """What is known of one FROM item."""
        scope = self.scopes.get(id(select))
        named = [
            one
            for one in (scope.sources if scope else ())
            if one.name.casefold() == name.casefold()
        ]
        return named[0] if len(named) == 1 else None


class _RecordingExpressions(ExpressionReader):
    def __init__(
        self,
        context: Context,
        query: Callable[[exp.Expr, Scope | None], Relation],
        records: Records,
    ) -> None:
        super().__init__(context, query)
        self._records = records

    def value(self, node: exp.Expr, scope: Scope) -> Value:
        found = super().value(node, scope)
        self._records.values[id(node)] = found
        position = self._positions.get(id(node))
        if position is not None:
            self._records.columns[id(node)] = position
        return found


class _RecordingFrom(FromReader):
    records: Records

    def read(self, select: exp.Expr, scope: Scope) -> tuple[JoinTree | None, Origins]:
        found = super().read(select, scope)
        self.records.scopes[id(select)] = scope
        return found


class _RecordingQueries(QueryReader):
    def __init__(self, context: Context, records: Records) -> None:
        super().__init__(context)
        self._expressions = _RecordingExpressions(context, self.read, records)
        self._from = _RecordingFrom(context, self._expressions, self)
        self._from.records = records


def record(
    tree: exp.Query,
    dialect: str,
    positions: Positions,
    relation_of: Callable[[exp.Table], Relation],
) -> Records:
    """What inference knows of every node of a tree; nothing where it fails."""
    records = Records()
    _RecordingQueries(Context(dialect, positions, relation_of), records).read(tree, None)
    return records
