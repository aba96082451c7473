"""What PostgreSQL and Spark give as types where they are known to differ from others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from hansa.core.datatype import BIGINT, DOUBLE, INTEGER, STRING, UNKNOWN, DataType, Family
from hansa.sql.duckdb_rules import DuckdbRules
from hansa.sql.function_rules import read_rules, same
from hansa.sql.relations import Value
from hansa.sql.type_rules import TypeRules

_NUMERIC = DataType(Family.DECIMAL)

_POSTGRES_AGGREGATES = """
count: bigint never
sum: sum strict
avg: average strict
"""
_SPARK_AGGREGATES = """
count countif approxdistinct: bigint never
sum: sum strict
avg: average strict
"""
_TEXT_SCALARS = """
upper lower trim replace: varchar strict
length: integer strict
currenttimestamp: timestamptz never
currentdate: date never
"""


def _postgres_sum(arguments: Sequence[Value]) -> DataType:
    kind = same(arguments)
    match kind.family:
        case Family.INTEGER:
            return BIGINT if (kind.bits or 64) <= 32 else _NUMERIC
        case Family.DECIMAL:
            return _NUMERIC
        case Family.FLOAT | Family.INTERVAL:
            return kind
        case _:
            return UNKNOWN


def _postgres_average(arguments: Sequence[Value]) -> DataType:
    family = same(arguments).family
    if family in (Family.INTEGER, Family.DECIMAL):
        return _NUMERIC
    return DOUBLE if family is Family.FLOAT else UNKNOWN


class PostgresRules(TypeRules):
    """PostgreSQL's types."""

    division_by_zero_is_null = False
    failure_is_null = False

    def __init__(self, dialect: str) -> None:
        super().__init__(dialect)
        named = {"sum": _postgres_sum, "average": _postgres_average, "same": same}
        self.functions = {**self.functions, **read_rules(_TEXT_SCALARS, "duckdb", named)}
        self.aggregates = {
            **self.aggregates,
            **read_rules(_POSTGRES_AGGREGATES, "duckdb", named),
        }

    def number(self, text: str) -> tuple[DataType, int | None]:
        if text.isdigit():
            value = int(text)
            kind = INTEGER if value < 2**31 else BIGINT if value < 2**63 else _NUMERIC
            return kind, None
        return _NUMERIC, None

    def arithmetic(self, operator: str, left: Value, right: Value) -> DataType:
        if operator in ("Add", "Sub", "Mul", "Div", "Mod"):
            families = {left.type.family, right.type.family}
            if families == {Family.INTEGER}:
                return max(left.type, right.type, key=lambda kind: kind.bits or 64)
            if families <= {Family.INTEGER, Family.DECIMAL}:
                return _NUMERIC
            if Family.FLOAT in families and families <= {
                Family.INTEGER,
                Family.DECIMAL,
                Family.FLOAT,
            }:
                return DOUBLE if left.type != right.type else left.type
        if operator == "DPipe" and STRING.family in (left.type.family, right.type.family):
            return STRING
        return UNKNOWN

    def widest(self, kinds: set[DataType]) -> DataType:
        families = {kind.family for kind in kinds}
        if Family.DECIMAL in families and families <= {Family.INTEGER, Family.DECIMAL}:
            return _NUMERIC
        return super().widest(kinds)


def _spark_sum(arguments: Sequence[Value]) -> DataType:
    kind = same(arguments)
    match kind.family:
        case Family.INTEGER:
            return BIGINT
        case Family.DECIMAL if kind.precision is not None:
            precision = min(kind.precision + 10, 38)
            return DataType(Family.DECIMAL, precision=precision, scale=kind.scale or 0)
        case Family.FLOAT:
            return DOUBLE
        case _:
            return UNKNOWN


def _spark_average(arguments: Sequence[Value]) -> DataType:
    return DOUBLE if same(arguments).family in (Family.INTEGER, Family.FLOAT) else UNKNOWN


class SparkRules(TypeRules):
    """Spark's types."""

    def __init__(self, dialect: str) -> None:
        super().__init__(dialect)
        named = {"sum": _spark_sum, "average": _spark_average, "same": same}
        self.functions = {**self.functions, **read_rules(_TEXT_SCALARS, "duckdb", named)}
        self.aggregates = {**self.aggregates, **read_rules(_SPARK_AGGREGATES, "duckdb", named)}

    def arithmetic(self, operator: str, left: Value, right: Value) -> DataType:
        families = {left.type.family, right.type.family}
        if families == {Family.INTEGER}:
            if operator == "Div":
                return DOUBLE
            if operator in ("Add", "Sub", "Mul", "Mod"):
                return max(left.type, right.type, key=lambda kind: kind.bits or 64)
        if Family.FLOAT in families and families <= {Family.INTEGER, Family.FLOAT}:
            same_float = left.type == right.type and operator != "Div"
            return left.type if same_float else DOUBLE
        return super().arithmetic(operator, left, right)


@lru_cache(maxsize=16)
def rules_of(dialect: str) -> TypeRules:
    """The rules of a dialect; only what all dialects share where none are written."""
    if dialect == "duckdb":
        return DuckdbRules()
    if dialect in ("postgres", "redshift", "materialize", "risingwave"):
        return PostgresRules(dialect)
    if dialect in ("spark", "spark2", "databricks"):
        return SparkRules(dialect)
    return TypeRules(dialect)
