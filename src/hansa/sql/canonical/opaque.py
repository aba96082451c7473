"""What a query reads, and the form of queries that are not understood: their text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from hansa.sql.canonical.relations import Atom, Block, Relation, Source, digest_of, fresh_copy
from hansa.sql.canonical.session import Reading, Session
from hansa.sql.canonical.terms import Unprovable
from hansa.sql.canonical.traits import Traits


@dataclass(frozen=True, slots=True)
class Tables:
    """Finds the relation that a name after FROM stands for."""

    find_outside: Callable[[str, str], Relation | None]
    traits: Traits
    queries: Mapping[str, tuple[str, Relation]] = field(default_factory=dict)

    def with_query(self, name: exp.Identifier, relation: Relation) -> Tables:
        """The same tables, and a CTE that hides others of its name."""
        known = (self._folded(name), relation)
        return Tables(self.find_outside, self.traits, {**self.queries, name.name.casefold(): known})

    def _folded(self, name: exp.Identifier) -> str:
        return self.traits.fold(name.name, bool(name.args.get("quoted")))

    def find(self, table: exp.Table) -> Relation:
        """The table's relation; raises Unprovable when nothing has that name."""
        if table.args.get("catalog") is not None or not isinstance(table.this, exp.Identifier):
            raise Unprovable(f"`{table.sql()}` is not a table by name")
        if not table.db and table.name.casefold() in self.queries:
            name, relation = self.queries[table.name.casefold()]
            if not self.traits.ignores_case and name != self._folded(table.this):
                raise Unprovable(f"the letter case of `{table.name}` is not that of the query")
            return relation
        found = self.find_outside(table.db, table.name)
        if found is None:
            raise Unprovable(f"`{table.sql(comments=False)}` is not known")
        return found


def opaque_query(
    session: Session, reading: Reading, tables: Tables, query: exp.Expr, problem: Unprovable
) -> Relation:
    """The query as its text and all that it reads; raises `problem` if its columns are unknown."""
    names = output_names(query)
    if names is None:
        raise problem
    digest = text_digest(session, reading, tables, query, problem)
    return opaque_relation(session, digest, names)


def opaque_relation(session: Session, digest: str, names: list[str]) -> Relation:
    """A relation of which nothing is known but its digest and its columns' names."""
    number = session.terms.fresh()
    block = Block((Source(number, Atom(digest, volatile=True)),))
    columns = tuple((name, session.terms.leaf("ref", number, name)) for name in names)
    return Relation(block, columns)


def output_names(query: exp.Expr) -> list[str] | None:
    """The query's column names, or None where they cannot be told from its text."""
    if not isinstance(query, exp.Query):
        return None
    first: exp.Expr = query
    while isinstance(first, (exp.SetOperation, exp.Subquery)):
        first = first.this
    if not isinstance(first, exp.Select):
        return None
    names = [node.alias_or_name for node in first.expressions]
    named = all(isinstance(node, (exp.Alias, exp.Column)) for node in first.expressions)
    if not named or not all(names) or "*" in names or len(set(names)) < len(names):
        return None
    return names


def text_digest(
    session: Session, reading: Reading, tables: Tables, query: exp.Expr, problem: Unprovable
) -> str:
    """The digest of a query's text, of the model it stands in, and of all that it reads."""
    own = {cte.alias.casefold() for cte in query.find_all(exp.CTE)}
    reads = []
    for table in query.find_all(exp.Table):
        try:
            reads.append((table.name, relation_digest(session, tables.find(table))))
        except Unprovable:
            if table.db or table.name.casefold() not in own:
                raise problem from None
    text = query.sql(session.dialect, comments=False)
    return digest_of("text", text, sorted(set(reads)), reading.model)


def relation_digest(session: Session, relation: Relation) -> str:
    """The digest of a relation with all its columns, their names, and the order of its rows."""
    block, renamer = fresh_copy(session.terms, relation.block)
    terms = renamer.all(term for _, term in relation.columns)
    order = renamer.all(relation.ordering)
    closed = session.close(block, (*terms, *order))
    labels = [
        (name, closed.label(term)) for (name, _), term in zip(relation.columns, terms, strict=True)
    ]
    ordered = [closed.label(term) if term.op == "sorted" else "" for term in order]
    return digest_of("relation", closed.digest, labels, ordered, relation.wild is not None)
