"""What stands in FROM: tables, subqueries, functions, and the joins between them."""

from __future__ import annotations

from typing import Protocol

from sqlglot import exp

from hansa.core.datatype import BIGINT, UNKNOWN, DataType, Family
from hansa.sql.context import Context
from hansa.sql.expressions import ExpressionReader
from hansa.sql.filters import equal_pairs, fixed_columns, rejected_nulls
from hansa.sql.joins import Join, JoinKind, JoinTree, Leaf
from hansa.sql.pivots import pivoted
from hansa.sql.relations import (
    NO_ORIGINS,
    UNKNOWN_RELATION,
    Field,
    Origins,
    Relation,
    Value,
    indirect,
    merge,
)
from hansa.sql.scopes import Scope, Source

_SIDES = {"LEFT": JoinKind.LEFT, "RIGHT": JoinKind.RIGHT, "FULL": JoinKind.FULL}
_FILES = (exp.ReadCSV, exp.ReadParquet)
_FILE_NAMES = (
    "read_",
    "parquet_",
    "sniff_csv",
    "glob",
    "sqlite_",
    "postgres_",
    "mysql_",
    "iceberg_",
)


class QueryReader(Protocol):
    """Reads queries; what stands in FROM may be one."""

    def read(self, node: exp.Expr, scope: Scope | None) -> Relation: ...


class FromReader:
    """Fills a scope with the sources of one SELECT."""

    def __init__(
        self, context: Context, expressions: ExpressionReader, queries: QueryReader
    ) -> None:
        self._context = context
        self._expressions = expressions
        self._queries = queries

    def read(self, select: exp.Expr, scope: Scope) -> tuple[JoinTree | None, Origins]:
        """The tree of joins of a SELECT, and the columns that decide which rows they give."""
        clause = select.args.get("from_")
        if clause is None:
            return None, NO_ORIGINS
        self._origins: set[Origins] = set()
        return self._tree(clause.this, select, scope)

    def _tree(self, first: exp.Expr, owner: exp.Expr, scope: Scope) -> tuple[JoinTree, Origins]:
        tree, origins = self._item(first, scope)
        joins = [*(first.args.get("joins") or [])] if isinstance(first, exp.Table) else []
        if owner is not first:
            joins += [*(owner.args.get("joins") or []), *(owner.args.get("laterals") or [])]
        for join in joins:
            tree, more = self._join(tree, join, scope)
            origins |= more
        return tree, origins

    # One item

    def _item(self, node: exp.Expr, scope: Scope) -> tuple[JoinTree, Origins]:
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
            tree, origins = self._tree(node.this, node.this, scope)
            return tree, origins
        relation = self._relation(node, scope)
        pivots = node.args.get("pivots")
        alias = pivots[-1].args.get("alias") if pivots else None
        alias = alias or node.args.get("alias")
        name, group = self._name(node, alias)
        columns = alias.args.get("columns") if alias is not None else None
        if columns and not isinstance(node, (exp.Unnest, exp.Values)):
            relation = relation.renamed(self._context.name_of(column) for column in columns)
        if node.args.get("sample") is not None:
            self._context.deterministic = False
        return Leaf(scope.add(name, group, relation)), indirect(relation.row_origins)

    def _name(self, node: exp.Expr, alias: exp.Expr | None) -> tuple[str, str]:
        if alias is not None and alias.args.get("this") is not None:
            return self._context.name_of(alias.this), ""
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            group = node.args.get("db")
            return self._context.name_of(node.this), "" if group is None else group.name
        if isinstance(node, exp.Table):
            return type(node.this).__name__.lower(), ""
        return "", ""

    def _relation(self, node: exp.Expr, scope: Scope) -> Relation:
        if isinstance(node, exp.Table):
            return self._pivoted(node, self._table(node, scope))
        if isinstance(node, exp.Unnest):
            return self._unnest(node, scope)
        if isinstance(node, exp.Values):
            return self._values(node, scope)
        if isinstance(node, exp.Lateral):
            inner = node.this
            if isinstance(inner, (exp.Subquery, exp.Query)):
                return self._queries.read(inner, scope)
            return self._function(inner, scope)
        if isinstance(node, (exp.Subquery, exp.Query)):
            return self._pivoted(node, self._queries.read(node, scope))
        return self._function(node, scope)

    def _table(self, node: exp.Table, scope: Scope) -> Relation:
        if not isinstance(node.this, exp.Identifier):
            return self._function(node.this, scope)
        if node.args.get("db") is None:
            found = scope.ctes.get(node.name.casefold())
            if found is not None:
                return found
        return self._context.relation_of(node)

    def _pivoted(self, node: exp.Expr, relation: Relation) -> Relation:
        for pivot in node.args.get("pivots") or []:
            relation = pivoted(pivot, relation, self._expressions)
        return relation

    def _function(self, node: exp.Expr, scope: Scope) -> Relation:
        """A function as a relation; a series of numbers is known, others may have any column."""
        name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
        if isinstance(node, _FILES) or name.startswith(_FILE_NAMES):
            self._context.report(
                "file_read",
                "a model reads files through sources only",
                node,
                "declare the file under `sources` in product.yaml",
            )
            return UNKNOWN_RELATION
        value = self._expressions.value(node, scope)
        scope.multiplies = False
        if isinstance(node, exp.GenerateSeries) and value.type.items:
            label = "range" if node.args.get("is_end_exclusive") else "generate_series"
            column = Field(label, value.type.items[0], False, value.origins)
            return Relation((column,), row_origins=value.origins)
        label = node.name if isinstance(node, exp.Anonymous) else type(node).__name__.lower()
        return Relation((), row_origins=value.origins, complete=False, label=label)

    def _unnest(self, node: exp.Unnest, scope: Scope) -> Relation:
        values = self._expressions.values(node.expressions, scope)
        alias = node.args.get("alias")
        names = (
            [self._context.name_of(part) for part in (alias.args.get("columns") or [])]
            if (alias is not None)
            else []
        )
        fields = []
        for number, value in enumerate(values):
            name = names[number] if number < len(names) else "unnest"
            fields.append(Field(name, _element(value.type), True, indirect(value.origins)))
        if node.args.get("offset"):
            name = names[len(values)] if len(names) > len(values) else "ordinality"
            fields.append(Field(name, BIGINT, True))
        known = all(value.type.family is Family.ARRAY for value in values)
        return Relation(tuple(fields), row_origins=merge(values), complete=known)

    def _values(self, node: exp.Values, scope: Scope) -> Relation:
        rows = [
            self._expressions.values(
                row.expressions if isinstance(row, exp.Tuple) else [row], scope
            )
            for row in node.expressions
        ]
        alias = node.args.get("alias")
        given = (alias.args.get("columns") or []) if alias is not None else []
        names = [self._context.name_of(part) for part in given]
        fields = []
        for number, column in enumerate(zip(*rows, strict=False)):
            default = (
                f"column{number + 1}" if self._context.dialect == "postgres" else f"col{number}"
            )
            fields.append(
                Field(
                    names[number] if number < len(names) else default,
                    self._context.rules.combine(column),
                    any(value.nullable for value in column),
                    merge(column),
                )
            )
        return Relation(tuple(fields))

    # Joins

    def _join(self, tree: JoinTree, node: exp.Expr, scope: Scope) -> tuple[JoinTree, Origins]:
        item = node.this if isinstance(node, exp.Join) else node
        right, origins = self._item(item, scope)
        if isinstance(item, exp.Table) and item.args.get("joins"):
            for nested in item.args["joins"]:
                right, more = self._join(right, nested, scope)
                origins |= more
        if not isinstance(node, exp.Join):
            return Join(tree, right, JoinKind.OTHER), origins
        kind = _kind(node)
        join = Join(tree, right, kind)
        origins |= self._condition(node, join, scope)
        if kind in (JoinKind.LEFT, JoinKind.FULL) or node.side == "LEFT" or kind is JoinKind.OTHER:
            scope.make_outer(right.sources())
        if kind in (JoinKind.RIGHT, JoinKind.FULL, JoinKind.OTHER):
            scope.make_outer(tree.sources())
        if kind is JoinKind.SEMI:
            hidden = [
                position for source in right.sources() for position in scope.positions_of(source)
            ]
            scope.hidden.update(hidden)
        return join, origins

    def _condition(self, node: exp.Join, join: Join, scope: Scope) -> Origins:
        condition = node.args.get("on")
        if condition is not None:
            value = self._expressions.value(condition, scope)
            position_of = lambda part: self._expressions.position(part, scope)  # noqa: E731
            join.pairs = equal_pairs(condition, position_of)
            join.fixed = fixed_columns(condition, position_of)
            if join.kind in (JoinKind.INNER, JoinKind.SEMI) and node.kind != "ANTI":
                scope.reject_nulls(rejected_nulls(condition, position_of))
            return merge([value])
        names = [self._context.name_of(part) for part in node.args.get("using") or []]
        if node.method == "NATURAL":
            names = _common_names(join)
        return self._using(names, node, join, scope)

    def _using(self, names: list[str], node: exp.Join, join: Join, scope: Scope) -> Origins:
        values: list[Value] = []
        for name in names:
            left = self._side(name, join.left.sources(), node, scope)
            right = self._side(name, join.right.sources(), node, scope)
            if left is None or right is None:
                continue
            left_positions = scope.merged.get(name.casefold(), [left])
            values += [scope.value_at(left), scope.value_at(right)]
            if len(left_positions) == 1:
                join.pairs |= {(left_positions[0], right), (right, left_positions[0])}
            if join.kind is JoinKind.INNER:
                scope.reject_nulls({left, right})
            self._merge_columns(name, left_positions, right, join, scope)
        return merge(values)

    def _merge_columns(
        self, name: str, left: list[int], right: int, join: Join, scope: Scope
    ) -> None:
        folded = name.casefold()
        if folded not in scope.merged:
            scope.shown[left[0]] = folded
        scope.hidden.add(right)
        if join.kind is JoinKind.RIGHT:
            scope.merged[folded] = [right]
        elif join.kind is JoinKind.FULL:
            scope.merged[folded] = [*left, right]
        else:
            scope.merged[folded] = left

    def _side(self, name: str, sources: list[Source], node: exp.Join, scope: Scope) -> int | None:
        found = [
            source.first + position
            for source in sources
            for position in source.relation.positions(name)
            if source.first + position not in scope.hidden
        ]
        if not found and all(source.relation.complete for source in sources):
            self._context.report(
                "unknown_column",
                f"`{name}` is not a column of both sides of the join",
                node.args["using"][0] if node.args.get("using") else node,
            )
        return found[0] if found else None


def _kind(node: exp.Join) -> JoinKind:
    if node.method == "ASOF":
        return JoinKind.ASOF
    if node.method == "POSITIONAL":
        return JoinKind.OTHER
    if node.kind in ("SEMI", "ANTI"):
        return JoinKind.SEMI
    if node.kind and node.kind not in ("INNER", "OUTER", "CROSS"):
        return JoinKind.OTHER
    return _SIDES.get(node.side, JoinKind.INNER)


def _common_names(join: Join) -> list[str]:
    left = [field.name for source in join.left.sources() for field in source.relation.fields]
    right = {
        field.name.casefold() for source in join.right.sources() for field in source.relation.fields
    }
    return [name for name in dict.fromkeys(left) if name.casefold() in right]


def _element(kind: DataType) -> DataType:
    return kind.items[0] if kind.family is Family.ARRAY and kind.items else UNKNOWN
