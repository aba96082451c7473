"""Relations in normal form: a bag of sources, a set of conditions, and columns as terms.

A block stands for this: take every combination of one row of each inner source; extend it by
every matching row of each outer source, or by NULLs where none matches; keep the combinations
for which all conditions are true. Inner and outer joins, WHERE, HAVING and QUALIFY all come to
this form; grouping, set operations and LIMIT are sources of their own (atoms).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from hansa.core.datatype import DataType
from hansa.sql.canonical.terms import Replace, Term, Terms, leaf_label


def digest_of(*parts: object) -> str:
    """The hash of a structure of texts, numbers and tuples."""
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """A relation that is not opened further, known by its digest.

    `keys` are sets of its column labels that no two rows share (NULL counting as a value).
    `shapes` gives type and nullability of the labels in keys.
    `branches` holds the parts of a UNION ALL (`kind` is `union`) or what was made unique (`kind`
    is `distinct`), and `branch_columns` each label's term in every part.
    """

    digest: str
    keys: tuple[frozenset[str], ...] = ()
    shapes: Mapping[str, tuple[DataType, bool]] = field(default_factory=dict)
    volatile: bool = False
    kind: str = ""
    branches: tuple[Relation, ...] = ()
    branch_columns: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One occurrence of an atom in a block; `args` fill the atom's parameters, in order."""

    number: int
    atom: Atom
    outer: bool = False
    args: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Sources and conditions: what decides which rows there are."""

    sources: tuple[Source, ...] = ()
    conditions: tuple[Term, ...] = ()

    @property
    def volatile(self) -> bool:
        return any(condition.volatile for condition in self.conditions) or any(
            source.atom.volatile or any(term.volatile for term in source.args)
            for source in self.sources
        )

    def joined(self, other: Block) -> Block:
        """Both blocks' sources and conditions."""
        return Block(self.sources + other.sources, _each(self.conditions, other.conditions))

    def filtered(self, conditions: Iterable[Term]) -> Block:
        """The block with more conditions."""
        return Block(self.sources, _each(self.conditions, conditions))

    @property
    def numbers(self) -> frozenset[int]:
        return frozenset(source.number for source in self.sources)

    def leaves(self) -> frozenset[int]:
        """All leaves that conditions and arguments read, its own sources included."""
        found = {leaf for condition in self.conditions for leaf in condition.leaves}
        for source in self.sources:
            for argument in source.args:
                found |= argument.leaves
        return frozenset(found)


def _each(first: tuple[Term, ...], second: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(dict.fromkeys((*first, *second)))


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A block and its columns, in order; names may repeat until somebody asks for one.

    `ordering` is what the rows were sorted by, for constructs that look at their order.
    `wild` is the source that any other column name belongs to, where its columns are not known.
    """

    block: Block
    columns: tuple[tuple[str, Term], ...]
    ordering: tuple[Term, ...] = ()
    wild: int | None = None


class Renamer:
    """Replaces leaves everywhere in a relation, sharing the work between its terms."""

    def __init__(self, terms: Terms, leaves: Mapping[int, Replace]) -> None:
        self._terms = terms
        self._leaves = leaves
        self._memo: dict[Term, Term] = {}

    def term(self, term: Term) -> Term:
        """The term with its leaves replaced."""
        return self._terms.substitute(term, self._leaves, self._memo)

    def all(self, terms: Iterable[Term]) -> tuple[Term, ...]:
        """Each of the terms with its leaves replaced."""
        return tuple(self.term(term) for term in terms)

    def block(self, block: Block, numbers: Mapping[int, int]) -> Block:
        """The block over sources with new numbers."""
        sources = tuple(
            Source(
                numbers.get(source.number, source.number),
                source.atom,
                source.outer,
                self.all(source.args),
            )
            for source in block.sources
        )
        return Block(sources, self.all(block.conditions))


def moved(terms: Terms, number: int) -> Replace:
    """Replaces a leaf by the same leaf of another source."""

    def replace(leaf: Term) -> Term:
        return terms.leaf(leaf.op, number, leaf_label(leaf), leaf.type, leaf.nullable)

    return replace


def opened(terms: Terms, atom: Atom, number: int, branch: int) -> tuple[Block, dict[Term, Term]]:
    """A fresh copy of one branch of an atom, and its term for each of the source's columns.

    `number` is the source's; the copy shares no numbers with another opening of the atom.
    """
    block, renamer = fresh_copy(terms, atom.branches[branch].block)
    columns = {
        terms.leaf("ref", number, label): renamer.term(row[branch])
        for label, row in atom.branch_columns.items()
    }
    return block, columns


def fresh_copy(terms: Terms, block: Block) -> tuple[Block, Renamer]:
    """The block with new numbers for its sources, and what renames terms over it likewise."""
    numbers = {source.number: terms.fresh() for source in block.sources}
    renamer = Renamer(terms, {old: moved(terms, new) for old, new in numbers.items()})
    return renamer.block(block, numbers), renamer
