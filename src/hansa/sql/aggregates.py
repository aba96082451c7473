"""Values of aggregates and window functions."""

from __future__ import annotations

from sqlglot import exp

from hansa.sql.function_rules import Nulls, names
from hansa.sql.operations import function_name, read_function
from hansa.sql.reading import Handler, Reader, any_nullable, children, computed
from hansa.sql.relations import Value, merge
from hansa.sql.scopes import Grouping, Scope

# Aggregates that the SQL library has no class for.
UNCLASSED = names(
    "mean arbitrary product geomean entropy fsum histogram mad list_agg bitstring_agg"
    " regr_intercept regr_r2 sum_no_overflow favg kahan_sum approx_top_k max_n min_n wavg"
)


def _aggregate(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    scope.aggregates = True
    return _aggregated(reader, node, scope, some_rows=scope.grouping is Grouping.PLAIN)


def _aggregated(reader: Reader, node: exp.Expr, scope: Scope, *, some_rows: bool) -> Value:
    """The value of an aggregate; `some_rows` says that it never sees an empty set of rows."""
    inner, beside = _arguments(node)
    values = reader.values(inner, scope)
    others = reader.values(beside, scope)
    rules = reader.context.rules
    name = function_name(node)
    rule = rules.aggregates.get(name) or rules.windows.get(name)
    if rule is None:
        return computed(values + others)
    kind, nullable = rule.apply(values)
    if rule.nulls is Nulls.STRICT and not some_rows:
        nullable = True
    return Value(kind, nullable, merge(values + others))


def _arguments(node: exp.Expr) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """What an aggregate works on, and what only orders it; DISTINCT and ORDER BY unwrapped."""
    inner: list[exp.Expr] = []
    beside: list[exp.Expr] = []
    for child in children(node):
        part = child
        if isinstance(part, exp.Order):
            beside += part.expressions
            part = part.this
        if isinstance(part, exp.Distinct):
            inner += part.expressions
        elif not isinstance(part, exp.Star) and part is not None:
            inner.append(part)
    return inner, beside


def _anonymous(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    """A function that the SQL library has no class for may be an aggregate too."""
    name = function_name(node)
    if name in UNCLASSED or name in reader.context.rules.aggregates:
        return _aggregate(reader, node, scope)
    return read_function(reader, node, scope)


def _filtered(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    scope.aggregates = True
    condition = reader.value(node.expression.this, scope)
    value = _aggregated(reader, _unwrapped(node.this), scope, some_rows=False)
    return value._replace(origins=merge([value, condition]))


def _within_group(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    """percentile_cont(0.5) WITHIN GROUP (ORDER BY x): the ordered expression is the argument."""
    scope.aggregates = True
    ordered = reader.values(node.expression.expressions, scope)
    own = reader.values(children(node.this), scope)
    rule = reader.context.rules.aggregates.get(function_name(node.this))
    if rule is None or not ordered:
        return computed(ordered + own)
    kind, _ = rule.apply([ordered[0], *own])
    return Value(kind, True, merge(ordered + own))


def _ignoring(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    return reader.value(node.this, scope)


def _window(reader: Reader, node: exp.Expr, scope: Scope) -> Value:
    function, filtered = node.this, False
    around = reader.values(node.args.get("partition_by") or [], scope)
    order = node.args.get("order")
    around += reader.values(order.expressions, scope) if order is not None else []
    if isinstance(function, exp.Filter):
        filtered = True
        around.append(reader.value(function.expression.this, scope))
        function = function.this
    ignoring = isinstance(function, exp.IgnoreNulls)
    function = _unwrapped(function)
    some_rows = not filtered and node.args.get("alias") is None and _holds_current(node)
    if isinstance(function, (exp.Lag, exp.Lead)):
        value = _shifted(reader, function, scope, ignoring)
    else:
        value = _aggregated(reader, function, scope, some_rows=some_rows)
        if ignoring and function_name(function) not in ("anyvalue", "count"):
            value = value._replace(nullable=True)
    return value._replace(origins=merge([value, *around]), literal=None)


def _unwrapped(node: exp.Expr) -> exp.Expr:
    while isinstance(node, (exp.IgnoreNulls, exp.RespectNulls)):
        node = node.this
    return node


def _shifted(reader: Reader, node: exp.Expr, scope: Scope, ignoring: bool) -> Value:
    """LAG and LEAD give NULL at the edge unless they have a default."""
    value = reader.value(node.this, scope)
    values = [value]
    offset, default = node.args.get("offset"), node.args.get("default")
    if offset is not None:
        values.append(reader.value(offset, scope))
    if default is None:
        return Value(value.type, True, merge(values))
    values.append(reader.value(default, scope))
    return Value(value.type, ignoring or any_nullable(values), merge(values))


def _holds_current(node: exp.Expr) -> bool:
    """Whether the frame of a window always holds the current row."""
    spec = node.args.get("spec")
    if spec is None:
        return True
    if spec.args.get("exclude") is not None:
        return False
    start, end = _word(spec, "start"), _word(spec, "end")
    before = start == "CURRENT ROW" or _word(spec, "start_side") == "PRECEDING"
    after = end in ("", "CURRENT ROW") or _word(spec, "end_side") == "FOLLOWING"
    return before and after


def _word(spec: exp.Expr, name: str) -> str:
    """A word of a frame; empty for none, and for an expression in its place something else."""
    value = spec.args.get(name)
    return "" if value is None else value.upper() if isinstance(value, str) else "EXPRESSION"


HANDLERS: dict[type, Handler] = {
    exp.AggFunc: _aggregate,
    exp.Anonymous: _anonymous,
    exp.Filter: _filtered,
    exp.WithinGroup: _within_group,
    exp.IgnoreNulls: _ignoring,
    exp.RespectNulls: _ignoring,
    exp.Window: _window,
}
