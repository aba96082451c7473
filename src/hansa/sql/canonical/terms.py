"""Expressions as immutable, shared values: equal structure is the same object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from hansa.core.datatype import UNKNOWN, DataType

Data = str | int | bool | None | tuple["Data", ...]

# Operands of these stand in no order: they are sorted when a term is made and when it is hashed.
UNORDERED = frozenset({"and", "or", "eq", "ne", "same", "differ", "sum", "product", "partition"})
# The terms that name something of the surrounding query; all others are made of their operands.
LEAVES = frozenset({"ref", "row", "param"})


class Unprovable(Exception):
    """A construct whose meaning is not known well enough to compare it; `reason` says which."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One expression; compare with `is`.

    `data` is what tells it from others of the same `op` and operands. `leaves` are the numbers of
    the sources and parameters it reads. `nullable` is False only where NULL is impossible.
    `volatile` marks values that two evaluations may see differently.
    """

    op: str
    args: tuple[Term, ...]
    data: Data
    serial: int
    leaves: frozenset[int]
    type: DataType
    nullable: bool
    volatile: bool


_NOTHING: frozenset[int] = frozenset()


def _leaves_of(args: tuple[Term, ...]) -> frozenset[int]:
    if len(args) == 1:
        return args[0].leaves
    found = _NOTHING
    for argument in args:
        if not argument.leaves <= found:
            found = found | argument.leaves if found else argument.leaves
    return found


@dataclass(slots=True, eq=False)
class Terms:
    """Makes terms, each only once, and hands out numbers for sources and parameters."""

    _table: dict[tuple[object, ...], Term] = field(default_factory=dict)
    _last_leaf: int = 0

    def fresh(self) -> int:
        """A number that no source or parameter has yet."""
        self._last_leaf += 1
        return self._last_leaf

    def make(
        self,
        op: str,
        args: Iterable[Term] = (),
        data: Data = None,
        kind: DataType = UNKNOWN,
        nullable: bool = True,
        volatile: bool = False,
    ) -> Term:
        """The term of that structure; type and nullability are those of its first making."""
        operands = tuple(args)
        if op in UNORDERED and len(operands) > 1:
            operands = tuple(sorted(operands, key=_serial))
        # A constant's data may be 1 or True, which Python holds to be equal.
        key = (op, data.__class__, data, *[operand.serial for operand in operands])
        found = self._table.get(key)
        if found is not None:
            return found
        shaky = volatile or any(operand.volatile for operand in operands)
        leaves = _leaves_of(operands)
        made = Term(op, operands, data, len(self._table), leaves, kind, nullable, shaky)
        self._table[key] = made
        return made

    def leaf(
        self, op: str, number: int, label: str = "", kind: DataType = UNKNOWN, nullable: bool = True
    ) -> Term:
        """A column of a source (`ref`), the identity of its row (`row`), or a parameter."""
        key = (op, number, label)
        found = self._table.get(key)
        if found is None:
            data = (number, label)
            reach = frozenset((number,))
            found = Term(op, (), data, len(self._table), reach, kind, nullable, False)
            self._table[key] = found
        return found

    def rebuild(self, term: Term, args: Iterable[Term]) -> Term:
        """The same operation over other operands."""
        return self.make(term.op, args, term.data, term.type, term.nullable, term.volatile)

    def substitute(self, term: Term, leaves: Mapping[int, Replace], memo: dict[Term, Term]) -> Term:
        """The term with leaves of the given numbers replaced; `memo` is for these leaves only."""
        if leaves.keys().isdisjoint(term.leaves):
            return term
        done = memo.get(term)
        if done is None:
            if term.op in LEAVES:
                done = leaves[leaf_number(term)](term)
            else:
                done = self.rebuild(
                    term, [self.substitute(operand, leaves, memo) for operand in term.args]
                )
            memo[term] = done
        return done


Replace = Callable[[Term], Term]


def _serial(term: Term) -> int:
    return term.serial


def leaf_number(term: Term) -> int:
    """Which source or parameter a leaf reads."""
    assert isinstance(term.data, tuple)
    number = term.data[0]
    assert isinstance(number, int)
    return number


def leaf_label(term: Term) -> str:
    """Which of the source's columns a leaf reads."""
    assert isinstance(term.data, tuple)
    label = term.data[1]
    assert isinstance(label, str)
    return label
