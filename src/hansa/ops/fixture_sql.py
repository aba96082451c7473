"""Computes the fixtures of unit tests that are written in SQL, in a locked-down database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def select_rows(sql: str, dialect: str, file: str) -> tuple[Mapping[str, Any], ...]:
    """The rows of a SELECT without inputs. Raises NotConstant and what the sandbox raises."""
    # the database is imported only where a test has such a fixture
    from hansa.testing.selected_rows import rows_of_select

    return rows_of_select(sql, dialect, file)
