"""Names and values as SQL text that cannot be read as anything else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

from hansa.errors import InvalidInput
from hansa.sql.dialects import (
    BACKSLASH_ESCAPES,
    NO_DOUBLED_QUOTES,
    check_dialect,
    quote_characters,
)

Value = str | int | float | bool | Decimal | date | datetime | time | None


class UnusableName(InvalidInput):
    """A name cannot be an SQL identifier, even in quotes."""

    slug = "unusable-name"
    hint = "use a name with at least one character and without NUL characters"

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return f"{self.name!r} cannot be the name of anything in SQL"


def quote(name: str, dialect: str) -> str:
    """The name as a quoted identifier, whatever characters it holds.

    Raises UnusableName for an empty name or one with a NUL character.
    """
    if not name or "\0" in name:
        raise UnusableName(name)
    opening, closing = quote_characters(dialect)
    if dialect == "bigquery":
        escaped = name.replace("\\", "\\\\").replace(closing, f"\\{closing}")
    else:
        escaped = name.replace(closing, closing * 2)
    return f"{opening}{escaped}{closing}"


def quote_path(parts: Sequence[str], dialect: str) -> str:
    """A dotted name such as `"schema"."table"`, each part quoted."""
    return ".".join(quote(part, dialect) for part in parts)


def literal(value: Value, dialect: str) -> str:
    """The value as an SQL expression of its own type: text, number, truth value, time or NULL.

    A float stays a float (DuckDB reads a plain 0.1 as a decimal), an instant keeps its offset.
    """
    check_dialect(dialect)
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | Decimal():
            return _signed(format(value, "f") if isinstance(value, Decimal) else str(value))
        case float():
            return _float(value, dialect)
        case str():
            return _text(value, dialect)
        case datetime():
            kind = "TIMESTAMP" if value.tzinfo is None else _INSTANTS.get(dialect, "TIMESTAMPTZ")
            return f"CAST({_text(value.isoformat(' '), dialect)} AS {kind})"
        case date():
            return f"CAST({_text(value.isoformat(), dialect)} AS DATE)"
        case time():
            return f"CAST({_text(value.isoformat(), dialect)} AS TIME)"


_INSTANTS = {
    "bigquery": "TIMESTAMP",
    "databricks": "TIMESTAMP",
    "spark": "TIMESTAMP",
    "presto": "TIMESTAMP WITH TIME ZONE",
    "trino": "TIMESTAMP WITH TIME ZONE",
    "tsql": "DATETIMEOFFSET",
}


def _signed(number: str) -> str:
    # Parentheses keep `a - -1` from being read as the start of a comment.
    return f"({number})" if number.startswith("-") else number


def _float(value: float, dialect: str) -> str:
    if math.isnan(value) or math.isinf(value):
        name = "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
        kind = "DOUBLE PRECISION" if dialect in ("postgres", "redshift") else "DOUBLE"
        return f"CAST('{name}' AS {kind})"
    text = repr(value)
    return _signed(text if "e" in text else f"{text}e0")


def _text(value: str, dialect: str) -> str:
    if dialect in BACKSLASH_ESCAPES:
        value = value.replace("\\", "\\\\")
    escaped = value.replace("'", "\\'" if dialect in NO_DOUBLED_QUOTES else "''")
    return f"'{escaped}'"
