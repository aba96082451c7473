"""LIMIT, OFFSET and DISTINCT ON: constructs that pick rows by their order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from hansa.sql.canonical.closing import Closed
from hansa.sql.canonical.joins import labelled_keys
from hansa.sql.canonical.relations import Atom, Block, Relation, Source, digest_of
from hansa.sql.canonical.session import Session
from hansa.sql.canonical.terms import Term, Unprovable


def limited(
    session: Session,
    relation: Relation,
    order: Sequence[Term],
    query: exp.Expr,
    order_is_set: bool = False,
) -> Relation:
    """The relation after the query's LIMIT and OFFSET, in the given order of rows.

    `order_is_set` says that the relation's own ordering is this query's.
    """
    ordering = relation.ordering if order_is_set else (tuple(order) or relation.ordering)
    limit, offset = query.args.get("limit"), query.args.get("offset")
    if limit is None and offset is None:
        return Relation(relation.block, relation.columns, ordering, relation.wild)
    count = _limit_text(limit, session.dialect)
    start = _offset_text(offset)
    closed = session.close(relation.block, ordering)
    labels = [closed.label(term) for term in checked_order(ordering)]
    digest = digest_of("limit", closed.digest, labels, count, start)
    one = count == ("1", "")
    return _picked(session, relation, closed, digest, ordering, (frozenset(),) if one else None)


def limited_by_distinct_on(
    session: Session, relation: Relation, on: Sequence[Term], order: Sequence[Term]
) -> Relation:
    """The first row, in that order, of all that agree in the `on` terms."""
    ordering = tuple(order) or relation.ordering
    closed = session.close(relation.block, (*ordering, *on))
    labels = [closed.label(term) for term in checked_order(ordering)]
    groups = sorted({closed.label(term) for term in on})
    digest = digest_of("distinct on", closed.digest, groups, labels)
    return _picked(session, relation, closed, digest, ordering, None)


def checked_order(order: Sequence[Term]) -> Sequence[Term]:
    """The order itself; raises Unprovable when an item of it was not understood."""
    if any(item.op != "sorted" for item in order):
        raise Unprovable("the order that decides about rows is not understood")
    return order


def _picked(
    session: Session,
    relation: Relation,
    closed: Closed,
    digest: str,
    ordering: Sequence[Term],
    keys: tuple[frozenset[str], ...] | None,
) -> Relation:
    if relation.wild is not None:
        raise Unprovable("the columns of a limited query are not known")
    number = session.terms.fresh()

    def column(term: Term) -> Term:
        if not term.leaves and not term.volatile:
            return term
        label = closed.label(term)
        return session.terms.leaf("ref", number, label, term.type, term.nullable)

    found, shapes = labelled_keys(session, relation.block, closed)
    atom = Atom(digest, keys if keys is not None else found, shapes, relation.block.volatile)
    block = Block((Source(number, atom, False, closed.params),))
    columns = tuple((name, column(term)) for name, term in relation.columns)
    after = tuple(session.terms.rebuild(item, map(column, item.args)) for item in ordering)
    return Relation(block, columns, after)


def _limit_text(node: exp.Expr | None, dialect: str) -> tuple[str, str]:
    if node is None:
        return ("", "")
    count = node.args.get("count") if isinstance(node, exp.Fetch) else node.args.get("expression")
    if not isinstance(count, exp.Literal) or node.args.get("offset") is not None:
        raise Unprovable("a LIMIT that is not a number is not understood")
    options = node.args.get("limit_options")
    if options is None or not (options.args.get("percent") or options.args.get("with_ties")):
        return (count.name, "")
    return (count.name, options.sql(dialect))


def _offset_text(node: exp.Expr | None) -> str:
    if node is None:
        return "0"
    value = node.args.get("expression")
    if not isinstance(value, exp.Literal):
        raise Unprovable("an OFFSET that is not a number is not understood")
    return str(value.name)
