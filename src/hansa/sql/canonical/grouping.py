"""GROUP BY, DISTINCT and aggregates over a whole block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hansa.sql.canonical.closing import Closed, is_column_equality
from hansa.sql.canonical.keys import determines
from hansa.sql.canonical.relations import Atom, Block, Relation, Source, digest_of, opened
from hansa.sql.canonical.session import Session
from hansa.sql.canonical.terms import LEAVES, Term, Unprovable, leaf_label, leaf_number

_SAME_FOR_ONE = frozenset({"min", "max", "anyvalue", "first", "last"})


@dataclass(slots=True, eq=False)
class Grouped:
    """The rows after grouping: `keys` maps each grouping term to its column there."""

    session: Session
    block: Block
    keys: dict[Term, Term]
    number: int = 0
    closed: Closed | None = None
    _aggregates: dict[Term, Term] = field(default_factory=dict)

    def aggregate(self, term: Term) -> Term:
        """The column that holds an aggregate of the grouped rows."""
        done = self._aggregates.get(term)
        if done is None:
            done = self._single(term) if self.closed is None else self._column(term, self.closed)
            self._aggregates[term] = done
        return done

    def _column(self, term: Term, closed: Closed) -> Term:
        for leaf in term.leaves:
            if leaf not in closed.hasher.numbers:
                raise Unprovable("an aggregate reads a query around it")
        label = digest_of("aggregate", closed.digest, closed.label(term))
        terms = self.session.terms
        if term.volatile:
            row = terms.leaf("row", self.number)
            return terms.make("volatile", (row,), label, term.type, True, True)
        return terms.leaf("ref", self.number, label, term.type, term.nullable)

    def _single(self, term: Term) -> Term:
        """An aggregate over exactly one row is a function of that row."""
        name = str(term.data[0]) if isinstance(term.data, tuple) else ""
        if name in _SAME_FOR_ONE and len(term.args) == 1 and term.args[0].op not in LITERAL:
            return term.args[0]
        terms = self.session.terms
        return terms.make("of one", (term,), None, term.type, term.nullable, term.volatile)


LITERAL = frozenset({"literal", "null"})


def group(
    session: Session, block: Block, keys: Sequence[Term], aggregates: Iterable[Term]
) -> Grouped:
    """The block grouped by the keys; without keys, one row for the whole block."""
    if not keys:
        closed = session.close(block, tuple(aggregates))
        return _one(session, block, closed)
    distinct = list(dict.fromkeys(keys))
    varying = [key for key in distinct if key.leaves or key.volatile]
    distinct = varying or distinct[:1]
    constants = {key: key for key in keys if key not in distinct}
    if determines(block, distinct, session.traits) and not _is_correlated_row(block):
        return Grouped(session, block, {key: key for key in keys})
    aggregates = tuple(aggregates)
    given = list(distinct)
    if not aggregates:
        block, distinct = _within_distinct(session, block, distinct)
        if determines(block, distinct, session.traits) and not _is_correlated_row(block):
            return Grouped(session, block, {**dict(zip(given, distinct, strict=True)), **constants})
    inside, lifted = _split(session, block, distinct)
    closed = session.close(inside, (*distinct, *aggregates))
    number = session.terms.fresh()
    columns: dict[Term, Term] = {}
    shapes = {}
    for key in distinct:
        label = closed.label(key)
        shapes[label] = (key.type, key.nullable)
        columns[key] = session.terms.leaf("ref", number, label, key.type, key.nullable)
    labels = frozenset(shapes)
    shaky = inside.volatile or any(key.volatile for key in distinct)
    atom = Atom(
        digest_of("group", closed.digest, sorted(labels)),
        (labels,),
        shapes,
        shaky,
        "distinct",
        (Relation(inside, ()),),
        {leaf_label(column): (key,) for key, column in columns.items()},
    )
    source = Source(number, atom, False, _arguments(closed))
    conditions = tuple(replaced(session, term, columns) for term in lifted)
    outside = Block((source,)).filtered(conditions)
    found = dict(zip(given, distinct, strict=True))
    by_key = {key: columns[inner] for key, inner in found.items()}
    return Grouped(session, outside, {**by_key, **constants}, number, closed)


def _is_correlated_row(block: Block) -> bool:
    """Whether a source is the one row of an aggregate in a correlated query.

    DuckDB 2.0 loses that row under DISTINCT when nothing matches, so DISTINCT is not needless.
    """
    return any(source.args and frozenset() in source.atom.keys for source in block.sources)


def _within_distinct(session: Session, block: Block, keys: list[Term]) -> tuple[Block, list[Term]]:
    """What a block that is already without repetition was made of: once is enough."""
    while len(block.sources) == 1:
        source = block.sources[0]
        atom = source.atom
        if atom.kind != "distinct" or source.outer or source.args or block.volatile:
            break
        wanted = (*keys, *block.conditions)
        if any(reads_other(term, source.number, atom.branch_columns) for term in wanted):
            break
        inner, columns = opened(session.terms, atom, source.number, 0)
        conditions = [replaced(session, term, columns) for term in block.conditions]
        keys = [replaced(session, term, columns) for term in keys]
        block = inner.filtered(conditions)
    return block, keys


def reads_other(term: Term, number: int, labels: Iterable[str]) -> bool:
    """Whether a term reads more of a source than the columns of the given labels."""
    known = set(labels)
    stack, seen = [term], {term}
    while stack:
        part = stack.pop()
        is_here = part.op in LEAVES and leaf_number(part) == number
        if is_here and (part.op != "ref" or leaf_label(part) not in known):
            return True
        for inner in part.args:
            if inner not in seen:
                seen.add(inner)
                stack.append(inner)
    return False


def _one(session: Session, block: Block, closed: Closed) -> Grouped:
    number = session.terms.fresh()
    atom = Atom(digest_of("one row"), (frozenset(),), volatile=block.volatile)
    source = Source(number, atom, False, _arguments(closed))
    return Grouped(session, Block((source,)), {}, number, closed)


def _arguments(closed: Closed) -> tuple[Term, ...]:
    return closed.params


def _split(session: Session, block: Block, keys: Sequence[Term]) -> tuple[Block, list[Term]]:
    """The block without the conditions that read the keys only, and these conditions.

    Such a condition keeps or drops whole groups, so it may as well stand after the grouping.
    """
    inside, lifted = [], []
    for condition in block.conditions:
        if not movable(condition, session) or not covered(condition, keys):
            inside.append(condition)
        else:
            lifted.append(condition)
    return Block(block.sources, tuple(inside)), lifted


def movable(condition: Term, session: Session) -> bool:
    """Whether a condition may stand elsewhere; equal columns are needed where they are."""
    return not condition.volatile and not is_column_equality(condition, session.traits)


def covered(term: Term, keys: Iterable[Term]) -> bool:
    """Whether a term reads columns only through the given ones."""
    given = set(keys)
    stack = [term]
    while stack:
        part = stack.pop()
        if part in given or part.op == "param":
            continue
        if part.op in LEAVES:
            return False
        stack.extend(part.args)
    return True


def replaced(session: Session, term: Term, columns: dict[Term, Term]) -> Term:
    """The term with the given parts replaced."""
    found = columns.get(term)
    if found is not None:
        return found
    if not term.leaves or term.op in LEAVES:
        return term
    return session.terms.rebuild(term, [replaced(session, part, columns) for part in term.args])
