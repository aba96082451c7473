"""The keys of a SELECT: what its joins, filters, grouping and DISTINCT leave unique."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from hansa.sql.filters import equal_pairs, fixed_columns
from hansa.sql.joins import JoinTree, Pairs, keys_of, lasting_pairs, source_keys
from hansa.sql.outputs import Output, numbered_output, shown_output
from hansa.sql.reading import Reader
from hansa.sql.relations import Key, minimal
from hansa.sql.scopes import Grouping, Scope

ONE_ROW: frozenset[Key] = frozenset({frozenset()})


def limits_to_one(limit: exp.Expr | None) -> bool:
    """Whether a LIMIT lets through one row at most."""
    if not isinstance(limit, exp.Limit):
        return False
    return isinstance(limit.expression, exp.Literal) and limit.expression.name in ("0", "1")


class KeyReader:
    """Finds the keys of one SELECT whose expressions have been read."""

    def __init__(
        self, select: exp.Select, tree: JoinTree | None, reader: Reader, scope: Scope
    ) -> None:
        self._select = select
        self._tree = tree
        self._reader = reader
        self._scope = scope
        where = select.args.get("where")
        condition = None if where is None else where.this
        self._pairs = equal_pairs(condition, self._position)
        self._fixed = fixed_columns(condition, self._position)
        self._equal = _closed(self._pairs | (lasting_pairs(tree) if tree is not None else set()))

    def keys(self, outputs: Sequence[Output]) -> frozenset[Key]:
        """The keys, as positions of outputs; a column in them may still be one that is NULL."""
        found: set[Key] = set()
        if self._scope.grouping is Grouping.NONE and self._scope.aggregates:
            found.add(frozenset())
        elif not self._scope.multiplies and self._scope.grouping is not Grouping.SETS:
            for key in self._row_keys():
                found |= self._shown(key, outputs)
            found |= self._group_keys(outputs)
        if not self._scope.multiplies or self._select.args.get("distinct") is not None:
            found |= self._distinct_keys(outputs)
        if limits_to_one(self._select.args.get("limit")):
            found.add(frozenset())
        return minimal(found)

    def partition(self, window: exp.Expr) -> Key | None:
        """The columns whose rows a `row_number()` counts apart, None for another expression."""
        if not isinstance(window, exp.Window) or not isinstance(window.this, exp.RowNumber):
            return None
        if window.args.get("alias") is not None:
            return None
        found = [self._position(part) for part in window.args.get("partition_by") or []]
        if any(position is None for position in found):
            return None
        return frozenset(position for position in found if position is not None)

    def _position(self, part: exp.Expr) -> int | None:
        return self._reader.position(part, self._scope)

    def _row_keys(self) -> Iterable[Key]:
        """The keys of the rows before grouping, as positions of the scope."""
        if self._tree is None:
            return ONE_ROW
        keys = keys_of(self._tree, self._pairs, self._fixed)
        qualify = self._select.args.get("qualify")
        if qualify is not None and self._scope.grouping is Grouping.NONE:
            partition = self._first_of_partition(qualify.this)
            if partition is not None:
                keys |= {partition}
        return keys

    def _first_of_partition(self, node: exp.Expr) -> Key | None:
        """The partition of `row_number() OVER (…) = 1`, or of an alias for it."""
        if not isinstance(node, exp.EQ) or not isinstance(node.expression, exp.Literal):
            return None
        if node.expression.name != "1":
            return None
        window = node.this
        if isinstance(window, exp.Column) and not window.args.get("table"):
            for part in self._select.expressions:
                if isinstance(part, exp.Alias) and part.alias.casefold() == window.name.casefold():
                    window = part.this
                    break
        return self.partition(window)

    def _shown(self, key: Key, outputs: Sequence[Output]) -> set[Key]:
        """A key in terms of outputs: columns fixed to a constant fall away, equals stand in."""
        if any(self._scope.value_at(position).nullable for position in key):
            return set()
        shown: dict[int, int] = {}
        for number, output in enumerate(outputs):
            if output.position is not None:
                shown.setdefault(output.position, number)
        found = []
        for position in key:
            equals = self._equal.get(position, frozenset({position}))
            if not equals.isdisjoint(self._fixed):
                continue
            choices = [shown[other] for other in (position, *sorted(equals)) if other in shown]
            if not choices:
                return set()
            found.append(choices[0])
        return {frozenset(found)}

    def _group_keys(self, outputs: Sequence[Output]) -> set[Key]:
        """GROUP BY leaves one row for each set of values of its expressions."""
        group = self._select.args.get("group")
        if group is None:
            return set()
        if group.args.get("all"):
            found: list[int | None] = [
                number for number, output in enumerate(outputs) if not output.aggregates
            ]
        else:
            found = [self._group_output(part, outputs) for part in group.expressions]
        return self._reduced(found, outputs)

    def _group_output(self, part: exp.Expr, outputs: Sequence[Output]) -> int | None:
        number = numbered_output(part, outputs)
        return shown_output(part, outputs, self._reader, self._scope) if number is None else number

    def _distinct_keys(self, outputs: Sequence[Output]) -> set[Key]:
        distinct = self._select.args.get("distinct")
        if distinct is None:
            return set()
        on = distinct.args.get("on")
        if on is None:
            return self._reduced(list(range(len(outputs))), outputs)
        found = [shown_output(part, outputs, self._reader, self._scope) for part in on.expressions]
        return self._reduced(found, outputs)

    def _reduced(self, numbers: list[int | None], outputs: Sequence[Output]) -> set[Key]:
        """A set of outputs that is unique, without those that the key of a source decides."""
        if any(number is None for number in numbers):
            return set()
        kept = {outputs[number].position: number for number in numbers if number is not None}
        key = {number for number in numbers if number is not None} - {*kept.values()}
        implicit_group = self._scope.grouping is Grouping.NONE and self._scope.aggregates
        if self._tree is not None and not implicit_group:
            for own, columns in source_keys(self._tree):
                if own and own <= kept.keys():
                    kept = {
                        position: number
                        for position, number in kept.items()
                        if position not in columns or position in own
                    }
        return {frozenset(key | {*kept.values()})}


def _closed(pairs: Pairs) -> Mapping[int, frozenset[int]]:
    """For each column the columns that are equal to it, itself among them."""
    groups: dict[int, set[int]] = {}
    for one, other in pairs:
        joined = groups.get(one, {one}) | groups.get(other, {other})
        for position in joined:
            groups[position] = joined
    return {position: frozenset(group) for position, group in groups.items()}
