"""PIVOT and UNPIVOT: which columns they leave, and which they make."""

from __future__ import annotations

from sqlglot import exp

from hansa.core.datatype import STRING
from hansa.sql.reading import Reader
from hansa.sql.relations import Field, Relation, Value, indirect, merge
from hansa.sql.scopes import Scope


def pivoted(pivot: exp.Expr, relation: Relation, reader: Reader) -> Relation:
    """The relation that one PIVOT or UNPIVOT makes of another.

    Its columns are not all known when they depend on data: a PIVOT without a list of values.
    """
    scope = Scope()
    scope.add("", "", relation)
    if relation.complete and reader.context.dialect == "duckdb":
        made = _unpivoted if pivot.args.get("unpivot") else _spread
        found = made(pivot, relation, reader, scope)
        if found is not None:
            return found
    origins = relation.row_origins
    for field in relation.fields:
        origins |= field.origins
    word = "UNPIVOT" if pivot.args.get("unpivot") else "PIVOT"
    return Relation((), row_origins=indirect(origins), complete=False, label=word)


def _spread(pivot: exp.Expr, relation: Relation, reader: Reader, scope: Scope) -> Relation | None:
    """PIVOT: one column for each listed value and aggregate, one row for what is left."""
    names = [column.name for column in pivot.args.get("columns") or []]
    aggregates = reader.values(pivot.expressions, scope)
    fields = pivot.args.get("fields") or []
    if not names or not all(names) or not aggregates or len(names) % len(aggregates):
        return None
    keys = reader.values([part.this for part in fields], scope)
    group = pivot.args.get("group")
    if group is not None:
        kept = [
            position
            for part in group.expressions
            for position in [_read_position(part, reader, scope)]
            if position is not None
        ]
    else:
        used = _used([*pivot.expressions, *(part.this for part in fields)], reader, scope)
        kept = [position for position in range(len(relation.fields)) if position not in used]
    left = [relation.fields[position]._replace(numbered=None) for position in kept]
    made = [
        Field(name, value.type, True, merge([value, *keys]))
        for number, name in enumerate(names)
        for value in [aggregates[number % len(aggregates)]]
    ]
    rows = relation.row_origins | merge(Value(origins=field.origins) for field in left)
    return Relation((*left, *made), row_origins=indirect(rows))


def _unpivoted(
    pivot: exp.Expr, relation: Relation, reader: Reader, scope: Scope
) -> Relation | None:
    """UNPIVOT: one row for each listed column, with its name and its value."""
    fields = pivot.args.get("fields") or []
    if len(fields) != 1 or len(pivot.expressions) != 1 or not fields[0].expressions:
        return None
    if any(not isinstance(part, exp.Column) for part in fields[0].expressions):
        return None
    values = reader.values(fields[0].expressions, scope)
    used = _used(fields[0].expressions, reader, scope)
    kept = [field for position, field in enumerate(relation.fields) if position not in used]
    left = [field._replace(numbered=None) for field in kept]
    value = Field(
        pivot.expressions[0].name,
        reader.context.rules.combine(values),
        bool(pivot.args.get("include_nulls")),
        merge(values),
    )
    rows = relation.row_origins | merge(values)
    return Relation((*left, Field(fields[0].this.name, STRING, False), value), row_origins=rows)


def _used(nodes: list[exp.Expr], reader: Reader, scope: Scope) -> set[int]:
    found = [
        reader.position(column, scope) for node in nodes for column in node.find_all(exp.Column)
    ]
    return {position for position in found if position is not None}


def _read_position(part: exp.Expr, reader: Reader, scope: Scope) -> int | None:
    reader.value(part, scope)
    return reader.position(part, scope)
