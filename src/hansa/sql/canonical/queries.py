"""From queries to relations in normal form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from hansa.sql.canonical.calls import (
    CallReader,
    Calls,
    OverGroups,
    WindowReader,
    Windows,
    find_calls,
    sort_item,
)
from hansa.sql.canonical.expressions import Expressions, Outside
from hansa.sql.canonical.froms import FromReader
from hansa.sql.canonical.grouping import Grouped, group
from hansa.sql.canonical.limits import limited, limited_by_distinct_on
from hansa.sql.canonical.opaque import Tables, opaque_query
from hansa.sql.canonical.relations import Block, Relation
from hansa.sql.canonical.scope import From, Scope
from hansa.sql.canonical.session import Reading, Session
from hansa.sql.canonical.setops import set_operations, union_all
from hansa.sql.canonical.terms import Term, Unprovable

_SELECT_PARTS = frozenset(
    {"with_", "expressions", "from_", "joins", "laterals", "where", "group", "having", "qualify"}
    | {"windows", "distinct", "order", "limit", "offset", "hint"}
)
_SET_PARTS = frozenset({"with_", "this", "expression", "distinct", "order", "limit", "offset"})
_WRAPPER_PARTS = frozenset({"this", "alias", "order", "limit", "offset", "with_"})


@dataclass(slots=True, eq=False)
class QueryReader:
    """Reads queries of one model; `tables` finds what they name, CTEs before models."""

    session: Session
    reading: Reading
    tables: Tables

    def subquery(self, query: exp.Expr, outside: Outside | None) -> Relation:
        """The relation of a query; raises Unprovable for what is not understood."""
        reader = self._with_ctes(query, outside)
        match query:
            case exp.Subquery():
                check_parts(query, _WRAPPER_PARTS)
                relation = reader._wrapped(query, outside)
            case exp.Select():
                check_parts(query, _SELECT_PARTS)
                if not query.expressions:
                    raise Unprovable("a SELECT without columns is not understood")
                relation = SelectReader(reader, query, outside).relation()
            case exp.SetOperation():
                check_parts(query, _SET_PARTS)
                relation = reader._set_operation(query, outside)
            case exp.Values():
                relation = reader._values(query, outside)
            case _:
                raise Unprovable(f"`{query.key}` is not understood as a query")
        return relation

    def closed_query(self, query: exp.Expr) -> Relation:
        """The relation of a query that reads no outer columns, opaque if need be."""
        try:
            return self.subquery(query, None)
        except Unprovable as problem:
            return opaque_query(self.session, self.reading, self.tables, query, problem)

    def _with_ctes(self, query: exp.Expr, outside: Outside | None) -> QueryReader:
        clause = query.args.get("with_")
        if clause is None:
            return self
        if clause.args.get("udfs") or clause.args.get("search"):
            raise Unprovable("a function in WITH is not understood")
        reader = self
        for cte in clause.expressions:
            definition, alias = cte.this, cte.args["alias"]
            if cte.args.get("key_expressions"):
                raise Unprovable("USING KEY is not understood")
            if clause.args.get("recursive") and _mentions(definition, alias.name):
                raise Unprovable(f"the recursive query `{alias.name}` is not understood")
            if outside is None:
                relation = reader.closed_query(definition)
            else:
                relation = reader.subquery(definition, outside)
            relation = renamed(relation, [part.name for part in alias.args.get("columns") or ()])
            reader = replace(reader, tables=reader.tables.with_query(alias.this, relation))
        return reader

    def _wrapped(self, query: exp.Subquery, outside: Outside | None) -> Relation:
        inner = query.this
        if isinstance(inner, exp.Table):
            raise Unprovable("a join in parentheses is not understood here")
        relation = self.subquery(inner, outside)
        if not any(query.args.get(key) for key in ("order", "limit", "offset")):
            return relation
        return self._sorted(relation, query)

    def _sorted(self, relation: Relation, query: exp.Expr) -> Relation:
        """The relation after ORDER BY and LIMIT that name its own columns."""
        order_node = query.args.get("order")
        order = []
        if order_node is not None:
            for item in order_node.expressions:
                term = _column_of(relation, item.this)
                order.append(sort_item(self.session, term, item))
        return limited(self.session, relation, order, query)

    def _set_operation(self, query: exp.SetOperation, outside: Outside | None) -> Relation:
        parts: list[exp.SetOperation] = []
        at: exp.Expr = query
        while isinstance(at, exp.SetOperation) and (at is query or not _is_modified(at)):
            check_parts(at, _SET_PARTS)
            parts.append(at)
            at = at.this
        relation = self.subquery(at, outside)
        others = [(part, self.subquery(part.args["expression"], outside)) for part in parts[::-1]]
        relation = set_operations(self.session, relation, others)
        return self._sorted(relation, query)

    def _values(self, query: exp.Values, outside: Outside | None) -> Relation:
        scope = Scope(From(Block(), []), self.session.traits, outside)
        reader = Expressions(self.session, self.reading, scope, self)
        rows: list[Relation] = []
        for row in query.expressions:
            cells = row.expressions if isinstance(row, exp.Tuple) else [row]
            columns = tuple((f"col{at}", reader.term(cell)) for at, cell in enumerate(cells))
            if rows and len(columns) != len(rows[0].columns):
                raise Unprovable("the rows of VALUES are not equally long")
            rows.append(Relation(Block(), columns))
        if not rows:
            raise Unprovable("VALUES without rows is not understood")
        return rows[0] if len(rows) == 1 else union_all(self.session, rows)


def check_parts(query: exp.Expr, known: frozenset[str]) -> None:
    """Raises Unprovable when the query has a clause that is not known."""
    for key, value in query.args.items():
        if value and key not in known:
            raise Unprovable(f"the clause `{key.strip('_')}` is not understood")


def renamed(relation: Relation, names: Sequence[str]) -> Relation:
    """The relation with its first columns renamed."""
    if not names:
        return relation
    if relation.wild is not None or len(names) > len(relation.columns):
        raise Unprovable("a list of column names does not fit its query")
    terms = [term for _, term in relation.columns]
    kept = [name for name, _ in relation.columns[len(names) :]]
    return replace(relation, columns=tuple(zip([*names, *kept], terms, strict=True)))


def _is_modified(query: exp.Expr) -> bool:
    return any(query.args.get(key) for key in ("with_", "order", "limit", "offset"))


def _mentions(query: exp.Expr, name: str) -> bool:
    return any(
        table.name.casefold() == name.casefold() and not table.db
        for table in query.find_all(exp.Table)
    )


def _column_of(relation: Relation, node: exp.Expr) -> Term:
    """The output column that an ORDER BY after a set operation names."""
    if isinstance(node, exp.Literal) and not node.is_string:
        place = int(node.name) - 1
        if 0 <= place < len(relation.columns):
            return relation.columns[place][1]
    if isinstance(node, exp.Column) and not node.table:
        found = [term for name, term in relation.columns if name.casefold() == node.name.casefold()]
        if len(found) == 1:
            return found[0]
    raise Unprovable("an ORDER BY of a combined query is not understood")


@dataclass(slots=True, eq=False)
class SelectReader:
    """Reads one SELECT, clause by clause."""

    reader: QueryReader
    query: exp.Select
    outside: Outside | None
    clause: From = field(init=False)
    aliases: dict[str, exp.Expr] = field(default_factory=dict)
    projections: list[tuple[str, exp.Expr | Term]] = field(default_factory=list)

    @property
    def session(self) -> Session:
        return self.reader.session

    def relation(self) -> Relation:
        """The query's rows and columns."""
        self._collect_aliases()
        where = self._read_from()
        clauses = self._clauses()
        calls = find_calls(clauses, self.session.dialect)
        keys = self._keys(where, calls)
        if keys is None:
            place, block = self._ungrouped(where)
        else:
            place, block = self._grouped(where, keys, calls)
        having = self.query.args.get("having")
        self._refuse_clashes()
        if having is not None:
            block = block.filtered(place.conditions(having.this))
        self._open_windows(place, block)
        columns = self._columns(place)
        qualify = self.query.args.get("qualify")
        if qualify is not None:
            block = block.filtered(place.conditions(qualify.this))
        ordering = self.clause.ordering if keys is None else ()
        relation = Relation(block, columns, ordering)
        return self._finished(relation, place)

    def _clauses(self) -> list[exp.Expr]:
        """The clauses that are evaluated after grouping."""
        found = [part for _, part in self.projections if isinstance(part, exp.Expr)]
        for key in ("having", "qualify", "order"):
            if self.query.args.get(key) is not None:
                found.append(self.query.args[key])
        distinct = self.query.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            found.append(distinct.args["on"])
        return found

    def _collect_aliases(self) -> None:
        for node in self.query.expressions:
            if isinstance(node, exp.Alias):
                key = node.alias.casefold()
                if key in self.aliases:
                    # Two columns of one name: the name means neither.
                    self.aliases[key] = exp.Star()
                else:
                    self.aliases[key] = node.this

    def _place(self, clause: From) -> Expressions:
        scope = Scope(clause, self.session.traits, self.outside)
        return Expressions(self.session, self.reader.reading, scope, self.reader, self.aliases)

    def _read_from(self) -> Expressions:
        """The rows before grouping; gives the place in which WHERE and keys are read."""
        from_reader = FromReader(self.reader, self.outside)
        self.clause = from_reader.clause(self.query)
        place = self._place(self.clause)
        where = self.query.args.get("where")
        if where is not None:
            self.clause.block = self.clause.block.filtered(place.conditions(where.this))
        self.projections = list(self._expanded())
        return place

    def _expanded(self) -> list[tuple[str, exp.Expr | Term]]:
        """The projections with stars expanded."""
        found: list[tuple[str, exp.Expr | Term]] = []
        for node in self.query.expressions:
            if isinstance(node, exp.Star):
                found.extend(self._star(node, None))
            elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
                found.extend(self._star(node.this, node))
            else:
                name = node.alias_or_name or node.sql(self.session.dialect, comments=False)
                found.append((name, node.this if isinstance(node, exp.Alias) else node))
        return found

    def _star(self, star: exp.Star, column: exp.Column | None) -> list[tuple[str, exp.Expr | Term]]:
        if star.args.get("ilike"):
            raise Unprovable("a star with a pattern is not understood")
        only = self.clause.item(column, self.session.traits) if column is not None else None
        if column is not None and only is None:
            raise Unprovable(f"the star of `{column.table}` is not understood")
        left_out = {_star_name(part) for part in star.args.get("except_") or ()}
        other = {part.alias.casefold(): part.this for part in star.args.get("replace") or ()}
        names = {_star_name(part.this): part.alias for part in star.args.get("rename") or ()}
        found: list[tuple[str, exp.Expr | Term]] = []
        for name, term in self.clause.star(only):
            key = name.casefold()
            if key not in left_out:
                found.append((names.get(key, name), other.get(key, term)))
        return found

    def _keys(self, where: Expressions, calls: Calls) -> list[Term] | None:
        """The grouping terms; empty for one group, None for no grouping."""
        node = self.query.args.get("group")
        if node is None:
            has_group = bool(calls.aggregates) or self.query.args.get("having") is not None
            return [] if has_group else None
        for key in ("grouping_sets", "cube", "rollup", "totals"):
            if node.args.get(key):
                raise Unprovable("grouping sets are not understood")
        if node.args.get("all"):
            parts: list[exp.Expr | Term] = [
                part
                for _, part in self.projections
                if isinstance(part, Term) or not _holds(part, calls.aggregates)
            ]
        else:
            parts = [self._key_node(part) for part in node.expressions]
        return [part if isinstance(part, Term) else where.term(part) for part in parts]

    def _key_node(self, node: exp.Expr) -> exp.Expr | Term:
        """The expression that a grouping item stands for: a place, an alias, or itself."""
        if isinstance(node, exp.Literal) and not node.is_string:
            place = int(node.name) - 1 if node.name.isdigit() else -1
            if not 0 <= place < len(self.projections):
                raise Unprovable("a grouping position is outside the columns")
            return self.projections[place][1]
        if isinstance(node, (exp.GroupingSets, exp.Cube, exp.Rollup)):
            raise Unprovable("grouping sets are not understood")
        self._refuse_clash(node)
        return node

    def _refuse_clashes(self) -> None:
        for key in ("having", "qualify"):
            clause = self.query.args.get(key)
            for node in clause.find_all(exp.Column) if clause is not None else ():
                self._refuse_clash(node)

    def _refuse_clash(self, node: exp.Expr) -> None:
        """Raises when a bare name is both a column and another column's alias.

        Dialects differ in which of the two they take, except where both are the same.
        """
        if not isinstance(node, exp.Column) or node.table:
            return
        alias = self.aliases.get(node.name.casefold())
        if alias is None or alias == node or self.session.dialect in ("duckdb", "postgres"):
            return
        scope = Scope(self.clause, self.session.traits, self.outside)
        if scope.find(node) is not None:
            raise Unprovable(f"`{node.name}` is both a column and an alias")

    def _ungrouped(self, where: Expressions) -> tuple[Expressions, Block]:
        place = self._place(self.clause)
        place.special = Windows()
        del where
        return place, self.clause.block

    def _grouped(
        self, where: Expressions, keys: list[Term], calls: Calls
    ) -> tuple[Expressions, Block]:
        reader = CallReader(self.session, where, self.clause.ordering)
        aggregates = {id(node): reader.aggregate(node) for node in calls.aggregates}
        grouped = group(self.session, self.clause.block, keys, aggregates.values())
        place = self._place(From(grouped.block, []))
        place.special = OverGroups(grouped, where, calls, aggregates)
        return place, grouped.block

    def _open_windows(self, place: Expressions, block: Block) -> None:
        """Lets the place read window calls over the block."""
        named = {window.name.casefold(): window for window in self.query.args.get("windows") or ()}
        ordering = self.clause.ordering if isinstance(place.special, Windows) else ()
        reader = WindowReader(self.session, block, place, ordering, named)
        assert isinstance(place.special, (Windows, OverGroups))
        place.special.reader = reader

    def _columns(self, place: Expressions) -> tuple[tuple[str, Term], ...]:
        found: list[tuple[str, Term]] = []
        for name, part in self.projections:
            if isinstance(part, Term):
                found.append((name, self._grouped_star(part, place)))
            else:
                found.append((name, place.term(part)))
        return tuple(found)

    def _grouped_star(self, term: Term, place: Expressions) -> Term:
        if not isinstance(place.special, OverGroups):
            return term
        key = place.special.grouped.keys.get(term)
        if key is None:
            raise Unprovable("a star holds a column that is not grouped")
        return key

    def _finished(self, relation: Relation, place: Expressions) -> Relation:
        """DISTINCT, ORDER BY and LIMIT."""
        distinct = self.query.args.get("distinct")
        order = self._order(relation, place)
        if distinct is not None and distinct.args.get("on") is not None:
            nodes = distinct.args["on"]
            nodes = nodes.expressions if isinstance(nodes, exp.Tuple) else [nodes]
            on = [place.term(node) for node in nodes]
            relation = limited_by_distinct_on(self.session, relation, on, order)
            return limited(self.session, relation, [], self.query, order_is_set=True)
        if distinct is None:
            return limited(self.session, relation, order, self.query)
        grouped = group(self.session, relation.block, [term for _, term in relation.columns], ())
        columns = tuple((name, _in_group(grouped, term)) for name, term in relation.columns)
        order = [
            self.session.terms.rebuild(item, [_in_group(grouped, part) for part in item.args])
            for item in order
        ]
        unique = Relation(grouped.block, columns)
        return limited(self.session, unique, order, self.query)

    def _order(self, relation: Relation, place: Expressions) -> list[Term]:
        node = self.query.args.get("order")
        if node is None:
            return []
        try:
            return [
                sort_item(self.session, self._order_term(item.this, relation, place), item)
                for item in node.expressions
            ]
        except Unprovable:
            # The order of rows is no part of what is compared, unless rows are cut off by it.
            if self.query.args.get("limit") is None and self.query.args.get("offset") is None:
                return [self.session.terms.make("word", (), node.sql(self.session.dialect))]
            raise

    def _order_term(self, node: exp.Expr, relation: Relation, place: Expressions) -> Term:
        if isinstance(node, exp.Literal) and not node.is_string:
            return _column_of(relation, node)
        if isinstance(node, exp.Var):
            raise Unprovable("ORDER BY ALL is not understood")
        if isinstance(node, exp.Column) and not node.table:
            key = node.name.casefold()
            found = [term for name, term in relation.columns if name.casefold() == key]
            if len(found) == 1:
                return found[0]
        elif any(part.name.casefold() in self.aliases for part in node.find_all(exp.Column)):
            raise Unprovable("an ORDER BY expression over aliases is not understood")
        return place.term(node)


def _in_group(grouped: Grouped, term: Term) -> Term:
    key = grouped.keys.get(term)
    if key is None:
        raise Unprovable("an ORDER BY of a DISTINCT query is not one of its columns")
    return key


def _star_name(node: exp.Expr) -> str:
    return node.name.casefold()


def _holds(node: exp.Expr, calls: Sequence[exp.Expr]) -> bool:
    wanted = {id(call) for call in calls}
    return any(id(part) in wanted for part in node.walk())
