"""The values that are tried for a column of an input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from hansa.core.contract import ContractColumn
from hansa.core.datatype import DataType, Family
from hansa.core.schema import Column, TableSchema
from hansa.sql.compared import Compared
from hansa.testing.generation.patterns import texts_matching
from hansa.testing.values import misfits

_PLAIN: Mapping[Family, tuple[Any, ...]] = {
    Family.INTEGER: (1, 2, 3, 10, 100, 0, -5),
    Family.DECIMAL: (1, 2, 10, 100, 0, -5),
    Family.FLOAT: (1.0, 2.5, 10.0, 50.0, 100.0, 0.0, -5.0),
    Family.BOOLEAN: (True, False),
    Family.STRING: ("a", "b", "c"),
    Family.DATE: (date(2024, 1, 1), date(2024, 1, 2), date(2024, 2, 1)),
    Family.TIMESTAMP: (
        datetime(2024, 1, 1),
        datetime(2024, 1, 1, 8, 30),
        datetime(2024, 1, 1, 13, 15),
        datetime(2024, 1, 1, 20, 45),
        datetime(2024, 1, 2),
    ),
    Family.TIME: ("08:00:00", "17:30:00"),
}
# What keys have besides, so that many rows can be told apart.
_KEYS: Mapping[Family, tuple[Any, ...]] = {
    Family.INTEGER: tuple(range(4, 40)),
    Family.DECIMAL: tuple(range(4, 40)),
    Family.STRING: tuple("defghijklmnopqrst"),
    Family.DATE: tuple(date(2024, 3, day) for day in range(1, 32)),
    Family.TIMESTAMP: tuple(datetime(2024, 1, 3, hour) for hour in range(24)),
}
_TEXTS_OF_PATTERN = 3
_TEXTS_OF_KEY = 12
# A contract that asks for longer texts is not met; nobody would want to read such a case.
_LONGEST_TEXT = 200
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


# Which of some values the contract of a column allows; the database compares them.
Admitted = Callable[[Column, ContractColumn, Sequence[Any]], Sequence[bool]]


def domains_of(
    schema: TableSchema, limits: Iterable[ContractColumn], compared: Compared, admitted: Admitted
) -> Mapping[str, Domain]:
    """A domain for each column, within what its type and the contract of its table allow."""
    promised = {column.name.casefold(): column for column in limits}
    keyed = {name for key in schema.keys for name in key}
    found = {}
    for column in schema.columns:
        told = tuple(_told(column.type, compared.literals.get(column.name.casefold(), ())))
        plain = _PLAIN.get(column.type.family, ())
        if column.name in keyed:
            plain = (*plain, *_KEYS.get(column.type.family, ()))
        limit = promised.get(column.name.casefold())
        if limit is not None:
            texts = _TEXTS_OF_KEY if column.name in keyed else _TEXTS_OF_PATTERN
            plain = (*_promised(limit, column.type, texts), *plain)
        found[column.name] = Domain(
            _allowed(plain, column, limit, admitted),
            _allowed(told, column, limit, admitted),
            column.nullable and column.name not in keyed,
        )
    return found


def with_values(
    domain: Domain,
    column: Column,
    limit: ContractColumn | None,
    values: Iterable[Any],
    admitted: Admitted,
) -> Domain:
    """The domain with values of columns that it may be joined with, where it takes them."""
    known = set(domain.values)
    more = [value for value in dict.fromkeys(values) if value not in known]
    return replace(domain, told=(*domain.told, *_allowed(more, column, limit, admitted)))


def _allowed(
    values: Iterable[Any], column: Column, limit: ContractColumn | None, admitted: Admitted
) -> tuple[Any, ...]:
    fitting = [value for value in values if not misfits(value, column.type)]
    if limit is None or not fitting:
        return tuple(fitting)
    answers = admitted(column, limit, fitting)
    return tuple(value for value, fits in zip(fitting, answers, strict=True) if fits)


def _promised(limit: ContractColumn, datatype: DataType, texts: int) -> Iterator[Any]:
    """Values that the contract itself speaks of: its lists, bounds, patterns and lengths."""
    if limit.enum is not None:
        yield from (value for value in limit.enum if value is not None)
        return
    bounds = limit.bounds
    if limit.pattern is not None:
        yield from texts_matching(limit.pattern, texts)
    if datatype.family is Family.STRING and bounds.min_length is not None:
        length = min(bounds.min_length, _LONGEST_TEXT)
        yield from ("a" * length, "b" * length)
    step = bounds.multiple_of
    if step is not None:
        yield from (0, step, 2 * step)
    for bound in (
        bounds.minimum,
        bounds.maximum,
        bounds.exclusive_minimum,
        bounds.exclusive_maximum,
    ):
        if bound is not None:
            yield from _told(datatype, (str(bound),))


def _told(datatype: DataType, texts: Iterable[str]) -> Iterator[Any]:
    """The values that a query compares with, and their neighbours."""
    for text in texts:
        if datatype.family in _NUMBERS:
            yield from _numbers(text, datatype.family)
        elif datatype.family is Family.STRING:
            yield text
        elif datatype.family in (Family.DATE, Family.TIMESTAMP):
            yield from _days(text, datatype.family)
            yield from _parts(text, datatype.family)


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


def _parts(text: str, family: Family) -> Iterator[Any]:
    """Times that have a number as their hour or year: queries compare with parts of a time."""
    if not text.isascii() or not text.isdecimal() or len(text) > 4:
        return
    for number in (int(text), int(text) - 1):
        moment = datetime(2024, 1, 1)
        if 0 <= number < 24 and family is Family.TIMESTAMP:
            yield moment.replace(hour=number)
        elif 1900 <= number <= 2100:
            moment = moment.replace(year=number)
            yield moment if family is Family.TIMESTAMP else moment.date()
