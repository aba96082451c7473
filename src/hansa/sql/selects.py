"""The columns, keys and origins of one SELECT."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from hansa.core.facts import Input
from hansa.sql.expressions import ExpressionReader
from hansa.sql.filters import rejected_nulls
from hansa.sql.from_items import FromReader
from hansa.sql.outputs import Output, is_number_or_all, numbered_output
from hansa.sql.relations import (
    NO_ORIGINS,
    Field,
    Key,
    Null,
    Origins,
    Relation,
    Value,
    indirect,
    merge,
    minimal,
)
from hansa.sql.scopes import Grouping, Scope
from hansa.sql.select_keys import KeyReader
from hansa.sql.stars import StarReader, star_of


class SelectReader:
    """Reads one SELECT."""

    def __init__(self, expressions: ExpressionReader, from_reader: FromReader) -> None:
        self._context = expressions.context
        self._expressions = expressions
        self._from = from_reader
        self._rows: Origins = NO_ORIGINS

    def read(self, node: exp.Select, scope: Scope) -> Relation:
        """The relation that the SELECT gives."""
        tree, self._rows = self._from.read(node, scope)
        self._bind_aliases(node, scope)
        self._filter(node, scope)
        scope.grouping = _grouping(node)
        outputs, complete, opened = self._outputs(node, scope)
        self._group(node, outputs, scope)
        self._after_grouping(node, outputs, scope)
        keys = KeyReader(node, tree, self._expressions, scope)
        fields = tuple(self._field(output, outputs, keys, scope) for output in outputs)
        relation = Relation(
            fields,
            solid_keys(keys.keys(outputs), fields) if complete else frozenset(),
            indirect(self._rows),
            complete=complete,
            input=opened,
        )
        # that its columns are not known was reported at the star
        relation.label = None
        relation.single = _is_single(node, scope)
        return relation

    def _bind_aliases(self, node: exp.Select, scope: Scope) -> None:
        """Names of the select list, which other clauses may use where no column has the name."""
        for part in node.expressions:
            if isinstance(part, exp.Alias):
                name = self._context.name_of(part.args["alias"]).casefold()
                scope.aliases.setdefault(name, self._alias(part.this, name, scope))

    def _alias(self, node: exp.Expr, name: str, scope: Scope) -> Callable[[], Value]:
        def read() -> Value:
            alias = scope.aliases.pop(name)  # an expression cannot use its own alias
            try:
                return self._expressions.value(node, scope)
            finally:
                scope.aliases[name] = alias

        return read

    def _filter(self, node: exp.Select, scope: Scope) -> None:
        where = node.args.get("where")
        if where is None:
            return
        self._rows |= self._expressions.value(where.this, scope).origins
        scope.reject_nulls(
            rejected_nulls(where.this, lambda part: self._expressions.position(part, scope))
        )

    def _outputs(self, node: exp.Select, scope: Scope) -> tuple[list[Output], bool, Input | None]:
        """The columns of the select list, stars expanded; False when some are not known.

        Then the input that the others come from, when it is one.
        """
        outputs: list[Output] = []
        stars = StarReader(self._expressions, scope, outputs)
        complete = True
        if not node.expressions:
            self._context.report("no_columns", "this SELECT names no columns", node)
        for part in node.expressions:
            star = star_of(part)
            if star is not None:
                complete &= stars.read(part, star)
            elif isinstance(part, exp.Columns):
                complete &= stars.read_columns(part)
            elif isinstance(part, exp.Aliases):
                value = self._expressions.value(part.this, scope)
                outputs += [
                    Output(alias.name, Value(origins=indirect(value.origins)))
                    for alias in part.args["expressions"]
                ]
            else:
                output = self._output(part, scope)
                outputs += self._unnested(output, scope) or [output]
        opened = next(iter(stars.opened)) if len(stars.opened) == 1 else None
        return outputs, complete, opened

    def _output(self, part: exp.Expr, scope: Scope) -> Output:
        before, scope.aggregates = scope.aggregates, False
        value = self._expressions.value(part, scope)
        aggregates, scope.aggregates = scope.aggregates, scope.aggregates or before
        body = part.this if isinstance(part, exp.Alias) else part
        position = self._expressions.position(body, scope)
        return Output(self._name(part, position, scope), value, position, aggregates, body)

    def _unnested(self, output: Output, scope: Scope) -> list[Output]:
        """UNNEST of a struct gives each of its fields as a column; nothing for all others."""
        node = output.node
        if not isinstance(node, (exp.Explode, exp.Unnest)) or not isinstance(node.this, exp.Expr):
            return []
        value = self._expressions.value(node.this, scope)
        origins = indirect(value.origins)
        return [Output(name, Value(kind, True, origins)) for name, kind in value.type.fields]

    def _name(self, part: exp.Expr, position: int | None, scope: Scope) -> str:
        if isinstance(part, exp.Alias):
            return self._context.name_of(part.args["alias"])
        if isinstance(part, exp.Column):
            if position is not None:  # the column's own letter case counts, not the mention's
                return scope.columns[position][1].name
            return self._context.name_of(part.this)
        if isinstance(part, exp.Dot) and isinstance(part.expression, exp.Identifier):
            return self._context.name_of(part.expression)
        return str(part.sql(dialect=self._context.dialect))

    def _group(self, node: exp.Select, outputs: list[Output], scope: Scope) -> None:
        group = node.args.get("group")
        if group is None:
            return
        for part in group.expressions:
            number = numbered_output(part, outputs)
            if number is None:
                self._rows |= self._expressions.value(part, scope).origins
            else:
                self._rows |= outputs[number].value.origins
        if group.args.get("all"):
            self._rows |= merge(output.value for output in outputs if not output.aggregates)

    def _after_grouping(self, node: exp.Select, outputs: list[Output], scope: Scope) -> None:
        for clause in ("having", "qualify"):
            part = node.args.get(clause)
            if part is not None:
                self._rows |= self._expressions.value(part.this, scope).origins
        for window in node.args.get("windows") or []:
            self._expressions.values(window.args.get("partition_by") or [], scope)
            order = window.args.get("order")
            self._expressions.values(order.expressions if order is not None else [], scope)
        self._order(node, outputs, scope)
        distinct = node.args.get("distinct")
        if distinct is not None:
            on = distinct.args.get("on")
            values = [output.value for output in outputs]
            if on is not None:
                values = self._expressions.values(on.expressions, scope)
            self._rows |= merge(values)

    def _order(self, node: exp.Select, outputs: list[Output], scope: Scope) -> None:
        order = node.args.get("order")
        if order is None:
            return
        names = {output.name.casefold() for output in outputs}
        for part in order.expressions:
            body = part.this
            if is_number_or_all(part):
                continue
            named = isinstance(body, exp.Column) and not body.args.get("table")
            if named and body.name.casefold() in names:
                continue
            value = self._expressions.value(body, scope)
            if node.args.get("limit") is not None:
                self._rows |= value.origins

    def _field(self, output: Output, outputs: list[Output], keys: KeyReader, scope: Scope) -> Field:
        value = output.value
        if output.position is not None:
            value = scope.value_at(output.position)
        numbered = None
        if isinstance(output.node, exp.Window):
            partition = keys.partition(output.node)
            shown = {other.position: number for number, other in enumerate(outputs)}
            if partition is not None and all(position in shown for position in partition):
                numbered = frozenset(shown[position] for position in partition)
        null = value.literal is Null.NULL
        return Field(output.name, value.type, value.nullable, value.origins, numbered, null)


def _grouping(node: exp.Select) -> Grouping:
    group = node.args.get("group")
    if group is None:
        return Grouping.NONE
    several = (exp.Rollup, exp.Cube, exp.GroupingSets)
    if any(group.args.get(name) for name in ("rollup", "cube", "grouping_sets", "totals")):
        return Grouping.SETS
    if any(isinstance(part, several) for part in group.expressions):
        return Grouping.SETS
    return Grouping.PLAIN


def _is_single(node: exp.Select, scope: Scope) -> bool:
    """Whether a SELECT always gives exactly one row."""
    clauses = ("having", "qualify", "limit", "offset", "group")
    if any(node.args.get(name) is not None for name in clauses) or scope.multiplies:
        return False
    bare = node.args.get("from_") is None and node.args.get("where") is None
    return scope.aggregates or bare


def solid_keys(keys: frozenset[Key], fields: tuple[Field, ...]) -> frozenset[Key]:
    """The keys none of whose columns can be NULL."""
    return minimal(key for key in keys if not any(fields[column].nullable for column in key))
