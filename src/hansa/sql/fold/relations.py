"""The relations that a model's versions read, numbered, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from hansa.core.datatype import BOOLEAN, UNKNOWN
from hansa.core.facts import Input
from hansa.core.schema import Column, TableSchema
from hansa.sql.fold.forms import INPUT_SCHEMA, Unfoldable
from hansa.sql.fold.normal import Columns, Stored
from hansa.sql.fold.proofs import relation_input, relation_table
from hansa.sql.fold.trees import named
from hansa.sql.fold.values import FoldInput, Version
from hansa.sql.mentions import outside_tables


@dataclass(slots=True)
class Relations:
    """Numbers relations in the order in which versions read them."""

    numbers: dict[str, int] = field(default_factory=dict)
    inputs: list[FoldInput] = field(default_factory=list)

    @classmethod
    def of(cls, versions: Sequence[Version]) -> Relations:
        """All relations that the versions read; what is known of one is known for all."""
        found = cls()
        for version in versions:
            for read in version.inputs:
                found._add(read)
        return found

    def _add(self, read: FoldInput) -> None:
        number = self.numbers.setdefault(read.relation, len(self.inputs))
        stored = _stored_schema(read)
        if number == len(self.inputs):
            self.inputs.append(FoldInput(read.relation, stored))
        else:
            both = _joined(self.inputs[number].schema, stored)
            self.inputs[number] = FoldInput(read.relation, both)

    def schemas(self) -> dict[Input, TableSchema]:
        """The shapes that are known, for proofs."""
        return {
            relation_input(INPUT_SCHEMA, str(number)): read.schema
            for number, read in enumerate(self.inputs)
            if read.schema is not None
        }

    def columns(self, version: Version, name: str) -> tuple[int, Columns]:
        """The relation of a version's numbered input, and its columns as shown and stored."""
        read = _input(version, name)
        number = self.numbers[read.relation]
        if read.columns is not None:
            return number, list(read.columns.items())
        if read.schema is None:
            return number, None
        return number, [(shown, shown) for shown in read.schema.names]

    def stored(self, version: Version, name: str) -> Stored:
        """As `columns`, and the flag of the rows that the version reads."""
        number, columns = self.columns(version, name)
        return number, columns, _input(version, name).flag

    def bound(self, version: Version, tree: exp.Query) -> exp.Query:
        """The version's own query over numbered relations, as its inputs show them."""
        tree = tree.copy()
        for table in list(outside_tables(tree)):
            read = _input(version, table.name)
            source: exp.Expr = relation_table(self.numbers[read.relation])
            number, columns = self.columns(version, table.name)
            known = self.inputs[number].schema
            if columns is not None and known is not None:
                own = tuple((column.name, column.name) for column in known.columns)
                if tuple(columns) != own or read.flag is not None:
                    source = exp.Subquery(this=_projected(source, columns, read.flag))
            alias = table.args.get("alias")
            if alias is None or alias.args.get("this") is None:
                given = None if alias is None else alias.args.get("columns")
                alias = exp.TableAlias(this=table.this.copy(), columns=given)
            source.set("alias", alias.copy())
            for key, value in table.args.items():
                if value and key not in ("this", "db", "alias"):
                    raise Unfoldable(f"the clause `{key.strip('_')}` is not folded")
            table.replace(source)
        return tree


def _input(version: Version, name: str) -> FoldInput:
    if not name.isdigit() or int(name) >= len(version.inputs):
        raise Unfoldable(f"`{name}` is not one of the query's inputs")
    return version.inputs[int(name)]


def _projected(table: exp.Expr, columns: Columns, flag: str | None) -> exp.Select:
    where = exp.Where(this=exp.Column(this=named(flag))) if flag is not None else None
    return exp.Select(
        expressions=[
            exp.Alias(this=exp.Column(this=named(stored)), alias=named(shown))
            for shown, stored in columns or ()
        ],
        from_=exp.From(this=table),
        where=where,
    )


def _stored_schema(read: FoldInput) -> TableSchema | None:
    """What an input tells about the stored relation, by the names of its stored columns."""
    schema = read.schema
    if read.columns is None:
        return schema
    if schema is None:
        return TableSchema(tuple(Column(name) for name in dict.fromkeys(read.columns.values())))
    columns: dict[str, Column] = {}
    if read.flag is not None:
        # What the version promises holds for its own rows, and there are others.
        return _of_all_rows(read.flag, read.columns, schema)
    for column in schema.columns:
        name = read.columns.get(column.name)
        if name is not None:
            columns.setdefault(name, Column(name, column.type, column.nullable))
    keys = frozenset(
        frozenset(read.columns[name] for name in key)
        for key in schema.keys
        if all(name in read.columns for name in key)
    )
    return TableSchema(tuple(columns.values()), keys)


def _of_all_rows(flag: str, names: Mapping[str, str], schema: TableSchema) -> TableSchema:
    columns = {flag: Column(flag, BOOLEAN)}
    for column in schema.columns:
        if column.name in names:
            stored = names[column.name]
            columns.setdefault(stored, Column(stored, column.type))
    return TableSchema(tuple(columns.values()))


def _joined(one: TableSchema | None, other: TableSchema | None) -> TableSchema | None:
    """What two inputs of one relation tell about it; where they disagree, nothing."""
    if one is None or other is None:
        return one or other
    columns = {column.name: column for column in one.columns}
    for column in other.columns:
        known = columns.get(column.name, column)
        kind = column.type if known.type == column.type else UNKNOWN
        columns[column.name] = Column(column.name, kind, known.nullable or column.nullable)
    nullable = {column.name for column in columns.values() if column.nullable}
    keys = frozenset(key for key in one.keys | other.keys if not key & nullable)
    return TableSchema(tuple(columns.values()), keys)
