"""The obligations of joins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from hansa.sql.coverage.building import both, compare, exists, negate, number
from hansa.sql.coverage.collection import Gathering, Scene, Stage
from hansa.sql.coverage.conditions import add_atoms, atoms_of

_PER_ROW = (exp.Unnest, exp.Lateral, exp.Explode)


def name_of(item: exp.Expr) -> str:
    """The name by which columns refer to a FROM item, letter case folded."""
    return str(item.alias_or_name).casefold()


class JoinReader:
    """Reads the joins of one SELECT."""

    def __init__(self, select: exp.Select, gathering: Gathering) -> None:
        self._select = select
        self._gathering = gathering
        self._first = select.args["from_"].this if select.args.get("from_") else None
        self._joins: list[exp.Join] = list(select.args.get("joins") or ())
        where = select.args.get("where")
        crossed = any(_is_crossed(join) for join in self._joins)
        self.where_keys: list[exp.Expr] = (
            list(self._crossing(where.this)) if where is not None and crossed else []
        )

    def read(self) -> None:
        """Add the obligations of every join."""
        if self._first is None:
            return
        for place, join in enumerate(self._joins):
            keys = self._keys_in_where(join) if _is_crossed(join) else []
            if keys:
                self._read_crossed(place, join, keys)
            elif _is_comma(join) and not isinstance(join.this, _PER_ROW):
                found = exists(self._query(join.this.copy(), [], []))
                self._add("join", self._offset(join), [("matched", found)])
            else:
                self._read_join(place, join)

    def _keys_in_where(self, join: exp.Join) -> list[exp.Expr]:
        name = name_of(join.this)
        return [key for key in self.where_keys if name in self._sources(key)]

    def _crossing(self, condition: exp.Expr) -> Iterator[exp.Expr]:
        """The equalities of WHERE that connect two FROM items, whichever branch of OR holds."""
        if isinstance(condition, (exp.And, exp.Paren)):
            yield from self._crossing(condition.this)
            if isinstance(condition, exp.And):
                yield from self._crossing(condition.expression)
        elif isinstance(condition, exp.Or):
            one, other = self._crossing(condition.this), self._crossing(condition.expression)
            yield from _in_both(list(one), list(other))
        elif isinstance(condition, exp.EQ):
            left, right = self._sources(condition.this), self._sources(condition.expression)
            if left and right and not left & right:
                yield condition

    def _sources(self, node: exp.Expr) -> set[str]:
        found = (
            self._gathering.records.source_of(column, self._select)
            for column in node.find_all(exp.Column)
        )
        return {name for name in found if name is not None}

    def _read_crossed(self, place: int, join: exp.Join, keys: Sequence[exp.Expr]) -> None:
        """A relation after a comma, or of CROSS JOIN, that equalities of WHERE connect.

        It is joined with what comes before it, or with what comes later where that alone
        connects it; never with relations that nothing but itself connects.
        """
        name = name_of(join.this)
        before = {name_of(item) for item in self._items()[: place + 1]}
        keys = [key for key in keys if self._sources(key) - {name} <= before] or keys
        items = {name_of(item): item for item in self._items()}
        reached = self._partners(keys, name)
        if not reached <= set(items):
            self._add("join", self._offset(join), self._unmeasured(""))
            return
        keys = [key for key in keys if self._sources(key) - {name} <= reached]
        first, *others = [items[one] for one in items if one in reached]
        inner = [key for key in self.where_keys if self._sources(key) <= reached]
        left = self._query(first.copy(), [exp.Join(this=one.copy()) for one in others], inner)
        self._add_outcomes(join, left, both(keys), keys, "")

    def _partners(self, keys: Sequence[exp.Expr], name: str) -> set[str]:
        """What the first of the keys compares with, and what else is connected with that."""
        wanted = set().union(*(self._sources(key) for key in keys)) - {name}
        first = self._sources(keys[0]) - {name}
        connected = self._grown(first, name, {name, *wanted})
        return self._grown(first, name, wanted & connected)

    def _grown(self, start: set[str], name: str, wanted: set[str]) -> set[str]:
        """The names reached over equalities without `name`, until all that are wanted are."""
        reached, grown = set(start), True
        while grown and not wanted <= reached:
            grown = False
            for key in self.where_keys:
                ends = self._sources(key)
                if name not in ends and ends & reached and not ends <= reached:
                    reached |= ends
                    grown = True
        return reached

    def _items(self) -> list[exp.Expr]:
        return [self._first, *(join.this for join in self._joins)]

    def _read_join(self, place: int, join: exp.Join) -> None:
        side = (join.side or join.kind or "").upper()
        if join.kind.upper() in ("SEMI", "ANTI"):
            side = join.kind.upper()
        earlier = [one.copy() for one in self._joins[:place]]
        comma_keys = [
            key
            for key in self.where_keys
            if self._sources(key) <= {name_of(one) for one in self._items()[: place + 1]}
        ]
        left = self._query(self._first.copy(), earlier, comma_keys)  # type: ignore[union-attr]
        condition = self._condition(place, join)
        keys = list(self._keys(join, condition)) if condition is not None else []
        if join.args.get("using") or _is_natural(join):
            keys = list(condition.find_all(exp.EQ)) if condition is not None else []
        if condition is None and (join.method or join.args.get("using")):
            offset = self._offset(join)
            self._add("join", offset, self._unmeasured(side))
            return
        self._add_outcomes(join, left, condition, keys, side)
        on = join.args.get("on")
        if on is not None:
            atoms = list(atoms_of(on))
            further = [atom for atom in atoms if not any(atom is key for key in keys)]
            if further and (keys or len(atoms) > 1):
                scene = Scene(self._select, Stage.FROM, place, both(keys))
                add_atoms("join_condition", on, scene, self._gathering, keys, with_null=False)

    def _condition(self, place: int, join: exp.Join) -> exp.Expr | None:
        using = self._common(place, join) if _is_natural(join) else join.args.get("using")
        if not using:
            on = join.args.get("on")
            return on if isinstance(on, exp.Expr) else None
        scope = self._gathering.records.scopes.get(id(self._select))
        names = {name_of(item) for item in self._items()[: place + 1]}
        parts: list[exp.Expr] = []
        for column in using:
            owners = [
                source.name
                for source in (scope.sources if scope else ())
                if source.name.casefold() in names and source.relation.positions(column.name)
            ]
            if not owners:
                return None
            parts.append(
                exp.EQ(
                    this=exp.column(column.copy(), table=owners[0], quoted=True),
                    expression=exp.column(
                        column.copy(), table=str(join.this.alias_or_name), quoted=True
                    ),
                )
            )
        return both(parts)

    def _common(self, place: int, join: exp.Join) -> list[exp.Identifier]:
        """The columns that NATURAL JOIN compares; none where they are not all known."""
        source = self._gathering.records.source
        right = source(self._select, name_of(join.this))
        left = [source(self._select, name_of(item)) for item in self._items()[: place + 1]]
        if right is None or not right.relation.complete:
            return []
        return [
            exp.to_identifier(field.name, quoted=True)
            for field in right.relation.fields
            if any(one is not None and one.relation.positions(field.name) for one in left)
        ]

    def _keys(self, join: exp.Join, condition: exp.Expr) -> Iterator[exp.Expr]:
        """The conjuncts that say that something of the joined side equals something else."""
        name = name_of(join.this)
        for atom in _conjuncts(condition):
            if isinstance(atom, (exp.EQ, exp.NullSafeEQ)):
                left, right = self._sources(atom.this), self._sources(atom.expression)
                if left and right and (left == {name}) != (right == {name}):
                    yield atom

    def _add_outcomes(
        self,
        join: exp.Join,
        left: exp.Select,
        condition: exp.Expr | None,
        keys: Sequence[exp.Expr],
        side: str,
    ) -> None:
        right = self._query(join.this.copy(), [], [condition] if condition is not None else [])
        matched = left.copy()
        _restrict(matched, exists(right.copy()))
        outcomes: list[tuple[str, exp.Expr | None]] = [("matched", exists(matched))]
        per_row = isinstance(join.this, _PER_ROW)
        bare = condition is None and not per_row
        if not bare and side in ("", "LEFT", "FULL", "INNER", "ANTI", "OUTER", "CROSS"):
            alone = left.copy()
            _restrict(alone, negate(exists(right.copy())))
            outcomes.append(("left only", exists(alone)))
        if not bare and not per_row and side in ("", "RIGHT", "FULL", "INNER"):
            other = self._query(join.this.copy(), [], [])
            partner = left.copy()
            if condition is not None:
                _restrict(partner, condition.copy())
            _restrict(other, negate(exists(partner)))
            outcomes.append(("right only", exists(other)))
        several = bare or side in ("SEMI", "ANTI") or self._is_unique(join, keys)
        if not several:
            many = left.copy()
            _restrict(many, compare(exp.GTE, _counted(right), number(2)))
            outcomes.append(("fan-out", exists(many)))
        self._add("join", self._offset(join), outcomes)

    def _is_unique(self, join: exp.Join, keys: Sequence[exp.Expr]) -> bool:
        """Whether the joined side has a key all of whose columns are compared for equality."""
        source = self._gathering.records.source(self._select, name_of(join.this))
        if source is None:
            return False
        compared: set[int] = set()
        for key in keys:
            for column in (key.this, key.expression):
                while isinstance(column, exp.Paren):
                    column = column.this
                if isinstance(column, exp.Column) and name_of(join.this) in (
                    self._gathering.records.source_of(column, self._select),
                    column.table.casefold(),
                ):
                    compared.update(source.relation.positions(column.name))
        return any(key <= compared for key in source.relation.keys)

    def _offset(self, join: exp.Join) -> int | None:
        places = self._gathering.places
        first = places.first(join.this)
        if first is None:
            return None
        if _is_comma(join):
            return places.start(join.this)
        return places.before(first, TokenType.JOIN)

    def _query(
        self, item: exp.Expr, joins: Sequence[exp.Join], conditions: Sequence[exp.Expr]
    ) -> exp.Select:
        query = exp.Select(expressions=[number(1)], from_=exp.From(this=item))
        if joins:
            query.set("joins", list(joins))
        if conditions:
            query.set("where", exp.Where(this=both(conditions)))
        return query

    def _unmeasured(self, side: str) -> list[tuple[str, exp.Expr | None]]:
        names = ["matched"]
        names += ["left only"] if side not in ("RIGHT", "SEMI") else []
        names += ["right only"] if side not in ("LEFT", "SEMI", "ANTI") else []
        return [(name, None) for name in names]

    def _add(
        self, kind: str, offset: int | None, outcomes: Sequence[tuple[str, exp.Expr | None]]
    ) -> None:
        self._gathering.add(kind, offset, Scene(self._select, Stage.CLOSED), outcomes)


def _is_comma(join: exp.Join) -> bool:
    named = any(join.args.get(part) for part in ("on", "using", "side", "kind", "method"))
    return not named


def _is_natural(join: exp.Join) -> bool:
    return str(join.method).upper() == "NATURAL"


def _is_crossed(join: exp.Join) -> bool:
    """Whether a relation is joined without a condition: WHERE may have one."""
    crossed = _is_comma(join) or (str(join.kind).upper() == "CROSS" and not join.args.get("side"))
    return crossed and not isinstance(join.this, _PER_ROW)


def _in_both(one: Sequence[exp.Expr], other: Sequence[exp.Expr]) -> list[exp.Expr]:
    """The nodes of either list that are written in the other one, too."""
    return [
        *(node for node in one if node in other),
        *(node for node in other if node in one),
    ]


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.And):
        yield from _conjuncts(node.this)
        yield from _conjuncts(node.expression)
    elif isinstance(node, exp.Paren):
        yield from _conjuncts(node.this)
    else:
        yield node


def _restrict(query: exp.Select, condition: exp.Expr) -> None:
    where = query.args.get("where")
    parts = [condition] if where is None else [where.this, condition]
    query.set("where", exp.Where(this=both(parts)))


def _counted(query: exp.Select) -> exp.Expr:
    query = query.copy()
    query.set("expressions", [exp.Count(this=exp.Star())])
    return exp.Subquery(this=query)
