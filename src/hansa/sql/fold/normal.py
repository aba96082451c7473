"""Brings a query into form: CTEs and aliases put in place, stars expanded, columns qualified."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from hansa.sql.canonical.calls import find_calls
from hansa.sql.canonical.functions import Behaviour, behaviour_of
from hansa.sql.dialects import fold_name
from hansa.sql.fold.forms import (
    Aliases,
    Form,
    Item,
    OtherSource,
    SelectForm,
    SetForm,
    TableSource,
    Unfoldable,
    conjuncts,
    rebuilt,
    reprojected,
    unwrapped,
)
from hansa.sql.fold.names import Scope, Visible, column_of
from hansa.sql.fold.trees import tree_of

# A query grows as its CTEs are put in place; beyond this it is stored apart.
_MOST_SOURCES = 200

_SELECT_PARTS = frozenset(
    {"with_", "expressions", "from_", "joins", "where", "group", "having", "qualify"}
    | {"distinct", "order"}
)
_SET_PARTS = frozenset({"with_", "this", "expression", "distinct", "order"})
_JOIN_PARTS = frozenset({"this", "on", "using", "side", "kind"})
_KINDS = frozenset({"", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"})
_REFUSED = (
    *(exp.Lambda, exp.Columns, exp.Placeholder, exp.Parameter, exp.Aliases, exp.Dot),
    *(exp.GroupingSets, exp.Cube, exp.Rollup, exp.Star),
)

Columns = Sequence[tuple[str, str]] | None
# A relation, its columns as they are shown and stored, and the flag of the rows that are read.
Stored = tuple[int, Columns, str | None]
TableOf = Callable[[str], Stored]


@dataclass(frozen=True, slots=True)
class Cte:
    """A query in WITH, with those that it may read itself."""

    query: exp.Expr
    names: tuple[str, ...]
    ctes: Mapping[str, Cte]


@dataclass(slots=True)
class Normaliser:
    """Reads one version's query; `table_of` gives relation and columns of a numbered input."""

    dialect: str
    aliases: Aliases
    table_of: TableOf
    _sources: int = field(default=0)

    def form(self, tree: exp.Expr) -> Form:
        """The query's form; raises Unfoldable for what folding leaves alone."""
        return self._query(tree, {}, None)

    def _query(self, node: exp.Expr, ctes: Mapping[str, Cte], outer: Scope | None) -> Form:
        ctes = self._with(node, ctes)
        match node:
            case exp.Subquery():
                _check_parts(node, frozenset({"this", "alias", "with_", "order"}))
                return self._query(node.this, ctes, outer)
            case exp.Select():
                _check_parts(node, _SELECT_PARTS)
                return _SelectReader(self, node, ctes, Scope(outer)).form()
            case exp.SetOperation():
                _check_parts(node, _SET_PARTS)
                left = self._query(node.this, ctes, outer)
                right = self._query(node.expression, ctes, outer)
                if len(left.names) != len(right.names):
                    raise Unfoldable("a set operation has sides of different width")
                right = reprojected(right, zip(left.names, right.names, strict=True))
                return SetForm(type(node), bool(node.args.get("distinct")), left, right)
        raise Unfoldable(f"`{node.key}` is not understood as a query")

    def _with(self, node: exp.Expr, ctes: Mapping[str, Cte]) -> Mapping[str, Cte]:
        clause = node.args.get("with_")
        if clause is None:
            return ctes
        _check_parts(clause, frozenset({"expressions", "recursive"}))
        if clause.args.get("recursive"):
            raise Unfoldable("a recursive query is not folded")
        for cte in clause.expressions:
            _check_parts(cte, frozenset({"this", "alias"}))
            names = tuple(self.stored(part) for part in cte.args["alias"].args.get("columns") or ())
            ctes = {**ctes, cte.alias.casefold(): Cte(cte.this, names, ctes)}
        return ctes

    def stored(self, name: exp.Expr) -> str:
        """A name as the dialect stores it."""
        return fold_name(name.name, bool(name.args.get("quoted")), self.dialect)

    # FROM

    def source(
        self, node: exp.Expr, ctes: Mapping[str, Cte], scope: Scope
    ) -> tuple[TableSource | OtherSource | Form, Columns]:
        """A source in FROM, and its columns as they are shown and stored."""
        self._sources += 1
        if self._sources > _MOST_SOURCES:
            raise Unfoldable("the query has too many sources once its CTEs are put in place")
        match node:
            case exp.Table():
                return self._table(node, ctes)
            case exp.Subquery():
                _check_parts(node, frozenset({"this", "alias", "with_", "order"}))
                form = self._query(exp.Subquery(**_without_alias(node)), ctes, None)
                return self._unique(form), self._shown(node, form.names)
            case exp.Lateral() if isinstance(node.this, exp.Subquery):
                form = self._query(node.this, ctes, scope)
                lateral = exp.Lateral(this=exp.Subquery(this=tree_of(form)))
                return OtherSource(lateral), self._shown(node, form.names)
            case exp.Unnest():
                return self._unnest(node, ctes, scope)
        raise Unfoldable(f"`{node.key}` in FROM is not folded")

    def _table(
        self, node: exp.Table, ctes: Mapping[str, Cte]
    ) -> tuple[TableSource | Form, Columns]:
        _check_parts(node, frozenset({"this", "alias", "db"}))
        if not isinstance(node.this, exp.Identifier):
            raise Unfoldable("a function in FROM is not folded")
        cte = ctes.get(node.name.casefold()) if node.args.get("db") is None else None
        if cte is None:
            return self._input(node, *self.table_of(node.name))
        form = self._query(cte.query, cte.ctes, None)
        names = [*cte.names, *form.names[len(cte.names) :]]
        form = reprojected(form, zip(names, form.names, strict=True)) if cte.names else form
        return self._unique(form), self._shown(node, form.names)

    def _input(
        self, node: exp.Table, relation: int, columns: Columns, flag: str | None
    ) -> tuple[TableSource | Form, Columns]:
        source = TableSource(relation)
        if flag is None or columns is None:
            return source, self._renamed(node, columns)
        alias = self.aliases.fresh(node.alias_or_name)
        form = SelectForm(
            (Item(alias, source),),
            tuple((shown, column_of(alias, stored)) for shown, stored in columns),
            where=(column_of(alias, flag),),
        )
        return form, self._shown(node, form.names)

    def _unique(self, form: Form) -> Form:
        if len({name.casefold() for name in form.names}) < len(form.names):
            raise Unfoldable("two columns of a query in FROM have the same name")
        return form

    def _shown(self, node: exp.Expr, names: Sequence[str]) -> Columns:
        return self._renamed(node, [(name, name) for name in names])

    def _renamed(self, node: exp.Expr, columns: Columns) -> Columns:
        """The columns under the names that the alias lists for the first of them."""
        alias = node.args.get("alias")
        given = (alias.args.get("columns") or ()) if alias is not None else ()
        if not given:
            return columns
        if columns is None or len(given) > len(columns):
            raise Unfoldable("a list of column names does not fit its source")
        first = [
            (self.stored(name), stored) for name, (_, stored) in zip(given, columns, strict=False)
        ]
        return [*first, *columns[len(first) :]]

    def _unnest(
        self, node: exp.Unnest, ctes: Mapping[str, Cte], scope: Scope
    ) -> tuple[OtherSource, Columns]:
        alias = node.args.get("alias")
        names = (alias.args.get("columns") or ()) if alias is not None else ()
        if not names or len(names) != len(node.expressions) or node.args.get("offset"):
            raise Unfoldable("this form of UNNEST is not folded")
        reader = ExpressionReader(self, ctes, scope, "from")
        parts = [reader.read(part) for part in node.expressions]
        columns = [self.stored(name) for name in names]
        quoted = [exp.to_identifier(name, quoted=True) for name in columns]
        made = exp.Unnest(expressions=parts, alias=exp.TableAlias(columns=quoted))
        return OtherSource(made), [(name, name) for name in columns]


def _without_alias(node: exp.Subquery) -> dict[str, exp.Expr]:
    kept = {key: value for key, value in node.args.items() if key != "alias" and value}
    return {key: value.copy() for key, value in kept.items()}


def _check_parts(node: exp.Expr, known: frozenset[str]) -> None:
    for key, value in node.args.items():
        if value and key not in known:
            raise Unfoldable(f"the clause `{key.strip('_')}` is not folded")


@dataclass(slots=True)
class ExpressionReader:
    """Copies expressions with every name resolved.

    `clause` decides about aliases of the select list: `from` sees none, in `values` a column
    goes first, and in `after` (GROUP BY, HAVING, QUALIFY) a name that is both is refused.
    """

    normaliser: Normaliser
    ctes: Mapping[str, Cte]
    scope: Scope
    clause: str

    def read(self, node: exp.Expr) -> exp.Expr:
        """The expression; raises Unfoldable for what folding leaves alone."""
        match node:
            case exp.Column():
                return self._column(node)
            case exp.Subquery():
                return exp.Subquery(this=self._query(node))
            case exp.Query():
                return self._query(node)
            case exp.Count() if isinstance(node.this, exp.Star):
                return node.copy()
            case exp.Identifier():
                return node.copy()
        if isinstance(node, _REFUSED):
            raise Unfoldable(f"`{node.sql(comments=False)[:40]}` is not folded")
        if isinstance(node, exp.Func):
            self._check_call(node)
        return rebuilt(node, self.read)

    def _query(self, node: exp.Expr) -> exp.Expr:
        return tree_of(self.normaliser._query(node, self.ctes, self.scope))

    def _check_call(self, node: exp.Func) -> None:
        behaviour = behaviour_of(node, self.normaliser.dialect)
        if behaviour is Behaviour.VOLATILE:
            raise Unfoldable(f"`{node.sql(comments=False)[:40]}` changes with every call")
        if behaviour is Behaviour.ROWS:
            raise Unfoldable(f"nothing is known of `{node.sql(comments=False)[:40]}`")

    def _column(self, column: exp.Column) -> exp.Expr:
        if column.args.get("db") is not None or isinstance(column.this, exp.Star):
            raise Unfoldable(f"`{column.sql(comments=False)}` is not folded")
        if column.table:
            return self.scope.qualified(column)
        scope: Scope | None = self.scope
        while scope is not None:
            found = scope.bare(column)
            if scope is self.scope:
                found = self._or_alias(column, found)
            if found is not None:
                return found
            scope = scope.outer
        raise Unfoldable(f"`{column.name}` is not a column")

    def _or_alias(self, column: exp.Column, found: exp.Expr | None) -> exp.Expr | None:
        folded = column.name.casefold()
        values = self.scope.aliases.get(folded)
        if self.clause == "from" or not values or (found is not None and self.clause != "after"):
            return found
        if len(values) > 1 or folded in self.scope.reading:
            return found
        self.scope.reading.append(folded)
        try:
            value = self.read(values[0])
        finally:
            self.scope.reading.remove(folded)
        if found is not None and value != found:
            raise Unfoldable(f"`{column.name}` is both a column and an alias")
        simple = isinstance(value, (exp.Column, exp.Literal, exp.Func))
        return value if simple else exp.Paren(this=value)


@dataclass(slots=True)
class _SelectReader:
    """Reads one SELECT, clause by clause."""

    normaliser: Normaliser
    query: exp.Select
    ctes: Mapping[str, Cte]
    scope: Scope
    items: list[Item] = field(default_factory=list)

    def form(self) -> SelectForm:
        self._from()
        for node in self.query.expressions:
            if isinstance(node, exp.Alias):
                self.scope.aliases.setdefault(node.alias.casefold(), []).append(node.this)
        where = self._conditions("where", "values")
        columns = self._columns()
        calls = find_calls([part for _, part in columns], self.normaliser.dialect)
        return SelectForm(
            tuple(self.items),
            tuple(columns),
            where,
            self._group(columns),
            self._conditions("having", "after"),
            self._conditions("qualify", "after"),
            self._distinct(),
            bool(calls.aggregates),
            bool(calls.windows),
        )

    def _reader(self, clause: str) -> ExpressionReader:
        return ExpressionReader(self.normaliser, self.ctes, self.scope, clause)

    def _conditions(self, key: str, clause: str) -> tuple[exp.Expr, ...]:
        node = self.query.args.get(key)
        return () if node is None else conjuncts(self._reader(clause).read(node.this))

    def _distinct(self) -> bool:
        node = self.query.args.get("distinct")
        if node is not None and node.args.get("on") is not None:
            raise Unfoldable("DISTINCT ON is not folded")
        return node is not None

    def _columns(self) -> list[tuple[str, exp.Expr]]:
        found: list[tuple[str, exp.Expr]] = []
        reader = self._reader("values")
        for node in self.query.expressions:
            if isinstance(node, exp.Star):
                found += self._star(node, None, reader)
            elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
                found += self._star(node.this, node.table, reader)
            else:
                body = node.this if isinstance(node, exp.Alias) else node
                value = unwrapped(reader.read(body))
                found.append((self._name(node, len(found)), value))
        if not found:
            raise Unfoldable("a SELECT without columns is not folded")
        return found

    def _name(self, node: exp.Expr, place: int) -> str:
        if isinstance(node, exp.Alias):
            return self.normaliser.stored(node.args["alias"])
        if isinstance(node, exp.Column):
            shown = self._spelling(node)
            return shown or self.normaliser.stored(node.this)
        # Only the engine knows this name. Where it is seen, checking names refuses the query.
        return f"column {place + 1}"

    def _spelling(self, node: exp.Column) -> str | None:
        """The column's own letter case, which counts where the mention has another."""
        label, folded = node.table.casefold(), node.name.casefold()
        for source in self.scope.sources:
            if label and source.label.casefold() != label:
                continue
            for shown, _ in source.columns or ():
                if shown.casefold() == folded:
                    return shown
        return None

    def _star(
        self, star: exp.Star, label: str | None, reader: ExpressionReader
    ) -> list[tuple[str, exp.Expr]]:
        _check_parts(star, frozenset({"except_", "replace", "rename"}))
        left_out = {part.name.casefold() for part in star.args.get("except_") or ()}
        other = {part.alias.casefold(): part.this for part in star.args.get("replace") or ()}
        names = {
            part.this.name.casefold(): self.normaliser.stored(part.args["alias"])
            for part in star.args.get("rename") or ()
        }
        found = []
        for name, value in self.scope.star(label):
            folded = name.casefold()
            if folded in left_out:
                continue
            shown = reader.read(other[folded]) if folded in other else value
            found.append((names.get(folded, name), shown))
        return found

    def _group(self, columns: Sequence[tuple[str, exp.Expr]]) -> tuple[exp.Expr, ...] | None:
        node = self.query.args.get("group")
        if node is None:
            return None
        if node.args.get("all"):
            dialect = self.normaliser.dialect
            parts = [part for _, part in columns if not find_calls([part], dialect).aggregates]
            return _no_constants([part.copy() for part in parts])
        _check_parts(node, frozenset({"expressions"}))
        reader = self._reader("after")
        keys = []
        for part in node.expressions:
            if isinstance(part, exp.Literal) and not part.is_string:
                place = int(part.name) - 1 if part.name.isdigit() else -1
                if not 0 <= place < len(columns):
                    raise Unfoldable("a grouping position is outside the columns")
                keys.append(columns[place][1].copy())
            else:
                keys.append(reader.read(part))
        return _no_constants(keys)

    # FROM

    def _from(self) -> None:
        node = self.query.args.get("from_")
        if node is None:
            return
        self._add(node.this, "", "")
        for join in self.query.args.get("joins") or ():
            self._join(join)

    def _add(self, node: exp.Expr, side: str, kind: str) -> Visible:
        source, columns = self.normaliser.source(node, self.ctes, self.scope)
        label = self.normaliser.stored(_label(node))
        alias = self.normaliser.aliases.fresh(label)
        self.items.append(Item(alias, source, side, kind))
        visible = Visible(alias, label, columns)
        self.scope.sources.append(visible)
        return visible

    def _join(self, join: exp.Join) -> None:
        _check_parts(join, _JOIN_PARTS)
        side, kind = str(join.side or "").upper(), str(join.kind or "").upper()
        if kind not in _KINDS:
            raise Unfoldable("this kind of join is not folded")
        right = self._add(join.this, side, "" if kind in ("INNER", "OUTER", "CROSS") else kind)
        on: tuple[exp.Expr, ...] = ()
        if join.args.get("on") is not None:
            on = conjuncts(self._reader("from").read(join.args["on"]))
        for name in join.args.get("using") or ():
            on = (*on, self._using(name.name, right, side, kind))
        if kind in ("SEMI", "ANTI"):
            right.hidden = True
        item = self.items.pop()
        self.items.append(Item(item.alias, item.source, item.side, item.kind, on))

    def _using(self, name: str, right: Visible, side: str, kind: str) -> exp.Expr:
        folded = name.casefold()
        right.hidden = True
        try:
            left = self.scope.bare(exp.Column(this=exp.to_identifier(name, quoted=True)))
        finally:
            right.hidden = False
        stored = right.find(name)
        if left is None or len(stored) != 1:
            raise Unfoldable(f"the column `{name}` of USING is not one of both sides")
        mine = column_of(right.alias, stored[0])
        if kind not in ("SEMI", "ANTI"):
            value: exp.Expr = mine if side == "RIGHT" else left
            if side == "FULL":
                value = exp.Coalesce(this=left.copy(), expressions=[mine.copy()])
            self.scope.merged[folded] = (name, value.copy())
            self.scope.covered.add((right.alias, folded))
        return exp.EQ(this=left, expression=mine)


def _label(node: exp.Expr) -> exp.Expr:
    """The name that columns use for a source."""
    alias = node.args.get("alias")
    name = alias.args.get("this") if alias is not None else None
    if name is None and isinstance(node, exp.Table):
        name = node.this
    return name if isinstance(name, exp.Identifier) else exp.to_identifier("", quoted=True)


def _no_constants(keys: list[exp.Expr]) -> tuple[exp.Expr, ...]:
    """The keys of GROUP BY; a constant among them would be read as a position."""
    if any(key.find(exp.Column) is None for key in keys):
        raise Unfoldable("grouping by a constant is not folded")
    return tuple(keys)
