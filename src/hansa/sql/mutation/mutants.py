"""All mutants of one model, each with its place and its whole SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from hansa.core.schema import TableSchema
from hansa.sql.coverage.obligations import Obligation
from hansa.sql.coverage.places import Places
from hansa.sql.mutation import conditions, rows, values
from hansa.sql.mutation.columns import ColumnEdits, SchemaOf
from hansa.sql.mutation.edits import Edit, Edits
from hansa.sql.mutation.guards import Guards
from hansa.sql.mutation.rewriting import Rewriting
from hansa.sql.parse import Positions, parse_select


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


# With these a value keeps its type. What changes a type shows also where it is not computed.
_KEEPING_TYPES = frozenset(
    {
        Operator.RELATIONAL,
        Operator.LOGICAL,
        Operator.BETWEEN,
        Operator.LIKE,
        Operator.ORDER,
        Operator.SUBQUERY,
        Operator.COLUMN,
    }
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong change of a model: `sql` is the whole model with it.

    `line` and `column` count from 1 and are where the changed construct starts; `before` and
    `after` are that construct as SQL, on one line. With `exact`, `sql` is the author's text in
    which only the changed characters are others; without, it is written anew from the tree.
    A test that does not show all of `needs` cannot tell the mutant from the model.
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
    exact: bool = False
    needs: tuple[Obligation, ...] = ()


def make_mutants(
    model: str, text: str, dialect: str, file: str, schema_of: SchemaOf | None = None
) -> tuple[Mutant, ...]:
    """Every mutant of a model's text, in the order of places; no two have the same SQL.

    `schema_of` tells the columns of a relation by group and name, and without it no column is
    exchanged. Raises SqlInvalid and NotOneSelect.
    """
    made = _Making(model, text, dialect, file, schema_of or _unknown).all()
    return tuple(sorted(made, key=lambda one: (one.line, one.column)))


def regenerated(text: str, dialect: str, file: str) -> str:
    """The model as mutants that are not exact write it, without any change."""
    return parse_select(text, dialect, file).sql(dialect=dialect, comments=False)


def _unknown(_group: str, _name: str) -> TableSchema | None:
    return None


class _Making:
    """The mutants of one model, made from its tree."""

    def __init__(self, model: str, text: str, dialect: str, file: str, schema_of: SchemaOf) -> None:
        self._model, self._file, self._dialect = model, file, dialect
        self._tree = parse_select(text, dialect, file)
        self._places = Places(text, dialect, file, self._tree)
        self._guards = Guards(self._tree, self._places)
        self._columns = ColumnEdits(self._tree, dialect, Positions(text, file), schema_of)
        self._unchanged = self._tree.sql(dialect=dialect, comments=False)
        self._rewriting = Rewriting(text, dialect, file, self._unchanged)

    def all(self) -> Iterator[Mutant]:
        seen = {self._unchanged}
        for node in list(self._tree.walk()):
            for operator, edit in self._edits(node):
                sql = _mutated(self._tree, node, edit.replacement, self._dialect)
                if sql not in seen:
                    seen.add(sql)
                    yield self._mutant(node, operator, edit, sql)

    def _edits(self, node: exp.Expr) -> Iterator[tuple[Operator, Edit]]:
        for operator, edits in _EDITS.items():
            for edit in edits(node):
                yield operator, edit
        for edit in self._columns.edits(node):
            yield Operator.COLUMN, edit

    def _mutant(self, node: exp.Expr, operator: Operator, edit: Edit, sql: str) -> Mutant:
        text = self._rewriting.rewrite(sql)
        needs = self._guards.of(node) if operator in _KEEPING_TYPES else ()
        return Mutant(
            self._model,
            operator,
            edit.description,
            self._file,
            *self._places.at(self._start(node)),
            node.sql(dialect=self._dialect, comments=False).strip(),
            edit.replacement.sql(dialect=self._dialect, comments=False).strip(),
            sql if text is None else text,
            text is not None,
            tuple(Obligation(line, column, "case", outcome) for line, column, outcome in needs),
        )

    def _start(self, node: exp.Expr) -> int:
        """Where coverage has the construct as well: a join is where its JOIN stands."""
        offset = self._places.start(node) or self._places.first(node) or 0
        word = self._places.before(offset, TokenType.JOIN) if isinstance(node, exp.Join) else None
        return offset if word is None else word


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
