"""How a function's type and nullability follow from its arguments, as tables of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from hansa.core.datatype import UNKNOWN, DataType
from hansa.sql.relations import Value
from hansa.sql.types import parse_type

TypeRule = Callable[[Sequence[Value]], DataType]


class Nulls(Enum):
    """When a function gives NULL: never, only for a NULL argument, or perhaps at any time.

    An aggregate that is STRICT gives NULL only for a NULL argument or for no rows at all.
    """

    NEVER = "never"
    STRICT = "strict"
    MAYBE = "maybe"


@dataclass(frozen=True, slots=True)
class FunctionRule:
    """The type and nullability of one function's result."""

    type: TypeRule
    nulls: Nulls

    def apply(self, arguments: Sequence[Value]) -> tuple[DataType, bool]:
        """The result's type and whether it can be NULL."""
        nullable = self.nulls is Nulls.MAYBE or (
            self.nulls is Nulls.STRICT and any(value.nullable for value in arguments)
        )
        return self.type(arguments), nullable


def names(text: str) -> frozenset[str]:
    """Function names that stand in a text with spaces between them."""
    return frozenset(text.split())


def same(arguments: Sequence[Value]) -> DataType:
    """The first argument's type."""
    return arguments[0].type if arguments else UNKNOWN


def read_rules(table: str, dialect: str, named: Mapping[str, TypeRule]) -> dict[str, FunctionRule]:
    """Rules from lines of `function ...: type nulls`; a type is a word of `named` or of DDL."""
    rules: dict[str, FunctionRule] = {}
    for line in table.strip().splitlines():
        functions, _, rule = line.partition(":")
        kind, _, nulls = rule.strip().rpartition(" ")
        found = named.get(kind) or _constant(parse_type(kind, dialect))
        for name in functions.split():
            rules[name] = FunctionRule(found, Nulls(nulls))
    return rules


def _constant(kind: DataType) -> TypeRule:
    return lambda _arguments: kind
