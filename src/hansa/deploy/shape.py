"""Compares the columns of a built relation with what the contract promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hansa.core.contract import Contract, ContractColumn, ContractTable
from hansa.core.datatype import DataType, Family, describe
from hansa.core.diagnostic import Diagnostic
from hansa.engines.errors import TypeLacking
from hansa.engines.protocol import Engine, RelationColumn
from hansa.errors import HansaError
from hansa.sql.types import InvalidType, parse_type

_NUMBERS = frozenset({Family.INTEGER, Family.DECIMAL, Family.FLOAT})


def require_types(contract: Contract, engine: Engine) -> None:
    """See that the engine has every type that a contract promises by its physical type.

    Raises TypeLacking with the place in the contract.
    """
    for table in contract.tables:
        for column in table.columns:
            if column.physical_type is None or not column.type.is_known:
                continue
            try:
                engine.type_sql(column.type)
            except (TypeLacking, InvalidType):
                name = f"{table.name}.{column.name}"
                kind = str(column.type)
                raise TypeLacking(kind, engine.title, name, column.place) from None


def shape_findings(
    table: ContractTable, built: Sequence[RelationColumn], dialect: str
) -> Iterator[Diagnostic]:
    """A finding for each promised column that is missing or has another type.

    Lengths of texts are no part of it: many engines forget them, so rows are checked instead.
    """
    by_name = {column.name.casefold(): column for column in built}
    for column in table.columns:
        found = by_name.get(column.name.casefold())
        if found is None:
            message = f"`{table.name}` has no column `{column.name}`, which the contract promises"
            yield _finding(table, column, "column_missing", message)
            continue
        kind = _parse(found.type, dialect)
        if kind is not None and not agrees(column, kind):
            message = (
                f"`{table.name}.{column.name}` is {describe(kind)},"
                f" the contract promises {describe(column.type)}"
            )
            yield _finding(table, column, "column_type_differs", message)


def agrees(column: ContractColumn, built: DataType) -> bool:
    """Whether a built type keeps the promise; a logical type alone promises its family only."""
    promised = column.type
    if not promised.is_known:
        return True
    if column.physical_type is None:
        return _kin(promised.family) == _kin(built.family)
    return _equal(promised, built)


def _kin(family: Family) -> str:
    return "number" if family in _NUMBERS else family.value


def _equal(promised: DataType, built: DataType) -> bool:
    if promised.family is not built.family:
        return False
    match promised.family:
        case Family.INTEGER:
            return _bits(promised) == _bits(built) and promised.signed == built.signed
        case Family.FLOAT:
            return _bits(promised) == _bits(built)
        case Family.DECIMAL:
            return promised.precision is None or (
                (promised.precision, promised.scale or 0) == (built.precision, built.scale or 0)
            )
        case Family.TIMESTAMP | Family.TIME:
            return promised.timezone == built.timezone
        case Family.ARRAY | Family.MAP:
            return len(promised.items) == len(built.items) and all(
                map(_equal, promised.items, built.items)
            )
        case Family.STRUCT:
            return [name for name, _ in promised.fields] == [
                name for name, _ in built.fields
            ] and all(
                _equal(field, other)
                for (_, field), (_, other) in zip(promised.fields, built.fields, strict=True)
            )
        case Family.OTHER:
            return (promised.name or "").casefold() == (built.name or "").casefold()
        case _:
            return True


def _bits(kind: DataType) -> int:
    return kind.bits or (32 if kind.family is Family.INTEGER else 64)


def _parse(text: str, dialect: str) -> DataType | None:
    try:
        return parse_type(text, dialect)
    except HansaError:
        # a type that hansa does not know cannot be compared
        return None


def _finding(table: ContractTable, column: ContractColumn, rule: str, message: str) -> Diagnostic:
    return Diagnostic(
        rule=rule,
        message=message,
        hint=f"change the model, or run `hansa contract sync` to promise what `{table.name}` has",
        place=column.place,
        table=table.name,
        column=column.name,
    )
