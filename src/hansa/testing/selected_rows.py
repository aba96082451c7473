"""Rows of a unit test that somebody wrote as a SELECT, computed in the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hansa.engines.sandbox import DIALECT, Sandbox
from hansa.sql.constants import lone_select
from hansa.testing.values import plain_value

# People write fixtures: a query with more rows, or a longer one, is something else.
_ROWS_AT_MOST = 10_000
_SECONDS = 10.0


def rows_of_select(sql: str, dialect: str, file: str) -> tuple[Mapping[str, Any], ...]:
    """The rows that a SELECT without inputs gives, as values that a test can hold.

    Raises NotConstant, and what parsing and the sandbox raise.
    """
    query = lone_select(sql, dialect, file, DIALECT)
    with Sandbox(time_limit=_SECONDS) as sandbox:
        found = sandbox.query(query, max_rows=_ROWS_AT_MOST)
    return tuple(
        {name: plain_value(value) for name, value in zip(found.columns, row, strict=True)}
        for row in found.rows
    )
