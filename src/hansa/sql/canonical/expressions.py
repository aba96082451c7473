"""From SQL expressions to terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp

from hansa.core.datatype import BIGINT, BOOLEAN, STRING, UNKNOWN, Family
from hansa.sql.canonical.functions import Behaviour, behaviour_of
from hansa.sql.canonical.keys import determines
from hansa.sql.canonical.relations import Relation
from hansa.sql.canonical.scope import Scope
from hansa.sql.canonical.session import Reading, Session
from hansa.sql.canonical.terms import Data, Term, Unprovable

Outside = Callable[[exp.Column], Term | None]


class Queries(Protocol):
    """Reads a query inside an expression."""

    def subquery(self, query: exp.Expr, outside: Outside) -> Relation:
        """The relation; `outside` gives the columns of the surrounding queries."""
        ...


class Special(Protocol):
    """What a place in a query gives its own meaning to: grouped columns, aggregates, windows."""

    def replace(self, node: exp.Expr) -> Term | None:
        """The term for the whole node, or None to read it part by part."""
        ...


_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_PLAIN = (
    exp.Binary,
    exp.Unary,
    exp.Bracket,
    exp.Interval,
    exp.AtTimeZone,
    exp.Escape,
    exp.Slice,
    exp.Lambda,
    exp.Between,
    exp.Collate,
    exp.HexString,
    exp.BitString,
    exp.ByteString,
    exp.RawString,
    exp.National,
    exp.IntervalSpan,
)
_WITHOUT_FIELDS = frozenset(Family) - {
    *(Family.STRUCT, Family.MAP, Family.JSON, Family.OTHER, Family.UNKNOWN, Family.ARRAY)
}
_TEXTS = (exp.Upper, exp.Lower, exp.Trim, exp.Substring, exp.Replace, exp.Concat, exp.Left)


@dataclass(slots=True, eq=False)
class Expressions:
    """Reads the expressions of one place of a query.

    `aliases` are the query's own output columns, which some dialects let expressions use.
    """

    session: Session
    reading: Reading
    scope: Scope
    queries: Queries
    aliases: Mapping[str, exp.Expr] = field(default_factory=dict)
    special: Special | None = None
    _done: dict[int, Term] = field(default_factory=dict)
    _open_aliases: set[str] = field(default_factory=set)

    def term(self, node: exp.Expr) -> Term:
        """The expression as a term; raises Unprovable for what is not understood."""
        done = self._done.get(id(node))
        if done is None:
            replaced = self.special.replace(node) if self.special is not None else None
            done = replaced if replaced is not None else self._read(node)
            self._done[id(node)] = done
        return done

    def condition(self, node: exp.Expr) -> Term:
        """The expression where only truth counts, as in WHERE."""
        return self.session.logic.truth(self.term(node))

    def conditions(self, node: exp.Expr) -> tuple[Term, ...]:
        """The conditions that must all be true for the expression to be true."""
        whole = self.condition(node)
        if whole is self.session.logic.true:
            return ()
        return whole.args if whole.op == "and" else (whole,)

    def outside(self, column: exp.Column) -> Term | None:
        """The column as a subquery of this place sees it."""
        return self.column(column)

    def _read(self, node: exp.Expr) -> Term:
        reader = _READERS.get(type(node))
        if reader is not None:
            return reader(self, node)
        if isinstance(node, (exp.Query, exp.Subquery)):
            return self._scalar(node)
        if isinstance(node, exp.Func):
            return self._call(node)
        if isinstance(node, _PLAIN):
            return self.generic(node)
        raise Unprovable(f"`{node.key}` is not understood")

    # Columns

    def _column(self, node: exp.Expr) -> Term:
        assert isinstance(node, exp.Column)
        found = self.column(node)
        if found is None:
            raise Unprovable(f"the column `{node.sql(self.session.dialect)}` is not known")
        return found

    def column(self, node: exp.Column) -> Term | None:
        """What a column name stands for here: a column, an alias, a field, an outer column."""
        if not isinstance(node.this, exp.Identifier):
            raise Unprovable("a star stands where a value is expected")
        if self.special is not None:
            replaced = self.special.replace(node)
            if replaced is not None:
                return replaced
        found = self.scope.find(node)
        if found is not None:
            if not node.table and self.scope.is_guess and self._outer(node) is not None:
                raise Unprovable(f"`{node.name}` may be a column of an outer query")
            return found
        found = self._field(node) if node.table else self._alias(node)
        return found if found is not None else self._outer(node)

    def _outer(self, node: exp.Column) -> Term | None:
        return self.scope.outside(node) if self.scope.outside is not None else None

    def _alias(self, node: exp.Column) -> Term | None:
        key = node.name.casefold()
        if key not in self.aliases or key in self._open_aliases:
            return None
        if self.session.dialect != "duckdb" and self._outer(node) is not None:
            raise Unprovable(f"`{node.name}` is both an alias and a column of an outer query")
        self._open_aliases.add(key)
        try:
            return self.term(self.aliases[key])
        finally:
            self._open_aliases.discard(key)

    def _field(self, node: exp.Column) -> Term | None:
        """`a.b` where `a` is a column that holds a struct."""
        outer = node.args.get("db")
        holder = self.scope.find(
            exp.Column(this=node.args["table"].copy(), table=outer.copy() if outer else None)
        )
        if holder is None or holder.type.family in _WITHOUT_FIELDS:
            return None
        if self._outer(node) is not None:
            raise Unprovable(f"`{node.table}` is both a column and a table of an outer query")
        return self.session.terms.make("field", (holder,), node.name.casefold())

    # Constants and names

    def _literal(self, node: exp.Expr) -> Term:
        values = self.session.values
        return values.text(node.name) if node.args.get("is_string") else values.number(node.name)

    def _boolean(self, node: exp.Expr) -> Term:
        logic = self.session.logic
        return logic.true if node.this else logic.false

    def _null(self, node: exp.Expr) -> Term:
        del node
        return self.session.logic.null

    def _word(self, node: exp.Expr) -> Term:
        return self.session.terms.make("word", (), f"{node.key} {node.name}", nullable=False)

    def _spelled(self, node: exp.Expr) -> Term:
        text = node.sql(self.session.dialect, comments=False)
        return self.session.terms.make("word", (), f"{node.key} {text}", nullable=False)

    def _inner(self, node: exp.Expr) -> Term:
        return self.term(node.this)

    # Conditions

    def _joined(self, node: exp.Expr) -> Term:
        """A chain of ANDs or ORs, which the parser nests to the left."""
        kind, parts, at = type(node), [], node
        while True:
            if isinstance(at, exp.Paren):
                at = at.this
            elif type(at) is kind:
                parts.append(at.args["expression"])
                at = at.this
            else:
                break
        terms = [self.term(part) for part in (at, *reversed(parts))]
        logic = self.session.logic
        return logic.conjunction(terms) if kind is exp.And else logic.disjunction(terms)

    def _not(self, node: exp.Expr) -> Term:
        return self.session.logic.negation(self.term(node.this))

    def _comparison(self, node: exp.Expr) -> Term:
        right_node = node.args["expression"]
        if isinstance(right_node, (exp.Any, exp.All)):
            raise Unprovable("a comparison with ANY or ALL is not understood")
        left, right = self.term(node.this), self.term(right_node)
        logic = self.session.logic
        match node:
            case exp.EQ():
                return logic.equality(left, right)
            case exp.NEQ():
                return logic.inequality(left, right)
            case exp.LT() | exp.LTE():
                return logic.less(left, right, isinstance(node, exp.LTE))
            case _:
                return logic.less(right, left, isinstance(node, exp.GTE))

    def _distinctness(self, node: exp.Expr) -> Term:
        left, right = self.term(node.this), self.term(node.args["expression"])
        differ = isinstance(node, exp.NullSafeNEQ)
        return self.session.logic.distinctness(left, right, differ)

    def _is(self, node: exp.Expr) -> Term:
        logic, right = self.session.logic, node.args["expression"]
        term = self.term(node.this)
        if isinstance(right, exp.Null):
            return logic.absence(term)
        if isinstance(right, exp.Boolean):
            return logic.certainty(term if right.this else logic.negation(term))
        raise Unprovable("an IS comparison is not understood")

    def _between(self, node: exp.Expr) -> Term:
        term = self.term(node.this)
        low, high = (self._settled(node.args[key], term) for key in ("low", "high"))
        if node.args.get("symmetric") or term.volatile or not _alike((low, high)):
            return self.generic(node)
        logic = self.session.logic
        return logic.conjunction((logic.less(low, term, True), logic.less(term, high, True)))

    def _in(self, node: exp.Expr) -> Term:
        if node.args.get("query") is not None:
            return self._in_query(node)
        if node.args.get("unnest") is not None or node.args.get("field") is not None:
            raise Unprovable("IN over an array is not understood")
        term = self.term(node.this)
        members = [self._settled(member, term) for member in node.args["expressions"]]
        if term.volatile or term.op == "tuple" or not _alike(members):
            return self.session.terms.make("in", (term, *members), None, BOOLEAN)
        logic = self.session.logic
        return logic.disjunction(logic.equality(term, member) for member in members)

    def _settled(self, node: exp.Expr, beside: Term) -> Term:
        return self.session.logic.settle(self.term(node), beside.type)

    # Values

    def _sum(self, node: exp.Expr) -> Term:
        left, right = self.term(node.this), self.term(node.args["expression"])
        values = self.session.values
        match node:
            case exp.Add():
                return values.sum((left, right))
            case exp.Sub():
                return values.difference(left, right)
            case exp.Mul():
                return values.product((left, right))
            case _:
                return values.concatenation(left, right)

    def _negative(self, node: exp.Expr) -> Term:
        return self.session.values.negative(self.term(node.this))

    def _coalesce(self, node: exp.Expr) -> Term:
        parts = [node.this, *node.args.get("expressions", ())]
        return self.session.values.fallback(self.term(part) for part in parts)

    def _case(self, node: exp.Expr) -> Term:
        subject = self.term(node.this) if node.this is not None else None
        logic, arms = self.session.logic, []
        for arm in node.args["ifs"]:
            if subject is None:
                condition = self.condition(arm.this)
            else:
                if subject.volatile:
                    raise Unprovable("a CASE over a value that changes is not understood")
                condition = logic.truth(logic.equality(subject, self.term(arm.this)))
            arms.append((condition, self.term(arm.args["true"])))
        return self.session.values.choice(arms, self._otherwise(node.args.get("default")))

    def _if(self, node: exp.Expr) -> Term:
        arm = (self.condition(node.this), self.term(node.args["true"]))
        return self.session.values.choice([arm], self._otherwise(node.args.get("false")))

    def _otherwise(self, node: exp.Expr | None) -> Term:
        return self.term(node) if node is not None else self.session.logic.null

    def _nullif(self, node: exp.Expr) -> Term:
        left, right = self.term(node.this), self.term(node.args["expression"])
        if left.volatile or left.op in ("null", "literal"):
            return self.generic(node)
        logic = self.session.logic
        same = logic.truth(logic.equality(left, right))
        return self.session.values.choice([(same, logic.null)], left)

    def _cast(self, node: exp.Expr) -> Term:
        for key, value in node.args.items():
            if value and key not in ("this", "to", "safe", "_type"):
                return self.generic(node)
        kind, spelling = self.session.type_of(node.args["to"])
        attempt = isinstance(node, exp.TryCast)
        return self.session.values.cast(self.term(node.this), kind, spelling, attempt)

    def _tuple(self, node: exp.Expr) -> Term:
        parts = [self.term(part) for part in node.args["expressions"]]
        return self.session.terms.make("tuple", parts)

    def _dot(self, node: exp.Expr) -> Term:
        right = node.args["expression"]
        if not isinstance(right, exp.Identifier):
            raise Unprovable("a call with a qualified name is not understood")
        return self.session.terms.make("field", (self.term(node.this),), right.name.casefold())

    def _named_value(self, node: exp.Expr) -> Term:
        name = node.this.name
        value = self.term(node.args["expression"])
        return self.session.terms.make("named", (value,), name)

    def _call(self, node: exp.Func) -> Term:
        behaviour = behaviour_of(node, self.session.dialect)
        if behaviour is Behaviour.SCALAR:
            return self.generic(node)
        if behaviour is Behaviour.CLOCK:
            return self.generic(node, ("clock", self.reading.model))
        if behaviour is Behaviour.VOLATILE:
            return self._volatile(node)
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name().lower()
        raise Unprovable(f"the function `{name}` is not understood here")

    def _volatile(self, node: exp.Func) -> Term:
        terms = self.session.terms
        rows = [terms.leaf("row", source.number) for source in self.scope.clause.block.sources]
        plain = self.generic(node)
        token = self.reading.volatile_token(node)
        return terms.make("volatile", (plain, *rows), token, volatile=True)

    def generic(self, node: exp.Expr, mark: Data = None) -> Term:
        """A call or operator by its name, with its operands in order."""
        operands: list[Term] = []
        shape: list[Data] = [node.key, mark]
        for key in sorted(node.args):
            value = node.args[key]
            if value is None or key == "_type":
                continue
            parts = value if isinstance(value, list) else [value]
            shape.append(f"{key}/{len(parts)}")
            for part in parts:
                if isinstance(part, exp.Expr):
                    operands.append(self._operand(part))
                else:
                    shape.append(f"{type(part).__name__} {part}")
        kind = STRING if isinstance(node, _TEXTS) else UNKNOWN
        if isinstance(node, exp.Predicate):
            kind = BOOLEAN
        if isinstance(node, exp.Length) and self.session.dialect == "duckdb":
            kind = BIGINT
        return self.session.terms.make("call", operands, tuple(shape), kind)

    def _operand(self, node: exp.Expr) -> Term:
        if isinstance(node, exp.JSONPath):
            return self._spelled(node)
        return self.term(node)

    # Subqueries

    def _correlated(self, query: exp.Expr) -> tuple[Relation, dict[Term, Term]]:
        """The query's relation, and the outer term that each of its parameters stands for."""
        params: dict[Term, Term] = {}

        def outside(column: exp.Column) -> Term | None:
            found = self.outside(column)
            if found is None or not found.leaves:
                return found
            if found not in params:
                params[found] = parameter(self.session, found)
            return params[found]

        relation = self.queries.subquery(query, outside)
        return relation, {param: outer for outer, param in params.items()}

    def _scalar(self, node: exp.Expr) -> Term:
        relation, outer = self._correlated(node)
        if len(relation.columns) != 1 or relation.wild is not None:
            raise Unprovable("a subquery that stands for a value has not exactly one column")
        value = self.session.logic.typed(relation.columns[0][1])
        unique = determines(relation.block, (), self.session.traits)
        return look_up(self.session, relation, value, outer, "lookup" if unique else "scalar")

    def _exists(self, node: exp.Expr) -> Term:
        relation, outer = self._correlated(node.this)
        return existence(self.session, relation, outer)

    def _in_query(self, node: exp.Expr) -> Term:
        session = self.session
        term = self.term(node.this)
        relation, outer = self._correlated(node.args["query"])
        if len(relation.columns) != 1 or relation.wild is not None or term.volatile:
            raise Unprovable("an IN over a query of several columns is not understood")
        value = session.logic.typed(relation.columns[0][1])
        closed = session.close(relation.block, (value,))
        args = [term, *(outer[param] for param in closed.params)]
        data = ("in", closed.digest, closed.label(value))
        shaky = relation.block.volatile or value.volatile
        member = session.terms.make("in query", args, data, BOOLEAN, volatile=shaky)
        if shaky or not relation.block.sources:
            return member
        param = parameter(session, term) if term.leaves else term
        same = session.logic.truth(session.logic.equality(value, param))
        block = relation.block.filtered(() if same is session.logic.true else (same,))
        found = existence(session, Relation(block, ()), {**outer, param: term})
        if not (term.nullable or value.nullable):
            return found
        session.logic.truths[member] = found
        return member


def parameter(session: Session, outer: Term) -> Term:
    """A parameter for a term of a surrounding query, with its type."""
    return session.terms.leaf(
        "param", session.terms.fresh(), "", kind=outer.type, nullable=outer.nullable
    )


def look_up(
    session: Session, relation: Relation, value: Term, outer: Mapping[Term, Term], op: str
) -> Term:
    """The value of a relation's one row, NULL without a row, as a function of the outer terms."""
    block = relation.block
    if not block.sources and not block.conditions and not value.leaves:
        return value
    closed = session.close(block, (value,))
    args = [outer[param] for param in closed.params]
    shaky = block.volatile or value.volatile
    label = closed.label(value)
    return session.terms.make(
        op, args, (closed.digest, label), value.type, nullable=True, volatile=shaky
    )


def existence(session: Session, relation: Relation, outer: Mapping[Term, Term]) -> Term:
    """Whether the relation has a row."""
    if not relation.block.sources and not relation.block.conditions:
        return session.logic.true
    closed = session.close(relation.block)
    args = [outer[param] for param in closed.params]
    shaky = relation.block.volatile
    return session.terms.make("exists", args, closed.digest, BOOLEAN, False, shaky)


def _alike(members: Sequence[Term]) -> bool:
    """Whether comparing with each member by itself converts nothing differently."""
    forms = {_form(member) for member in members}
    return len(forms) <= 1 and None not in forms


def _form(term: Term) -> object:
    if term.op == "literal":
        return term.data[0] if isinstance(term.data, tuple) else None
    return term.type if term.type != UNKNOWN else None


def _readers(
    pairs: Iterable[tuple[str, Callable[[Expressions, exp.Expr], Term]]],
) -> dict[type[exp.Expr], Callable[[Expressions, exp.Expr], Term]]:
    return {getattr(exp, name): reader for names, reader in pairs for name in names.split()}


_READERS = _readers(
    [
        ("Column", Expressions._column),
        ("Literal", Expressions._literal),
        ("Boolean", Expressions._boolean),
        ("Null", Expressions._null),
        ("Var Identifier", Expressions._word),
        ("DataType JSONPath", Expressions._spelled),
        ("Paren Alias", Expressions._inner),
        ("And Or", Expressions._joined),
        ("Not", Expressions._not),
        ("EQ NEQ LT LTE GT GTE", Expressions._comparison),
        ("NullSafeEQ NullSafeNEQ", Expressions._distinctness),
        ("Is", Expressions._is),
        ("Between", Expressions._between),
        ("In", Expressions._in),
        ("Add Sub Mul DPipe", Expressions._sum),
        ("Neg", Expressions._negative),
        ("Coalesce", Expressions._coalesce),
        ("Case", Expressions._case),
        ("If", Expressions._if),
        ("Nullif", Expressions._nullif),
        ("Cast TryCast", Expressions._cast),
        ("Tuple", Expressions._tuple),
        ("Dot", Expressions._dot),
        ("PropertyEQ Kwarg", Expressions._named_value),
        ("Exists", Expressions._exists),
    ]
)
