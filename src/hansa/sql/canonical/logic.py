"""Truth values and comparisons, simplified only where SQL's three-valued logic allows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hansa.core.datatype import BOOLEAN, STRING, DataType, Family
from hansa.sql.canonical.terms import Term, Terms
from hansa.sql.canonical.traits import Traits, is_number, is_plain

# NULL whenever an operand is NULL, and else not.
_STRICT = frozenset({"eq", "ne", "lt", "le", "sum", "product", "neg", "concat"})
_OPPOSITE = {"eq": "ne", "ne": "eq", "isnull": "notnull", "notnull": "isnull"} | {
    "same": "differ",
    "differ": "same",
}
_BOOLEAN_OPS = frozenset({"and", "or", "not", "true", "false", "lt", "le", "istrue", "exists"}) | (
    _OPPOSITE.keys()
)


@dataclass(slots=True, eq=False)
class Logic:
    """Builds conditions. `null`, `true` and `false` are the constants.

    `truths` maps a condition to a simpler one that is true for the same rows.
    """

    terms: Terms
    traits: Traits
    null: Term = field(init=False)
    true: Term = field(init=False)
    false: Term = field(init=False)
    truths: dict[Term, Term] = field(default_factory=dict)
    _negations: dict[Term, Term] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.null = self.terms.make("null")
        self.true = self.terms.make("true", kind=BOOLEAN, nullable=False)
        self.false = self.terms.make("false", kind=BOOLEAN, nullable=False)

    def conjunction(self, parts: Iterable[Term]) -> Term:
        """All of the parts, each once, in no order."""
        return self._joined("and", parts, self.true, self.false)

    def disjunction(self, parts: Iterable[Term]) -> Term:
        """Any of the parts, each once, in no order."""
        return self._joined("or", parts, self.false, self.true)

    def _joined(self, op: str, parts: Iterable[Term], neutral: Term, final: Term) -> Term:
        kept: dict[Term, None] = {}
        for part in parts:
            if part is final:
                return final
            if part.op == op:
                kept.update(dict.fromkeys(part.args))
            elif part is not neutral:
                kept[part] = None
        for part in [part for part in kept if part.op in ("and", "or") and part.op != op]:
            # a AND (a OR b) is a, also where values are unknown.
            if any(inner in kept for inner in part.args):
                del kept[part]
        if not kept:
            return neutral
        if len(kept) == 1:
            only = next(iter(kept))
            if is_condition(only):
                return only
        nullable = any(part.nullable for part in kept)
        return self.terms.make(op, kept, None, BOOLEAN, nullable)

    def negation(self, term: Term) -> Term:
        """NOT of the term, with the negation pushed to the comparisons."""
        done = self._negations.get(term)
        if done is None:
            done = self._negations[term] = self._negate(term)
        return done

    def _negate(self, term: Term) -> Term:
        match term.op:
            case "true":
                return self.false
            case "false":
                return self.true
            case "null":
                return self.null
            case "not" if is_condition(term.args[0]):
                return term.args[0]
            case "and":
                return self.disjunction(map(self.negation, term.args))
            case "or":
                return self.conjunction(map(self.negation, term.args))
            case "lt" | "le" if self._is_ordered(term):
                other = "le" if term.op == "lt" else "lt"
                return self._compare(other, term.args[1], term.args[0])
        if term.op in _OPPOSITE:
            data = term.data
            return self.terms.make(_OPPOSITE[term.op], term.args, data, BOOLEAN, term.nullable)
        return self.terms.make("not", (term,), None, BOOLEAN, term.nullable)

    def _is_ordered(self, term: Term) -> bool:
        return not any(part.op == "tuple" for part in term.args) and all(
            self.traits.is_ordered(part.type) for part in term.args
        )

    def equality(self, left: Term, right: Term) -> Term:
        """`left = right`."""
        return self._equal("eq", left, right)

    def inequality(self, left: Term, right: Term) -> Term:
        """`left <> right`."""
        return self._equal("ne", left, right)

    def _equal(self, op: str, left: Term, right: Term) -> Term:
        left, right = self._settled(left, right)
        for one, other in ((left, right), (right, left)):
            if one.op in ("true", "false") and is_condition(other):
                return other if (one is self.true) == (op == "eq") else self.negation(other)
        return self._compare(op, left, right)

    def less(self, left: Term, right: Term, or_equal: bool = False) -> Term:
        """`left < right`, or `left <= right`."""
        left, right = self._settled(left, right)
        return self._compare("le" if or_equal else "lt", left, right)

    def _compare(self, op: str, left: Term, right: Term) -> Term:
        if _is_null(left) or _is_null(right):
            return self.null
        if left.op == right.op == "int":
            return self._decided(op, _number(left), _number(right))
        nullable = left.nullable or right.nullable or not self._is_strict((left, right))
        return self.terms.make(op, (left, right), None, BOOLEAN, nullable)

    def _is_strict(self, parts: Iterable[Term]) -> bool:
        """Whether the parts are plain values; arrays and rows can hold NULLs inside."""
        return all(part.op == "literal" or is_plain(part.type) for part in parts)

    def _decided(self, op: str, left: int, right: int) -> Term:
        outcomes = {"eq": left == right, "ne": left != right, "lt": left < right}
        return self.true if outcomes.get(op, left <= right) else self.false

    def distinctness(self, left: Term, right: Term, differ: bool) -> Term:
        """`left IS [NOT] DISTINCT FROM right`, which is never NULL."""
        left, right = self._settled(left, right)
        if _is_null(left) or _is_null(right):
            other = right if _is_null(left) else left
            return self.presence(other) if differ else self.absence(other)
        if not (left.nullable or right.nullable):
            return self._compare("ne" if differ else "eq", left, right)
        op = "differ" if differ else "same"
        return self.terms.make(op, (left, right), None, BOOLEAN, False)

    def _settled(self, left: Term, right: Term) -> tuple[Term, Term]:
        return self.settle(left, right.type), self.settle(right, left.type)

    def settle(self, term: Term, beside: DataType) -> Term:
        """A literal as a typed constant, where its neighbour's type cannot change its value."""
        if term.op != "literal" or not isinstance(term.data, tuple):
            return term
        is_text = term.data[0] == "text"
        alike = beside.family is Family.STRING if is_text else is_number(beside)
        return self.typed(term) if alike else term

    def typed(self, term: Term) -> Term:
        """A literal as a column of a relation holds it: with a type of its own."""
        if term.op == "null":
            return self.terms.make("nothing")
        if term.op != "literal" or not isinstance(term.data, tuple):
            return term
        form, value = term.data
        if form == "int":
            return self.terms.make("int", (), value, term.type, False)
        kind = STRING if form == "text" else term.type
        return self.terms.make("constant", (), term.data, kind, False)

    def absence(self, term: Term) -> Term:
        """`term IS NULL`."""
        if not term.nullable:
            return self.false
        match term.op:
            case "null" | "nothing":
                return self.true
            case "coalesce":
                return self.conjunction(map(self.absence, term.args))
        if term.op in _STRICT and self._is_strict(term.args):
            return self.disjunction(map(self.absence, term.args))
        return self.terms.make("isnull", (term,), None, BOOLEAN, False)

    def presence(self, term: Term) -> Term:
        """`term IS NOT NULL`."""
        return self.negation(self.absence(term))

    def certainty(self, term: Term) -> Term:
        """`term IS TRUE`: never NULL."""
        if is_condition(term) and not term.nullable:
            return term
        known = self.truth(term)
        if known in (self.true, self.false):
            return known
        return self.terms.make("istrue", (known,), None, BOOLEAN, False)

    def truth(self, term: Term) -> Term:
        """A condition that is true for the same rows, where false and NULL are the same."""
        if term in self.truths:
            return self.truths[term]
        match term.op:
            case "null" | "nothing":
                return self.false
            case "and":
                return self.conjunction(map(self.truth, term.args))
            case "or":
                return self.disjunction(map(self.truth, term.args))
            case "istrue":
                return term.args[0]
            case "coalesce" if term.args[-1] is self.false:
                if all(map(is_condition, term.args)) and len(term.args) == 2:
                    return self.truth(term.args[0])
            case "eq" | "le" if term.args[0] is term.args[1] and not term.volatile:
                # NaN equals itself where numbers have a total order.
                if self._is_ordered(term):
                    return self.presence(term.args[0])
            case "same" if term.args[0] is term.args[1] and not term.volatile:
                return self.true
            case "case":
                return self._truth_of_case(term)
        return term

    def _truth_of_case(self, term: Term) -> Term:
        """CASE WHEN c THEN TRUE ELSE FALSE END is true where c is."""
        if len(term.args) != 3 or term.args[1] is not self.true:
            return term
        return self.truth(term.args[0]) if term.args[2] in (self.false, self.null) else term


def is_condition(term: Term) -> bool:
    """Whether the term is a truth value by itself, without a conversion."""
    return term.op in _BOOLEAN_OPS or term.type.family is Family.BOOLEAN


def _is_null(term: Term) -> bool:
    return term.op in ("null", "nothing")


def _number(term: Term) -> int:
    assert isinstance(term.data, int)
    return term.data
