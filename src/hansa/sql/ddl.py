"""What CREATE TABLE statements say, read in any dialect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from hansa.core.contract import Scalar
from hansa.core.datatype import STRING, UNKNOWN, DataType
from hansa.errors import Place
from hansa.sql.dialects import fold_name
from hansa.sql.parse import MAX_DEPTH, MAX_LENGTH, Positions, SqlInvalid, find_dialect
from hansa.sql.types import InvalidType, parse_type

_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
}
_LIMITS: dict[type[exp.Expr], str] = {
    exp.GT: "exclusive_minimum",
    exp.GTE: "minimum",
    exp.LT: "exclusive_maximum",
    exp.LTE: "maximum",
}


@dataclass(slots=True)
class DdlColumn:
    """One column as its definition and later statements describe it."""

    name: str
    type: DataType
    place: Place
    required: bool = False
    unique: bool = False
    comment: str | None = None
    enum: tuple[Scalar, ...] | None = None
    limits: dict[str, Scalar] = field(default_factory=dict)


@dataclass(slots=True)
class DdlForeignKey:
    """Columns that refer to those of another table; without `to_columns`, to its primary key."""

    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    place: Place


@dataclass(slots=True)
class DdlTable:
    """One CREATE TABLE, with what ALTER TABLE and COMMENT ON add to it."""

    name: str
    place: Place
    columns: list[DdlColumn] = field(default_factory=list)
    primary_key: tuple[str, ...] = ()
    foreign_keys: list[DdlForeignKey] = field(default_factory=list)
    comment: str | None = None

    def column(self, name: str) -> DdlColumn | None:
        """The column of that name, letter case aside."""
        folded = name.casefold()
        return next((one for one in self.columns if one.name.casefold() == folded), None)


@dataclass(frozen=True, slots=True)
class DdlProblem:
    """Something that is wrong, or that is not read; `rule` is empty for the latter."""

    rule: str
    place: Place
    message: str
    hint: str | None = None


@dataclass(slots=True)
class Ddl:
    """The tables of a script, and what is wrong or not read in it."""

    tables: list[DdlTable] = field(default_factory=list)
    problems: list[DdlProblem] = field(default_factory=list)


def read_ddl(text: str, dialect: str, file: str) -> Ddl:
    """What the CREATE TABLE, ALTER TABLE … ADD CONSTRAINT and COMMENT ON statements say.

    Other statements are named among the problems. Raises SqlInvalid for text that is not SQL of
    the dialect, and UnknownDialect.
    """
    reader = _DdlReader(dialect, Positions(text, file))
    for place, statement in _statements(text, dialect, reader.positions):
        reader.read(statement, place)
    return reader.found


def _statements(text: str, dialect: str, positions: Positions) -> Iterator[tuple[Place, exp.Expr]]:
    """Each statement with the place where it begins."""
    if len(text) > MAX_LENGTH:
        message = f"the SQL is {len(text):,} characters long, more than the {MAX_LENGTH:,} allowed"
        raise SqlInvalid(message, positions.place(0), "import it in parts")
    if "\0" in text:
        raise SqlInvalid("the SQL holds a NUL character", positions.place(text.index("\0")))
    found = find_dialect(dialect)
    try:
        tokens = found.tokenize(text)
    except TokenError:
        message = "a quote or comment is not closed"
        raise SqlInvalid(message, positions.place(len(text)), "close it") from None
    for part in _split(tokens, positions):
        place = positions.place(part[0].start)
        try:
            trees = found.parser(error_level=ErrorLevel.IMMEDIATE).parse(part, text)
        except ParseError as error:
            raise SqlInvalid(*_reason(error, part, positions)) from None
        except RecursionError:
            raise _too_deep(place) from None
        except Exception as error:  # a library's own mistake on odd text
            reason = f"the SQL cannot be read ({type(error).__name__})"
            raise SqlInvalid(reason, place) from None
        yield from ((place, tree) for tree in trees if tree is not None)


def _split(tokens: Sequence[Token], positions: Positions) -> Iterator[list[Token]]:
    """The tokens between semicolons; raises SqlInvalid for what is nested too deeply."""
    part: list[Token] = []
    depth = 0
    for token in tokens:
        kind = token.token_type
        if kind in (TokenType.L_PAREN, TokenType.LT, TokenType.L_BRACKET):
            depth += kind is not TokenType.LT
            if depth > MAX_DEPTH:
                raise _too_deep(positions.place(token.start))
        elif kind in (TokenType.R_PAREN, TokenType.R_BRACKET):
            depth -= 1
        if kind is TokenType.SEMICOLON:
            if part:
                yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _too_deep(place: Place) -> SqlInvalid:
    message = f"the SQL is nested more than {MAX_DEPTH} levels deep"
    return SqlInvalid(message, place, "write it with less nesting")


def _reason(
    error: ParseError, tokens: Sequence[Token], positions: Positions
) -> tuple[str, Place, str | None]:
    details: dict[str, Any] = error.errors[0] if error.errors else {}
    what = str(details.get("description") or "it cannot be parsed").rstrip(".").lower()
    line, column = details.get("line"), details.get("col")
    place = positions.place(tokens[-1].end)
    if line and column:
        highlight = str(details.get("highlight") or "")
        place = Place(place.file, line, max(1, column - len(highlight) + 1))
    hint = "name the SQL dialect with `--dialect`, or complete the statement"
    return f"this is not SQL of the dialect: {what}", place, hint


@dataclass(slots=True)
class _DdlReader:
    """Collects tables, statement by statement."""

    dialect: str
    positions: Positions
    found: Ddl = field(default_factory=Ddl)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def read(self, statement: exp.Expr, place: Place) -> None:
        match statement:
            case exp.Create(kind="TABLE", this=exp.Schema()):
                self._create(statement)
            case exp.Create(kind="TYPE", expression=exp.DataType() as kind):
                values = tuple(str(one.name) for one in kind.expressions)
                self.enums[statement.this.name.casefold()] = values
            case exp.Alter(kind="TABLE"):
                self._alter(statement, place)
            case exp.Comment():
                self._comment(statement, place)
            case _:
                words = " ".join(statement.sql(dialect=self.dialect).split()[:2])
                self._leave(place, f"the statement `{words[:60]} …` describes no table")

    def _leave(self, place: Place, message: str, hint: str | None = None) -> None:
        self.found.problems.append(DdlProblem("", place, message, hint))

    def _report(self, rule: str, place: Place, message: str, hint: str | None) -> None:
        self.found.problems.append(DdlProblem(rule, place, message, hint))

    def _name(self, node: exp.Expr | None) -> str:
        """An identifier as the dialect stores it."""
        if isinstance(node, exp.Identifier):
            return fold_name(node.name, bool(node.args.get("quoted")), self.dialect)
        return node.name if node is not None else ""

    def _place(self, node: exp.Expr, otherwise: Place) -> Place:
        """Where the first name below a node stands."""
        for inner in (node, *node.find_all(exp.Identifier)):
            start = inner.meta.get("start")
            if isinstance(start, int):
                return self.positions.place(start)
        return otherwise

    def _table(self, node: exp.Expr | None) -> DdlTable | None:
        table = node.find(exp.Table) if node is not None else None
        name = self._name(table.this).casefold() if table is not None else ""
        return next((one for one in self.found.tables if one.name.casefold() == name), None)

    def _create(self, statement: exp.Create) -> None:
        schema = statement.this
        place = self._place(schema.this, self.positions.place(0))
        table = DdlTable(self._name(schema.this.this), place)
        self.found.tables.append(table)
        for part in schema.expressions:
            if isinstance(part, exp.ColumnDef):
                self._column(part, table)
        for part in schema.expressions:
            if not isinstance(part, exp.ColumnDef):
                self._constraint(part, table)
        properties = statement.args.get("properties")
        comment = properties.find(exp.SchemaCommentProperty) if properties else None
        if comment is not None:
            table.comment = comment.name

    def _column(self, definition: exp.ColumnDef, table: DdlTable) -> None:
        place = self._place(definition.this, table.place)
        column = DdlColumn(self._name(definition.this), UNKNOWN, place)
        column.type = self._type(definition, column)
        table.columns.append(column)
        for constraint in definition.constraints:
            self._column_constraint(constraint.args.get("kind"), column, table)

    def _type(self, definition: exp.ColumnDef, column: DdlColumn) -> DataType:
        kind = definition.args.get("kind")
        if kind is None:
            hint = "write a type after the name"
            message = f"the column `{column.name}` has no type"
            self._report("invalid_type", column.place, message, hint)
            return UNKNOWN
        text = kind.sql(dialect=self.dialect)
        values = self.enums.get(text.strip('"').rpartition(".")[2].casefold())
        if values is not None:
            column.enum = values
            return STRING
        if kind.is_type(exp.DataType.Type.ENUM) and kind.expressions:
            column.enum = tuple(one.name for one in kind.expressions)
            return STRING
        try:
            return parse_type(text, self.dialect)
        except InvalidType as error:
            message = f"{error}, for the column `{column.name}`"
            self._report("invalid_type", self._place(kind, column.place), message, error.hint)
            return UNKNOWN

    def _column_constraint(self, kind: exp.Expr | None, column: DdlColumn, table: DdlTable) -> None:
        match kind:
            case exp.NotNullColumnConstraint():
                column.required = column.required or not kind.args.get("allow_null")
            case exp.PrimaryKeyColumnConstraint():
                table.primary_key = (*table.primary_key, column.name)
            case exp.UniqueColumnConstraint():
                column.unique = True
            case exp.CommentColumnConstraint():
                column.comment = kind.name
            case exp.Reference():
                self._reference(kind, (column.name,), table, column.place)
            case exp.CheckColumnConstraint():
                self._check(kind.this, table, column.place)
            case None:
                pass
            case _:
                words = kind.sql(dialect=self.dialect)[:60]
                self._leave(column.place, f"`{words}` of `{column.name}` has no word in a contract")

    def _constraint(self, node: exp.Expr, table: DdlTable) -> None:
        """A constraint of the table, named or not."""
        if isinstance(node, exp.Constraint):
            for inner in node.expressions:
                self._constraint(inner, table)
            return
        place = self._place(node, table.place)
        match node:
            case exp.PrimaryKey():
                table.primary_key = self._columns(node.expressions)
            case exp.UniqueColumnConstraint(this=exp.Schema() as listed):
                self._unique(self._columns(listed.expressions), table, place)
            case exp.ForeignKey():
                reference = node.args.get("reference")
                if isinstance(reference, exp.Reference):
                    self._reference(reference, self._columns(node.expressions), table, place)
            case exp.CheckColumnConstraint():
                self._check(node.this, table, place)
            case _:
                words = node.sql(dialect=self.dialect)[:60]
                self._leave(place, f"`{words}` of `{table.name}` has no word in a contract")

    def _columns(self, nodes: Sequence[exp.Expr]) -> tuple[str, ...]:
        names = (node.find(exp.Identifier) or node for node in nodes)
        return tuple(self._name(name) for name in names)

    def _unique(self, columns: tuple[str, ...], table: DdlTable, place: Place) -> None:
        found = table.column(columns[0]) if len(columns) == 1 else None
        if found is not None:
            found.unique = True
            return
        message = f"UNIQUE over {len(columns)} columns of `{table.name}` has no word in a contract"
        self._leave(place, message, "add a quality check of `duplicateValues` to the table")

    def _reference(
        self, node: exp.Reference, columns: tuple[str, ...], table: DdlTable, place: Place
    ) -> None:
        target = node.find(exp.Table)
        listed = node.this.expressions if isinstance(node.this, exp.Schema) else []
        name = self._name(target.this) if target is not None else self._name(node.this)
        key = DdlForeignKey(columns, name, self._columns(listed), self._place(node, place))
        table.foreign_keys.append(key)

    def _check(self, condition: exp.Expr, table: DdlTable, place: Place) -> None:
        for part in _conjuncts(condition):
            if not self._limit(part, table):
                words = part.sql(dialect=self.dialect)[:60]
                message = f"the check `{words}` of `{table.name}` has no word in a contract"
                self._leave(place, message, "add a quality check of type sql to the table")

    def _limit(self, part: exp.Expr, table: DdlTable) -> bool:
        """Whether a condition is a list of values or a limit of one column, which is noted."""
        if isinstance(part, exp.In) and not part.args.get("query"):
            return self._list(part.this, part.expressions, table)
        if isinstance(part, exp.Between):
            low = exp.GTE(this=part.this, expression=part.args["low"])
            high = exp.LTE(this=part.this, expression=part.args["high"])
            return self._limit(low, table) and self._limit(high, table)
        kind: type[exp.Expr] = type(part)
        if kind not in _LIMITS:
            return False
        left, right = part.this, part.expression
        if isinstance(right, exp.Column):
            left, right, kind = right, left, _MIRRORED[kind]
        column = self._column_of(left, table)
        known, value = _value(right)
        if column is None or not known or value is None:
            return False
        column.limits[_LIMITS[kind]] = value
        return True

    def _list(self, subject: exp.Expr, values: Sequence[exp.Expr], table: DdlTable) -> bool:
        column = self._column_of(subject, table)
        read = [_value(one) for one in values]
        if column is None or not all(known for known, _ in read):
            return False
        column.enum = tuple(value for _, value in read if value is not None)
        return True

    def _column_of(self, node: exp.Expr, table: DdlTable) -> DdlColumn | None:
        if not isinstance(node, exp.Column):
            return None
        return table.column(self._name(node.this))

    def _alter(self, statement: exp.Alter, place: Place) -> None:
        table = self._table(statement)
        for action in statement.args.get("actions") or ():
            if table is not None and isinstance(action, exp.AddConstraint):
                for constraint in action.expressions:
                    self._constraint(constraint, table)
                continue
            words = action.sql(dialect=self.dialect)[:60]
            self._leave(place, f"`ALTER TABLE … {words}` is not read")

    def _comment(self, statement: exp.Comment, place: Place) -> None:
        text, subject = statement.args.get("expression"), statement.this
        table = self._table(subject)
        if isinstance(subject, exp.Column):
            name = self._name(subject.args.get("table")).casefold()
            table = next((one for one in self.found.tables if one.name.casefold() == name), None)
            column = table.column(self._name(subject.this)) if table else None
            if column is not None and text is not None:
                column.comment = text.name
                return
        elif table is not None and text is not None:
            table.comment = text.name
            return
        self._leave(place, "the comment is about something that is not created here")


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Paren):
            waiting.append(node.this)
        elif isinstance(node, exp.And):
            waiting += [node.expression, node.this]
        else:
            yield node


def _value(node: exp.Expr) -> tuple[bool, Scalar]:
    """Whether a node is a plain value, and which; a cast of one is that value."""
    match node:
        case exp.Literal():
            if node.is_string:
                return True, str(node.this)
            text = str(node.this)
            return True, int(text) if text.isdigit() else float(text)
        case exp.Neg():
            known, value = _value(node.this)
            if known and isinstance(value, int | float):
                return True, -value
            return False, None
        case exp.Paren() | exp.Cast():
            return _value(node.this)
        case exp.Boolean():
            return True, bool(node.this)
        case exp.Null():
            return True, None
        case _:
            return False, None
