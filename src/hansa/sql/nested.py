"""Values of lists, structs, maps and of what is taken out of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from hansa.core.datatype import BOOLEAN, STRING, UNKNOWN, DataType, Family
from hansa.sql.reading import Handler, Reader, children, computed
from hansa.sql.relations import Value, indirect, merge
from hansa.sql.scopes import Scope


def field_of(value: Value, names: Sequence[str]) -> Value:
    """A field of a struct, by the names of the way to it."""
    kind = value.type
    for name in names:
        folded = name.casefold()
        found = [field for label, field in kind.fields if label.casefold() == folded]
        kind = found[0] if kind.family is Family.STRUCT and len(found) == 1 else UNKNOWN
    return Value(kind, True, indirect(value.origins))


def _array(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    values = reader.values(node.expressions, scope)
    if any(isinstance(item, exp.Comprehension) for item in node.expressions):
        return computed(values)
    kind = reader.context.rules.combine(values)
    found = DataType(Family.ARRAY, items=(kind,)) if kind.is_known else UNKNOWN
    return Value(found, False, merge(values))


def _struct(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    names, values = [], []
    for item in node.expressions:
        named = isinstance(item, (exp.PropertyEQ, exp.Slice, exp.Kwarg, exp.Alias))
        names.append(item.this.name if named and isinstance(item.this, exp.Expr) else "")
        body = item.expression if named and item.args.get("expression") is not None else item
        values.append(reader.value(body, scope))
    fields = tuple((name, value.type) for name, value in zip(names, values, strict=True))
    known = all(names) and all(value.type.is_known for value in values)
    kind = DataType(Family.STRUCT, fields=fields) if known else UNKNOWN
    return Value(kind, False, merge(values))


def _bracket(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    base = reader.value(node.this, scope)
    values = [base]
    for index in node.expressions:
        values += (
            reader.values(children(index), scope)
            if isinstance(index, exp.Slice)
            else [reader.value(index, scope)]
        )
    if any(isinstance(index, exp.Slice) for index in node.expressions):
        sliced = base.type.family in (Family.STRING, Family.ARRAY) and not base.type.fixed
        return Value(base.type if sliced else UNKNOWN, True, merge(values))
    kind, key = base.type, values[-1].literal
    if kind.family is Family.ARRAY and kind.items:
        found = kind.items[0]
    elif kind.family is Family.MAP and len(kind.items) == 2:
        found = kind.items[1]
    elif kind.family is Family.STRUCT and isinstance(key, str):
        found = field_of(base, [key]).type
    else:
        found = STRING if kind == STRING else UNKNOWN
    return Value(found, True, merge(values))


def _field(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    base = reader.value(node.this, scope)
    key = node.expression
    if isinstance(key, (exp.Identifier, exp.Literal)):
        return field_of(base, [key.name])
    return computed([base, reader.value(key, scope)])


def _lambda(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    return _bound(reader, node.this, scope, {part.name: Value() for part in node.expressions})


def _transform(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    """list_transform and list_filter: the first name of the lambda is bound to an element."""
    base = reader.value(node.this, scope)
    function = node.expression
    if not isinstance(function, exp.Lambda):
        return computed([base, reader.value(function, scope)])
    kind = base.type.items[0] if base.type.family is Family.ARRAY and base.type.items else UNKNOWN
    names = [part.name for part in function.expressions]
    bound = dict.fromkeys(names[1:], Value())
    bound[names[0]] = Value(kind, True, base.origins)
    result = _bound(reader, function.this, scope, bound)
    found = UNKNOWN
    if isinstance(node, exp.ArrayFilter):
        found = base.type
    elif result.type.is_known:
        found = DataType(Family.ARRAY, items=(result.type,))
    return Value(found, True, merge([base, result]))


def _local(_reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    return scope.locals.get(node.name.casefold(), Value())


def _comprehension(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    values = [reader.value(node.args["iterator"], scope)]
    bound = {node.expression.name: Value(origins=values[0].origins)}
    for part in ("this", "condition"):
        if node.args.get(part) is not None:
            values.append(_bound(reader, node.args[part], scope, bound))
    return computed(values)


def _bound(reader: Reader, node: exp.Expr, scope: Scope, names: dict[str, Value]) -> Value:
    """A value in which names are bound to parts of a list."""
    before = scope.locals
    scope.locals = {**before, **{name.casefold(): value for name, value in names.items()}}
    try:
        return reader.value(node, scope)
    finally:
        scope.locals = before


def _multiplying(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    """UNNEST in a select list makes several rows of one."""
    scope.multiplies = True
    values = reader.values(children(node), scope)
    kind = values[0].type if values else UNKNOWN
    element = kind.items[0] if kind.family is Family.ARRAY and kind.items else UNKNOWN
    return Value(element, True, merge(values))


def _quantified(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    return Value(BOOLEAN, True, merge(reader.values(children(node), scope)))


HANDLERS: dict[type, Handler] = {
    exp.Array: _array,
    exp.Struct: _struct,
    exp.Bracket: _bracket,
    exp.Dot: _field,
    exp.StructExtract: _field,
    exp.Lambda: _lambda,
    exp.Transform: _transform,
    exp.ArrayFilter: _transform,
    exp.Identifier: _local,
    exp.Comprehension: _comprehension,
    exp.Explode: _multiplying,
    exp.ExplodeOuter: _multiplying,
    exp.Posexplode: _multiplying,
    exp.Unnest: _multiplying,
    exp.Inline: _multiplying,
    exp.Any: _quantified,
    exp.All: _quantified,
}
