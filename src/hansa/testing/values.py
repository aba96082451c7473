"""Values as people write them in tests, as the text from which DuckDB makes typed ones."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from hansa.core.datatype import UNKNOWN, DataType, Family
from hansa.engines.sandbox import DIALECT, is_nested
from hansa.sql.types import InvalidType, parse_type

_WHOLE = re.compile(r"\s*[+-]?\d+\s*")
_TRUTH = frozenset({"true", "false", "t", "f", "yes", "no", "1", "0"})
_NOT_FINITE = {"inf": "inf", "-inf": "-inf", "nan": "nan"}


def text_of_value(value: Any, kind: str) -> str | None:
    """The text that DuckDB casts to `kind` (its own word for a type); None for NULL."""
    if value is None:
        return None
    if kind == "JSON" or is_nested(kind):
        return _json_text(value)
    return _scalar_text(value)


def cast_of(expression: str, kind: str, *, attempt: bool = False) -> str:
    """SQL that turns such a text into a value; with `attempt` NULL instead of an error."""
    cast = "TRY_CAST" if attempt else "CAST"
    if is_nested(kind):
        return f"{cast}({cast}({expression} AS JSON) AS {kind})"
    return f"{cast}({expression} AS {kind})"


def misfits(value: Any, datatype: DataType) -> bool:
    """Whether a cast would fail or lose something that the value says; NULL always fits.

    A value that this does not know to judge fits; the cast itself has the last word.
    """
    if value is None:
        return False
    match datatype.family:
        case Family.INTEGER:
            return _misfits_integer(value, datatype)
        case Family.DECIMAL:
            return _misfits_decimal(value, datatype)
        case Family.FLOAT:
            return _decimal_of(value) is None and str(value).strip().lower() not in _NOT_FINITE
        case Family.BOOLEAN:
            return str(value).strip().lower() not in _TRUTH
        case Family.DATE:
            return _misfits_date(value)
        case Family.STRING | Family.TIMESTAMP | Family.TIME:
            return isinstance(value, list | dict)
        case _:
            return False


@lru_cache(maxsize=1024)
def type_of_kind(kind: str) -> DataType:
    """The type that DuckDB calls `kind`; unknown for types that have no word elsewhere."""
    try:
        return parse_type(kind, DIALECT)
    except InvalidType:
        return UNKNOWN


def kind_of_values(values: Sequence[Any]) -> str:
    """DuckDB's word for a type that holds all the values; VARCHAR where only text does."""
    kinds = {_kind_of(value) for value in values if value is not None}
    if not kinds:
        return "VARCHAR"
    if len(kinds) == 1:
        return kinds.pop()
    if kinds <= {"BIGINT", "HUGEINT"}:
        return "HUGEINT"
    if kinds <= {"BIGINT", "HUGEINT", "DOUBLE"}:
        return "DOUBLE"
    if kinds <= {"DATE", "TIMESTAMP"}:
        return "TIMESTAMP"
    return "VARCHAR"


def _kind_of(value: Any) -> str:
    match value:
        case bool():
            return "BOOLEAN"
        case int():
            return "BIGINT" if abs(value) < 2**63 else "HUGEINT"
        case float() | Decimal():
            return "DOUBLE"
        case datetime():
            return "TIMESTAMP" if value.tzinfo is None else "TIMESTAMP WITH TIME ZONE"
        case date():
            return "DATE"
        case bytes():
            return "BLOB"
        case list():
            inner = kind_of_values(value)
            return f"{inner}[]"
        case dict():
            return "JSON"
    return "VARCHAR"


def _scalar_text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return repr(float(value))
        case int():
            return str(int(value))
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case bytes():
            return "".join(f"\\x{byte:02X}" for byte in value)
        case list() | dict():
            return _json_text(value)
    return str(value)


def _json_text(value: Any) -> str:
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return json.dumps(value, ensure_ascii=False)
        return value
    return json.dumps(plain_value(value), ensure_ascii=False)


def plain_value(value: Any) -> Any:
    """The value in what JSON has: text for dates and the like, NULL for numbers not finite."""
    match value:
        case Mapping():
            return {_scalar_text(key): plain_value(item) for key, item in value.items()}
        case list() | tuple():
            return [plain_value(item) for item in value]
        case bool() | None | str():
            return value
        case int():
            return int(value)
        case float():
            return float(value) if math.isfinite(value) else None
    return _scalar_text(value)


def _misfits_integer(value: Any, datatype: DataType) -> bool:
    if isinstance(value, bool):
        return True
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        return True
    number = _decimal_of(value)
    if number is None or number != number.to_integral_value():
        return True
    bits = datatype.bits or 64
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if datatype.signed else (0, 2**bits)
    return not low <= number < high


def _misfits_decimal(value: Any, datatype: DataType) -> bool:
    number = _decimal_of(value)
    if number is None or not number.is_finite():
        return True
    if datatype.precision is None:
        return False
    scale = datatype.scale or 0
    _, digits, exponent = number.normalize().as_tuple()
    assert isinstance(exponent, int)
    return -exponent > scale or len(digits) + exponent > datatype.precision - scale


def _misfits_date(value: Any) -> bool:
    if isinstance(value, datetime):
        return value.time() != time() or value.tzinfo is not None
    if isinstance(value, str):
        return ":" in value
    return not isinstance(value, date)


def _decimal_of(value: Any) -> Decimal | None:
    """The number that the value is or spells, exactly; None when it is none or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(repr(float(value)) if isinstance(value, float) else str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
