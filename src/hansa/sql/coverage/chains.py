"""Long conditions, asked in layers: each atom is computed once, counts of atoms above it.

An atom decides its condition while no other atom of its AND is false and none of its OR is true.
So an AND of many parts needs how many of them are false, and a part of it decides where that is
none but itself. Written out for every atom instead, a probe would grow with the square of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from hansa.sql.coverage.building import both, compare, is_false, is_null, is_true, negate, number
from hansa.sql.coverage.collection import Gathering, Scene


@dataclass(frozen=True, slots=True)
class Named:
    """A name for a condition, or a number, and the layer of the probe that computes it."""

    column: exp.Expr
    layer: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A condition inside another, and the parts that AND or OR puts together; none for an atom."""

    written: exp.Expr
    joins: type[exp.And] | type[exp.Or] | None = None
    parts: tuple[_Part, ...] = ()
    negated: bool = False


class Chain:
    """The atoms of one condition with what decides them, named in the layers of its scene."""

    def __init__(self, condition: exp.Expr, scene: Scene, gathering: Gathering) -> None:
        self._scene = scene
        self._gathering = gathering
        self._values: dict[int, Named] = {}
        self._counts: dict[int, Named] = {}
        self._root = _read(condition)

    def atoms(self) -> Iterator[tuple[exp.Expr, tuple[exp.Expr, exp.Expr, exp.Expr]]]:
        """Each atom as it is written, with names of its outcomes: true, false and null."""
        waiting: list[tuple[_Part, Named | None]] = [(self._root, None)]
        while waiting:
            part, decides = waiting.pop()
            if part.joins is None:
                yield part.written, self._outcomes(part, decides)
                continue
            below = [(one, self._decides(one, part, decides)) for one in part.parts]
            waiting += reversed(below)

    def _outcomes(self, atom: _Part, decides: Named | None) -> tuple[exp.Expr, exp.Expr, exp.Expr]:
        value = self._value(atom)
        layer = 1 + max(value.layer, decides.layer if decides else 0)
        guards = [decides.column] if decides else []
        true, false, null = (
            self._name(both([*guards, shows(value.column)]), layer).column
            for shows in (is_true, is_false, is_null)
        )
        return true, false, null

    def _decides(self, part: _Part, whole: _Part, above: Named | None) -> Named:
        """Whether no other part of the whole masks this one, and nothing masks the whole."""
        count, value = self._count(whole), self._value_in_whole(part)
        others = exp.Sub(this=count.column.copy(), expression=self._one(whole, value))
        alone = compare(exp.EQ, others, number(0))
        layer = 1 + max(count.layer, value.layer, above.layer if above else 0)
        return self._name(both([above.column, alone] if above else [alone]), layer)

    def _count(self, whole: _Part) -> Named:
        """How many parts of a condition mask the others."""
        found = self._counts.get(id(whole))
        if found is None:
            values = [self._value_in_whole(part) for part in whole.parts]
            total = _sum([self._one(whole, value) for value in values])
            layer = 1 + max(value.layer for value in values)
            found = self._counts[id(whole)] = self._name(total, layer)
        return found

    def _one(self, whole: _Part, value: Named) -> exp.Expr:
        masks = is_false if whole.joins is exp.And else is_true
        return _counted(masks(value.column))

    def _value(self, part: _Part) -> Named:
        found = self._values.get(id(part))
        if found is None:
            found = self._values[id(part)] = self._made(part)
        return found

    def _value_in_whole(self, part: _Part) -> Named:
        """The part's value with the NOT before it."""
        value = self._value(part)
        return Named(negate(value.column), value.layer) if part.negated else value

    def _made(self, part: _Part) -> Named:
        if part.joins is None:
            return self._name(part.written, 0)
        masking = self._count(part)
        values = [self._value_in_whole(one) for one in part.parts]
        unknown = _sum([_counted(is_null(value.column)) for value in values])
        masked = exp.Boolean(this=part.joins is exp.Or)
        value = exp.Case(
            ifs=[
                exp.If(this=compare(exp.GT, masking.column, number(0)), true=masked),
                exp.If(this=compare(exp.GT, unknown, number(0)), true=exp.Null()),
            ],
            default=exp.Boolean(this=part.joins is exp.And),
        )
        return self._name(value, masking.layer + 1)

    def _name(self, body: exp.Expr | None, layer: int) -> Named:
        assert body is not None
        return Named(self._gathering.name(body, self._scene, layer), layer)


def _read(node: exp.Expr, *, negated: bool = False) -> _Part:
    """A condition in parts; neighbours that the same word puts together are parts of one."""
    while isinstance(node, (exp.Paren, exp.Not)) and not is_written_not(node):
        negated = negated != isinstance(node, exp.Not)
        node = node.this
    if not isinstance(node, (exp.And, exp.Or)):
        return _Part(node, negated=negated)
    parts = [_read(one) for one in _flat(node, type(node))]
    return _Part(node, type(node), tuple(parts), negated)


def _flat(node: exp.Expr, word: type[exp.Expr]) -> Iterator[exp.Expr]:
    """The operands of a chain of one word, in their order."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        bare = one
        while isinstance(bare, exp.Paren):
            bare = bare.this
        if isinstance(bare, word):
            waiting += [bare.expression, bare.this]
        else:
            yield one


def is_written_not(node: exp.Expr) -> bool:
    """Whether NOT is a part of an operator: IS NOT NULL, NOT IN, NOT LIKE, NOT BETWEEN.

    Its outcomes are then those of the whole, as a reader sees them.
    """
    return isinstance(node, exp.Not) and isinstance(
        node.this, (exp.Is, exp.In, exp.Like, exp.ILike, exp.Between, exp.SimilarTo)
    )


def _counted(condition: exp.Expr) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=condition, true=number(1))], default=number(0))


def _sum(terms: Sequence[exp.Expr]) -> exp.Expr:
    """The terms added up, as a tree that is not deep."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    left, right = _sum(terms[:half]), _sum(terms[half:])
    return exp.Paren(this=exp.Add(this=left, expression=right))
