"""The obligations of the constructs inside expressions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from hansa.sql.coverage.building import (
    compare,
    count_rows,
    guarded,
    is_false,
    is_null,
    is_true,
    negate,
    number,
)
from hansa.sql.coverage.collection import Gathering, Scene, Stage
from hansa.sql.coverage.conditions import add_atoms, is_constant, may_be_null
from hansa.sql.coverage.uniqueness import grouped_names, plain_group

Outcomes = list[tuple[str, exp.Expr | None]]

_LIKE = (exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.RegexpILike, exp.RegexpFullMatch)
_TIES = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile)
_TIES_BY_VALUE = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)


class ConstructReader:
    """Reads the expressions of one clause of a SELECT.

    `inside` is the scene of what stands inside an aggregate's call, `outside` of all others.
    """

    def __init__(
        self, select: exp.Select, gathering: Gathering, inside: Scene, outside: Scene
    ) -> None:
        self._select = select
        self._gathering = gathering
        self._inside = inside
        self._outside = outside
        # An expression that the query groups by is computed from rows wherever it is repeated.
        self._grouped = [
            part for part in plain_group(select) or () if not isinstance(part, exp.Column)
        ]

    def read(self, root: exp.Expr, *, conditions: bool = False) -> None:
        """Add the obligations below an expression; `conditions` counts whole conditions too."""
        for node in root.walk(bfs=False, prune=_is_query):
            self._read_node(node, root)
            if conditions and self._is_whole_condition(node, root):
                outcomes: Outcomes = [("true", is_true(node)), ("false", is_false(node))]
                if may_be_null(node, self._gathering):
                    outcomes.append(("null", is_null(node)))
                self._add("boolean", node, root, outcomes)

    def _read_node(self, node: exp.Expr, root: exp.Expr) -> None:
        if isinstance(node, exp.Case):
            self._read_case(node, root)
        elif isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
            taken = is_true(node.this)
            self._add("case", node, root, [("arm 1", taken), ("else", negate(taken))])
        elif isinstance(node, exp.DecodeCase):
            self._read_decode(node, root)
        elif isinstance(node, exp.Coalesce):
            self._read_coalesce(node, root)
        elif isinstance(node, exp.Nullif):
            equal = is_true(compare(exp.EQ, node.this, node.expression))
            self._add("nullif", node, root, [("equal", equal), ("different", negate(equal))])
        elif isinstance(node, _LIKE):
            match: Outcomes = [("match", is_true(node)), ("no match", is_false(node))]
            self._add("like", node, root, match)
        elif isinstance(node, exp.Between):
            self._read_between(node, root)
        elif isinstance(node, exp.Exists) or (
            isinstance(node, exp.In) and node.args.get("query") is not None
        ):
            self._read_subquery(node, root)
        elif isinstance(node, exp.Window):
            self._read_window(node, root)
        elif isinstance(node, exp.Filter):
            inner = self._inside if not is_windowed(node) else self._outside
            add_atoms("where", node.expression.this, inner, self._gathering)
        elif isinstance(node, exp.AggFunc) and not is_windowed(node):
            self._read_aggregate(node, root)

    def _read_case(self, node: exp.Case, root: exp.Expr) -> None:
        tokens = self._gathering.places.case(node)
        scene, guards = self._scene(node, root), self._guards(node, root)
        arms = arm_conditions(node)
        for number_, arm in enumerate(arms):
            offset = tokens.whens[number_] if tokens else self._gathering.places.first(node)
            condition = guarded(
                guards, guarded([negate(is_true(one)) for one in arms[:number_]], is_true(arm))
            )
            self._gathering.add("case", offset, scene, [(f"arm {number_ + 1}", condition)])
        offset = tokens.last if tokens else self._gathering.places.first(node)
        none = [negate(is_true(one)) for one in arms]
        condition = guarded(guards, guarded(none[:-1], none[-1]))
        self._gathering.add("case", offset, scene, [("else", condition)])

    def _read_decode(self, node: exp.DecodeCase, root: exp.Expr) -> None:
        subject, *rest = node.expressions
        arms = [
            compare(exp.NullSafeEQ, subject, rest[place]) for place in range(0, len(rest) - 1, 2)
        ]
        none = [negate(one) for one in arms]
        outcomes: Outcomes = [
            (f"arm {place + 1}", guarded(none[:place], arm)) for place, arm in enumerate(arms)
        ]
        self._add("case", node, root, [*outcomes, ("else", guarded(none[:-1], none[-1]))])

    def _read_coalesce(self, node: exp.Coalesce, root: exp.Expr) -> None:
        arguments = [node.this, *node.expressions]
        outcomes: Outcomes = []
        for place, argument in enumerate(arguments):
            before = [is_null(one) for one in arguments[:place]]
            last = place == len(arguments) - 1
            found = exp.Boolean(this=True) if last else negate(is_null(argument))
            outcomes.append((f"argument {place + 1}", guarded(before, found)))
            if not self._gathering.records.may_be_null(argument):
                break
        self._add("coalesce", node, root, outcomes)

    def _read_between(self, node: exp.Between, root: exp.Expr) -> None:
        value, low, high = node.this, node.args["low"], node.args["high"]
        inside = exp.And(this=compare(exp.GT, value, low), expression=compare(exp.LT, value, high))
        pairs: list[tuple[str, exp.Expr]] = [
            ("below", compare(exp.LT, value, low)),
            ("lower bound", compare(exp.EQ, value, low)),
            ("inside", inside),
            ("upper bound", compare(exp.EQ, value, high)),
            ("above", compare(exp.GT, value, high)),
        ]
        self._add("range", node, root, [(name, is_true(shown)) for name, shown in pairs])

    def _read_subquery(self, node: exp.Expr, root: exp.Expr) -> None:
        outcomes: Outcomes = [("found", is_true(node)), ("not found", is_false(node))]
        if isinstance(node, exp.In) and may_be_null(node, self._gathering):
            outcomes.append(("null", is_null(node)))
        self._add("subquery", node, root, outcomes)

    def _read_window(self, node: exp.Window, root: exp.Expr) -> None:
        partition, order = self._window_parts(node)
        if partition is None:
            self._add("window", node, root, [("many rows", None)])
            return
        outcomes: Outcomes = [("many rows", _at_least_two(partition))]
        function = node.this
        while isinstance(function, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)):
            function = function.this
        if order and isinstance(function, (*_TIES, *_TIES_BY_VALUE, exp.AggFunc)):
            keys = [one.this if isinstance(one, exp.Ordered) else one for one in order]
            if not self._is_key([*partition, *keys]):
                outcomes.append(("tie", _at_least_two([*partition, *keys])))
        self._add("window", node, root, outcomes)

    def _window_parts(self, node: exp.Window) -> tuple[list[exp.Expr] | None, list[exp.Expr]]:
        partition = list(node.args.get("partition_by") or ())
        order = list(node.args["order"].expressions) if node.args.get("order") else []
        name = node.args.get("alias")
        if name is not None:
            for window in self._select.args.get("windows") or ():
                if window.name.casefold() == name.name.casefold():
                    below, above = self._window_parts_of(window)
                    return below + partition, above + order
            return None, order
        return partition, order

    @staticmethod
    def _window_parts_of(window: exp.Expr) -> tuple[list[exp.Expr], list[exp.Expr]]:
        order = window.args.get("order")
        return list(window.args.get("partition_by") or ()), list(order.expressions) if order else []

    def _is_key(self, nodes: Sequence[exp.Expr]) -> bool:
        """Whether no two rows share the values of these, so that nothing ties."""
        if self._select.args.get("group") is not None:
            parts = plain_group(self._select)
            return bool(parts) and all(part in nodes for part in parts or ())
        names = {node.name.casefold() for node in nodes if isinstance(node, exp.Column)}
        grouped = grouped_names(self._select)
        if grouped is not None and grouped <= names:
            return True
        scope = self._gathering.records.scopes.get(id(self._select))
        if scope is None or len(scope.sources) != 1:
            return False
        positions: set[int] = set()
        for node in nodes:
            if isinstance(node, exp.Column):
                positions.update(scope.sources[0].relation.positions(node.name))
        return any(key <= positions for key in scope.sources[0].relation.keys)

    def _read_aggregate(self, node: exp.AggFunc, root: exp.Expr) -> None:
        argument = node.this
        distinct = isinstance(argument, exp.Distinct)
        values = list(argument.expressions) if distinct else [argument]
        filter_ = node.parent if isinstance(node.parent, exp.Filter) else None
        only = [is_true(filter_.expression.this)] if filter_ is not None else []
        for value in values[:1]:
            if not isinstance(value, exp.Expr) or isinstance(value, (exp.Star, exp.Order)):
                continue
            if self._gathering.records.may_be_null(value) and not isinstance(value, exp.Literal):
                shown = guarded([*self._guards(node, root), *only], is_null(value))
                offset = self._gathering.places.start(node)
                self._gathering.add("aggregate", offset, self._inside, [("null input", shown)])
        outcomes: Outcomes = []
        if self._select.args.get("group") is None:
            rows: exp.Expr = count_rows()
            if only:
                rows = exp.Filter(this=rows, expression=exp.Where(this=only[0].copy()))
            outcomes.append(("empty input", compare(exp.EQ, rows, number(0))))
        if distinct and len(values) == 1:
            outcomes.append(("duplicate", _duplicate(values[0], only)))
        offset = self._gathering.places.start(node)
        if outcomes:
            self._gathering.add("aggregate", offset, self._outside, outcomes)

    def _is_whole_condition(self, node: exp.Expr, root: exp.Expr) -> bool:
        if not is_condition(node) or is_constant(node):
            return False
        below, above = node, node.parent
        while below is not root and above is not None:
            if is_condition(above) or isinstance(above, (exp.Where, exp.Filter)):
                return False
            if isinstance(above, exp.If) and above.this is below:
                return False
            below, above = above, above.parent
        return True

    def _add(self, kind: str, node: exp.Expr, root: exp.Expr, outcomes: Outcomes) -> None:
        guards = self._guards(node, root)
        shown = [
            (name, None if condition is None else guarded(guards, condition))
            for name, condition in outcomes
        ]
        scene = self._scene(node, root)
        self._gathering.add(kind, self._gathering.places.start(node), scene, shown)

    def _scene(self, node: exp.Expr, root: exp.Expr) -> Scene:
        above: exp.Expr | None = node
        while above is not None:
            if above in self._grouped:
                return self._inside
            if above is root:
                break
            below, above = above, above.parent
            if isinstance(above, exp.AggFunc) and not is_windowed(above):
                return self._inside
            if isinstance(above, exp.Filter) and below is above.expression:
                return self._outside if is_windowed(above) else self._inside
        return self._outside

    def _guards(self, node: exp.Expr, root: exp.Expr) -> list[exp.Expr]:
        """What has to hold for the node to be computed at all."""
        guards: list[exp.Expr] = []
        below, above = node, node.parent
        while below is not root and above is not None:
            if below in self._grouped or (
                isinstance(above, exp.AggFunc) and not is_windowed(above)
            ):
                break  # what is around is computed later, from whole groups
            guards += _guards_of(below, above)
            below, above = above, above.parent
        return list(reversed(guards))


def arm_conditions(node: exp.Case) -> list[exp.Expr]:
    """The conditions of the arms; for CASE with a subject, its comparison with each value."""
    if node.this is None:
        return [arm.this for arm in node.args["ifs"]]
    return [compare(exp.EQ, node.this, arm.this) for arm in node.args["ifs"]]


def is_windowed(node: exp.Expr) -> bool:
    """Whether a function is the one that a window computes, and no aggregate of a group."""
    above = node.parent
    while isinstance(above, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter, exp.WithinGroup)):
        node, above = above, above.parent
    return isinstance(above, exp.Window) and above.this is node


def is_condition(node: exp.Expr) -> bool:
    """Whether an expression is true or false by its form."""
    return isinstance(node, (exp.Connector, exp.Not, exp.Predicate, exp.Exists, exp.In))


def _guards_of(below: exp.Expr, above: exp.Expr) -> list[exp.Expr]:
    if isinstance(above, exp.Case):
        arms = arm_conditions(above)
        places = [place for place, arm in enumerate(above.args["ifs"]) if arm is below]
        if places:
            return [negate(is_true(one)) for one in reversed(arms[: places[0]])]
        if below is above.args.get("default"):
            return [negate(is_true(one)) for one in reversed(arms)]
    elif isinstance(above, exp.If):
        if below is above.args.get("true"):
            case = above.parent
            if isinstance(case, exp.Case) and case.this is not None:
                return [is_true(compare(exp.EQ, case.this, above.this))]
            return [is_true(above.this)]
        if below is above.args.get("false"):
            return [negate(is_true(above.this))]
    elif isinstance(above, exp.Coalesce) and below is not above.this:
        before = [above.this]
        before += [one for one in above.expressions if one is not below]
        place = next(index for index, one in enumerate(above.expressions) if one is below)
        return [is_null(one) for one in before[: place + 1]]
    return []


def _at_least_two(partition: Sequence[exp.Expr]) -> exp.Expr:
    window = exp.Window(this=count_rows())
    if partition:
        window.set("partition_by", [one.copy() for one in partition])
    return compare(exp.GTE, window, number(2))


def _duplicate(value: exp.Expr, only: Sequence[exp.Expr]) -> exp.Expr:
    counts: list[exp.Expr] = [
        exp.Count(this=value.copy()),
        exp.Count(this=exp.Distinct(expressions=[value.copy()])),
    ]
    if only:
        condition = only[0]
        counts = [
            exp.Filter(this=one, expression=exp.Where(this=condition.copy())) for one in counts
        ]
    return compare(exp.GT, counts[0], counts[1])


def _is_query(node: exp.Expr) -> bool:
    return isinstance(node, exp.Query)


def scenes_of(select: exp.Select, *, aggregated: bool) -> tuple[Scene, Scene]:
    """The scenes inside and outside the aggregates of a SELECT's list."""
    rows = Scene(select, Stage.ROWS)
    return rows, Scene(select, Stage.GROUPED) if aggregated else rows
