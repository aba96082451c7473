"""Which keys the rows of joined relations have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from hansa.sql.relations import Key, minimal
from hansa.sql.scopes import Source

Pairs = set[tuple[int, int]]


class JoinKind(Enum):
    """How a join treats rows without a partner."""

    INNER = "inner"
    LEFT = "left"
    RIGHT = "right"
    FULL = "full"
    SEMI = "semi"
    ASOF = "asof"
    OTHER = "other"


@dataclass(slots=True)
class Leaf:
    """One source in a tree of joins."""

    source: Source

    def sources(self) -> list[Source]:
        return [self.source]


@dataclass(slots=True)
class Join:
    """Two trees of sources joined.

    `pairs` are the columns that the condition makes equal, in both directions; `fixed` those
    that it makes equal to a constant.
    """

    left: JoinTree
    right: JoinTree
    kind: JoinKind
    pairs: Pairs = field(default_factory=set)
    fixed: Mapping[int, str | None] = field(default_factory=dict)

    def sources(self) -> list[Source]:
        return self.left.sources() + self.right.sources()


JoinTree = Leaf | Join


def keys_of(tree: JoinTree, pairs: Pairs, fixed: Mapping[int, str | None]) -> frozenset[Key]:
    """The keys of the rows that the joins give and a filter keeps.

    `pairs` and `fixed` are what the filter behind the joins says.
    """
    return _keys(tree, pairs, fixed)


def lasting_pairs(tree: JoinTree) -> Pairs:
    """The columns that joins make equal in every row in which both are not NULL.

    In a row that an outer join left without a partner, one of a pair is NULL.
    """
    if isinstance(tree, Leaf):
        return set()
    own = set() if tree.kind in (JoinKind.OTHER, JoinKind.SEMI) else tree.pairs
    return own | lasting_pairs(tree.left) | lasting_pairs(tree.right)


def source_keys(tree: JoinTree) -> Iterator[tuple[Key, range]]:
    """Each source's own keys beside all of its columns, which such a key decides."""
    for source in tree.sources():
        columns = range(source.first, source.first + len(source.relation.fields))
        for key in source.relation.keys:
            yield frozenset(source.first + column for column in key), columns


def _keys(tree: JoinTree, pairs: Pairs, fixed: Mapping[int, str | None]) -> frozenset[Key]:
    if isinstance(tree, Leaf):
        return _leaf_keys(tree.source, fixed)
    inner = tree.kind in (JoinKind.INNER, JoinKind.SEMI)
    left = _keys(tree.left, pairs, {**fixed, **tree.fixed} if inner else fixed)
    partial = tree.kind in (JoinKind.INNER, JoinKind.LEFT)
    right = _keys(tree.right, pairs, {**fixed, **tree.fixed} if partial else fixed)
    return minimal(_joined(tree, left, right, pairs, fixed))


def _joined(
    tree: Join,
    left: frozenset[Key],
    right: frozenset[Key],
    pairs: Pairs,
    fixed: Mapping[int, str | None],
) -> frozenset[Key]:
    if tree.kind in (JoinKind.SEMI, JoinKind.ASOF):
        return left
    if tree.kind in (JoinKind.FULL, JoinKind.OTHER):
        return frozenset()
    equal, constants = tree.pairs | pairs, {*fixed, *tree.fixed}
    own, others = _positions(tree.left), _positions(tree.right)
    decided_right = {two for one, two in equal if one in own and two in others} | constants
    decided_left = {two for one, two in equal if one in others and two in own} | constants
    kept: frozenset[Key] = frozenset()
    if tree.kind is not JoinKind.RIGHT and any(key <= decided_right for key in right):
        kept |= left
    if tree.kind is not JoinKind.LEFT and any(key <= decided_left for key in left):
        kept |= right
    if not kept and tree.kind is JoinKind.INNER:
        kept = frozenset(one | other for one in left for other in right)
    return kept


def _positions(tree: JoinTree) -> set[int]:
    return {
        position
        for source in tree.sources()
        for position in range(source.first, source.first + len(source.relation.fields))
    }


def _leaf_keys(source: Source, fixed: Mapping[int, str | None]) -> frozenset[Key]:
    """The source's own keys, and its partition where a filter keeps the first row of each."""
    keys = {frozenset(source.first + column for column in key) for key in source.relation.keys}
    for column, known in enumerate(source.relation.fields):
        if known.numbered is not None and fixed.get(source.first + column) == "1":
            keys.add(frozenset(source.first + other for other in known.numbered))
    return frozenset(keys)
