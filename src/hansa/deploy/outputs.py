"""Gives a model the types that analysis found, where another dialect has others by itself."""

from __future__ import annotations

from collections.abc import Callable

from hansa.core.contract import ContractTable
from hansa.core.datatype import DataType, Family
from hansa.core.schema import TableSchema
from hansa.engines.errors import TypeLacking
from hansa.sql.translation import cast_columns, folds_names

TypeSql = Callable[[DataType], str]

# where the same function gives another type, such as the sum or the average of whole numbers
_CAST = frozenset({Family.INTEGER, Family.DECIMAL, Family.FLOAT, Family.DATE, Family.TIMESTAMP})


def with_types(
    sql: str,
    schema: TableSchema | None,
    contract: ContractTable | None,
    dialects: tuple[str, str],
    type_sql: TypeSql,
) -> str:
    """The translated SQL with each column in the type that its model has in its own dialect.

    Where analysis does not know a type, the contract's word counts. A type that the engine
    lacks stays as the engine gives it. `dialects` are the model's and the engine's.
    """
    own, other = dialects
    if own == other or schema is None:
        return sql
    folds = folds_names(own, other)
    promised = (
        {column.name.casefold(): column.type for column in contract.columns if column.physical_type}
        if contract
        else {}
    )
    columns = []
    for column in schema.columns:
        kind = column.type if column.type.is_known else promised.get(column.name.casefold())
        name = column.name.lower() if folds else column.name
        columns.append((name, _text(kind, type_sql)))
    if not any(kind for _, kind in columns):
        return sql
    return cast_columns(sql, columns, other)


def _text(kind: DataType | None, type_sql: TypeSql) -> str | None:
    if kind is None or kind.family not in _CAST:
        return None
    try:
        return type_sql(kind)
    except TypeLacking:
        return None
