"""Closing a block: numbering its sources so that equal blocks get equal digests.

The digest describes the block exactly under one numbering of its sources and parameters.
Whichever numbering is chosen, equal digests mean that one block is a renaming of the other;
choosing well only decides how many equal blocks are seen to be equal. A closed block's labels
describe terms under that same numbering.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hansa.sql.canonical.relations import Block, digest_of
from hansa.sql.canonical.terms import (
    LEAVES,
    UNORDERED,
    Term,
    Unprovable,
    leaf_label,
    leaf_number,
)
from hansa.sql.canonical.traits import Traits

_MOST_ROUNDS = 6


class Hasher:
    """Digests of terms, given a text for each leaf's number."""

    def __init__(self, tokens: Mapping[int, str], classes: Mapping[Term, tuple[Term, ...]]) -> None:
        self._tokens = tokens
        self._classes = classes
        self._memo: dict[Term, str] = {}

    @property
    def numbers(self) -> Iterable[int]:
        """The leaves that have a text."""
        return self._tokens.keys()

    def digest(self, term: Term) -> str:
        """The digest of a term; equal columns of a class count as one."""
        done = self._memo.get(term)
        if done is None:
            if term.op in LEAVES:
                members = self._classes.get(term)
                done = min(map(self.plain, members)) if members else self.plain(term)
            else:
                parts = [self.digest(operand) for operand in term.args]
                if term.op in UNORDERED:
                    parts.sort()
                done = digest_of(term.op, term.data, *parts)
            self._memo[term] = done
        return done

    def plain(self, leaf: Term) -> str:
        """The digest of a leaf by itself."""
        token = self._tokens.get(leaf_number(leaf))
        if token is None:
            raise Unprovable("a value reads a query around it in a way that is not understood")
        return digest_of(leaf.op, token, leaf_label(leaf), repr(leaf.type))


@dataclass(frozen=True, slots=True, eq=False)
class Closed:
    """A block's digest, and the order in which its sources and parameters are numbered."""

    digest: str
    sources: tuple[int, ...]
    params: tuple[Term, ...]
    hasher: Hasher = field(repr=False)

    def label(self, term: Term) -> str:
        """The digest of a term over the block, under the block's numbering."""
        return self.hasher.digest(term)


def close(block: Block, others: Iterable[Term], traits: Traits) -> Closed:
    """The block in closed form; `others` are terms over it whose parameters count as well."""
    own = block.numbers
    params = _parameters(block, others, own)
    joined, rest = equal_columns(block.conditions, traits)
    colours = {source.number: source.atom.digest for source in block.sources}
    colours |= {leaf_number(param): "parameter" for param in params}
    base = dict(colours)
    order = _numbered(block, rest, joined, colours)
    tokens: dict[int, str] = {}
    counts: dict[str, int] = defaultdict(int)
    for number in order:
        colour = base[number]
        tokens[number] = f"{colour}:{counts[colour]}"
        counts[colour] += 1
    hasher = Hasher(tokens, joined)
    sources = sorted(
        (tokens[source.number], source.outer, *map(hasher.digest, source.args))
        for source in block.sources
    )
    conditions = sorted({hasher.digest(condition) for condition in rest})
    groups = sorted({tuple(sorted(map(hasher.plain, group))) for group in joined.values()})
    by_number = {leaf_number(param): param for param in params}
    return Closed(
        digest_of("block", sources, conditions, groups),
        tuple(number for number in order if number in own),
        tuple(by_number[number] for number in order if number in by_number),
        hasher,
    )


def _parameters(block: Block, others: Iterable[Term], own: frozenset[int]) -> list[Term]:
    """The parameters that the block and the other terms read."""
    found: dict[Term, None] = {}
    seen: set[Term] = set()
    arguments = [argument for source in block.sources for argument in source.args]
    stack = [*others, *arguments, *block.conditions]
    while stack:
        term = stack.pop()
        if term in seen or term.leaves <= own:
            continue
        seen.add(term)
        if term.op in LEAVES:
            if term.op != "param":
                raise Unprovable("a query reads a source that is not its own")
            found[term] = None
        stack.extend(term.args)
    return sorted(found, key=lambda term: term.serial)


def equal_columns(
    conditions: Iterable[Term], traits: Traits
) -> tuple[dict[Term, tuple[Term, ...]], list[Term]]:
    """Columns that a condition makes equal, value for value, and the other conditions."""
    groups: dict[Term, list[Term]] = {}
    rest: list[Term] = []
    for condition in conditions:
        if not is_column_equality(condition, traits):
            rest.append(condition)
            continue
        left, right = condition.args
        first, second = groups.get(left, [left]), groups.get(right, [right])
        if first is second:
            continue
        first.extend(second)
        for member in first:
            groups[member] = first
    return {member: tuple(group) for member, group in groups.items()}, rest


def is_column_equality(condition: Term, traits: Traits) -> bool:
    """Whether the condition says that two columns hold the very same value."""
    if condition.op != "eq":
        return False
    left, right = condition.args
    if left.op != "ref" or right.op != "ref" or left is right or left.type != right.type:
        return False
    return traits.is_exact(left.type)


def _numbered(
    block: Block,
    rest: list[Term],
    joined: Mapping[Term, tuple[Term, ...]],
    colours: dict[int, str],
) -> list[int]:
    """All numbers in canonical order: by colour, ties refined by the roles that they play."""
    if len(set(colours.values())) < len(colours):
        roles = _Roles(block, rest, joined)
        for _ in range(_MOST_ROUNDS):
            before = len(set(colours.values()))
            roles.refine(colours)
            after = len(set(colours.values()))
            if after == len(colours):
                break
            if after == before:
                _separate(colours)
    # sorted() is stable: what cannot be told apart stays in the order of the text.
    return sorted(colours, key=lambda number: colours[number])


def _separate(colours: dict[int, str]) -> None:
    """Gives the first of the numbers that look alike a colour of its own."""
    by_colour: dict[str, list[int]] = defaultdict(list)
    for number, colour in colours.items():
        by_colour[colour].append(number)
    tied = min(colour for colour, members in by_colour.items() if len(members) > 1)
    colours[by_colour[tied][0]] = digest_of("first", tied)


class _Roles:
    """Where each source and parameter occurs in a block's conditions and arguments."""

    def __init__(
        self, block: Block, rest: list[Term], joined: Mapping[Term, tuple[Term, ...]]
    ) -> None:
        self._terms: list[tuple[str, Term, int | None]] = [("if", term, None) for term in rest]
        for source in block.sources:
            for at, argument in enumerate(source.args):
                self._terms.append((f"argument {at} {source.outer}", argument, source.number))
        self._groups = list({id(group): group for group in joined.values()}.values())
        self._joined = joined

    def refine(self, colours: dict[int, str]) -> None:
        """Splits numbers of one colour by what their neighbours look like."""
        counts: dict[str, int] = defaultdict(int)
        for colour in colours.values():
            counts[colour] += 1
        tied = [number for number, colour in colours.items() if counts[colour] > 1]
        found = {number: self._role(number, colours) for number in tied}
        for number, role in found.items():
            colours[number] = digest_of(colours[number], role)

    def _role(self, number: int, colours: Mapping[int, str]) -> list[object]:
        marked = Hasher({**colours, number: "this"}, self._joined)
        roles: list[object] = []
        for where, term, owner in self._terms:
            if number in term.leaves or number == owner:
                around = "this" if number == owner else colours.get(owner or 0, "")
                roles.append((where, around, marked.digest(term)))
        for group in self._groups:
            if any(number in member.leaves for member in group):
                roles.append(("equal", "", digest_of(sorted(map(marked.plain, group)))))
        return sorted(roles, key=repr)
