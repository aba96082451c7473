"""Rows that a SELECT spells out, known without a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sqlglot import exp

from hansa.core.datatype import Family
from hansa.errors import HansaError, InvalidInput, Place
from hansa.sql.mentions import outside_tables
from hansa.sql.operations import VOLATILE, function_name
from hansa.sql.parse import parse_select
from hansa.sql.translation import render
from hansa.sql.types import parse_type

Row = Mapping[str, Any]


class NotConstant(InvalidInput):
    """A SELECT that should spell out its rows reads or computes something."""

    slug = "not-constant"
    hint = "write `select 1 as id, 'a' as name union all select …`, with constants only"

    def __init__(self, found: str, file: str) -> None:
        self.found = found
        self.place = Place(file)

    def __str__(self) -> str:
        return f"`{self.found}` is no constant"


def constant_rows(sql: str, dialect: str, file: str) -> tuple[Row, ...]:
    """The rows of SELECTs of constants under UNION ALL, or of VALUES.

    Raises NotConstant, and what parsing raises.
    """
    reader = _Reader(dialect, file)
    return tuple(reader.rows(parse_select(sql.strip().rstrip(";"), dialect, file)))


def lone_select(sql: str, dialect: str, file: str, to_dialect: str) -> str:
    """A SELECT whose rows are the same wherever and whenever it runs, in another dialect.

    Raises NotConstant where it reads a relation or asks the time or chance, and what parsing
    raises.
    """
    tree = parse_select(sql.strip().rstrip(";"), dialect, file)
    for node in (*outside_tables(tree), *tree.find_all(exp.Func)):
        if isinstance(node, exp.Table) or function_name(node) in VOLATILE:
            raise NotConstant(node.sql(dialect=dialect)[:80], file)
    return render(tree, dialect, to_dialect)


class _Reader:
    def __init__(self, dialect: str, file: str) -> None:
        self._dialect = dialect
        self._file = file

    def rows(self, tree: exp.Expr) -> Iterator[Row]:
        names: list[str] | None = None
        for query in _flat(tree):
            if not isinstance(query, exp.Select):
                raise self._refused(query)
            for row in self._select(query):
                # a UNION has the names of its first part
                names = names or list(row)
                if len(row) != len(names):
                    raise self._refused(query)
                yield dict(zip(names, row.values(), strict=True))

    def _select(self, query: exp.Select) -> Iterator[Row]:
        others = {key for key, value in query.args.items() if value} - {
            "expressions",
            "from_",
            "limit",
        }
        source = query.args.get("from_")
        if others:
            raise self._refused(query)
        if source is None:
            row = {part.alias_or_name: self._value(part.unalias()) for part in query.expressions}
            # LIMIT 0 is how people write no rows
            if not _is_empty(query, self._file):
                yield row
            return
        values = source.this
        if not isinstance(values, exp.Values) or not query.is_star or query.args.get("limit"):
            raise self._refused(query)
        alias = values.args.get("alias")
        names = [column.name for column in alias.columns] if alias else []
        for tuple_ in values.expressions:
            cells = [self._value(cell) for cell in tuple_.expressions]
            if len(cells) != len(names):
                raise self._refused(query)
            yield dict(zip(names, cells, strict=True))

    def _value(self, node: exp.Expr) -> Any:
        match node:
            case exp.Null():
                return None
            case exp.Boolean():
                return bool(node.this)
            case exp.Paren():
                return self._value(node.this)
            case exp.Literal() if node.is_string:
                return node.this
            case exp.Literal():
                return self._number(node, node.this)
            case exp.Neg():
                value = self._value(node.this)
                if isinstance(value, int | float):
                    return -value
            case exp.Cast():
                return self._cast(node)
            case exp.Array():
                return [self._value(item) for item in node.expressions]
        raise self._refused(node)

    def _number(self, node: exp.Expr, text: str) -> int | float:
        try:
            return int(text)
        except ValueError:
            pass
        try:
            return float(text)
        except ValueError:
            raise self._refused(node) from None

    def _cast(self, node: exp.Cast) -> Any:
        """The value under a cast, which fits the type of its column; NULL stays NULL."""
        value = self._value(node.this)
        try:
            kind = parse_type(node.to.sql(dialect=self._dialect), self._dialect)
        except HansaError:
            return value
        if kind.family is Family.STRING and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if kind.family is Family.INTEGER and isinstance(value, float) and value != int(value):
            raise self._refused(node)
        if kind.family is Family.DECIMAL and isinstance(value, float) and kind.scale is not None:
            rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-kind.scale))
            return float(rounded)
        return value

    def _refused(self, node: exp.Expr) -> NotConstant:
        return NotConstant(node.sql(dialect=self._dialect)[:80], self._file)


def _flat(tree: exp.Expr) -> list[exp.Expr]:
    """The parts of UNION ALLs from left to right, without recursion: there may be many."""
    found: list[exp.Expr] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Union) and node.args.get("distinct") is False:
            waiting += [node.expression, node.this]
        elif isinstance(node, exp.Subquery) and not node.alias:
            waiting.append(node.this)
        else:
            found.append(node)
    return found


def _is_empty(query: exp.Select, file: str) -> bool:
    limit = query.args.get("limit")
    if limit is None:
        return False
    count = limit.expression
    if not isinstance(count, exp.Literal) or count.is_string:
        raise NotConstant(limit.sql()[:80], file)
    return bool(count.this == "0")
