"""The types of expressions, as far as all dialects agree on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from hansa.core.datatype import (
    BIGINT,
    STRING,
    UNKNOWN,
    DataType,
    Family,
)
from hansa.sql.function_rules import FunctionRule, read_rules, same
from hansa.sql.relations import Null, Value
from hansa.sql.typewords import words_of

_SCALARS = """
upper lower trim initcap: varchar strict
isnan isinf: boolean strict
abs: same strict
nullif: same maybe
"""
_AGGREGATES = """
min max anyvalue first firstvalue last lastvalue mode: same strict
logicaland logicalor: boolean strict
"""
_WINDOWS = """
rownumber rank denserank ntile: bigint never
lag lead nthvalue: same maybe
"""


class TypeRules:
    """What a dialect gives as types; UNKNOWN wherever it is not certain."""

    # Whether x / 0, and a cast or sum that does not fit, are NULL and not errors.
    division_by_zero_is_null: ClassVar[bool] = True
    failure_is_null: ClassVar[bool] = True

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.functions: Mapping[str, FunctionRule] = read_rules(_SCALARS, "duckdb", {"same": same})
        self.aggregates: Mapping[str, FunctionRule] = read_rules(
            _AGGREGATES, "duckdb", {"same": same}
        )
        self.windows: Mapping[str, FunctionRule] = read_rules(_WINDOWS, "duckdb", {"same": same})

    def number(self, text: str) -> tuple[DataType, int | None]:
        """The type of a number as it is written, and its value when it is a whole number."""
        if text.isdigit():
            value = int(text)
            if value < 2**31:
                return words_of(self.dialect)["int"], value
            return (BIGINT if value < 2**63 else UNKNOWN), value
        return UNKNOWN, None

    def text(self) -> DataType:
        """The type of a text literal."""
        return STRING

    def combine(self, values: Sequence[Value]) -> DataType:
        """The one type that CASE, COALESCE or UNION gives these values."""
        kinds = {
            value.type
            for value in values
            if value.literal is not Null.NULL and not isinstance(value.literal, str)
        }
        if not kinds:
            kinds = {value.type for value in values if value.literal is not Null.NULL}
        return kinds.pop() if len(kinds) == 1 else self.widest(kinds)

    def widest(self, kinds: set[DataType]) -> DataType:
        """The one type that holds all of these, where every dialect picks the same."""
        families = {kind.family for kind in kinds}
        if families == {Family.INTEGER} and all(kind.signed for kind in kinds):
            return max(kinds, key=lambda kind: kind.bits or 64)
        if families == {Family.FLOAT}:
            return max(kinds, key=lambda kind: kind.bits or 64)
        if families == {Family.STRING} and not any(kind.fixed for kind in kinds):
            return STRING
        return UNKNOWN

    def arithmetic(self, operator: str, left: Value, right: Value) -> DataType:
        """The type of `left operator right`; the operator is the name of its node's class."""
        if operator == "DPipe":
            return STRING if left.type.family is Family.STRING else UNKNOWN
        if self.is_number(left.type) and left.type == right.type and operator in ("Add", "Sub"):
            return left.type if left.type.family in (Family.INTEGER, Family.FLOAT) else UNKNOWN
        return UNKNOWN

    def negate(self, value: Value) -> DataType:
        """The type of `-value`."""
        return value.type

    def is_number(self, kind: DataType) -> bool:
        """Whether the type is one of numbers."""
        return kind.family in (Family.INTEGER, Family.DECIMAL, Family.FLOAT)

    def date_part(self, _part: str) -> DataType:
        """The type of EXTRACT(part FROM …)."""
        return UNKNOWN

    def truncated(self, _unit: str, value: Value) -> DataType:
        """The type of a date or time cut to a unit."""
        return value.type if value.type.family is Family.TIMESTAMP else UNKNOWN
