"""How the values of one column on two sides are made comparable."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hansa.core.datatype import DOUBLE, STRING, UNKNOWN, DataType, Family, holds
from hansa.sql.identifiers import quote
from hansa.sql.types import InvalidType, parse_type, type_sql
from hansa.testing.datadiff.values import ColumnNames, Value

_NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)
_DIGITS = 38
# the scale at which a decimal of all digits still holds every 64-bit integer
_LARGEST_SCALE = 19


@dataclass(frozen=True, slots=True)
class AlignedColumn:
    """One column of both sides as SQL expressions of one type."""

    names: ColumnNames
    type: DataType
    old: str
    new: str

    @property
    def is_float(self) -> bool:
        return self.type.family is Family.FLOAT

    def value(self, text: str | None) -> Value:
        """The value that the engine wrote as text: a number or truth value where it is one."""
        if text is None:
            return None
        match self.type.family:
            case Family.INTEGER:
                return int(text)
            case Family.FLOAT:
                return _finite(text)
            case Family.BOOLEAN:
                return text.lower() in ("true", "t")
        return text


def align(names: ColumnNames, old: str, new: str, dialect: str) -> AlignedColumn:
    """The column's values under one type; `old` and `new` are its types in the dialect's words.

    Equal types stay. Numbers meet in the wider type, days and times in the time; whatever has
    no such type is compared as text.
    """
    before, after = _parse(old, dialect), _parse(new, dialect)
    if old == new and before.family is not Family.JSON:
        kind = before
        return AlignedColumn(names, kind, *(_plain(name, kind, dialect) for name in _both(names)))
    kind = common_type(before, after)
    word = type_sql(kind, dialect)
    expressions = (f"CAST({quote(name, dialect)} AS {word})" for name in _both(names))
    return AlignedColumn(names, kind, *expressions)


def common_type(one: DataType, other: DataType) -> DataType:
    """A type in which values of both can be compared; text where there is no nearer one."""
    for wide, narrow in ((one, other), (other, one)):
        if wide.family not in (Family.JSON, Family.FLOAT) and holds(wide, narrow):
            return wide
    families = {one.family, other.family}
    if families <= set(_NUMBERS):
        return _common_number(one, other)
    if families <= {Family.DATE, Family.TIMESTAMP}:
        timezone = one.timezone or other.timezone
        return DataType(Family.TIMESTAMP, timezone=timezone)
    return STRING


def _common_number(one: DataType, other: DataType) -> DataType:
    if Family.FLOAT in (one.family, other.family):
        return DOUBLE
    scale = max(one.scale or 0, other.scale or 0)
    if scale > _LARGEST_SCALE or 128 in (one.bits, other.bits):
        return DOUBLE
    whole = max(_whole_digits(one), _whole_digits(other))
    if whole + scale > _DIGITS:
        return DOUBLE
    return DataType(Family.DECIMAL, precision=_DIGITS, scale=scale)


def _whole_digits(kind: DataType) -> int:
    """How many digits a number of the type may have before the point."""
    if kind.family is Family.INTEGER:
        return len(str(2 ** (kind.bits or 64)))
    return (kind.precision or _DIGITS) - (kind.scale or 0)


def _plain(name: str, kind: DataType, dialect: str) -> str:
    """The column itself; a short float as a long one, so that sums of tolerance are exact."""
    column = quote(name, dialect)
    if kind.family is Family.FLOAT and kind.bits != 64:
        return f"CAST({column} AS {type_sql(replace(kind, bits=64), dialect)})"
    return column


def _both(names: ColumnNames) -> tuple[str, str]:
    return names.old, names.new


def _parse(text: str, dialect: str) -> DataType:
    try:
        return parse_type(text, dialect)
    except InvalidType:
        return UNKNOWN


def _finite(text: str) -> Value:
    """A float as a number where JSON has it, else as the engine's text."""
    number = float(text)
    return number if abs(number) < float("inf") else text
