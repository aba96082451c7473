"""Models as SQL that an engine can run: every table reference bound to a relation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlglot import exp

from hansa.core.facts import Input
from hansa.sql.identifiers import quote, quote_path
from hansa.sql.inference import name_of_table
from hansa.sql.mentions import outside_tables
from hansa.sql.parse import find_dialect, parse_select
from hansa.sql.translation import render

RelationOf = Callable[[Input], tuple[str, ...]]
InputOf = Callable[[str, str], Input]


class Binding(NamedTuple):
    """One table reference: where it stands, what it becomes, and the name columns use for it."""

    table: exp.Table
    relation: tuple[str, ...]
    name: str
    quoted: bool
    aliased: bool

    def label(self, dialect: str) -> str:
        """The name as it is written; without quotes where it was, so that it folds as before."""
        return quote(self.name, dialect) if self.quoted else self.name


class Splice(NamedTuple):
    """A stretch of the text and what takes its place."""

    start: int
    end: int
    text: str


def compile_model(
    model_sql: str,
    dialect: str,
    file: str,
    relation_of: RelationOf,
    input_of: InputOf,
    to_dialect: str,
) -> str:
    """The model as one SELECT in `to_dialect` that reads the relations `relation_of` gives.

    `input_of` classifies a group and a name, and may raise. Names of CTEs stay. Where the
    dialects are the same, everything but the references stays as it is written, without what
    follows the last token. Raises SqlInvalid and NotOneSelect.
    """
    tree = parse_select(model_sql, dialect, file)
    bindings = [
        _bind(table, relation_of(input_of(*name_of_table(table)))) for table in outside_tables(tree)
    ]
    columns = list(_qualified_columns(tree, bindings))
    if dialect == to_dialect:
        splices = _splices(bindings, columns, dialect)
        if splices is not None:
            return _spliced(model_sql, splices, dialect)
    _rebind(bindings, columns)
    return render(tree, dialect, to_dialect)


def bind_tables(tree: exp.Query, relation_of: RelationOf, input_of: InputOf) -> None:
    """Make a tree read the relations that `relation_of` gives, as `compile_model` does."""
    bindings = [
        _bind(table, relation_of(input_of(*name_of_table(table)))) for table in outside_tables(tree)
    ]
    _rebind(bindings, list(_qualified_columns(tree, bindings)))


def _rebind(bindings: list[Binding], columns: list[tuple[exp.Column, Binding]]) -> None:
    for binding in bindings:
        _rewrite(binding)
    for column, binding in columns:
        _requalify(column, binding)


def _bind(table: exp.Table, relation: tuple[str, ...]) -> Binding:
    alias = table.args.get("alias")
    given = None if alias is None else alias.args.get("this")
    if given is not None:
        return Binding(table, relation, given.name, quoted=True, aliased=True)
    if _is_taken(table, table.name):
        name = ".".join(part for part in name_of_table(table) if part)
        return Binding(table, relation, name, quoted=True, aliased=False)
    return Binding(table, relation, table.name, bool(table.this.args.get("quoted")), aliased=False)


def _is_taken(table: exp.Table, name: str) -> bool:
    """Whether another table in the same FROM goes by the same bare name."""
    select = table.find_ancestor(exp.Select)
    if select is None or table.args.get("db") is None:
        return False
    return any(
        other is not table
        and other.alias_or_name.casefold() == name.casefold()
        and other.find_ancestor(exp.Select) is select
        for other in select.find_all(exp.Table)
    )


def _qualified_columns(
    tree: exp.Query, bindings: list[Binding]
) -> Iterator[tuple[exp.Column, Binding]]:
    """Columns written with a group and a table, such as `flights.fct_flights.x`."""
    by_select: dict[int, list[Binding]] = {}
    for binding in bindings:
        if not binding.aliased and binding.table.args.get("db") is not None:
            select = binding.table.find_ancestor(exp.Select)
            by_select.setdefault(id(select), []).append(binding)
    if not by_select:
        return
    for column in tree.find_all(exp.Column):
        if column.args.get("db") is None:
            continue
        select = column.find_ancestor(exp.Select)
        while select is not None:
            for binding in by_select.get(id(select), ()):
                if _names(column, binding.table):
                    yield column, binding
                    select = None
                    break
            else:
                select = select.find_ancestor(exp.Select)


def _names(column: exp.Column, table: exp.Table) -> bool:
    """Whether the column's first parts are the table's group and name."""
    first, second = _leading_parts(column)[:2]
    return (
        first.name.casefold() == table.db.casefold()
        and second.name.casefold() == table.name.casefold()
    )


def _leading_parts(column: exp.Column) -> list[exp.Expr]:
    parts = [column.args.get(part) for part in ("catalog", "db", "table")]
    return [part for part in parts if part is not None]


# In the text


def _splices(
    bindings: list[Binding], columns: list[tuple[exp.Column, Binding]], dialect: str
) -> list[Splice] | None:
    """What to replace in the text; None where a name's place is not known."""
    splices = []
    for binding in bindings:
        table = binding.table
        first = table.args.get("catalog") or table.args.get("db") or table.this
        text = quote_path(binding.relation, dialect)
        if not binding.aliased:
            columns_alias = table.args.get("alias") is not None or table.args.get("pivots")
            if columns_alias:
                return None
            text = f"{text} AS {binding.label(dialect)}"
        splices.append(_splice(first, table.this, text))
    for column, binding in columns:
        first, second = _leading_parts(column)[:2]
        splices.append(_splice(first, second, binding.label(dialect)))
    found = [splice for splice in splices if splice is not None]
    return found if len(found) == len(splices) else None


def _splice(first: exp.Expr, last: exp.Expr, text: str) -> Splice | None:
    start, end = first.meta.get("start"), last.meta.get("end")
    return None if start is None or end is None else Splice(start, end + 1, text)


def _spliced(text: str, splices: list[Splice], dialect: str) -> str:
    """The text from its first token to its last, with the replacements."""
    tokens = [token for token in find_dialect(dialect).tokenize(text) if token.text != ";"]
    parts, at = [], tokens[0].start
    for splice in sorted(set(splices)):
        parts += [text[at : splice.start], splice.text]
        at = splice.end
    parts.append(text[at : tokens[-1].end + 1])
    return "".join(parts)


# In the tree


def _rewrite(binding: Binding) -> None:
    table, parts = binding.table, binding.relation
    if not binding.aliased:
        name = exp.to_identifier(binding.name, quoted=binding.quoted)
        alias = table.args.get("alias")
        if alias is None:
            table.set("alias", exp.TableAlias(this=name))
        else:
            alias.set("this", name)
    names = [exp.to_identifier(part, quoted=True) for part in parts]
    table.set("this", names[-1])
    table.set("db", names[-2] if len(names) > 1 else None)
    table.set("catalog", names[-3] if len(names) > 2 else None)


def _requalify(column: exp.Column, binding: Binding) -> None:
    name = exp.to_identifier(binding.name, quoted=binding.quoted)
    if column.args.get("catalog") is not None:  # group.table.column.field of a struct
        field = column.this
        column.set("this", column.args["table"])
        column.set("table", name)
        column.set("db", None)
        column.set("catalog", None)
        whole = column.copy()
        column.replace(exp.Dot(this=whole, expression=field))
        return
    column.set("table", name)
    column.set("db", None)
