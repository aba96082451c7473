"""Types, nullability and origins of expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlglot import exp

from hansa.sql import aggregates, conditions, nested, operations
from hansa.sql.context import Context
from hansa.sql.reading import Handler, Reader, children, computed
from hansa.sql.relations import Relation, Value, indirect
from hansa.sql.scopes import Found, NameProblem, Scope

# by the kinds of expressions met so far
_FOUND_HANDLERS: dict[type, Handler] = {}
# the parts of a column's name, in order
_PARTS = ("catalog", "db", "table", "this")
_HANDLERS: dict[type, Handler] = {
    **operations.HANDLERS,
    **conditions.HANDLERS,
    **nested.HANDLERS,
    **aggregates.HANDLERS,
}


class ExpressionReader:
    """Gives each expression its value; what is wrong with names becomes findings."""

    def __init__(
        self, context: Context, query: Callable[[exp.Expr, Scope | None], Relation]
    ) -> None:
        self.context = context
        self.query = query
        self._positions: dict[int, tuple[Scope, int]] = {}

    def value(self, node: exp.Expr, scope: Scope) -> Value:
        """The value of an expression in a scope."""
        kind = type(node)
        handler = _FOUND_HANDLERS.get(kind)
        if handler is None:
            handler = _FOUND_HANDLERS[kind] = _handler_of(kind)
        return handler(self, node, scope)

    def values(self, nodes: Iterable[exp.Expr], scope: Scope) -> list[Value]:
        """The values of several expressions."""
        return [self.value(node, scope) for node in nodes]

    def resolve(self, node: exp.Expr, scope: Scope) -> Found:
        """What a column node stands for; nothing known when its name is wrong."""
        name_of, arguments = self.context.name_of, node.args
        parts = [name_of(part) for name in _PARTS if (part := arguments.get(name)) is not None]
        try:
            found = scope.find(parts)
        except NameProblem as problem:
            self.context.report(problem.rule, problem.message, node, problem.hint)
            return Found(Value(), None, ())
        if found.position is not None and not found.rest:
            self._positions[id(node)] = (scope, found.position)
        return found

    def position(self, node: exp.Expr, scope: Scope) -> int | None:
        """The scope's column that an expression read before passes on, None for all others."""
        while isinstance(node, (exp.Paren, exp.Alias)):
            node = node.this
        found = self._positions.get(id(node))
        return found[1] if found is not None and found[0] is scope else None


def _handler_of(kind: type) -> Handler:
    for base in kind.__mro__:
        if base in _HANDLERS:
            return _HANDLERS[base]
    return _anything


def _anything(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    """An expression of a kind that is not known: it may be anything made of its parts."""
    return computed(reader.values(children(node), scope))


def _scalar_query(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    """A query as a value: NULL when it has no rows."""
    relation = reader.query(node, scope)
    origins = frozenset(relation.row_origins)
    for field in relation.fields:
        origins |= field.origins
    if len(relation.fields) != 1:
        return Value(origins=indirect(origins))
    field = relation.fields[0]
    return Value(field.type, field.nullable or not relation.single, indirect(origins))


def _spread(reader: Reader, node: exp.Expr, _scope: Scope) -> Value:
    """COLUMNS inside an expression makes several columns of it."""
    reader.context.report(
        "unknown_columns",
        "the columns that COLUMNS gives are not known here",
        node,
        "name the columns you need",
    )
    return Value()


def _unnamed(_reader: Reader, _node: exp.Expr, _scope: Scope) -> Value:
    return Value()


_HANDLERS[exp.Subquery] = _scalar_query
_HANDLERS[exp.Select] = _scalar_query
_HANDLERS[exp.SetOperation] = _scalar_query
_HANDLERS[exp.Star] = _unnamed
_HANDLERS[exp.Columns] = _spread
