"""Contracts as CREATE TABLE statements."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hansa.core.contract import Contract, ContractColumn, ContractTable, Scalar
from hansa.projects.contract_tables import physical_type
from hansa.sql.identifiers import literal, quote

# what each constraint can be written for; elsewhere it would be refused
_CHECKED = frozenset(["duckdb", "postgres", "sqlite", "mysql", "tsql", "oracle"])
_UNIQUE = _CHECKED | {"redshift", "snowflake"}
_REFERENCED = _UNIQUE
_COMMENTED = frozenset(["duckdb", "postgres", "oracle", "redshift", "snowflake", "trino"])
_WITHOUT_KEYS = frozenset(
    ["hive", "spark2", "trino", "presto", "athena", "clickhouse", "drill", "druid", "solr"]
)
_NOT_ENFORCED = frozenset(("bigquery",))
_COMPARISONS = {
    "minimum": ">=",
    "maximum": "<=",
    "exclusive_minimum": ">",
    "exclusive_maximum": "<",
}


def ddl_text(contract: Contract, dialect: str) -> str:
    """One CREATE TABLE a table, those that others refer to first, with what the dialect checks."""
    known: set[str] = set()
    statements = []
    for table in _ordered(contract.tables):
        known.add(table.name)
        statements.append(_table(table, known, contract, dialect))
    return "\n".join(statements)


def _ordered(tables: Sequence[ContractTable]) -> Iterator[ContractTable]:
    """Tables behind those that their foreign keys name; a circle is left in its own order."""
    waiting = list(tables)
    while waiting:
        names = {table.name for table in waiting}
        ready = [t for t in waiting if not _referenced(t) & (names - {t.name})] or waiting[:1]
        yield from ready
        waiting = [table for table in waiting if table not in ready]


def _referenced(table: ContractTable) -> set[str]:
    own = {one.to_table for one in table.relationships}
    return own | {one.to_table for column in table.columns for one in column.relationships}


def _table(table: ContractTable, known: set[str], contract: Contract, dialect: str) -> str:
    lines = [_column(column, dialect) for column in table.columns]
    if table.primary_key and dialect not in _WITHOUT_KEYS:
        suffix = " NOT ENFORCED" if dialect in _NOT_ENFORCED else ""
        lines.append(f"PRIMARY KEY ({_names(table.primary_key, dialect)}){suffix}")
    if dialect in _REFERENCED:
        lines += _foreign_keys(table, known, contract, dialect)
    if dialect in _CHECKED:
        lines += [
            f"CHECK ({check})" for column in table.columns for check in _checks(column, dialect)
        ]
    body = ",\n".join(f"  {line}" for line in lines)
    comments = "".join(_comments(table, dialect)) if dialect in _COMMENTED else ""
    return f"CREATE TABLE {quote(table.name, dialect)} (\n{body}\n);\n{comments}"


def _column(column: ContractColumn, dialect: str) -> str:
    kind = physical_type(column.type, dialect) or column.physical_type or "varchar"
    required = " NOT NULL" if column.required or column.key_position else ""
    unique = " UNIQUE" if column.unique and dialect in _UNIQUE else ""
    return f"{quote(column.name, dialect)} {kind}{required}{unique}"


def _foreign_keys(
    table: ContractTable, known: set[str], contract: Contract, dialect: str
) -> Iterator[str]:
    """Keys to tables that stand before and are unique on the columns that are named."""
    of_columns = [one for column in table.columns for one in column.relationships]
    for found in (*of_columns, *table.relationships):
        other = contract.table(found.to_table)
        if other is None or other.name not in known or not _is_key(other, found.to_columns):
            continue
        here, there = _names(found.columns, dialect), _names(found.to_columns, dialect)
        yield f"FOREIGN KEY ({here}) REFERENCES {quote(other.name, dialect)} ({there})"


def _is_key(table: ContractTable, columns: tuple[str, ...]) -> bool:
    if columns == table.primary_key:
        return True
    column = table.column(columns[0]) if len(columns) == 1 else None
    return column is not None and column.unique


def _checks(column: ContractColumn, dialect: str) -> Iterator[str]:
    name = quote(column.name, dialect)
    if column.enum:
        values = ", ".join(literal(value, dialect) for value in column.enum)
        yield f"{name} IN ({values})"
    for attribute, sign in _COMPARISONS.items():
        value: Scalar = getattr(column.bounds, attribute)
        if value is not None:
            yield f"{name} {sign} {_number(value, dialect)}"


def _number(value: Scalar, dialect: str) -> str:
    """A limit as a number is written; a float's own form has an exponent in some dialects."""
    if isinstance(value, float) and math.isfinite(value) and "e" not in repr(value):
        return repr(value)
    return literal(value, dialect)


def _comments(table: ContractTable, dialect: str) -> Iterator[str]:
    name = quote(table.name, dialect)
    if table.description:
        yield f"COMMENT ON TABLE {name} IS {literal(table.description, dialect)};\n"
    for column in table.columns:
        if column.description:
            text = literal(column.description, dialect)
            yield f"COMMENT ON COLUMN {name}.{quote(column.name, dialect)} IS {text};\n"


def _names(columns: Sequence[str], dialect: str) -> str:
    return ", ".join(quote(name, dialect) for name in columns)
