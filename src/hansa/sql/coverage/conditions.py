"""The atoms of a condition, each judged while the others do not mask it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from hansa.sql.coverage.building import guarded, is_false, is_null, is_true, negate
from hansa.sql.coverage.chains import Chain, is_written_not
from hansa.sql.coverage.collection import Gathering, Scene, Stage

# From so many atoms on a condition is asked in layers: written out, the probe would grow with
# the square of them.
_LAYERED_FROM = 4


def atoms_of(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that AND, OR and NOT put together."""
    if isinstance(node, (exp.Paren, exp.Not)) and not is_written_not(node):
        yield from atoms_of(node.this)
    elif isinstance(node, (exp.And, exp.Or)):
        yield from atoms_of(node.this)
        yield from atoms_of(node.expression)
    else:
        yield node


def _guarded_atoms(
    node: exp.Expr, guards: tuple[exp.Expr, ...] = ()
) -> Iterator[tuple[exp.Expr, tuple[exp.Expr, exp.Expr, exp.Expr]]]:
    """Each atom with the conditions of its outcomes: it decides the whole, and is that.

    It decides while no neighbour below AND is false, and none below OR true.
    """
    if isinstance(node, (exp.Paren, exp.Not)) and not is_written_not(node):
        yield from _guarded_atoms(node.this, guards)
    elif isinstance(node, (exp.And, exp.Or)):
        masks = is_false if isinstance(node, exp.And) else is_true
        for one, other in ((node.this, node.expression), (node.expression, node.this)):
            yield from _guarded_atoms(one, (*guards, negate(masks(other))))
    else:
        true, false, null = (guarded(guards, shows(node)) for shows in (is_true, is_false, is_null))
        yield node, (true, false, null)


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
    several = sum(1 for _ in atoms_of(condition)) >= _LAYERED_FROM
    if several and scene.stage is not Stage.CLOSED:
        found = Chain(condition, scene, gathering).atoms()
    else:
        found = _guarded_atoms(condition)
    for atom, (true, false, null) in found:
        if any(atom is one for one in left_out) or is_constant(atom):
            continue
        outcomes: list[tuple[str, exp.Expr | None]] = [("true", true), ("false", false)]
        if with_null and may_be_null(atom, gathering):
            outcomes.append(("null", null))
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
