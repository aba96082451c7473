"""The atoms of a condition, each judged while the others do not mask it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from hansa.sql.coverage.building import both, compare, guarded, is_false, is_null, is_true, negate
from hansa.sql.coverage.collection import Gathering, Scene, Stage

# Long chains give their conditions names, so that a probe does not grow with their square.
_NAMED_FROM = 4
# DuckDB does not take these behind a name that other columns of one SELECT refer to.
_NOT_NAMED = (exp.Query, exp.AggFunc, exp.Window, exp.Anonymous, exp.Rand, exp.Randn, exp.Uuid)


@dataclass(frozen=True, slots=True)
class Atom:
    """One atom as it is written, as probes refer to it, and under which conditions it decides."""

    written: exp.Expr
    referred: exp.Expr
    guards: tuple[exp.Expr, ...]


def atoms_of(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that AND, OR and NOT put together."""
    if isinstance(node, (exp.Paren, exp.Not)) and not _is_written_not(node):
        yield from atoms_of(node.this)
    elif isinstance(node, (exp.And, exp.Or)):
        yield from atoms_of(node.this)
        yield from atoms_of(node.expression)
    else:
        yield node


class _Masking:
    """Finds the conditions under which an atom's value decides the whole one's.

    A neighbour below AND must not be false, one below OR not true.
    """

    def __init__(self, scene: Scene, gathering: Gathering, *, named: bool) -> None:
        self._scene = scene
        self._gathering = gathering
        self._named = named
        self._referred: dict[int, exp.Expr] = {}

    def atoms(self, node: exp.Expr, guards: tuple[exp.Expr, ...] = ()) -> Iterator[Atom]:
        if isinstance(node, (exp.Paren, exp.Not)) and not _is_written_not(node):
            yield from self.atoms(node.this, guards)
        elif isinstance(node, (exp.And, exp.Or)):
            masks = is_false if isinstance(node, exp.And) else is_true
            for one, other in ((node.this, node.expression), (node.expression, node.this)):
                mask = negate(masks(self._refer(other)))
                yield from self.atoms(one, self._joined(guards, mask))
        else:
            yield Atom(node, self._refer(node), guards)

    def _joined(self, guards: tuple[exp.Expr, ...], mask: exp.Expr) -> tuple[exp.Expr, ...]:
        """Both together; one name for all where there are names."""
        whole = both([*guards, mask])
        if not self._named or whole is None or whole.find(*_NOT_NAMED) is not None:
            return (*guards, mask)
        return (self._gathering.name(whole, self._scene),)

    def _refer(self, node: exp.Expr) -> exp.Expr:
        """The condition itself, or a name that stands for it."""
        if not self._named:
            return node
        found = self._referred.get(id(node))
        if found is None:
            found = self._referred[id(node)] = self._name(node)
        return found

    def _name(self, node: exp.Expr) -> exp.Expr:
        body = node
        if isinstance(node, exp.Paren):
            return self._refer(node.this)
        if isinstance(node, exp.Not) and not _is_written_not(node):
            body = negate(self._refer(node.this))
        elif isinstance(node, exp.And):
            body = compare(exp.And, self._refer(node.this), self._refer(node.expression))
        elif isinstance(node, exp.Or):
            body = compare(exp.Or, self._refer(node.this), self._refer(node.expression))
        if isinstance(body, exp.Column) or body.find(*_NOT_NAMED) is not None:
            return body
        return self._gathering.name(body, self._scene)


def _is_written_not(node: exp.Expr) -> bool:
    """Whether NOT is a part of an operator: IS NOT NULL, NOT IN, NOT LIKE, NOT BETWEEN.

    Its outcomes are then those of the whole, as a reader sees them.
    """
    return isinstance(node, exp.Not) and isinstance(
        node.this, (exp.Is, exp.In, exp.Like, exp.ILike, exp.Between, exp.SimilarTo)
    )


def add_atoms(
    kind: str,
    condition: exp.Expr,
    scene: Scene,
    gathering: Gathering,
    left_out: Sequence[exp.Expr] = (),
    *,
    with_null: bool = True,
) -> None:
    """The obligations of every atom of a condition but those left out."""
    several = sum(1 for _ in atoms_of(condition)) >= _NAMED_FROM
    masking = _Masking(scene, gathering, named=several and scene.stage is not Stage.CLOSED)
    for found in masking.atoms(condition):
        atom, referred, guards = found.written, found.referred, found.guards
        if any(atom is one for one in left_out) or is_constant(atom):
            continue
        outcomes = [("true", guarded(guards, is_true(referred)))]
        outcomes.append(("false", guarded(guards, is_false(referred))))
        if with_null and may_be_null(atom, gathering):
            outcomes.append(("null", guarded(guards, is_null(referred))))
        gathering.add(kind, gathering.places.start(atom), scene, outcomes)


def may_be_null(node: exp.Expr, gathering: Gathering) -> bool:
    """Whether a condition can be NULL; NOT changes nothing of that."""
    inner = node
    while isinstance(inner, (exp.Paren, exp.Not)):
        inner = inner.this
    if isinstance(inner, exp.Is) and isinstance(inner.expression, (exp.Null, exp.Boolean)):
        return False
    if isinstance(inner, (exp.Exists, exp.NullSafeEQ, exp.NullSafeNEQ)):
        return False
    return gathering.records.may_be_null(inner)


def is_constant(node: exp.Expr) -> bool:
    """Whether a condition reads nothing, so that it has one outcome only."""
    return node.find(exp.Column, exp.Query, exp.Func) is None
