"""Values: arithmetic, CASE, COALESCE and casts, simplified where the result is the same value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hansa.core.datatype import BIGINT, BOOLEAN, INTEGER, STRING, UNKNOWN, DataType, Family
from hansa.sql.canonical.logic import Logic, is_condition
from hansa.sql.canonical.terms import Term, Terms
from hansa.sql.canonical.traits import is_number, is_plain_integer

_MOST_INTEGER = 2**31 - 1
_POSITIVE = frozenset({"eq", "same", "lt", "isnull"})
_NEGATIVE = frozenset({"ne", "differ", "le", "notnull", "not"})


@dataclass(slots=True, eq=False)
class Values:
    """Builds values out of others."""

    terms: Terms
    logic: Logic

    def number(self, text: str) -> Term:
        """A number as written: 1, 1.0 and 1e0 are three different constants."""
        if text.isdigit():
            value = int(text)
            kind = INTEGER if value <= _MOST_INTEGER else BIGINT
            kind = kind if value < 2**63 else UNKNOWN
            return self.terms.make("literal", (), ("int", value), kind, False)
        return self.terms.make("literal", (), ("number", text.lower()), UNKNOWN, False)

    def text(self, value: str) -> Term:
        """A text literal, which may still take the type of what it meets."""
        # Oracle takes an empty text for NULL.
        nullable = not value and self.logic.traits.dialect == "oracle"
        return self.terms.make("literal", (), ("text", value), UNKNOWN, nullable)

    def sum(self, parts: Sequence[Term]) -> Term:
        """`a + b`, in no order for numbers; integers also in no grouping."""
        return self._accumulated("sum", parts)

    def product(self, parts: Sequence[Term]) -> Term:
        """`a * b`, with the same liberties as a sum."""
        return self._accumulated("product", parts)

    def _accumulated(self, op: str, parts: Sequence[Term]) -> Term:
        nullable = any(part.nullable for part in parts)
        if not all(_is_integer(part) for part in parts):
            if all(is_number(part.type) for part in parts):
                return self.terms.make(op, parts, None, UNKNOWN, nullable)
            return self.terms.make(f"ordered {op}", parts, None, UNKNOWN, nullable)
        flat: list[Term] = []
        for part in parts:
            flat.extend(part.args if part.op == op and is_plain_integer(part.type) else [part])
        return self._folded(op, flat)

    def _folded(self, op: str, flat: list[Term]) -> Term:
        neutral = 0 if op == "sum" else 1
        constant, others = neutral, []
        kinds = [part.type for part in flat]
        for part in flat:
            value = integer_of(part)
            if value is None:
                others.append(part)
            else:
                constant = constant + value if op == "sum" else constant * value
        if abs(constant) > _MOST_INTEGER:
            others, constant = flat, neutral
        kind = BIGINT if any(kind.bits != 32 for kind in kinds) else INTEGER
        if constant != neutral or not others:
            others.append(self.terms.make("int", (), constant, INTEGER, False))
        if len(others) == 1 and (others[0].type == kind or others[0].op == "int"):
            return others[0]
        if len(others) == 1:
            others.append(self.terms.make("int", (), neutral, INTEGER, False))
        nullable = any(part.nullable for part in others)
        return self.terms.make(op, others, None, kind, nullable)

    def negative(self, term: Term) -> Term:
        """`-a`."""
        value = integer_of(term)
        if value is not None:
            if term.op == "literal":
                return self.terms.make("literal", (), ("int", -value), term.type, False)
            return self.terms.make("int", (), -value, term.type, False)
        if term.op == "sum" and is_plain_integer(term.type):
            return self.sum([self.negative(part) for part in term.args])
        if term.op == "neg" and is_plain_integer(term.type):
            return term.args[0]
        kind = term.type if is_number(term.type) and term.type.signed else UNKNOWN
        return self.terms.make("neg", (term,), None, kind, term.nullable)

    def difference(self, left: Term, right: Term) -> Term:
        """`a - b`; for integers the sum with the negative."""
        if _is_integer(left) and _is_integer(right):
            return self.sum((left, self.negative(right)))
        return self.terms.make(
            "minus", (left, right), None, UNKNOWN, left.nullable or right.nullable
        )

    def concatenation(self, left: Term, right: Term) -> Term:
        """`a || b`; texts in any grouping."""
        nullable = left.nullable or right.nullable
        if not (_is_text(left) and _is_text(right)) or self.logic.traits.dialect == "oracle":
            return self.terms.make("pipes", (left, right), None, UNKNOWN, nullable)
        parts: list[Term] = []
        for part in (self.logic.settle(left, STRING), self.logic.settle(right, STRING)):
            parts.extend(part.args if part.op == "concat" else [part])
        return self.terms.make("concat", parts, None, STRING, nullable)

    def fallback(self, parts: Iterable[Term]) -> Term:
        """COALESCE: the first part that is not NULL."""
        found = list(parts)
        kind = common_type(found)
        if kind != UNKNOWN:
            flat: list[Term] = []
            for part in found:
                flat.extend(part.args if part.op == "coalesce" else [part])
            found = []
            for part in dict.fromkeys(flat):
                if part is self.logic.null:
                    continue
                part = self._settled(part, kind)
                found.append(part)
                if not part.nullable:
                    break
        if len(found) == 1:
            return found[0]
        nullable = all(part.nullable for part in found)
        return self.terms.make("coalesce", found, None, kind, nullable)

    def choice(self, arms: Sequence[tuple[Term, Term]], otherwise: Term) -> Term:
        """CASE: the value of the first arm whose condition is true, else `otherwise`."""
        results = [value for _, value in arms]
        kind = common_type([*results, otherwise])
        arms = [(condition, self._settled(value, kind)) for condition, value in arms]
        otherwise = self._settled(otherwise, kind)
        kept = self._reachable(arms, otherwise, kind != UNKNOWN)
        arms, otherwise = kept
        if not arms:
            return otherwise
        if len(arms) == 1:
            simpler = self._single(arms[0][0], arms[0][1], otherwise)
            if simpler is not None:
                return simpler
        operands = [term for arm in arms for term in arm]
        nullable = otherwise.nullable or any(value.nullable for _, value in arms)
        return self.terms.make("case", (*operands, otherwise), None, kind, nullable)

    def _settled(self, term: Term, kind: DataType) -> Term:
        """An integer literal as a typed constant, where the result is an integer anyway."""
        return self.logic.settle(term, kind) if is_plain_integer(kind) else term

    def _reachable(
        self, arms: Sequence[tuple[Term, Term]], otherwise: Term, same_type: bool
    ) -> tuple[list[tuple[Term, Term]], Term]:
        """Arms without repetition; impossible ones go only where they do not decide the type."""
        kept: list[tuple[Term, Term]] = []
        for condition, value in arms:
            sure = self.logic.truth(condition)
            if same_type and sure is self.logic.false:
                continue
            if same_type and sure is self.logic.true:
                otherwise = value
                break
            if kept and kept[-1][1] is value and not value.volatile:
                sure = self.logic.disjunction((kept.pop()[0], sure))
            kept.append((sure, value))
        while kept and kept[-1][1] is otherwise and not otherwise.volatile:
            kept.pop()
        return kept, otherwise

    def _single(self, condition: Term, value: Term, otherwise: Term) -> Term | None:
        if condition.op == "notnull" and condition.args[0] is value:
            return self.fallback((value, otherwise))
        if condition.op == "isnull" and condition.args[0] is otherwise:
            return self.fallback((otherwise, value))
        if condition.nullable or condition.op not in _NEGATIVE:
            return None
        positive = self.logic.negation(condition)
        if positive.op not in _POSITIVE and condition.op != "not":
            return None
        return self.choice([(positive, otherwise)], value)

    def cast(self, term: Term, to: DataType, spelling: str, attempt: bool) -> Term:
        """CAST or TRY_CAST; nothing where the value has exactly that type already."""
        if term.op != "literal" and term.type == to and to != UNKNOWN:
            return term
        if _becomes(term, to):
            return self.logic.typed(term)
        op = "try_cast" if attempt else "cast"
        name = repr(to) if to != UNKNOWN else spelling
        nullable = attempt or term.nullable or not _keeps_presence(term.type, to)
        return self.terms.make(op, (term,), name, to, nullable)


def integer_of(term: Term) -> int | None:
    """The value of an integer constant, else None."""
    if term.op == "int" and isinstance(term.data, int):
        return term.data
    if term.op == "literal" and isinstance(term.data, tuple) and term.data[0] == "int":
        return term.data[1] if isinstance(term.data[1], int) else None
    return None


def common_type(terms: Sequence[Term]) -> DataType:
    """The type that all terms have alike, where NULL has any; UNKNOWN when they differ."""
    kinds = {
        BOOLEAN if term.op != "literal" and is_condition(term) else term.type
        for term in terms
        if term.op != "null"
    }
    if len(kinds) != 1 or any(term.op in ("literal", "nothing") for term in terms):
        return _literal_type(terms, kinds)
    return kinds.pop()


def _literal_type(terms: Sequence[Term], kinds: set[DataType]) -> DataType:
    """Integer literals beside integers of one type, and texts beside texts, change nothing."""
    fixed = {term.type for term in terms if term.op not in ("null", "literal")}
    literals = {term.data[0] for term in terms if isinstance(term.data, tuple) and is_literal(term)}
    if any(term.op == "nothing" for term in terms) or len(literals) > 1:
        return UNKNOWN
    if not fixed:
        return STRING if literals == {"text"} else kinds.pop() if len(kinds) == 1 else UNKNOWN
    if len(fixed) > 1:
        return UNKNOWN
    kind = fixed.pop()
    if literals == {"int"}:
        return kind if is_plain_integer(kind) and kinds <= {kind, INTEGER} else UNKNOWN
    return kind if literals == {"text"} and kind.family is Family.STRING else UNKNOWN


def _becomes(term: Term, to: DataType) -> bool:
    """Whether a literal has the type anyway, once it has any."""
    if term.op != "literal" or not isinstance(term.data, tuple):
        return False
    form = term.data[0]
    return (form == "int" and term.type == to) or (form == "text" and to == STRING)


def is_literal(term: Term) -> bool:
    """Whether the term is a constant without a type of its own yet."""
    return term.op == "literal"


def _is_integer(term: Term) -> bool:
    return is_plain_integer(term.type)


def _is_text(term: Term) -> bool:
    if term.op == "literal":
        return isinstance(term.data, tuple) and term.data[0] == "text"
    return term.type.family is Family.STRING and not term.type.fixed


_CONVERTIBLE = frozenset(
    {Family.BOOLEAN, Family.INTEGER, Family.DECIMAL, Family.FLOAT, Family.STRING, Family.DATE}
    | {Family.TIME, Family.TIMESTAMP, Family.UUID}
)


def _keeps_presence(source: DataType, target: DataType) -> bool:
    return source.family in _CONVERTIBLE and target.family in _CONVERTIBLE
