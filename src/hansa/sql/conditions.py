"""Values of conditions and of choices between values."""

from __future__ import annotations

from sqlglot import exp

from hansa.core.datatype import BOOLEAN
from hansa.sql.reading import Handler, Reader, any_nullable, children
from hansa.sql.relations import Value, merge
from hansa.sql.scopes import Scope


def _connected(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    """AND and OR; long chains lean to the left, so they are walked and not recursed into."""
    values = []
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, (exp.And, exp.Or, exp.Xor)):
            pending += [part.expression, part.this]
        else:
            values.append(reader.value(part, scope))
    return Value(BOOLEAN, any_nullable(values), merge(values))


def _comparison(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    values = reader.values(children(node), scope)
    return Value(BOOLEAN, any_nullable(values), merge(values))


def _certain(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    values = reader.values(children(node), scope)
    return Value(BOOLEAN, False, merge(values))


def _exists(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    relation = reader.query(node.this, scope)
    return Value(BOOLEAN, False, merge([Value(origins=relation.row_origins)]))


def _in(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    values = [reader.value(node.this, scope)]
    query = node.args.get("query")
    if query is not None:
        relation = reader.query(query, scope)
        values += [Value(field.type, field.nullable, field.origins) for field in relation.fields]
        values.append(Value(nullable=not relation.complete, origins=relation.row_origins))
    values += reader.values(node.expressions, scope)
    for part in ("unnest", "field"):
        if node.args.get(part) is not None:
            values.append(reader.value(node.args[part], scope)._replace(nullable=True))
    return Value(BOOLEAN, any_nullable(values), merge(values))


def _case(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    conditions, results = [], []
    if node.args.get("this") is not None:
        conditions.append(reader.value(node.this, scope))
    for branch in node.args["ifs"]:
        conditions.append(reader.value(branch.this, scope))
        results.append(reader.value(branch.args["true"], scope))
    default = node.args.get("default")
    if default is not None:
        results.append(reader.value(default, scope))
    nullable = default is None or any_nullable(results)
    return Value(reader.context.rules.combine(results), nullable, merge(conditions + results))


def _if(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    condition = reader.value(node.this, scope)
    results = [reader.value(node.args["true"], scope)]
    default = node.args.get("false")
    if default is not None:
        results.append(reader.value(default, scope))
    nullable = default is None or any_nullable(results)
    return Value(reader.context.rules.combine(results), nullable, merge([condition, *results]))


def _coalesce(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    values = reader.values([node.this, *node.expressions], scope)
    nullable = all(value.nullable for value in values)
    return Value(reader.context.rules.combine(values), nullable, merge(values))


def _greatest(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    values = reader.values([node.this, *node.expressions], scope)
    return Value(reader.context.rules.combine(values), any_nullable(values), merge(values))


HANDLERS: dict[type, Handler] = {
    exp.And: _connected,
    exp.Or: _connected,
    exp.Xor: _connected,
    exp.Not: _comparison,
    exp.EQ: _comparison,
    exp.NEQ: _comparison,
    exp.GT: _comparison,
    exp.GTE: _comparison,
    exp.LT: _comparison,
    exp.LTE: _comparison,
    exp.Like: _comparison,
    exp.ILike: _comparison,
    exp.SimilarTo: _comparison,
    exp.RegexpLike: _comparison,
    exp.RegexpILike: _comparison,
    exp.Between: _comparison,
    exp.In: _in,
    exp.Is: _certain,
    exp.NullSafeEQ: _certain,
    exp.NullSafeNEQ: _certain,
    exp.Exists: _exists,
    exp.Case: _case,
    exp.If: _if,
    exp.Coalesce: _coalesce,
    exp.Greatest: _greatest,
    exp.Least: _greatest,
}
