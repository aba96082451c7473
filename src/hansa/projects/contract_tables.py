"""Tables of a contract that promise what is known of a model."""

from __future__ import annotations

from collections.abc import Mapping

from hansa.core.contract import ContractColumn, ContractTable
from hansa.core.datatype import DataType, Family
from hansa.core.schema import Column, TableSchema
from hansa.errors import HansaError
from hansa.projects.contract_columns import UNSTATED
from hansa.projects.odcs_document import logical_type
from hansa.sql.types import type_sql

# what a contract says of a column whose type only the target knows
STATED_NOWHERE = DataType(Family.OTHER, name=UNSTATED)


def physical_type(kind: DataType, dialect: str) -> str | None:
    """The type in the dialect's words, in lower case where case means nothing."""
    try:
        text = type_sql(kind, dialect)
    except HansaError:
        return None
    return text if any(quote in text for quote in "\"'`") else text.lower()


def new_table(name: str, schema: TableSchema, dialect: str) -> ContractTable:
    """A table that promises what its model is known to yield."""
    key = _smallest_key(schema)
    position = {column: at for at, column in enumerate(key, start=1)}
    columns = (new_column(column, schema, position, dialect) for column in schema.columns)
    return ContractTable(name, tuple(columns), kind="table")


def new_column(
    column: Column, schema: TableSchema, key: Mapping[str, int], dialect: str
) -> ContractColumn:
    """A column that promises its type, and what is known of it; `key` numbers key columns."""
    alone = frozenset({column.name}) in schema.keys
    return ContractColumn(
        name=column.name,
        type=column.type,
        physical_type=UNSTATED
        if column.type == STATED_NOWHERE
        else physical_type(column.type, dialect),
        logical_type=None if column.type == STATED_NOWHERE else logical_type(column.type),
        required=not column.nullable,
        unique=alone and list(key) != [column.name],
        key_position=key.get(column.name),
    )


def _smallest_key(schema: TableSchema) -> tuple[str, ...]:
    """The key with the fewest columns, of those the one whose columns come first."""
    order = {name: at for at, name in enumerate(schema.names)}
    keys = [sorted(key, key=lambda name: order.get(name, 0)) for key in schema.keys if key]
    ranked = sorted(keys, key=lambda key: (len(key), [order.get(name, 0) for name in key]))
    return tuple(ranked[0]) if ranked else ()
