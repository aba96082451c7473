"""Reads FROM clauses: tables, queries, and the joins between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from sqlglot import exp

from hansa.sql.canonical.expressions import Expressions, Outside, existence, parameter
from hansa.sql.canonical.joins import Abstraction, full_outer, inner, left_outer
from hansa.sql.canonical.opaque import Tables
from hansa.sql.canonical.relations import (
    Atom,
    Block,
    Relation,
    Renamer,
    Source,
    digest_of,
)
from hansa.sql.canonical.scope import From, Item, Scope
from hansa.sql.canonical.session import Reading, Session
from hansa.sql.canonical.terms import Replace, Term, Unprovable, leaf_number

# Larger joins stay closed when they are read, so that chains of models cannot explode.
_MOST_SOURCES = 48
_TABLE_PARTS = frozenset({"this", "alias", "db", "joins"})
_JOIN_PARTS = frozenset({"this", "on", "using", "side", "kind", "method"})


class QuerySource(Protocol):
    """The reader of queries, as FROM clauses need it."""

    @property
    def session(self) -> Session: ...

    @property
    def reading(self) -> Reading: ...

    @property
    def tables(self) -> Tables: ...

    def subquery(self, query: exp.Expr, outside: Outside | None) -> Relation:
        """The relation of a query."""
        ...

    def closed_query(self, query: exp.Expr) -> Relation:
        """The relation of a query that reads no outer columns."""
        ...


@dataclass(slots=True, eq=False)
class FromReader:
    """Reads the FROM clause of one query; `outside` gives columns of the queries around it."""

    reader: QuerySource
    outside: Outside | None

    @property
    def session(self) -> Session:
        return self.reader.session

    def clause(self, query: exp.Expr) -> From:
        """The query's FROM clause with all its joins."""
        if query.args.get("laterals"):
            raise Unprovable("LATERAL VIEW is not understood")
        node = query.args.get("from_")
        clause = From(Block(), [])
        if node is not None:
            clause = inner(clause, self._source(node.this, clause), ())
        for join in query.args.get("joins") or ():
            clause = self._joined(clause, join)
        return clause

    def _source(self, node: exp.Expr, before: From) -> From:
        """One source; `before` holds those to its left, which it may read where that is lateral."""
        match node:
            case exp.Table():
                return self._table(node, before)
            case exp.Subquery() if isinstance(node.this, exp.Table):
                return self._parenthesised(node, before)
            case exp.Subquery() | exp.Values():
                return self._query(node, before)
            case exp.Lateral() if isinstance(node.this, exp.Subquery):
                if node.args.get("view") or node.args.get("outer") or node.args.get("ordinality"):
                    raise Unprovable("this form of LATERAL is not understood")
                return self._query(node, before)
            case exp.Unnest():
                return self._unnest(node, before)
        raise Unprovable(f"`{node.key}` in FROM is not understood")

    def _table(self, node: exp.Table, before: From) -> From:
        for key, value in node.args.items():
            if value and key not in _TABLE_PARTS:
                raise Unprovable(f"`{key}` of a table is not understood")
        relation = self.reader.tables.find(node)
        clause = self._item(relation, node.alias or node.name, "" if node.alias else node.db, node)
        del before
        for join in node.args.get("joins") or ():
            clause = self._joined(clause, join)
        return clause

    def _parenthesised(self, node: exp.Subquery, before: From) -> From:
        if node.alias or any(value for key, value in node.args.items() if key != "this"):
            raise Unprovable("a join in parentheses with an alias is not understood")
        return self._source(node.this, before)

    def _query(self, node: exp.Expr, before: From) -> From:
        query = node.this if isinstance(node, exp.Lateral) else node
        if isinstance(query, exp.Subquery):
            for key, value in query.args.items():
                if value and key not in ("this", "alias", "order", "limit", "offset", "with_"):
                    raise Unprovable(f"`{key}` of a query in FROM is not understood")
        if not before.items and self.outside is None:
            return self._item(self.reader.closed_query(_bare(query)), node.alias, "", node)
        # Inside the query, columns of the left side are parameters; here they are themselves.
        sideways = Sideways(self.session, Scope(before, self.session.traits, self.outside))
        relation = self.reader.subquery(_bare(query), sideways.find)
        clause = self._item(relation, node.alias, "", node)
        renamer = Renamer(self.session.terms, sideways.replacements())
        clause.block = renamer.block(clause.block, {})
        clause.convert(renamer.term)
        return clause

    def _unnest(self, node: exp.Unnest, before: From) -> From:
        alias = node.args.get("alias")
        names = [part.name for part in (alias.args.get("columns") or ())] if alias else []
        if len(node.expressions) != 1 or len(names) != 1 or node.args.get("offset"):
            raise Unprovable("this form of UNNEST is not understood")
        place = self._place(before)
        value = place.term(node.expressions[0])
        if value.volatile:
            raise Unprovable("UNNEST of a value that changes is not understood")
        number = self.session.terms.fresh()
        atom = Atom(digest_of("unnest"))
        column = self.session.terms.leaf("ref", number, "element")
        item = Item(node.alias, "", [(names[0], column)], None, self.session.terms)
        return From(Block((Source(number, atom, False, (value,)),)), [item])

    def _place(self, clause: From) -> Expressions:
        scope = Scope(clause, self.session.traits, self.outside)
        return Expressions(self.session, self.reader.reading, scope, _NoAliases(self.reader))

    def _item(self, relation: Relation, alias: str, group: str, node: exp.Expr) -> From:
        """The relation as the only item of a FROM clause, with numbers that nobody else has."""
        session = self.session
        relation = sealed(session, relation)
        block, ordering, rename = session.take(relation)

        def convert(term: Term) -> Term:
            return session.logic.typed(rename(term))

        columns = relation.columns
        table_alias = node.args.get("alias")
        names = table_alias.args.get("columns") if table_alias is not None else None
        if names:
            if relation.wild is not None or len(names) > len(columns):
                raise Unprovable("a list of column names does not fit its table")
            kept = [name for name, _ in columns[len(names) :]]
            fresh = [*(part.name for part in names), *kept]
            columns = tuple(zip(fresh, (term for _, term in columns), strict=True))
        name = node.args["alias"].this if table_alias is not None else node.this
        folded = session.traits.fold(alias, is_quoted(name))
        item = Item(folded, group, columns, relation.wild, session.terms, convert)
        return From(block, [item], ordering=ordering)

    # Joins

    def _joined(self, left: From, join: exp.Join) -> From:
        for key, value in join.args.items():
            if value and key not in _JOIN_PARTS:
                raise Unprovable(f"`{key}` of a join is not understood")
        side, kind = str(join.side or "").upper(), str(join.kind or "").upper()
        method = str(join.method or "").upper()
        if method not in ("", "NATURAL") or kind not in (
            "",
            "INNER",
            "CROSS",
            "OUTER",
            "SEMI",
            "ANTI",
        ):
            raise Unprovable("this kind of join is not understood")
        right = self._source(join.this, left)
        if side in ("RIGHT", "FULL") and right.block.leaves() & left.block.numbers:
            raise Unprovable("a lateral query on this side of a join is not understood")
        matching = _Matching.of(self, left, right, join, method)
        if kind in ("SEMI", "ANTI"):
            return self._semi(left, right, matching, side, kind)
        match side:
            case "":
                joined = inner(left, right, matching.conditions)
            case "LEFT":
                joined = left_outer(self.session, left, right, matching.conditions)
            case "RIGHT":
                swapped = left_outer(self.session, right, left, matching.conditions)
                joined = inner(left, right, ())
                joined.block = swapped.block
            case "FULL":
                joined = full_outer(self.session, left, right, matching.conditions)
            case _:
                raise Unprovable("this side of a join is not understood")
        matching.merge(joined, side)
        return joined

    def _semi(self, left: From, right: From, matching: _Matching, side: str, kind: str) -> From:
        if side not in ("", "LEFT"):
            raise Unprovable("this kind of join is not understood")
        abstraction = Abstraction(self.session, right.block.numbers)
        block = abstraction.block(right.block.filtered(matching.conditions))
        if block.volatile or any(term.volatile for term in abstraction.outer.values()):
            raise Unprovable("a semi join on a value that changes is not understood")
        found = existence(self.session, Relation(block, ()), abstraction.outer)
        if kind == "ANTI":
            found = self.session.logic.negation(found)
        left.block = left.block.filtered((found,))
        return left

    def conditions(self, left: From, right: From, node: exp.Expr) -> tuple[Term, ...]:
        """The conditions of an ON clause, which sees both sides."""
        both = inner(left, right, ())
        return self._place(both).conditions(node)


@dataclass(slots=True, eq=False)
class Sideways:
    """Gives a query in FROM the columns of the sources to its left, as parameters."""

    session: Session
    scope: Scope
    _params: dict[Term, Term] = field(default_factory=dict)

    def find(self, column: exp.Column) -> Term | None:
        """The column of a source to the left, or of a query around."""
        found = self.scope.find(column)
        if found is None:
            return self.scope.outside(column) if self.scope.outside is not None else None
        if not found.leaves:
            return found
        if found not in self._params:
            self._params[found] = parameter(self.session, found)
        return self._params[found]

    def replacements(self) -> dict[int, Replace]:
        """What puts the columns themselves in their parameters' places."""
        return {
            leaf_number(param): partial(_constantly, outer) for outer, param in self._params.items()
        }


def _constantly(term: Term, leaf: Term) -> Term:
    del leaf
    return term


def sealed(session: Session, relation: Relation) -> Relation:
    """The relation as one source when it has very many of them."""
    if len(relation.block.sources) <= _MOST_SOURCES or relation.wild is not None:
        return relation
    terms = [term for _, term in relation.columns]
    closed = session.close(relation.block, (*terms, *relation.ordering))
    if closed.params:
        return relation
    number = session.terms.fresh()

    def column(term: Term) -> Term:
        label = closed.label(term)
        return session.terms.leaf("ref", number, label, term.type, term.nullable)

    atom = Atom(digest_of("sealed", closed.digest), volatile=relation.block.volatile)
    columns = tuple((name, column(term)) for name, term in relation.columns)
    order = tuple(session.terms.rebuild(item, map(column, item.args)) for item in relation.ordering)
    return Relation(Block((Source(number, atom),)), columns, order)


def is_quoted(identifier: object) -> bool:
    """Whether a name is written in quotes."""
    return isinstance(identifier, exp.Identifier) and bool(identifier.args.get("quoted"))


def _bare(query: exp.Expr) -> exp.Expr:
    """The query inside parentheses that do nothing else than give it an alias."""
    if isinstance(query, exp.Subquery) and not any(
        query.args.get(key) for key in ("order", "limit", "offset", "with_")
    ):
        inner: exp.Expr = query.this
        return inner
    return query


@dataclass(slots=True)
class _NoAliases:
    """Reads the queries inside a FROM clause's expressions."""

    reader: QuerySource

    def subquery(self, query: exp.Expr, outside: Outside) -> Relation:
        """The relation of a query."""
        return self.reader.subquery(query, outside)


@dataclass(slots=True, eq=False)
class _Matching:
    """The conditions of one join, and the columns that USING makes one."""

    session: Session
    conditions: tuple[Term, ...] = ()
    names: list[str] = field(default_factory=list)
    sides: list[tuple[Callable[[], Term], Callable[[], Term]]] = field(default_factory=list)
    right_items: list[Item] = field(default_factory=list)

    @classmethod
    def of(
        cls, reader: FromReader, left: From, right: From, join: exp.Join, method: str
    ) -> _Matching:
        matching = cls(reader.session, right_items=list(right.items))
        if join.args.get("on") is not None:
            matching.conditions = reader.conditions(left, right, join.args["on"])
        names = [part.name for part in join.args.get("using") or ()]
        if method == "NATURAL":
            names = _common_names(left, right)
        for name in names:
            matching._add(name, left, right)
        return matching

    def _add(self, name: str, left: From, right: From) -> None:
        traits, logic = self.session.traits, self.session.logic

        def of_left() -> Term:
            return _required(left, name, self.session)

        def of_right() -> Term:
            return _required(right, name, self.session)

        condition = logic.truth(logic.equality(of_left(), of_right()))
        self.conditions = tuple(dict.fromkeys((*self.conditions, condition)))
        self.names.append(name)
        self.sides.append((of_left, of_right))
        del traits

    def merge(self, joined: From, side: str) -> None:
        """Makes the columns that USING names one column of the joined clause."""
        places = {id(item): at for at, item in enumerate(joined.items)}
        for name, (of_left, of_right) in zip(self.names, self.sides, strict=True):
            match side:
                case "RIGHT":
                    term = of_right()
                case "FULL":
                    term = self.session.values.fallback((of_left(), of_right()))
                case _:
                    term = of_left()
            joined.merged[name.casefold()] = (name, term)
            for item in self.right_items:
                if name.casefold() in item.names():
                    joined.hidden.add((places[id(item)], name.casefold()))


def _required(clause: From, name: str, session: Session) -> Term:
    found = clause.find(name, True, session.traits)
    if found is None:
        raise Unprovable(f"the column `{name}` of USING is not known")
    return found


def _common_names(left: From, right: From) -> list[str]:
    if any(item.wild is not None for item in (*left.items, *right.items)):
        raise Unprovable("the columns of a NATURAL join are not known")
    mine: dict[str, None] = {}
    for at, item in enumerate(left.items):
        mine.update({name: None for name in item.names() if (at, name) not in left.hidden})
    common = [name for item in right.items for name in sorted(item.names()) if name in mine]
    if not common:
        raise Unprovable("a NATURAL join without common columns is not understood")
    return common
