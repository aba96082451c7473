"""What the prover may assume about a dialect's values and names."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.core.datatype import DataType, Family

# NaN has a place in the order of numbers here, so that `NOT a < b` is `a >= b` for floats too.
_TOTAL_ORDER = frozenset(
    {"databricks", "duckdb", "materialize", "postgres", "redshift", "risingwave", "snowflake"}
    | {"spark", "spark2"}
)
# Equal texts are the same text: no collation that ignores case by default.
_BINARY_TEXT = _TOTAL_ORDER | {"athena", "bigquery", "clickhouse", "hive", "presto", "trino"}
_IGNORES_CASE = frozenset(
    {"athena", "bigquery", "databricks", "doris", "duckdb", "fabric", "hive", "mysql", "presto"}
    | {"redshift", "spark", "spark2", "sqlite", "starrocks", "trino", "tsql"}
)
_UPPERCASING = frozenset({"dremio", "exasol", "oracle", "snowflake", "teradata"})
# Boolean is a type of its own, so that conditions are never numbers.
_ORDERED = frozenset(
    {Family.BOOLEAN, Family.INTEGER, Family.DECIMAL, Family.DATE, Family.TIME, Family.TIMESTAMP}
    | {Family.STRING, Family.UUID}
)
_NUMBERS = frozenset({Family.INTEGER, Family.DECIMAL, Family.FLOAT})


@dataclass(frozen=True, slots=True)
class Traits:
    """The assumptions for one dialect."""

    dialect: str
    total_order: bool
    binary_text: bool
    ignores_case: bool
    uppercasing: bool

    def fold(self, name: str, quoted: bool) -> str:
        """The name as the dialect stores it."""
        if quoted or self.ignores_case:
            return name
        return name.upper() if self.uppercasing else name.lower()

    def is_exact(self, kind: DataType) -> bool:
        """Whether equal values of the type cannot be told apart (unlike 0.0 and -0.0)."""
        if kind.family is Family.STRING:
            return self.binary_text and not kind.fixed
        return kind.family in _ORDERED

    def same_values(self, first: DataType, second: DataType) -> bool:
        """Whether `=` between the types holds for one and the same value only."""
        if not (self.is_exact(first) and self.is_exact(second)):
            return False
        if first.family is Family.TIMESTAMP:
            return second.family is Family.TIMESTAMP and first.timezone == second.timezone
        return first.family is second.family

    def is_ordered(self, kind: DataType) -> bool:
        """Whether `NOT a < b` is `a >= b` for values of the type that are not NULL."""
        return self.total_order or kind.family in _ORDERED


def is_plain(kind: DataType) -> bool:
    """Whether a comparison of such values is NULL exactly where one of them is."""
    return kind.family in _ORDERED or kind.family is Family.FLOAT


def is_number(kind: DataType) -> bool:
    """Whether the type is a number of any kind."""
    return kind.family in _NUMBERS


def is_plain_integer(kind: DataType) -> bool:
    """Whether sums of such values are the same in any order, but for overflow errors."""
    return kind.family is Family.INTEGER and kind.signed and kind.bits in (None, 32, 64)


def traits_of(dialect: str) -> Traits:
    """What holds in the dialect; little is assumed of one that is not known well."""
    return Traits(
        dialect,
        dialect in _TOTAL_ORDER,
        dialect in _BINARY_TEXT,
        dialect in _IGNORES_CASE,
        dialect in _UPPERCASING,
    )
