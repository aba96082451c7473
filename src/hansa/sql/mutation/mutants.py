"""All mutants of one model, each with its place and its whole SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp

from hansa.core.schema import TableSchema
from hansa.sql.coverage.places import Places
from hansa.sql.mutation import conditions, rows, values
from hansa.sql.mutation.columns import SchemaOf, other_columns
from hansa.sql.mutation.edits import Edit, Edits
from hansa.sql.parse import parse_select


class Operator(StrEnum):
    """What kind of mistake a mutant makes."""

    RELATIONAL = "relational"
    LOGICAL = "logical"
    ARITHMETIC = "arithmetic"
    BETWEEN = "between"
    LIKE = "like"
    NULL = "null"
    JOIN = "join"
    DISTINCT = "distinct"
    AGGREGATE = "aggregate"
    GROUP = "group"
    ORDER = "order"
    CASE = "case"
    SUBQUERY = "subquery"
    COLUMN = "column"


_EDITS: dict[Operator, Edits] = {
    Operator.RELATIONAL: conditions.relational,
    Operator.LOGICAL: conditions.logical,
    Operator.ARITHMETIC: values.arithmetic,
    Operator.BETWEEN: conditions.between,
    Operator.LIKE: conditions.like,
    Operator.NULL: conditions.null,
    Operator.JOIN: rows.join,
    Operator.DISTINCT: rows.distinct,
    Operator.AGGREGATE: rows.aggregate,
    Operator.GROUP: rows.group,
    Operator.ORDER: rows.order,
    Operator.CASE: values.case,
    Operator.SUBQUERY: conditions.subquery,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong change of a model: `sql` is the whole model with it.

    `line` and `column` count from 1 and are where the changed construct starts; `before` and
    `after` are that construct as SQL, on one line.
    """

    model: str
    operator: Operator
    description: str
    file: str
    line: int
    column: int
    before: str
    after: str
    sql: str


def make_mutants(
    model: str, text: str, dialect: str, file: str, schema_of: SchemaOf | None = None
) -> tuple[Mutant, ...]:
    """Every mutant of a model's text, in the order of places; no two have the same SQL.

    `schema_of` tells the columns of a relation by group and name, and without it no column is
    exchanged. Raises SqlInvalid and NotOneSelect.
    """
    tree = parse_select(text, dialect, file)
    places = Places(text, dialect, file, tree)
    seen = {tree.sql(dialect=dialect, comments=False)}
    found: list[Mutant] = []
    for node in list(tree.walk()):
        line, column = places.at(places.start(node) or places.first(node) or 0)
        for operator, edit in _edits(node, schema_of or _unknown):
            sql = _mutated(tree, node, edit.replacement, dialect)
            if sql not in seen:
                seen.add(sql)
                before = node.sql(dialect=dialect, comments=False)
                after = edit.replacement.sql(dialect=dialect, comments=False)
                place = (file, line, column)
                found.append(Mutant(model, operator, edit.description, *place, before, after, sql))
    return tuple(sorted(found, key=lambda one: (one.line, one.column)))


def regenerated(text: str, dialect: str, file: str) -> str:
    """The model as mutants write it, without any change."""
    return parse_select(text, dialect, file).sql(dialect=dialect, comments=False)


def _unknown(_group: str, _name: str) -> TableSchema | None:
    return None


def _edits(node: exp.Expr, schema_of: SchemaOf) -> Iterator[tuple[Operator, Edit]]:
    for operator, edits in _EDITS.items():
        for edit in edits(node):
            yield operator, edit
    for edit in other_columns(node, schema_of):
        yield Operator.COLUMN, edit


def _mutated(tree: exp.Query, node: exp.Expr, replacement: exp.Expr, dialect: str) -> str:
    """The SQL of the tree with the node replaced; the tree is as before afterwards."""
    if node is tree:
        return replacement.sql(dialect=dialect, comments=False)
    new = replacement
    name = node.output_name if _is_projection(node) else ""
    if name and not isinstance(replacement, exp.Alias):
        new = exp.alias_(replacement, name, quoted=True)  # the column keeps its name
    node.replace(new)
    try:
        return tree.sql(dialect=dialect, comments=False)
    finally:
        new.replace(node)


def _is_projection(node: exp.Expr) -> bool:
    return isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
