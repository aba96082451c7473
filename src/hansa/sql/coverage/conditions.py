"""The atoms of a condition, each judged while the others do not mask it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from hansa.sql.coverage.building import guarded, is_false, is_null, is_true, negate
from hansa.sql.coverage.collection import Gathering, Scene

Atom = tuple[exp.Expr, tuple[exp.Expr, ...]]


def atoms_of(node: exp.Expr, masks: tuple[exp.Expr, ...] = ()) -> Iterator[Atom]:
    """Each atom with the conditions under which its value decides the whole one's."""
    if isinstance(node, (exp.Paren, exp.Not)) and not _is_written_not(node):
        yield from atoms_of(node.this, masks)
    elif isinstance(node, exp.And):
        yield from atoms_of(node.this, (*masks, negate(is_false(node.expression))))
        yield from atoms_of(node.expression, (*masks, negate(is_false(node.this))))
    elif isinstance(node, exp.Or):
        yield from atoms_of(node.this, (*masks, negate(is_true(node.expression))))
        yield from atoms_of(node.expression, (*masks, negate(is_true(node.this))))
    else:
        yield node, masks


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
    for atom, masks in atoms_of(condition):
        if any(atom is one for one in left_out) or is_constant(atom):
            continue
        outcomes = [("true", guarded(masks, is_true(atom)))]
        outcomes.append(("false", guarded(masks, is_false(atom))))
        if with_null and may_be_null(atom, gathering):
            outcomes.append(("null", guarded(masks, is_null(atom))))
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
