"""Joining FROM clauses: inner joins merge blocks, outer joins become sources or lookups."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hansa.core.datatype import DataType
from hansa.sql.canonical.closing import Closed
from hansa.sql.canonical.keys import determines, key_columns
from hansa.sql.canonical.relations import Atom, Block, Source, digest_of
from hansa.sql.canonical.scope import From
from hansa.sql.canonical.session import Session
from hansa.sql.canonical.terms import Term, Unprovable


def inner(left: From, right: From, conditions: Iterable[Term]) -> From:
    """The pairs of rows for which all conditions are true."""
    shift = len(left.items)
    hidden = left.hidden | {(at + shift, name) for at, name in right.hidden}
    return From(
        left.block.joined(right.block).filtered(conditions),
        [*left.items, *right.items],
        {**right.merged, **left.merged},
        hidden,
        left.ordering + right.ordering,
    )


class Abstraction:
    """Replaces what a term reads from elsewhere by parameters, so that it can be closed."""

    def __init__(self, session: Session, own: frozenset[int]) -> None:
        self._session = session
        self._own = own
        self.outer: dict[Term, Term] = {}
        self._params: dict[Term, Term] = {}
        self._memo: dict[Term, Term] = {}

    def term(self, term: Term) -> Term:
        """The term with each largest part that reads nothing of our own as a parameter."""
        if term.leaves <= self._own:
            return term
        if not term.leaves & self._own:
            return self._parameter(term)
        done = self._memo.get(term)
        if done is None:
            parts = [self.term(part) for part in term.args]
            done = self._memo[term] = self._session.terms.rebuild(term, parts)
        return done

    def _parameter(self, term: Term) -> Term:
        param = self._params.get(term)
        if param is None:
            terms = self._session.terms
            param = terms.leaf("param", terms.fresh(), "", term.type, term.nullable)
            self._params[term] = param
            self.outer[param] = term
        return param

    def block(self, block: Block) -> Block:
        """The block with parameters for what its conditions and arguments read elsewhere."""
        sources = tuple(
            Source(source.number, source.atom, source.outer, tuple(map(self.term, source.args)))
            for source in block.sources
        )
        return Block(sources, tuple(map(self.term, block.conditions)))


def left_outer(session: Session, left: From, right: From, conditions: Iterable[Term]) -> From:
    """Every row of `left` with its matches in `right`, padded with NULLs where there is none.

    Where there is at most one match the rows are just those of `left`, and columns of `right`
    are values looked up for each row.
    """
    abstraction = Abstraction(session, right.block.numbers)
    block = abstraction.block(right.block.filtered(conditions))
    if any(term.volatile for term in abstraction.outer.values()):
        raise Unprovable("an outer join on a value that changes is not understood")
    if determines(block, (), session.traits) and not block.volatile:
        right.convert(_looked_up(session, block, abstraction))
        block_after = left.block
    else:
        number = session.terms.fresh()
        source, convert = _padded(session, block, abstraction, number)
        right.convert(convert)
        block_after = left.block.joined(Block((source,)))
    right.block = Block()
    joined = inner(left, right, ())
    joined.block = block_after
    return joined


def _looked_up(session: Session, block: Block, abstraction: Abstraction) -> Callable[[Term], Term]:
    closed: list[Closed] = []

    def convert(term: Term) -> Term:
        inside = abstraction.term(term)
        if not closed:
            closed.append(session.close(block))
        form = closed[0]
        if set(abstraction.outer) - set(form.params):
            form = session.close(block, (inside,))
        args = [abstraction.outer[param] for param in form.params]
        data = (form.digest, form.label(inside))
        return session.terms.make("lookup", args, data, term.type, True, term.volatile)

    return convert


def _padded(
    session: Session, block: Block, abstraction: Abstraction, number: int
) -> tuple[Source, Callable[[Term], Term]]:
    closed = session.close(block)
    keys, shapes = labelled_keys(session, block, closed)
    atom = Atom(closed.digest, keys, shapes, block.volatile)
    args = tuple(abstraction.outer[param] for param in closed.params)

    def convert(term: Term) -> Term:
        inside = abstraction.term(term)
        if not inside.leaves:
            # A constant of the right side is NULL where nothing matches.
            label = digest_of("constant", closed.label(inside))
        else:
            label = closed.label(inside)
        return session.terms.leaf("ref", number, label, term.type, True)

    return Source(number, atom, True, args), convert


def labelled_keys(
    session: Session, block: Block, closed: Closed
) -> tuple[tuple[frozenset[str], ...], dict[str, tuple[DataType, bool]]]:
    """The block's key by the labels of its columns, and the shapes of these columns."""
    columns = key_columns(block, session.terms)
    if columns is None:
        return (), {}
    shapes = {closed.label(column): (column.type, column.nullable) for column in columns}
    return (frozenset(shapes),), shapes


def full_outer(session: Session, left: From, right: From, conditions: Iterable[Term]) -> From:
    """All pairs that match, and every row of either side that has no match."""
    on = tuple(conditions)
    sides = []
    for side in (left, right):
        if side.block.leaves() - side.block.numbers:
            raise Unprovable("a full join inside a correlated query is not understood")
        sides.append((side, session.close(side.block)))
    if sides[1][1].digest < sides[0][1].digest:
        sides.reverse()
    both = [leaf for side, _ in sides for leaf in side.block.numbers]
    if any(term.volatile or not term.leaves <= frozenset(both) for term in on):
        raise Unprovable("a full join on a value from outside is not understood")
    terms, number = session.terms, session.terms.fresh()

    def relabel(term: Term) -> Term:
        """The term over the two sides' labels, which do not depend on this query's numbers."""
        for at, (side, closed) in enumerate(sides):
            if term.leaves <= side.block.numbers and term.leaves:
                return terms.make("side", (), (at, closed.label(term)), term.type, term.nullable)
        return terms.rebuild(term, map(relabel, term.args))

    hasher = session.close(Block()).hasher
    condition = sorted({hasher.digest(relabel(term)) for term in on})
    digest = digest_of("full join", [closed.digest for _, closed in sides], condition)
    shaky = any(side.block.volatile for side, _ in sides)
    for at, (side, closed) in enumerate(sides):
        side.convert(_side(session, closed, number, at))
        side.block = Block()
    joined = inner(left, right, ())
    joined.block = Block((Source(number, Atom(digest, volatile=shaky)),))
    return joined


def _side(session: Session, closed: Closed, number: int, at: int) -> Callable[[Term], Term]:
    def convert(term: Term) -> Term:
        label = digest_of("side", at, closed.label(term))
        return session.terms.leaf("ref", number, label, term.type, True)

    return convert
