"""The values that are tried for a column of an input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from hansa.core.contract import ContractColumn
from hansa.core.datatype import DataType, Family
from hansa.core.schema import Column, TableSchema
from hansa.sql.compared import Compared
from hansa.testing.values import misfits

_PLAIN: Mapping[Family, tuple[Any, ...]] = {
    Family.INTEGER: (1, 2, 3),
    Family.DECIMAL: (1, 2, 10),
    Family.FLOAT: (1.0, 2.5, 10.0),
    Family.BOOLEAN: (True, False),
    Family.STRING: ("a", "b"),
    Family.DATE: (date(2024, 1, 1), date(2024, 1, 2), date(2024, 2, 1)),
    Family.TIMESTAMP: (
        datetime(2024, 1, 1),
        datetime(2024, 1, 1, 8, 30),
        datetime(2024, 1, 2),
    ),
    Family.TIME: ("08:00:00", "17:30:00"),
}
_NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)


@dataclass(frozen=True, slots=True)
class Domain:
    """What a column may hold: plain values, those that the SQL speaks of, and whether NULL."""

    plain: tuple[Any, ...]
    told: tuple[Any, ...]
    nullable: bool

    @property
    def values(self) -> tuple[Any, ...]:
        return tuple(dict.fromkeys((*self.told, *self.plain))) or (None,)


def domains_of(
    schema: TableSchema, limits: Iterable[ContractColumn], compared: Compared
) -> Mapping[str, Domain]:
    """A domain for each column, within what its type and the contract of its table allow."""
    promised = {column.name: column for column in limits}
    keyed = {name for key in schema.keys for name in key}
    return {
        column.name: _domain(column, promised.get(column.name), compared, column.name in keyed)
        for column in schema.columns
    }


def _domain(
    column: Column, promised: ContractColumn | None, compared: Compared, keyed: bool
) -> Domain:
    told = list(_told(column.type, compared.literals.get(column.name.casefold(), ())))
    plain = list(_PLAIN.get(column.type.family, ()))
    if promised is not None and promised.enum is not None:
        plain, told = list(promised.enum), []
    fitting = [value for value in told if _fits(value, column.type, promised)]
    usual = [value for value in plain if _fits(value, column.type, promised)]
    if not fitting and not usual and promised is not None:
        usual = [value for value in _bounds(promised) if _fits(value, column.type, promised)]
    return Domain(tuple(usual), tuple(fitting), column.nullable and not keyed)


def _fits(value: Any, datatype: DataType, promised: ContractColumn | None) -> bool:
    if misfits(value, datatype):
        return False
    return promised is None or _admits(promised, value)


def _admits(promised: ContractColumn, value: Any) -> bool:
    """Whether the plainest limits allow a value; all of them are held against the rows later."""
    bounds = promised.bounds
    if isinstance(value, str):
        longest = bounds.max_length is None or len(value) <= bounds.max_length
        return longest and (bounds.min_length is None or len(value) >= bounds.min_length)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return True
    low, high = bounds.minimum, bounds.maximum
    return (not isinstance(low, int | float) or value >= low) and (
        not isinstance(high, int | float) or value <= high
    )


def _bounds(promised: ContractColumn) -> Iterator[Any]:
    for bound in (promised.bounds.minimum, promised.bounds.maximum):
        if bound is not None:
            yield bound


def _told(datatype: DataType, texts: Iterable[str]) -> Iterator[Any]:
    """The values that a query compares with, and their neighbours."""
    for text in texts:
        if datatype.family in _NUMBERS:
            yield from _numbers(text, datatype.family)
        elif datatype.family is Family.STRING:
            yield text
        elif datatype.family in (Family.DATE, Family.TIMESTAMP):
            yield from _days(text, datatype.family)


def _numbers(text: str, family: Family) -> Iterator[Any]:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return
    if not number.is_finite() or abs(number) > 10**15:
        return
    for value in (number, number - 1, number + 1):
        if family is Family.FLOAT:
            yield float(value)
        elif value == value.to_integral_value():
            yield int(value)
        elif family is Family.DECIMAL:
            yield value


def _days(text: str, family: Family) -> Iterator[Any]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return
    moment = moment.replace(tzinfo=None)
    for days in (0, -1, 1):
        try:
            shifted = moment + timedelta(days=days)
        except OverflowError:
            continue
        yield shifted if family is Family.TIMESTAMP else shifted.date()
