"""Data types as values that do not depend on a dialect, and how they contain each other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """Groups of types between which values keep their meaning."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    STRING = "string"
    BINARY = "binary"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    INTERVAL = "interval"
    UUID = "uuid"
    JSON = "json"
    ARRAY = "array"
    MAP = "map"
    STRUCT = "struct"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DataType:
    """One data type.

    `bits` is the width of integers (8 to 128) and floats (32, 64); None where a dialect has
    one size only. `signed` is False for DuckDB's unsigned integers. `precision` and `scale`
    belong to decimals (None: the dialect's default), `precision` also to fractions of a second.
    `length` is the largest number of characters or bytes, None for no limit; `fixed` marks
    padded CHAR. `timezone` is True for instants. `items` holds an array's element, or a map's
    key and value; `fields` a struct's fields in order. `name` is the dialect's own word for
    types of family OTHER.
    """

    family: Family
    bits: int | None = None
    signed: bool = True
    precision: int | None = None
    scale: int | None = None
    length: int | None = None
    fixed: bool = False
    timezone: bool = False
    items: tuple[DataType, ...] = ()
    fields: tuple[tuple[str, DataType], ...] = ()
    name: str | None = None

    @property
    def is_known(self) -> bool:
        """False when inference could not tell the type, at any depth."""
        if self.family is Family.UNKNOWN:
            return False
        return all(item.is_known for item in self.items) and all(
            field.is_known for _, field in self.fields
        )

    def __str__(self) -> str:
        return describe(self)


UNKNOWN = DataType(Family.UNKNOWN)
BOOLEAN = DataType(Family.BOOLEAN)
STRING = DataType(Family.STRING)
INTEGER = DataType(Family.INTEGER, bits=32)
BIGINT = DataType(Family.INTEGER, bits=64)
DOUBLE = DataType(Family.FLOAT, bits=64)
DATE = DataType(Family.DATE)
TIMESTAMP = DataType(Family.TIMESTAMP)
TIMESTAMPTZ = DataType(Family.TIMESTAMP, timezone=True)

_INTEGER_NAMES = {8: "tinyint", 16: "smallint", 32: "integer", 64: "bigint", 128: "hugeint"}


def describe(kind: DataType) -> str:
    """The type in the words that most dialects share, for messages: `decimal(10,2)`."""
    match kind.family:
        case Family.INTEGER:
            name = _INTEGER_NAMES.get(kind.bits or 32, "integer")
            return name if kind.signed else f"u{name}"
        case Family.FLOAT:
            return "float" if kind.bits == 32 else "double"
        case Family.DECIMAL:
            return _with_arguments("decimal", kind.precision, kind.scale)
        case Family.STRING:
            return _with_arguments("char" if kind.fixed else "varchar", kind.length)
        case Family.BINARY:
            return _with_arguments("varbinary", kind.length)
        case Family.TIMESTAMP | Family.TIME:
            name = _with_arguments(kind.family.value, kind.precision)
            return f"{name} with time zone" if kind.timezone else name
        case Family.ARRAY:
            return f"array<{', '.join(map(describe, kind.items))}>"
        case Family.MAP:
            return f"map<{', '.join(map(describe, kind.items))}>"
        case Family.STRUCT:
            fields = ", ".join(f"{name} {describe(field)}" for name, field in kind.fields)
            return f"struct<{fields}>"
        case Family.OTHER:
            return kind.name or "other"
        case _:
            return kind.family.value


def _with_arguments(name: str, *arguments: int | None) -> str:
    given = [str(argument) for argument in arguments if argument is not None]
    return f"{name}({','.join(given)})" if given else name


def holds(wide: DataType, narrow: DataType) -> bool:
    """Whether every value of `narrow` is also a value of `wide`, of the same family.

    True for equal types. A missing length or precision is no limit. Integers do not fit
    decimals and floats here: values would compare equal, but readers get another type.
    """
    if wide == narrow:
        return True
    if wide.family is not narrow.family or wide.family in (Family.UNKNOWN, Family.OTHER):
        return False
    match wide.family:
        case Family.INTEGER:
            return _holds_integer(wide, narrow)
        case Family.FLOAT:
            return (wide.bits or 64) >= (narrow.bits or 64)
        case Family.DECIMAL:
            return _holds_decimal(wide, narrow)
        case Family.STRING | Family.BINARY:
            return wide.fixed == narrow.fixed and _at_least(wide.length, narrow.length)
        case Family.TIMESTAMP | Family.TIME:
            return wide.timezone == narrow.timezone and _holds_fraction(wide, narrow)
        case Family.ARRAY | Family.MAP:
            return len(wide.items) == len(narrow.items) and all(
                map(holds, wide.items, narrow.items)
            )
        case Family.STRUCT:
            return _holds_struct(wide, narrow)
        case _:
            return False


def _at_least(wide: int | None, narrow: int | None) -> bool:
    return wide is None or (narrow is not None and wide >= narrow)


def _holds_fraction(wide: DataType, narrow: DataType) -> bool:
    """Digits of a second; six where none are named, as DuckDB, PostgreSQL and Spark have it.

    Finer ones hold nothing else: in 64 bits, nanoseconds reach from 1677 to 2262 only.
    """
    most, least = (6 if kind.precision is None else kind.precision for kind in (wide, narrow))
    return most == least or least < most <= 6


def _holds_integer(wide: DataType, narrow: DataType) -> bool:
    wide_bits, narrow_bits = wide.bits or 64, narrow.bits or 64
    if wide.signed == narrow.signed:
        return wide_bits >= narrow_bits
    return wide.signed and wide_bits > narrow_bits


def _holds_decimal(wide: DataType, narrow: DataType) -> bool:
    if None in (wide.precision, narrow.precision):
        return False
    assert wide.precision is not None
    assert narrow.precision is not None
    wide_scale, narrow_scale = wide.scale or 0, narrow.scale or 0
    whole = wide.precision - wide_scale >= narrow.precision - narrow_scale
    return wide_scale == narrow_scale and whole


def _holds_struct(wide: DataType, narrow: DataType) -> bool:
    return [name for name, _ in wide.fields] == [name for name, _ in narrow.fields] and all(
        holds(field, other)
        for (_, field), (_, other) in zip(wide.fields, narrow.fields, strict=True)
    )


def agrees(declared: DataType, found: DataType) -> bool:
    """Whether values of type `found` can be stored as `declared` without a cast.

    What is not known on either side agrees with everything, and so do limits that only one
    side states: expressions seldom tell the length of a text or the precision of a decimal.
    """
    if Family.UNKNOWN in (declared.family, found.family):
        return True
    if declared.family is not found.family:
        return False
    match declared.family:
        case Family.INTEGER:
            widths = (declared.bits or 64) == (found.bits or 64)
            return widths and declared.signed == found.signed
        case Family.FLOAT:
            return (declared.bits or 64) == (found.bits or 64)
        case Family.DECIMAL:
            stated = None not in (declared.precision, found.precision)
            return not stated or (declared.precision, declared.scale or 0) == (
                found.precision,
                found.scale or 0,
            )
        case Family.STRING | Family.BINARY:
            return found.length is None or _at_least(declared.length, found.length)
        case Family.TIMESTAMP | Family.TIME:
            precise = found.precision is None or _at_least(declared.precision, found.precision)
            return declared.timezone == found.timezone and precise
        case Family.ARRAY | Family.MAP:
            return len(declared.items) == len(found.items) and all(
                map(agrees, declared.items, found.items)
            )
        case Family.STRUCT:
            return _agree_fields(declared, found)
        case Family.OTHER:
            return (declared.name or "").casefold() == (found.name or "").casefold()
        case _:
            return True


def _agree_fields(declared: DataType, found: DataType) -> bool:
    return [name for name, _ in declared.fields] == [name for name, _ in found.fields] and all(
        agrees(field, other)
        for (_, field), (_, other) in zip(declared.fields, found.fields, strict=True)
    )
