"""DuckDB's types of arithmetic and of choices between values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from hansa.core.datatype import BIGINT, DOUBLE, STRING, UNKNOWN, DataType, Family
from hansa.sql.relations import Null, Value

FLOAT = DataType(Family.FLOAT, bits=32)
HUGEINT = DataType(Family.INTEGER, bits=128)
INTERVAL = DataType(Family.INTERVAL)
TIME = DataType(Family.TIME)

_DIGITS = {(8, True): 3, (16, True): 5, (32, True): 10, (64, True): 19, (128, True): 38}
_DIGITS |= {(8, False): 3, (16, False): 5, (32, False): 10, (64, False): 20, (128, False): 38}
_TIMES = (Family.DATE, Family.TIMESTAMP)


def decimal(precision: int, scale: int) -> DataType:
    """A decimal type of that precision, cut to DuckDB's 38 digits."""
    if scale > 38:
        return UNKNOWN
    return DataType(Family.DECIMAL, precision=min(precision, 38), scale=scale)


def fits(number: int, kind: DataType) -> bool:
    """Whether a whole number is a value of an integer type."""
    bits = kind.bits or 64
    if kind.signed:
        return -(1 << (bits - 1)) <= number < 1 << (bits - 1)
    return 0 <= number < 1 << bits


def add_or_subtract(left: DataType, right: DataType) -> DataType:
    """The type of a sum of two numbers."""
    if Family.DECIMAL not in (left.family, right.family) or _has_float(left, right):
        return _common(left, right)
    (whole_left, scale_left), (whole_right, scale_right) = _digits(left), _digits(right)
    scale = max(scale_left, scale_right)
    return decimal(max(whole_left, whole_right) + scale + 1, scale)


def multiply(left: DataType, right: DataType) -> DataType:
    """The type of a product of two numbers."""
    if Family.DECIMAL not in (left.family, right.family) or _has_float(left, right):
        return _common(left, right)
    (whole_left, scale_left), (whole_right, scale_right) = _digits(left), _digits(right)
    width_left, width_right = whole_left + scale_left, whole_right + scale_right
    width = width_left + width_right
    if width > 18 >= max(width_left, width_right):
        width = 18  # DuckDB stays within 64 bits while both operands do
    if scale_left + scale_right > width:
        return UNKNOWN
    return decimal(width, scale_left + scale_right)


def divide(left: DataType, right: DataType) -> DataType:
    """The type of `/`, which is never a whole number."""
    if FLOAT in (left, right) and DOUBLE not in (left, right):
        return FLOAT
    return DOUBLE


def divide_whole(left: DataType, right: DataType) -> DataType:
    """The type of `//`."""
    if Family.DECIMAL in (left.family, right.family):
        return divide(left, right)
    return _common(left, right)


def remainder(left: DataType, right: DataType) -> DataType:
    """The type of `%`."""
    if Family.DECIMAL not in (left.family, right.family) or _has_float(left, right):
        return _common(left, right)
    (whole_left, scale_left), (whole_right, scale_right) = _digits(left), _digits(right)
    scale = max(scale_left, scale_right)
    width = max(whole_left, whole_right) + scale
    return decimal(width, scale) if width <= 38 else DOUBLE


def _has_float(left: DataType, right: DataType) -> bool:
    return Family.FLOAT in (left.family, right.family)


def _digits(kind: DataType) -> tuple[int, int]:
    """Digits before and after the point."""
    if kind.family is Family.DECIMAL:
        precision, scale = kind.precision or 18, kind.scale or 0
        return precision - scale, scale
    return _DIGITS[kind.bits or 64, kind.signed], 0


def _common(left: DataType, right: DataType) -> DataType:
    if _has_float(left, right):
        return DOUBLE if DOUBLE in (left, right) else FLOAT
    if left.family is not Family.INTEGER or right.family is not Family.INTEGER:
        return UNKNOWN
    return _common_integer(left, right)


def _common_integer(left: DataType, right: DataType) -> DataType:
    left_bits, right_bits = left.bits or 64, right.bits or 64
    if left.signed == right.signed:
        return left if left_bits >= right_bits else right
    signed, unsigned = (left_bits, right_bits) if left.signed else (right_bits, left_bits)
    if unsigned == 128:
        return DOUBLE
    if signed > unsigned:
        return replace(left if left.signed else right)
    return HUGEINT if unsigned == 64 else BIGINT


def choose(values: Sequence[Value]) -> DataType:
    """The type that CASE, COALESCE, UNION and lists give to these values together."""
    concrete = [
        value
        for value in values
        if value.literal is not Null.NULL and not isinstance(value.literal, (str, int))
    ]
    numbers = [value for value in values if isinstance(value.literal, int)]
    kinds = [value.type for value in concrete] + _types_of_literals(concrete, numbers)
    if not kinds:
        texts = [value.type for value in values if isinstance(value.literal, str)]
        return texts[0] if texts else UNKNOWN
    return reduce(wider, kinds)


def _types_of_literals(concrete: Sequence[Value], numbers: Sequence[Value]) -> list[DataType]:
    """Whole numbers take the integer type beside them where they fit, else their own."""
    integers = [value.type for value in concrete if value.type.family is Family.INTEGER]
    beside = reduce(wider, integers) if integers else None
    return [
        number.type
        for number in numbers
        if beside is None or not isinstance(number.literal, int) or not fits(number.literal, beside)
    ]


def wider(left: DataType, right: DataType) -> DataType:
    """The type that DuckDB turns two columns of these types into, in a UNION or CASE."""
    if left == right:
        return left
    families = {left.family, right.family}
    if families == {Family.INTEGER}:
        return _wider_integer(left, right)
    if families <= {Family.INTEGER, Family.DECIMAL, Family.FLOAT}:
        if Family.FLOAT in families:
            return DOUBLE if DOUBLE in (left, right) else FLOAT
        (whole_left, scale_left), (whole_right, scale_right) = _digits(left), _digits(right)
        scale = max(scale_left, scale_right)
        return decimal(max(whole_left, whole_right) + scale, scale)
    if families == {Family.BOOLEAN, Family.INTEGER}:
        return left if left.family is Family.INTEGER else right
    if families == {Family.DATE, Family.TIMESTAMP}:
        return left if left.family is Family.TIMESTAMP else right
    if families == {Family.TIMESTAMP}:
        return _wider_timestamp(left, right)
    if families == {Family.STRING}:
        return STRING
    if families == {Family.ARRAY} and left.items and right.items:
        return DataType(Family.ARRAY, items=(wider(left.items[0], right.items[0]),))
    return UNKNOWN


def _wider_integer(left: DataType, right: DataType) -> DataType:
    left_bits, right_bits = left.bits or 64, right.bits or 64
    if left.signed == right.signed:
        return left if left_bits >= right_bits else right
    signed, unsigned = (left_bits, right_bits) if left.signed else (right_bits, left_bits)
    if unsigned == 128:
        return UNKNOWN
    return DataType(Family.INTEGER, bits=max(signed, unsigned * 2))


def _wider_timestamp(left: DataType, right: DataType) -> DataType:
    if left.timezone != right.timezone and left.precision is None and right.precision is None:
        return left if left.timezone else right
    return UNKNOWN


def add_time(left: DataType, right: DataType) -> DataType:
    """The type of a sum in which a date, time or interval takes part."""
    for one, other in ((left, right), (right, left)):
        if one.family is Family.INTERVAL:
            if other.family is Family.DATE:
                return DataType(Family.TIMESTAMP)
            if other.family in (Family.TIMESTAMP, Family.TIME) and other.precision is None:
                return other
            return INTERVAL if other.family is Family.INTERVAL else UNKNOWN
        if one.family is Family.DATE:
            if other.family is Family.INTEGER and (other.bits or 64) <= 32:
                return one
            if other == TIME:
                return DataType(Family.TIMESTAMP)
    return UNKNOWN


def subtract_time(left: DataType, right: DataType) -> DataType:
    """The type of a difference whose left side is a date, time or interval."""
    if right.family is Family.INTERVAL:
        return add_time(left, right)
    if left.family is Family.DATE and right.family is Family.DATE:
        return BIGINT
    if left.family in _TIMES and right.family in _TIMES:
        return INTERVAL
    if left.family is Family.DATE and right.family is Family.INTEGER and (right.bits or 64) <= 32:
        return left
    return UNKNOWN
