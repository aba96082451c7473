"""The columns, keys and origins of queries: WITH, set operations and what is inside."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from hansa.sql.context import Context
from hansa.sql.expressions import ExpressionReader
from hansa.sql.from_items import FromReader
from hansa.sql.outputs import is_number_or_all
from hansa.sql.relations import NO_ORIGINS, Field, Key, Null, Relation, Value, indirect, merge
from hansa.sql.scopes import Scope
from hansa.sql.select_keys import ONE_ROW, limits_to_one
from hansa.sql.selects import SelectReader, solid_keys


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
            return SelectReader(self._expressions, self._from).read(node, Scope(parent, ctes))
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
                [part for part in order.expressions if not is_number_or_all(part)], scope
            )
        return Relation(
            relation.fields,
            relation.keys | (ONE_ROW if limits_to_one(limit) else frozenset()),
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
        return Relation(fields, solid_keys(keys, fields), indirect(origins), complete=complete)

    def _united_field(self, node: exp.SetOperation, left: Field, right: Field) -> Field:
        kind = self._context.rules.combine([_typed(left), _typed(right)])
        if isinstance(node, exp.Except):
            return left._replace(type=kind, numbered=None)
        if isinstance(node, exp.Intersect):
            nullable = left.nullable and right.nullable
        else:
            nullable = left.nullable or right.nullable
        null = left.null and right.null
        return Field(left.name, kind, nullable, left.origins | right.origins, None, null)


def _alias_columns(node: exp.Expr) -> list[exp.Expr]:
    alias = node.args.get("alias")
    return (alias.args.get("columns") or []) if isinstance(alias, exp.TableAlias) else []


def _is_closed(node: exp.Expr) -> bool:
    """Whether a set operation has clauses of its own, so that it is read apart."""
    return any(node.args.get(name) is not None for name in ("with_", "order", "limit", "offset"))


def _typed(field: Field) -> Value:
    return Value(field.type, literal=Null.NULL if field.null else None)


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
