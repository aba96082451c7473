"""Aggregate and window calls, and where they stand in a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from hansa.core.datatype import BIGINT, DOUBLE, UNKNOWN, DataType
from hansa.sql.canonical.expressions import Expressions
from hansa.sql.canonical.functions import (
    IGNORES_NULL,
    ORDER_SENSITIVE,
    ORDER_SENSITIVE_NAMES,
    Behaviour,
    behaviour_of,
)
from hansa.sql.canonical.grouping import Grouped, covered, movable
from hansa.sql.canonical.relations import Block
from hansa.sql.canonical.session import Session
from hansa.sql.canonical.terms import Data, Term, Unprovable

_WRAPPERS = (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)
_NO_FRAME = (
    exp.RowNumber,
    exp.Rank,
    exp.DenseRank,
    exp.PercentRank,
    exp.CumeDist,
    exp.Ntile,
    exp.Lag,
    exp.Lead,
)
_COUNTED = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.Count)
_NO_DISTINCT = (exp.Min, exp.Max, exp.LogicalAnd, exp.LogicalOr)


def unwrapped(node: exp.Expr) -> exp.Expr:
    """The call itself, without FILTER, WITHIN GROUP and the like around it."""
    while isinstance(node, _WRAPPERS):
        node = node.this
    return node


@dataclass(frozen=True, slots=True)
class Calls:
    """The aggregate and window calls of some expressions, outside their subqueries.

    `composed` holds the ids of all nodes that contain such a call or a subquery.
    """

    aggregates: tuple[exp.Expr, ...]
    windows: tuple[exp.Window, ...]
    composed: frozenset[int]


def find_calls(nodes: Iterable[exp.Expr], dialect: str) -> Calls:
    """Where the calls stand in the expressions."""
    aggregates: list[exp.Expr] = []
    windows: list[exp.Window] = []
    composed: set[int] = set()
    parents: dict[int, exp.Expr | None] = {}
    work: list[tuple[exp.Expr, exp.Expr | None]] = [(node, None) for node in nodes]
    found: list[exp.Expr] = []
    while work:
        node, above = work.pop()
        parents[id(node)] = above
        if isinstance(node, (exp.Query, exp.Subquery)):
            found.append(node)
        elif isinstance(node, exp.Window):
            found.append(node)
            windows.append(node)
            work.extend((part, node) for part in _parts_of_window(node))
        elif _is_aggregate(node, dialect):
            found.append(node)
            aggregates.append(node)
        else:
            work.extend((part, node) for part in children(node))
    for node in found:
        at: exp.Expr | None = node
        while at is not None and id(at) not in composed:
            composed.add(id(at))
            at = parents[id(at)]
    return Calls(tuple(aggregates), tuple(windows), frozenset(composed))


def children(node: exp.Expr) -> Iterator[exp.Expr]:
    """The expressions directly inside a node."""
    for value in node.args.values():
        if isinstance(value, exp.Expr):
            yield value
        elif isinstance(value, list):
            yield from (part for part in value if isinstance(part, exp.Expr))


def _parts_of_window(window: exp.Window) -> Iterator[exp.Expr]:
    at = window.this
    while isinstance(at, _WRAPPERS):
        if at.args.get("expression") is not None:
            yield at.args["expression"]
        at = at.this
    yield from children(at)
    for key, value in window.args.items():
        if key == "this":
            continue
        if isinstance(value, exp.Expr):
            yield value
        elif isinstance(value, list):
            yield from value


def _is_aggregate(node: exp.Expr, dialect: str) -> bool:
    if isinstance(node, _WRAPPERS):
        return True
    return isinstance(node, exp.Func) and behaviour_of(node, dialect) is Behaviour.AGGREGATE


@dataclass(slots=True, eq=False)
class CallReader:
    """Reads calls over the rows that `inside` sees; `ordering` is the order these come in."""

    session: Session
    inside: Expressions
    ordering: tuple[Term, ...]

    def aggregate(self, node: exp.Expr) -> Term:
        """An aggregate as a term over the rows that it aggregates."""
        parts = _CallParts.of(node)
        filters = [self.inside.condition(part) for part in parts.filters]
        arguments, shape = self._arguments(parts)
        distinct = parts.distinct and not isinstance(parts.call, _NO_DISTINCT)
        logic = self.session.logic
        counts_rows = all(not argument.nullable for argument in arguments)
        if isinstance(parts.call, exp.Count) and not distinct and counts_rows:
            arguments = []
        if filters and isinstance(parts.call, IGNORES_NULL) and len(arguments) < 2:
            counted = arguments[0] if arguments else self.session.values.number("1")
            arguments = [self.session.values.choice([(filters[0], counted)], logic.null)]
            filters = filters[1:]
        order = self._order(parts.order)
        if not order and _looks_at_order(parts.call):
            order = list(self.ordering)
        shape.extend((len(order), len(filters), distinct, parts.nulls))
        kind, nullable = self._type(parts.call, arguments)
        operands = (*arguments, *order, *filters)
        return self.session.terms.make("aggregate", operands, tuple(shape), kind, nullable)

    def _arguments(self, parts: _CallParts) -> tuple[list[Term], list[Data]]:
        """The call's arguments, and what tells it from other calls."""
        arguments: list[Term] = []
        call = parts.call
        name = str(call.this).lower() if isinstance(call, exp.Anonymous) else ""
        shape: list[Data] = [call.key, name]
        for key in sorted(call.args):
            value = call.args[key]
            if value is None or key in ("_type", "big_int"):
                continue
            if key == "this" and isinstance(call, exp.Anonymous):
                continue
            given = parts.operands if key == "this" and parts.operands is not None else value
            for part in given if isinstance(given, list) else [given]:
                if isinstance(part, exp.Star) and isinstance(call, exp.Count):
                    continue
                if isinstance(part, exp.Expr):
                    shape.append(key)
                    arguments.append(self.inside.term(part))
                else:
                    shape.append(f"{key} {part!r}")
        if isinstance(call, exp.Count):
            # COUNT(*) and COUNT of something that is never NULL are the same call.
            shape = [call.key, ""]
        return arguments, shape

    def _type(self, call: exp.Expr, arguments: Sequence[Term]) -> tuple[DataType, bool]:
        if isinstance(call, exp.Count):
            return BIGINT, False
        if isinstance(call, (exp.Min, exp.Max)) and len(arguments) == 1:
            return arguments[0].type, True
        if isinstance(call, exp.Avg) and self.session.dialect == "duckdb":
            numeric = arguments and arguments[0].type.family in ("integer", "decimal", "float")
            return (DOUBLE if numeric else UNKNOWN), True
        return UNKNOWN, True

    def _order(self, nodes: Iterable[exp.Expr]) -> list[Term]:
        return [self.ordered(node) for node in nodes]

    def ordered(self, node: exp.Expr) -> Term:
        """One item of an ORDER BY."""
        if not isinstance(node, exp.Ordered):
            node = exp.Ordered(this=node.copy(), nulls_first=False)
        if node.args.get("with_fill") is not None:
            raise Unprovable("ORDER BY with fill is not understood")
        term = self.inside.term(node.this)
        return sort_item(self.session, term, node)


def sort_item(session: Session, term: Term, node: exp.Expr) -> Term:
    """A term as one item of an ORDER BY."""
    data = (bool(node.args.get("desc")), bool(node.args.get("nulls_first")))
    return session.terms.make("sorted", (term,), data)


@dataclass(slots=True)
class _CallParts:
    """A call without its wrappers; `operands` replaces its first argument where that is wrapped."""

    call: exp.Expr
    operands: list[exp.Expr] | None = None
    distinct: bool = False
    nulls: str = ""
    filters: list[exp.Expr] = field(default_factory=list)
    order: list[exp.Expr] = field(default_factory=list)

    @classmethod
    def of(cls, node: exp.Expr) -> _CallParts:
        parts = cls(unwrapped(node))
        at = node
        while isinstance(at, _WRAPPERS):
            if isinstance(at, exp.Filter):
                parts.filters.append(at.args["expression"].this)
            elif isinstance(at, exp.WithinGroup):
                parts.order.extend(at.args["expression"].expressions)
            else:
                parts.nulls += at.key
            at = at.this
        parts._unwrap_first()
        return parts

    def _unwrap_first(self) -> None:
        first = self.call.this
        while isinstance(first, (exp.Order, exp.Distinct, exp.IgnoreNulls, exp.RespectNulls)):
            if isinstance(first, exp.Order):
                self.order.extend(first.expressions)
                first = first.this
            elif isinstance(first, exp.Distinct):
                if first.args.get("on") is not None:
                    raise Unprovable("DISTINCT ON in a call is not understood")
                self.distinct = True
                self.operands = list(first.expressions)
                first = self.operands[0] if len(self.operands) == 1 else None
                continue
            else:
                self.nulls += first.key
                first = first.this
            self.operands = [first] if first is not None else []


def _looks_at_order(call: exp.Expr) -> bool:
    if isinstance(call, exp.Anonymous):
        return str(call.this).lower() in ORDER_SENSITIVE_NAMES
    return isinstance(call, ORDER_SENSITIVE)


@dataclass(slots=True, eq=False)
class WindowReader:
    """Reads window calls over the rows of a block."""

    session: Session
    block: Block
    expressions: Expressions
    ordering: tuple[Term, ...]
    named: dict[str, exp.Window]

    def window(self, node: exp.Window) -> Term:
        """The window call's value, as a function of the row in the block."""
        terms = self.session.terms
        node = self._resolved(node)
        if node.args.get("first") is not None:
            raise Unprovable("KEEP in a window is not understood")
        reader = CallReader(self.session, self.expressions, ())
        call = self._call(unwrapped(node.this), node.this, reader)
        partition = [self.expressions.term(part) for part in node.args.get("partition_by") or ()]
        order_node = node.args.get("order")
        order = [reader.ordered(item) for item in (order_node.expressions if order_node else ())]
        order = [item for item in dict.fromkeys(order) if item.args[0] not in partition]
        frame = self._frame(node)
        over = terms.make(
            "over",
            (
                call,
                terms.make("partition", dict.fromkeys(partition)),
                terms.make("order", order or self.ordering),
            ),
            frame,
        )
        conditions = tuple(
            condition
            for condition in self.block.conditions
            if not (movable(condition, self.session) and covered(condition, partition))
        )
        inside = Block(self.block.sources, conditions)
        closed = self.session.close(inside, (over,))
        rows = [terms.leaf("row", number) for number in closed.sources]
        counted = isinstance(unwrapped(node.this), _COUNTED)
        return terms.make(
            "window",
            (*rows, *closed.params),
            (closed.digest, closed.label(over)),
            BIGINT if counted else call.type,
            not counted,
            inside.volatile or over.volatile,
        )

    def _call(self, call: exp.Expr, node: exp.Expr, reader: CallReader) -> Term:
        behaviour = behaviour_of(call, self.session.dialect)
        if behaviour not in (Behaviour.AGGREGATE, Behaviour.WINDOW):
            raise Unprovable(f"`{call.key}` is not known as a window function")
        return reader.aggregate(node)

    def _resolved(self, node: exp.Window) -> exp.Window:
        """The window with the parts of the named window that it builds on."""
        name = node.args.get("alias")
        if name is None:
            return node
        base = self.named.get(name.name.casefold())
        if base is None:
            raise Unprovable(f"the window `{name.name}` is not known")
        base = self._resolved_definition(base)
        merged = {key: base.args.get(key) for key in ("partition_by", "order", "spec")}
        for key in merged:
            if node.args.get(key):
                merged[key] = node.args[key]
        made = exp.Window()
        made.args.update({**node.args, **merged, "alias": None})
        return made

    def _resolved_definition(self, base: exp.Window) -> exp.Window:
        if base.args.get("alias") is not None:
            raise Unprovable("a window built on another window is not understood")
        return base

    def _frame(self, node: exp.Window) -> Data:
        spec = node.args.get("spec")
        if spec is None or isinstance(unwrapped(node.this), _NO_FRAME):
            return None
        if isinstance(spec.args.get("start"), exp.Expr) and spec.args["start"].find(exp.Column):
            raise Unprovable("a window frame that depends on a column is not understood")
        text: str = spec.sql(self.session.dialect, comments=False).upper()
        default = "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        if text == default or text == "RANGE UNBOUNDED PRECEDING":
            return None
        return text


@dataclass(slots=True, eq=False)
class Windows:
    """The special meaning of expressions over ungrouped rows: window calls."""

    reader: WindowReader | None = None

    def replace(self, node: exp.Expr) -> Term | None:
        """The term of a window call."""
        if isinstance(node, exp.Window):
            assert self.reader is not None
            return self.reader.window(node)
        return None


@dataclass(slots=True, eq=False)
class OverGroups:
    """The special meaning of expressions over grouped rows: keys, aggregates, window calls."""

    grouped: Grouped
    inside: Expressions
    calls: Calls
    aggregates: dict[int, Term]
    reader: WindowReader | None = None

    def replace(self, node: exp.Expr) -> Term | None:
        """The column of a grouping key or of an aggregate, or a window call over groups."""
        if isinstance(node, exp.Window):
            assert self.reader is not None
            return self.reader.window(node)
        if id(node) in self.aggregates:
            return self.grouped.aggregate(self.aggregates[id(node)])
        if id(node) in self.calls.composed or isinstance(node, (exp.Literal, exp.Null)):
            return None
        if isinstance(node, exp.Column):
            return self._column(node)
        if not isinstance(node, (exp.Func, exp.Binary, exp.Unary, exp.Paren, exp.Predicate)):
            return None
        try:
            return self.grouped.keys.get(self.inside.term(node))
        except Unprovable:
            return None

    def _column(self, node: exp.Column) -> Term | None:
        if not isinstance(node.this, exp.Identifier):
            raise Unprovable("a star stands where a value is expected")
        found = self.inside.scope.find(node)
        if found is None:
            return None
        key = self.grouped.keys.get(found)
        if key is None:
            raise Unprovable(f"the column `{node.name}` is neither grouped nor aggregated")
        return key
