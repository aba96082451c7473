"""Which columns of a block tell its rows apart."""

from __future__ import annotations

from collections.abc import Iterable

from hansa.sql.canonical.relations import Block, Source
from hansa.sql.canonical.terms import Term, Terms, leaf_label, leaf_number
from hansa.sql.canonical.traits import Traits

_CONSTANTS = frozenset({"int", "constant", "literal", "true", "false", "param"})


def determines(block: Block, given: Iterable[Term], traits: Traits) -> bool:
    """Whether no two rows of the block agree in all `given` terms (NULL agreeing with NULL).

    Parameters, and terms over sources outside the block, count as given.
    """
    return _Closure(block, given, traits).covers_all()


def key_columns(block: Block, terms: Terms) -> tuple[Term, ...] | None:
    """Columns of the block's sources that together tell its rows apart, or None without any."""
    found: list[Term] = []
    for source in block.sources:
        if not source.atom.keys:
            return None
        key = min(source.atom.keys, key=lambda key: (len(key), sorted(key)))
        for label in sorted(key):
            kind, nullable = source.atom.shapes[label]
            found.append(terms.leaf("ref", source.number, label, kind, nullable or source.outer))
    return tuple(found)


class _Closure:
    """Grows the set of terms that the given ones decide."""

    def __init__(self, block: Block, given: Iterable[Term], traits: Traits) -> None:
        self._own = block.numbers
        self._known: set[Term] = set(given)
        self._open: list[Source] = list(block.sources)
        self._settled: set[int] = set()
        self._equalities = [
            condition.args
            for condition in block.conditions
            if condition.op == "eq" and _transfers(condition, traits)
        ]

    def covers_all(self) -> bool:
        """Whether every source's row is decided."""
        changed = True
        while changed and self._open:
            changed = self._follow_equalities()
            for source in list(self._open):
                if self._settles(source):
                    self._open.remove(source)
                    self._settled.add(source.number)
                    changed = True
        return not self._open

    def _follow_equalities(self) -> bool:
        changed = False
        for left, right in self._equalities:
            for one, other in ((left, right), (right, left)):
                if other not in self._known and not self._decided(other) and self._decided(one):
                    self._known.add(other)
                    changed = True
        return changed

    def _decided(self, term: Term) -> bool:
        if term in self._known or term.op in _CONSTANTS:
            return True
        return not term.volatile and not (term.leaves & self._own) - self._settled

    def _settles(self, source: Source) -> bool:
        if any(not self._decided(argument) for argument in source.args):
            return False
        labels = {
            leaf_label(term)
            for term in self._known
            if term.op == "ref" and leaf_number(term) == source.number
        }
        return any(key <= labels for key in source.atom.keys)


def _transfers(condition: Term, traits: Traits) -> bool:
    left, right = condition.args
    if left.op in _CONSTANTS - {"param"} or right.op in _CONSTANTS - {"param"}:
        return traits.is_exact(right.type if left.op in _CONSTANTS else left.type) and _alike(
            left, right, traits
        )
    return traits.same_values(left.type, right.type)


def _alike(left: Term, right: Term, traits: Traits) -> bool:
    """Whether a constant is compared in the column's own type."""
    constant, column = (left, right) if left.op in _CONSTANTS else (right, left)
    if constant.op == "literal":
        # A literal takes the column's type; a number beside a text would convert the text.
        data = constant.data
        return isinstance(data, tuple) and data[0] == "text"
    return constant.op in ("true", "false") or traits.same_values(constant.type, column.type)
