"""UNION, INTERSECT and EXCEPT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from hansa.core.datatype import UNKNOWN, DataType
from hansa.sql.canonical.grouping import group, reads_other, replaced
from hansa.sql.canonical.relations import Atom, Block, Relation, Source, digest_of, opened
from hansa.sql.canonical.session import Session
from hansa.sql.canonical.terms import Term, Unprovable
from hansa.sql.canonical.values import common_type

Row = tuple[Term, ...]


def set_operations(
    session: Session, first: Relation, others: Sequence[tuple[exp.SetOperation, Relation]]
) -> Relation:
    """A chain of set operations from left to right, with the first relation's column names."""
    pending, distinct = [first], False
    for node, right in others:
        if first.wild is not None or right.wild is not None:
            raise Unprovable("the columns of a set operation are not known")
        if len(first.columns) != len(right.columns):
            raise Unprovable("the sides of a set operation do not have the same columns")
        unique = bool(node.args.get("distinct"))
        if not isinstance(node, exp.Union):
            left = _union_of(session, pending, distinct)
            pending = [_difference(session, left, right, node.key, unique)]
        elif len(pending) == 1 or unique == distinct:
            pending.append(right)
        else:
            pending = [_union_of(session, pending, distinct), right]
        distinct = unique
    return _union_of(session, pending, distinct)


def _union_of(session: Session, sides: Sequence[Relation], distinct: bool) -> Relation:
    if len(sides) == 1:
        return sides[0]
    if not distinct:
        return union_all(session, sides)
    inner = [_before_distinct(session, side) for side in sides]
    whole = union_all(session, inner, distinct=True)
    grouped = group(session, whole.block, [term for _, term in whole.columns], ())
    columns = tuple((name, grouped.keys[term]) for name, term in whole.columns)
    return Relation(grouped.block, columns)


def union_all(session: Session, sides: Sequence[Relation], distinct: bool = False) -> Relation:
    """All rows of all sides; `distinct` says that repeated rows will be dropped anyway."""
    flat = [branch for side in sides for branch in _branches(session, side)]
    if len(flat) > len(sides) and all(kind != UNKNOWN for kind in _types(flat)):
        return _union(session, flat, distinct)
    return _union(session, list(sides), distinct)


def _types(branches: Sequence[Relation]) -> list[DataType]:
    """The common type of each column, UNKNOWN where the branches differ."""
    rows = [[term for _, term in branch.columns] for branch in branches]
    return [common_type(column) for column in zip(*rows, strict=True)]


def _union(session: Session, branches: list[Relation], distinct: bool) -> Relation:
    kinds = _types(branches)
    prepared = []
    for branch in branches:
        # Where all branches agree on a type, a literal has it too; else it may be converted.
        row = tuple(
            term if kind == UNKNOWN else session.logic.typed(term)
            for (_, term), kind in zip(branch.columns, kinds, strict=True)
        )
        closed = session.close(branch.block, row)
        prepared.append((closed, [closed.label(term) for term in row], row, branch.block))
    order = sorted(range(len(prepared)), key=lambda at: (prepared[at][0].digest, prepared[at][1]))
    if distinct and all(kind != UNKNOWN for kind in kinds):
        order = _without_repetition(order, prepared)
        if len(order) == 1:
            _, _, row, block = prepared[order[0]]
            names = [name for name, _ in branches[0].columns]
            return Relation(block, tuple(zip(names, row, strict=True)))
    number = session.terms.fresh()
    columns: list[tuple[str, Term]] = []
    by_label: dict[str, Row] = {}
    for place, kind in enumerate(kinds):
        parts = [prepared[at][1][place] for at in order]
        label = digest_of("union column", parts, order if kind == UNKNOWN else None)
        row = tuple(prepared[at][2][place] for at in order)
        nullable = any(term.nullable for term in row)
        name = branches[0].columns[place][0]
        columns.append((name, session.terms.leaf("ref", number, label, kind, nullable)))
        by_label[label] = row
    digest = digest_of("union", [prepared[at][0].digest for at in order])
    atom = Atom(
        digest,
        volatile=any(item[3].volatile for item in prepared),
        kind="union",
        branches=tuple(Relation(prepared[at][3], ()) for at in order),
        branch_columns=by_label,
    )
    args = tuple(param for at in order for param in prepared[at][0].params)
    return Relation(Block((Source(number, atom, False, args),)), tuple(columns))


def _without_repetition(order: list[int], prepared: Sequence[tuple[object, ...]]) -> list[int]:
    kept: dict[str, int] = {}
    for at in order:
        closed, labels = prepared[at][0], prepared[at][1]
        kept.setdefault(digest_of(getattr(closed, "digest", ""), labels), at)
    return list(kept.values())


def _branches(session: Session, side: Relation) -> list[Relation]:
    """The parts of a side that is itself a UNION ALL, else the side."""
    if len(side.block.sources) != 1 or side.block.conditions:
        return [side]
    source = side.block.sources[0]
    atom = source.atom
    if atom.kind != "union" or source.outer or source.args or atom.volatile:
        return [side]
    if any(reads_other(term, source.number, atom.branch_columns) for _, term in side.columns):
        return [side]
    found = []
    for at in range(len(atom.branches)):
        block, columns = opened(session.terms, atom, source.number, at)
        inner = tuple((name, replaced(session, term, columns)) for name, term in side.columns)
        found.append(Relation(block, inner))
    return found


def _before_distinct(session: Session, side: Relation) -> Relation:
    """The side without a DISTINCT that the operation around it makes needless."""
    if len(side.block.sources) != 1 or side.block.volatile:
        return side
    source = side.block.sources[0]
    atom = source.atom
    if atom.kind != "distinct" or source.outer or source.args:
        return side
    wanted = (*(term for _, term in side.columns), *side.block.conditions)
    if any(reads_other(term, source.number, atom.branch_columns) for term in wanted):
        return side
    block, columns = opened(session.terms, atom, source.number, 0)
    conditions = [replaced(session, term, columns) for term in side.block.conditions]
    return replace(
        side,
        block=block.filtered(conditions),
        columns=tuple((name, replaced(session, term, columns)) for name, term in side.columns),
    )


def _difference(
    session: Session, left: Relation, right: Relation, kind: str, distinct: bool
) -> Relation:
    """INTERSECT and EXCEPT, which compare whole rows: every column decides which rows exist."""
    kinds = _types([left, right])
    sides = []
    for side in (left, right):
        row = tuple(
            term if common == UNKNOWN else session.logic.typed(term)
            for (_, term), common in zip(side.columns, kinds, strict=True)
        )
        closed = session.close(side.block, row)
        sides.append((closed, [closed.label(term) for term in row]))
    (first, first_labels), (second, second_labels) = sides
    pairs = [digest_of(pair) for pair in zip(first_labels, second_labels, strict=True)]
    digest = digest_of(kind, distinct, first.digest, second.digest, sorted(set(pairs)))
    number = session.terms.fresh()
    columns = []
    shapes = {}
    for (name, term), common, label in zip(left.columns, kinds, pairs, strict=True):
        shapes[label] = (common, True)
        columns.append((name, session.terms.leaf("ref", number, label, common, term.nullable)))
    keys = (frozenset(shapes),) if distinct else ()
    shaky = left.block.volatile or right.block.volatile
    atom = Atom(digest, keys, shapes, shaky)
    source = Source(number, atom, False, (*first.params, *second.params))
    return Relation(Block((source,)), tuple(columns))
