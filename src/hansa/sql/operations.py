"""Values of names, constants, arithmetic and plain functions."""

from __future__ import annotations

from sqlglot import exp

from hansa.core.datatype import (
    BIGINT,
    BOOLEAN,
    STRING,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    DataType,
    Family,
)
from hansa.sql.function_rules import names
from hansa.sql.nested import field_of
from hansa.sql.reading import Handler, Reader, any_nullable, children, computed
from hansa.sql.relations import NO_ORIGINS, Null, Value, merge
from hansa.sql.scopes import Scope

_DIVISIONS = (exp.Div, exp.IntDiv, exp.Mod)
_OPERATORS = (
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.DPipe,
    exp.Pow,
    exp.BitwiseAnd,
    exp.BitwiseOr,
    exp.BitwiseXor,
    exp.BitwiseLeftShift,
    exp.BitwiseRightShift,
    *_DIVISIONS,
)
# what may give something else at every call
VOLATILE = names(
    "rand randn uuid currentdate currenttime currenttimestamp currentdatetime localtime"
    " localtimestamp now today random setseed nextval currval gen_random_uuid uuidv4 uuidv7"
    " get_current_timestamp get_current_time newid transaction_timestamp statement_timestamp"
    " clock_timestamp getdate sysdate timeofday txid_current unix_timestamp"
)


def function_name(node: exp.Expr) -> str:
    """The name by which rules know a function: its class, or its own name without one."""
    if isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc)):
        return str(node.name).lower()
    return type(node).__name__.lower()


def _literal(reader: Reader, node: exp.Expr, _scope: Scope) -> Value:
    if node.args.get("is_string"):
        return Value(reader.context.rules.text(), False, NO_ORIGINS, str(node.this))
    kind, number = reader.context.rules.number(str(node.this))
    return Value(kind, False, NO_ORIGINS, number)


def _boolean(_reader: Reader, _node: exp.Expr, _scope: Scope) -> Value:
    return Value(BOOLEAN, False)


def _null(_reader: Reader, _node: exp.Expr, _scope: Scope) -> Value:
    return Value(UNKNOWN, True, NO_ORIGINS, Null.NULL)


def _wrapped(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    return reader.value(node.this, scope)


def _cast(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    value = reader.value(node.this, scope)
    kind = reader.context.type_of(node.args.get("to"))
    nullable = (
        value.nullable
        or isinstance(node, exp.TryCast)
        or bool(node.args.get("safe"))
        or reader.context.rules.failure_is_null
        or value.type.family is Family.JSON  # the JSON null becomes NULL
    )
    if reader.context.dialect == "duckdb" and kind.family is Family.STRING:
        kind = STRING  # DuckDB drops the length
    return Value(kind, nullable, merge([value]))


def _operation(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    """Arithmetic; long chains lean to the left, so they are walked and not recursed into."""
    chain = []
    first = node
    while isinstance(first, _OPERATORS):
        chain.append(first)
        first = first.this
    left = reader.value(first, scope)
    for operation in reversed(chain):
        right = reader.value(operation.expression, scope)
        left = _combined(reader, operation, left, right)
    return left


def _combined(reader: Reader, node: exp.Expr, left: Value, right: Value) -> Value:
    rules = reader.context.rules
    kind = rules.arithmetic(type(node).__name__, left, right)
    nullable = left.nullable or right.nullable or rules.failure_is_null
    if isinstance(node, _DIVISIONS) and rules.division_by_zero_is_null:
        nullable = nullable or not (isinstance(right.literal, int) and right.literal != 0)
    return Value(kind, nullable, merge((left, right)))


def _negation(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    value = reader.value(node.this, scope)
    if isinstance(value.literal, int):
        return value._replace(literal=-value.literal)
    return Value(reader.context.rules.negate(value), value.nullable, merge([value]))


def _flipped(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    value = reader.value(node.this, scope)
    kind = value.type if value.type.family is Family.INTEGER else UNKNOWN
    return Value(kind, value.nullable, merge([value]))


def _interval(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    values = reader.values(children(node), scope)
    return Value(DataType(Family.INTERVAL), any_nullable(values), merge(values))


def _extract(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    value = reader.value(node.expression, scope)
    return Value(reader.context.rules.date_part(node.this.name), True, merge([value]))


def _truncation(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    value = reader.value(node.this, scope)
    unit = node.args.get("unit")
    values = [value]
    if isinstance(unit, exp.Column):
        values.append(reader.value(unit, scope))
    kind = reader.context.rules.truncated(unit.name if unit is not None else "", value)
    return Value(kind, any_nullable(values), merge(values))


def _named_date_part(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    """date_part('year', x) and its like: the type depends on the part."""
    values = reader.values(node.expressions, scope)
    part = values[0].literal if values else None
    kind = reader.context.rules.date_part(part) if isinstance(part, str) else UNKNOWN
    return Value(kind, True, merge(values))


def _round(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    values = reader.values(children(node), scope)
    decimals = values[1].literal if len(values) > 1 else 0
    kind = UNKNOWN
    if reader.context.dialect == "duckdb":
        kind = _rounded(values[0].type, decimals if isinstance(decimals, int) else None)
    return Value(kind, any_nullable(values), merge(values))


def _rounded(kind: DataType, decimals: int | None) -> DataType:
    if kind.family is Family.DECIMAL and decimals is not None:
        scale = min(max(decimals, 0), kind.scale or 0)
        return DataType(Family.DECIMAL, precision=kind.precision, scale=scale)
    if kind.family is Family.INTEGER and kind.signed:
        return kind
    return kind if kind.family is Family.FLOAT else UNKNOWN


def read_function(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    name = function_name(node)
    if name in VOLATILE:
        reader.context.deterministic = False
    if name in ("date_part", "datepart"):
        return _named_date_part(reader, node, scope)
    values = reader.values(children(node), scope)
    if name == "age" and len(values) == 1:
        reader.context.deterministic = False
    rule = reader.context.rules.functions.get(name)
    if rule is None:
        return computed(values)
    kind, nullable = rule.apply(values)
    return Value(kind, nullable, merge(values))


def _unix_time(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    value = reader.value(node.this, scope)
    kind = UNKNOWN
    if reader.context.dialect == "duckdb":
        kind = _unix_type(value.type, scaled=node.args.get("scale") is not None)
    return Value(kind, True, merge([value]))


def _unix_type(kind: DataType, *, scaled: bool) -> DataType:
    """to_timestamp gives an instant; epoch_ms turns numbers into times and times into numbers."""
    if not scaled:
        return TIMESTAMPTZ
    return TIMESTAMP if kind.family is Family.INTEGER else BIGINT if kind.is_known else UNKNOWN


def _column(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    found = reader.resolve(node, scope)
    return field_of(found.value, found.rest) if found.rest else found.value


HANDLERS: dict[type, Handler] = {
    exp.Literal: _literal,
    exp.Boolean: _boolean,
    exp.Null: _null,
    exp.Paren: _wrapped,
    exp.Alias: _wrapped,
    exp.Ordered: _wrapped,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    **dict.fromkeys(_OPERATORS, _operation),
    exp.Neg: _negation,
    exp.BitwiseNot: _flipped,
    exp.Interval: _interval,
    exp.Extract: _extract,
    exp.TimestampTrunc: _truncation,
    exp.DateTrunc: _truncation,
    exp.Round: _round,
    exp.Trunc: _round,
    exp.UnixToTime: _unix_time,
    exp.Column: _column,
    exp.AtTimeZone: read_function,
    exp.Func: read_function,
}
