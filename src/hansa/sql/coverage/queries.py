"""The obligations of a whole query: its SELECTs and set operations, wherever they stand."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from hansa.sql.coverage.building import (
    both,
    compare,
    count_of,
    count_rows,
    exists,
    number,
    without,
)
from hansa.sql.coverage.collection import Gathering, Scene, Stage
from hansa.sql.coverage.conditions import add_atoms
from hansa.sql.coverage.constructs import ConstructReader, is_windowed, scenes_of
from hansa.sql.coverage.joins import JoinReader
from hansa.sql.coverage.uniqueness import grouped_names, plain_group

_SHAPE = ("order", "limit", "offset", "fetch")


def gather(tree: exp.Query, gathering: Gathering) -> None:
    """Add the obligations of every query in the tree."""
    for node in tree.walk(bfs=False):
        if isinstance(node, exp.Select):
            _read_select(node, gathering)
        elif isinstance(node, exp.SetOperation):
            _read_operation(node, gathering)
        if isinstance(node, exp.Query):
            _read_limit(node, gathering)


def _read_select(select: exp.Select, gathering: Gathering) -> None:
    aggregated = is_aggregated(select)
    inside, outside = scenes_of(select, aggregated=aggregated)
    joins = JoinReader(select, gathering)
    joins.read()
    before = Scene(select, Stage.FROM, None, both(joins.where_keys))
    where = select.args.get("where")
    if where is not None:
        add_atoms("where", where.this, before, gathering, joins.where_keys)
        ConstructReader(select, gathering, before, before).read(where.this)
    for part in select.expressions:
        body = part.this if isinstance(part, exp.Alias) else part
        ConstructReader(select, gathering, inside, outside).read(body, conditions=True)
    _read_group(select, gathering, inside)
    having = select.args.get("having")
    if having is not None:
        groups = Scene(select, Stage.GROUPS)
        add_atoms("having", having.this, groups, gathering)
        ConstructReader(select, gathering, inside, groups).read(having.this)
    qualify = select.args.get("qualify")
    if qualify is not None:
        add_atoms("qualify", qualify.this, outside, gathering)
        ConstructReader(select, gathering, inside, outside).read(qualify.this)
    order = select.args.get("order")
    for part in order.expressions if order is not None else ():
        ConstructReader(select, gathering, inside, outside).read(part.this)
    _read_distinct(select, gathering, outside)


def is_aggregated(select: exp.Select) -> bool:
    """Whether a SELECT gives one row for a group of rows."""
    if select.args.get("group") is not None or select.args.get("having") is not None:
        return True
    return any(
        isinstance(node, exp.AggFunc) and not is_windowed(node)
        for part in select.expressions
        for node in part.walk(prune=lambda one: isinstance(one, exp.Query))
    )


def _read_group(select: exp.Select, gathering: Gathering, rows: Scene) -> None:
    group = select.args.get("group")
    if group is None:
        return
    for part in group.expressions:
        if not isinstance(part, exp.Literal):
            ConstructReader(select, gathering, rows, rows).read(part)
    scene = Scene(select, Stage.GROUPS)
    offset = _clause(group, gathering, TokenType.GROUP_BY)
    outcomes: list[tuple[str, exp.Expr | None]] = []
    if not _is_unique_group(select, gathering):
        outcomes.append(("many rows", compare(exp.GTE, count_rows(), number(2))))
    outcomes.insert(0, ("one row", compare(exp.EQ, count_rows(), number(1))))
    gathering.add("group", offset, scene, outcomes)


def _is_unique_group(select: exp.Select, gathering: Gathering) -> bool:
    """Whether the grouping holds a key of the only relation read, so that groups have one row."""
    parts = plain_group(select)
    if not parts:
        return False
    names = {part.name.casefold() for part in parts if isinstance(part, exp.Column)}
    grouped = grouped_names(select)
    if grouped is not None and grouped <= names:
        return True
    scope = gathering.records.scopes.get(id(select))
    if scope is None or len(scope.sources) != 1:
        return False
    relation = scope.sources[0].relation
    positions = {
        position
        for part in parts
        if isinstance(part, exp.Column)
        for position in relation.positions(part.name)
    }
    return any(key <= positions for key in relation.keys)


def _read_distinct(select: exp.Select, gathering: Gathering, outside: Scene) -> None:
    distinct = select.args.get("distinct")
    if distinct is None:
        return
    first = [gathering.places.first(part) for part in select.expressions]
    known = min((one for one in first if one is not None), default=None)
    offset = None if known is None else gathering.places.before(known, TokenType.DISTINCT)
    on = distinct.args.get("on")
    if on is not None:
        keys = list(on.expressions) if isinstance(on, exp.Tuple) else [on]
        many = exp.Window(this=count_rows(), partition_by=[one.copy() for one in keys])
        shown: exp.Expr = compare(exp.GTE, many, number(2))
        gathering.add("distinct", offset, outside, [("duplicate", shown)])
        return
    all_rows = without(select, "distinct", *_SHAPE)
    shown = compare(exp.GT, count_of(all_rows), count_of(without(select, *_SHAPE)))
    gathering.add("distinct", offset, Scene(select, Stage.CLOSED), [("duplicate", shown)])


def _read_operation(node: exp.SetOperation, gathering: Gathering) -> None:
    scene = Scene(node, Stage.CLOSED)
    first = gathering.places.first(node.expression)
    kinds = (TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT)
    offset = None if first is None else gathering.places.before(first, *kinds)
    if not (isinstance(node, exp.Union) and isinstance(node.parent, exp.Union)):
        for place, branch in enumerate(_branches(node), 1):
            start = gathering.places.start(_bare(branch))
            shown = exists(without(branch))
            gathering.add("set", start, scene, [(f"branch {place}", shown)])
    if isinstance(node, exp.Except):
        common = exp.Intersect(
            this=without(node.this), expression=without(node.expression), distinct=True
        )
        gathering.add("set", offset, scene, [("removed", exists(common))])
    if node.args.get("distinct"):
        left: exp.Query = without(node.this)
        if isinstance(node, exp.Union):
            left = exp.Union(this=left, expression=without(node.expression), distinct=False)
            left.set("by_name", node.args.get("by_name"))
        shown = compare(exp.GT, count_of(left), count_of(left.copy(), distinct=True))
        gathering.add("distinct", offset, scene, [("duplicate", shown)])


def _branches(node: exp.Query) -> list[exp.Query]:
    """The queries that a chain of UNIONs puts together, or the two of another operation."""
    if isinstance(node, exp.Except):
        return [node.this]
    if isinstance(node, exp.Union):
        found: list[exp.Query] = []
        for side in (node.this, node.expression):
            found += _branches(side) if isinstance(side, exp.Union) else [side]
        return found
    return [node.this, node.expression]


def _bare(node: exp.Query) -> exp.Query:
    """The query inside parentheses."""
    while isinstance(node, exp.Subquery):
        node = node.this
    return node


def _read_limit(node: exp.Query, gathering: Gathering) -> None:
    limit = node.args.get("limit")
    if limit is None:
        return
    kinds = (TokenType.LIMIT, TokenType.FETCH)
    first = gathering.places.first(limit)
    offset = None if first is None else gathering.places.before(first, *kinds)
    whole = without(node, "limit", "offset", "order")
    shown = compare(exp.GT, count_of(whole), count_of(without(node)))
    gathering.add("limit", offset, Scene(node, Stage.CLOSED), [("cut", shown)])


def _clause(clause: exp.Expr, gathering: Gathering, *kinds: TokenType) -> int | None:
    first = gathering.places.first(clause)
    return None if first is None else gathering.places.before(first, *kinds)
