"""The columns, keys and origins of queries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlglot import exp

from hansa.core.facts import InputKind
from hansa.sql.context import Context
from hansa.sql.expressions import ExpressionReader
from hansa.sql.filters import equal_pairs, fixed_columns, rejected_nulls
from hansa.sql.from_items import FromReader
from hansa.sql.joins import JoinTree, keys_of
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
from hansa.sql.scopes import Grouping, NameProblem, Scope

ONE_ROW: frozenset[Key] = frozenset({frozenset()})


class Output(NamedTuple):
    """One column of a select list.

    `position` is the scope's column that it passes on unchanged, if it is one; `aggregates`
    says that it holds an aggregate; `node` is its expression, None where a star brought it.
    """

    name: str
    value: Value
    position: int | None = None
    aggregates: bool = False
    node: exp.Expr | None = None


class QueryReader:
    """Reads queries of one model, each node once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._expressions = ExpressionReader(context, self.read)
        self._from = FromReader(context, self._expressions, self)

    def read(self, node: exp.Expr, parent: Scope | None) -> Relation:
        """The relation that a query gives; names around it are looked up in `parent`."""
        return self._read(node, parent, parent.ctes if parent is not None else {})

    def _read(self, node: exp.Expr, parent: Scope | None, ctes: Mapping[str, Relation]) -> Relation:
        with_ = node.args.get("with_")
        if with_ is not None:
            ctes = self._with(with_, parent, ctes)
        if isinstance(node, exp.Select):
            return SelectReader(self._context, self._expressions, self._from).read(
                node, Scope(parent, ctes)
            )
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, parent, ctes)
        if isinstance(node, (exp.Subquery, exp.Paren)):
            relation = self._read(node.this, parent, ctes)
            return self._trimmed(node, relation, parent, ctes)
        if isinstance(node, (exp.Table, exp.Values)):
            scope = Scope(parent, ctes)
            clause = exp.Select(from_=exp.From(this=node))
            tree, origins = self._from.read(clause, scope)
            del tree
            return Relation(
                scope.sources[0].relation.fields,
                row_origins=origins,
                complete=scope.sources[0].relation.complete,
            )
        return Relation((), complete=False)

    def _with(
        self, with_: exp.Expr, parent: Scope | None, ctes: Mapping[str, Relation]
    ) -> dict[str, Relation]:
        bound = dict(ctes)
        for cte in with_.expressions:
            name = cte.alias.casefold()
            columns = [self._context.name_of(part) for part in _alias_columns(cte)]
            if with_.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                relation = self._recursive(cte, name, columns, parent, bound)
            else:
                relation = self._read(cte.this, parent, bound).renamed(columns)
            bound[name] = relation
        return bound

    def _recursive(
        self,
        cte: exp.Expr,
        name: str,
        columns: list[str],
        parent: Scope | None,
        bound: Mapping[str, Relation],
    ) -> Relation:
        """A recursive CTE: what holds of the start and is kept by each step holds of all rows."""
        start = self._read(cte.this.this, parent, bound).renamed(columns)
        guess = Relation(start.fields, row_origins=start.row_origins, complete=start.complete)
        while True:
            found = self._read(cte.this, parent, {**bound, name: guess}).renamed(columns)
            fields = tuple(
                before._replace(nullable=before.nullable or after.nullable, numbered=None)
                for before, after in zip(guess.fields, found.fields, strict=False)
            )
            if fields == guess.fields:
                break
            guess = Relation(fields, row_origins=start.row_origins, complete=start.complete)
        origins = tuple(
            field._replace(origins=field.origins | after.origins)
            for field, after in zip(guess.fields, found.fields, strict=False)
        )
        return Relation(origins, row_origins=found.row_origins, complete=guess.complete)

    def _trimmed(
        self,
        node: exp.Expr,
        relation: Relation,
        parent: Scope | None,
        ctes: Mapping[str, Relation],
    ) -> Relation:
        """A query with the ORDER BY and LIMIT that stand behind it."""
        order, limit = node.args.get("order"), node.args.get("limit")
        if order is None and limit is None and node.args.get("offset") is None:
            return relation
        scope = Scope(parent, ctes)
        scope.add("", "", relation)
        values = []
        if order is not None:
            values = self._expressions.values(
                [part for part in order.expressions if not _is_constant_order(part)], scope
            )
        return Relation(
            relation.fields,
            relation.keys | (ONE_ROW if _limits_to_one(limit) else frozenset()),
            relation.row_origins | (merge(values) if limit is not None else NO_ORIGINS),
            complete=relation.complete,
            input=relation.input,
        )

    def _set_operation(
        self, node: exp.SetOperation, parent: Scope | None, ctes: Mapping[str, Relation]
    ) -> Relation:
        """UNION and its like; long chains lean to the left, so they are walked."""
        chain = [node]
        while isinstance(chain[-1].this, exp.SetOperation) and not _is_closed(chain[-1].this):
            chain.append(chain[-1].this)
        relation = self._read(chain[-1].this, parent, ctes)
        for operation in reversed(chain):
            right = self._read(operation.expression, parent, ctes)
            relation = self._united(operation, relation, right)
        return self._trimmed(node, relation, parent, ctes)

    def _united(self, node: exp.SetOperation, left: Relation, right: Relation) -> Relation:
        if node.args.get("by_name"):
            left, right = _aligned(left, right)
        complete = left.complete and right.complete
        if complete and len(left.fields) != len(right.fields):
            self._context.report(
                "column_count",
                f"the sides of {type(node).__name__.upper()} have {len(left.fields)} and"
                f" {len(right.fields)} columns",
                node.expression,
                "select the same columns on both sides",
            )
        fields = tuple(
            self._united_field(node, one, other)
            for one, other in zip(left.fields, right.fields, strict=False)
        )
        origins = left.row_origins | right.row_origins
        distinct = node.args.get("distinct") is not False
        if distinct or not isinstance(node, exp.Union):
            for field in (*left.fields, *right.fields):
                origins |= indirect(field.origins)
        keys: frozenset[Key] = frozenset()
        if not isinstance(node, exp.Union):
            keys = left.keys
        if distinct and complete and fields:
            keys |= {frozenset(range(len(fields)))}
        return Relation(fields, _solid_keys(keys, fields), indirect(origins), complete=complete)

    def _united_field(self, node: exp.SetOperation, left: Field, right: Field) -> Field:
        kind = self._context.rules.combine([Value(left.type), Value(right.type)])
        if not left.type.is_known or not right.type.is_known:
            kind = left.type if left.type == right.type else Value().type
        if isinstance(node, exp.Except):
            return left._replace(type=kind, numbered=None)
        if isinstance(node, exp.Intersect):
            nullable = left.nullable and right.nullable
        else:
            nullable = left.nullable or right.nullable
        return Field(left.name, kind, nullable, left.origins | right.origins)


class SelectReader:
    """Reads one SELECT."""

    def __init__(
        self, context: Context, expressions: ExpressionReader, from_reader: FromReader
    ) -> None:
        self._context = context
        self._expressions = expressions
        self._from = from_reader
        self._rows: Origins = NO_ORIGINS

    def read(self, node: exp.Select, scope: Scope) -> Relation:
        """The relation that the SELECT gives."""
        tree, self._rows = self._from.read(node, scope)
        self._bind_aliases(node, scope)
        condition = self._filter(node, scope)
        self._group_kind(node, scope)
        outputs, complete = self._outputs(node, scope)
        groups = self._groups(node, outputs, scope)
        self._after_grouping(node, outputs, scope)
        keys = self._keys(node, tree, condition, scope)
        fields = tuple(self._field(output, outputs, scope) for output in outputs)
        found = self._projected(node, keys, groups, outputs, scope)
        relation = Relation(
            fields,
            _solid_keys(found, fields) if complete else frozenset(),
            indirect(self._rows),
            complete=complete,
        )
        relation.single = _is_single(node, scope)
        return relation

    # Clauses

    def _bind_aliases(self, node: exp.Select, scope: Scope) -> None:
        """Names of the select list, which other clauses may use where no column has the name."""
        for part in node.expressions:
            if isinstance(part, exp.Alias):
                name = self._context.name_of(part.args["alias"]).casefold()
                scope.aliases.setdefault(name, self._alias(part.this, name, scope))

    def _alias(self, node: exp.Expr, name: str, scope: Scope) -> Callable[[], Value]:
        def read() -> Value:
            alias = scope.aliases.pop(name)  # an expression cannot use its own alias
            aggregates = scope.aggregates
            try:
                return self._expressions.value(node, scope)
            finally:
                scope.aliases[name] = alias
                scope.aggregates = aggregates or scope.aggregates

        return read

    def _filter(self, node: exp.Select, scope: Scope) -> exp.Expr | None:
        where = node.args.get("where")
        if where is None:
            return None
        self._rows |= self._expressions.value(where.this, scope).origins
        scope.reject_nulls(
            rejected_nulls(where.this, lambda part: self._expressions.position(part, scope))
        )
        return where.this  # type: ignore[no-any-return]

    def _group_kind(self, node: exp.Select, scope: Scope) -> None:
        group = node.args.get("group")
        if group is None:
            return
        several = (exp.Rollup, exp.Cube, exp.GroupingSets)
        sets = any(group.args.get(name) for name in ("rollup", "cube", "grouping_sets")) or any(
            isinstance(part, several) for part in group.expressions
        )
        scope.grouping = Grouping.SETS if sets else Grouping.PLAIN

    def _outputs(self, node: exp.Select, scope: Scope) -> tuple[list[Output], bool]:
        """The columns of the select list, stars expanded; False when some are not known."""
        outputs: list[Output] = []
        complete = True
        if not node.expressions:
            self._context.report("no_columns", "this SELECT names no columns", node)
        for part in node.expressions:
            star = _star_of(part)
            if star is not None:
                complete &= self._star(part, star, outputs, scope)
            elif isinstance(part, exp.Columns):
                complete &= self._columns(part, outputs, scope)
            elif isinstance(part, exp.Aliases):
                value = self._expressions.value(part.this, scope)
                outputs += [
                    Output(alias.name, Value(origins=indirect(value.origins)))
                    for alias in part.args["expressions"]
                ]
            else:
                outputs.append(self._output(part, scope))
        return outputs, complete

    def _output(self, part: exp.Expr, scope: Scope) -> Output:
        before, scope.aggregates = scope.aggregates, False
        value = self._expressions.value(part, scope)
        aggregates, scope.aggregates = scope.aggregates, scope.aggregates or before
        body = part.this if isinstance(part, exp.Alias) else part
        position = self._expressions.position(body, scope)
        return Output(self._output_name(part), value, position, aggregates, body)

    def _output_name(self, part: exp.Expr) -> str:
        if isinstance(part, exp.Alias):
            return self._context.name_of(part.args["alias"])
        if isinstance(part, exp.Column):
            return self._context.name_of(part.this)
        if isinstance(part, exp.Dot) and isinstance(part.expression, exp.Identifier):
            return self._context.name_of(part.expression)
        return str(part.sql(dialect=self._context.dialect))

    def _star(self, part: exp.Expr, star: exp.Star, outputs: list[Output], scope: Scope) -> bool:
        qualifier = (
            [
                piece.name
                for piece in (part.args.get("db"), part.args.get("table"))
                if piece is not None
            ]
            if isinstance(part, exp.Column)
            else []
        )
        if qualifier and not self._is_source(qualifier, scope):
            return self._struct_star(part, qualifier, outputs, scope)
        edits = _StarEdits(self._context, self._expressions, star, scope)
        complete = True
        for source in scope.sources:
            if qualifier and not _is_named(source.name, source.group, qualifier):
                continue
            if not source.relation.complete:
                complete = False
                self._report_unknown(part, source.name, source.relation)
            for position in scope.positions_of(source):
                if position in scope.hidden and not qualifier:
                    continue
                edits.add(position, outputs, merged=not qualifier)
        edits.report_unused(complete)
        return complete

    def _is_source(self, qualifier: list[str], scope: Scope) -> bool:
        return any(_is_named(source.name, source.group, qualifier) for source in scope.sources)

    def _struct_star(
        self, part: exp.Expr, qualifier: list[str], outputs: list[Output], scope: Scope
    ) -> bool:
        """`s.*` of a struct column gives its fields."""
        try:
            found = scope.find(qualifier)
        except NameProblem as problem:
            self._context.report(problem.rule, problem.message, part, problem.hint)
            return False
        origins = indirect(found.value.origins)
        outputs += [
            Output(name, Value(kind, True, origins)) for name, kind in found.value.type.fields
        ]
        return bool(found.value.type.fields)

    def _columns(self, part: exp.Expr, outputs: list[Output], scope: Scope) -> bool:
        """COLUMNS('pattern') of DuckDB gives the columns whose names match."""
        pattern = part.this
        complete = all(source.relation.complete for source in scope.sources)
        known = isinstance(pattern, (exp.Literal, exp.Star))
        if not complete or not known:
            self._report_unknown(part, "COLUMNS", Relation((), complete=False))
            return False
        for position, (_, field) in enumerate(scope.columns):
            matches = isinstance(pattern, exp.Star) or _matches(pattern.name, field.name)
            if position not in scope.hidden and matches:
                outputs.append(Output(field.name, scope.value_at(position), position))
        return True

    def _report_unknown(self, part: exp.Expr, name: str, relation: Relation) -> None:
        """A star over a relation of unknown columns; silent where an error made it unknown."""
        if relation.input is None and name != "COLUMNS":
            return
        shown = str(relation.input) if relation.input is not None else name
        hint = f"declare the columns of `{shown}` in product.yaml, or name those you need"
        if relation.input is not None and relation.input.kind is InputKind.REQUIRED:
            hint = "run `hansa sync` to fetch the interfaces of required products"
        self._context.report(
            "unknown_columns", f"the columns of `{shown}` are not known here", part, hint
        )

    def _groups(
        self, node: exp.Select, outputs: list[Output], scope: Scope
    ) -> list[int | None] | None:
        """For each GROUP BY expression the output that shows it, None where none does."""
        group = node.args.get("group")
        if group is None:
            return None
        if group.args.get("all"):
            return [number for number, output in enumerate(outputs) if not output.aggregates]
        found: list[int | None] = []
        for part in group.expressions:
            output = _output_by_number(part, outputs)
            if output is None:
                value = self._expressions.value(part, scope)
                self._rows |= value.origins
                output = self._output_showing(part, outputs, scope)
            else:
                self._rows |= outputs[output].value.origins
            found.append(output)
        return found

    def _output_showing(self, part: exp.Expr, outputs: list[Output], scope: Scope) -> int | None:
        position = self._expressions.position(part, scope)
        for number, output in enumerate(outputs):
            if position is not None:
                if output.position == position:
                    return number
            elif isinstance(part, exp.Column) and not part.args.get("table"):
                if output.name.casefold() == part.name.casefold():
                    return number
            elif output.node is not None and output.node == part:
                return number
        return None

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
            shown = (
                self._expressions.values(on.expressions, scope)
                if on is not None
                else [output.value for output in outputs]
            )
            self._rows |= merge(shown)

    def _order(self, node: exp.Select, outputs: list[Output], scope: Scope) -> None:
        order = node.args.get("order")
        if order is None:
            return
        names = {output.name.casefold() for output in outputs}
        for part in order.expressions:
            body = part.this
            if _is_constant_order(part):
                continue
            named = isinstance(body, exp.Column) and not body.args.get("table")
            if named and body.name.casefold() in names:
                continue
            value = self._expressions.value(body, scope)
            if node.args.get("limit") is not None:
                self._rows |= value.origins

    # Keys

    def _keys(
        self,
        node: exp.Select,
        tree: JoinTree | None,
        condition: exp.Expr | None,
        scope: Scope,
    ) -> frozenset[Key]:
        """The keys of the rows before grouping, as positions of the scope."""
        if tree is None:
            return ONE_ROW
        position_of = lambda part: self._expressions.position(part, scope)  # noqa: E731
        keys = keys_of(
            tree, equal_pairs(condition, position_of), fixed_columns(condition, position_of)
        )
        qualify = node.args.get("qualify")
        if qualify is not None and scope.grouping is Grouping.NONE:
            partition = self._first_of_partition(qualify.this, node, scope)
            if partition is not None:
                keys |= {partition}
        return keys

    def _first_of_partition(self, node: exp.Expr, select: exp.Select, scope: Scope) -> Key | None:
        """The partition of `row_number() OVER (…) = 1`, or of an alias for it."""
        if not isinstance(node, exp.EQ) or node.expression.name != "1":
            return None
        window = node.this
        if isinstance(window, exp.Column) and not window.args.get("table"):
            named = [
                part.this
                for part in select.expressions
                if isinstance(part, exp.Alias) and part.alias.casefold() == window.name.casefold()
            ]
            window = named[0] if named else window
        return self._partition(window, scope)

    def _partition(self, window: exp.Expr, scope: Scope) -> Key | None:
        if not isinstance(window, exp.Window) or not isinstance(window.this, exp.RowNumber):
            return None
        if window.args.get("alias") is not None:
            return None
        positions = [
            self._expressions.position(part, scope)
            for part in window.args.get("partition_by") or []
        ]
        if any(position is None for position in positions):
            return None
        return frozenset(position for position in positions if position is not None)

    def _projected(
        self,
        node: exp.Select,
        keys: frozenset[Key],
        groups: list[int | None] | None,
        outputs: list[Output],
        scope: Scope,
    ) -> frozenset[Key]:
        """The keys as positions of the outputs, with those that grouping and DISTINCT make."""
        shown: dict[int, int] = {}
        for number, output in enumerate(outputs):
            if output.position is not None:
                shown.setdefault(output.position, number)
        found: set[Key] = set()
        if scope.grouping is Grouping.NONE and scope.aggregates:
            found.add(frozenset())
        elif scope.grouping is not Grouping.SETS and not scope.multiplies:
            found |= {
                frozenset(shown[position] for position in key)
                for key in keys
                if all(position in shown for position in key)
            }
        if groups is not None and scope.grouping is Grouping.PLAIN and not scope.multiplies:
            found |= self._group_key(groups)
        return (
            frozenset(found)
            | self._distinct_keys(node, outputs, scope)
            | (ONE_ROW if _limits_to_one(node.args.get("limit")) else frozenset())
        )

    def _group_key(self, groups: list[int | None]) -> set[Key]:
        if any(group is None for group in groups):
            return set()
        return {frozenset(group for group in groups if group is not None)}

    def _distinct_keys(
        self, node: exp.Select, outputs: list[Output], scope: Scope
    ) -> frozenset[Key]:
        distinct = node.args.get("distinct")
        if distinct is None:
            return frozenset()
        on = distinct.args.get("on")
        if on is None:
            return frozenset({frozenset(range(len(outputs)))})
        found = [self._output_showing(part, outputs, scope) for part in on.expressions]
        return frozenset(self._group_key(found))

    def _field(self, output: Output, outputs: list[Output], scope: Scope) -> Field:
        value = output.value
        if output.position is not None:
            value = scope.value_at(output.position)
        elif value.literal is Null.NULL:
            value = Value()
        numbered = None
        if isinstance(output.node, exp.Window):
            partition = self._partition(output.node, scope)
            shown = {other.position: number for number, other in enumerate(outputs)}
            if partition is not None and all(position in shown for position in partition):
                numbered = frozenset(shown[position] for position in partition)
        return Field(output.name, value.type, value.nullable, value.origins, numbered)


class _StarEdits:
    """EXCLUDE, REPLACE and RENAME of one star."""

    def __init__(
        self, context: Context, expressions: ExpressionReader, star: exp.Star, scope: Scope
    ) -> None:
        self._context = context
        self._scope = scope
        self._nodes: dict[str, exp.Expr] = {}
        self._excluded = self._names(star.args.get("except_"))
        self._replaced = {}
        for part in star.args.get("replace") or []:
            name = part.alias.casefold()
            self._nodes[name] = part
            self._replaced[name] = expressions.value(part.this, scope)
        self._renamed = {}
        for part in star.args.get("rename") or []:
            self._nodes[part.this.name.casefold()] = part
            self._renamed[part.this.name.casefold()] = context.name_of(part.args["alias"])
        self._used: set[str] = set()

    def _names(self, parts: list[exp.Expr] | None) -> set[str]:
        for part in parts or []:
            self._nodes[part.name.casefold()] = part
        return {part.name.casefold() for part in parts or []}

    def add(self, position: int, outputs: list[Output], *, merged: bool) -> None:
        """Append the column at a position as the star shows it."""
        scope = self._scope
        name = scope.columns[position][1].name
        folded = name.casefold()
        self._used.add(folded)
        if folded in self._excluded:
            return
        if folded in self._replaced:
            outputs.append(Output(name, self._replaced[folded]))
            return
        together = scope.merged.get(scope.shown.get(position, "")) if merged else None
        shown = self._renamed.get(folded, name)
        if together is not None:
            single = together[0] if len(together) == 1 else None
            outputs.append(Output(shown, scope.merged_value(together), single))
        else:
            outputs.append(Output(shown, scope.value_at(position), position))

    def report_unused(self, complete: bool) -> None:
        """A column that EXCLUDE, REPLACE or RENAME names must be there."""
        for name, node in self._nodes.items():
            if complete and name not in self._used:
                self._context.report(
                    "unknown_column", f"`{node.name or name}` is not a column of the star", node
                )


def _star_of(part: exp.Expr) -> exp.Star | None:
    if isinstance(part, exp.Star):
        return part
    if isinstance(part, exp.Column) and isinstance(part.this, exp.Star):
        return part.this
    return None


def _is_named(name: str, group: str, qualifier: list[str]) -> bool:
    if name.casefold() != qualifier[-1].casefold():
        return False
    return len(qualifier) == 1 or group.casefold() == qualifier[0].casefold()


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False


def _alias_columns(node: exp.Expr) -> list[exp.Expr]:
    alias = node.args.get("alias")
    return (alias.args.get("columns") or []) if isinstance(alias, exp.TableAlias) else []


def _output_by_number(part: exp.Expr, outputs: list[Output]) -> int | None:
    if isinstance(part, exp.Literal) and not part.args.get("is_string") and part.name.isdigit():
        number = int(part.name) - 1
        return number if 0 <= number < len(outputs) else None
    return None


def _is_constant_order(part: exp.Expr) -> bool:
    """ORDER BY 1 and ORDER BY ALL name outputs by number."""
    body = part.this if isinstance(part, exp.Ordered) else part
    return isinstance(body, (exp.Literal, exp.Var))


def _limits_to_one(limit: exp.Expr | None) -> bool:
    if not isinstance(limit, exp.Limit):
        return False
    return isinstance(limit.expression, exp.Literal) and limit.expression.name in ("0", "1")


def _is_closed(node: exp.Expr) -> bool:
    """Whether a set operation has clauses of its own, so that it is read apart."""
    return any(node.args.get(name) is not None for name in ("with_", "order", "limit", "offset"))


def _is_single(node: exp.Select, scope: Scope) -> bool:
    """Whether a SELECT always gives exactly one row."""
    clauses = ("having", "qualify", "limit", "offset", "group")
    if any(node.args.get(name) is not None for name in clauses) or scope.multiplies:
        return False
    bare = node.args.get("from_") is None and node.args.get("where") is None
    return scope.aggregates or bare


def _solid_keys(keys: frozenset[Key], fields: tuple[Field, ...]) -> frozenset[Key]:
    """The keys none of whose columns can be NULL."""
    return minimal(key for key in keys if not any(fields[column].nullable for column in key))


def _aligned(left: Relation, right: Relation) -> tuple[Relation, Relation]:
    """Both sides of UNION BY NAME with the columns of both; a missing one is NULL."""
    names = list(dict.fromkeys(field.name.casefold() for field in (*left.fields, *right.fields)))
    sides = []
    for side, other in ((left, right), (right, left)):
        fields = []
        for name in names:
            own, there = side.positions(name), other.positions(name)
            if own:
                fields.append(side.fields[own[0]])
            else:
                kind = other.fields[there[0]]
                fields.append(Field(kind.name, kind.type, True))
        sides.append(Relation(tuple(fields), row_origins=side.row_origins, complete=side.complete))
    return sides[0], sides[1]
