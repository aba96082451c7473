"""Seeds: rows in a CSV file, as a SELECT that yields them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from hansa.core.datatype import BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER, STRING, TIMESTAMP, DataType
from hansa.sql.identifiers import literal, quote
from hansa.sql.types import type_sql

# A seed is a small table that people keep by hand; a larger one is read from its file.
ROWS_AT_MOST = 2_000
BYTES_AT_MOST = 200_000

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?\Z"
)
_TRUTH = frozenset({"true", "false"})
_INT_MAX = 2**31


class SeedUnreadable(Exception):
    """A seed's file is no CSV table; `reason` says why, `line` where."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def read_seed(data: bytes, delimiter: str | None) -> tuple[list[str], list[list[str | None]]]:
    """The header and the rows; empty cells are NULL, as in dbt. Raises SeedUnreadable."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SeedUnreadable("it is not UTF-8", 0) from None
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or ",", strict=True)
    try:
        header = next(table, [])
        rows: list[list[str | None]] = []
        for cells in table:
            if not cells:
                continue
            if len(cells) != len(header):
                reason = f"a row has {len(cells)} values, and the header names {len(header)}"
                raise SeedUnreadable(reason, table.line_num)
            rows.append([cell if cell not in ("", "null") else None for cell in cells])
    except csv.Error as error:
        raise SeedUnreadable(str(error), table.line_num) from None
    if not header:
        raise SeedUnreadable("it is empty", 1)
    return header, rows


def seed_sql(
    name: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str | None]],
    types: Mapping[str, str],
    dialect: str,
) -> str:
    """A SELECT of the rows; `types` are the declared ones, the others follow from the values."""
    folded = {column.casefold(): kind for column, kind in types.items()}
    columns = [quote(column, dialect) for column in header]
    kinds = [
        folded.get(column.casefold())
        or type_sql(_kind_of([row[at] for row in rows if row[at] is not None]), dialect)
        for at, column in enumerate(header)
    ]
    casts = ",\n".join(
        f"    cast({column} as {kind}) as {column}"
        for column, kind in zip(columns, kinds, strict=True)
    )
    if not rows:
        nulls = ",\n".join(
            f"    cast(null as {kind}) as {column}"
            for column, kind in zip(columns, kinds, strict=True)
        )
        return f"select\n{nulls}\nwhere 1 = 0\n"
    values = ",\n".join(
        f"    ({', '.join(literal(cell, dialect) for cell in row)})" for row in rows
    )
    return (
        f"select\n{casts}\nfrom (values\n{values}\n) as {quote(name, dialect)}"
        f" ({', '.join(columns)})\n"
    )


def _kind_of(cells: Sequence[str | None]) -> DataType:
    """The type that dbt gives a column of these texts."""
    texts = [cell for cell in cells if cell is not None]
    if not texts:
        # dbt reads a column without values as whole numbers
        return INTEGER
    if all(_INTEGER.match(text) for text in texts):
        return INTEGER if all(abs(int(text)) < _INT_MAX for text in texts) else BIGINT
    if all(_NUMBER.match(text) for text in texts):
        return DOUBLE
    if all(_DATE.match(text) for text in texts):
        return DATE
    if all(_TIMESTAMP.match(text) for text in texts):
        return TIMESTAMP
    if all(text.lower() in _TRUTH for text in texts):
        return BOOLEAN
    return STRING
