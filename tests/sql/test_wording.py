"""Which changes of a text leave its wording as it was."""

from __future__ import annotations

import pytest

from hansa.sql.wording import wording

BEFORE = "SELECT a, \"B\" AS date, 'x  y' FROM t WHERE a > 1.0"

CASES = {
    "spaces, comments and the case of keywords": (
        "select a,\n  \"B\" as date, -- why\n 'x  y' from t /* so */ where a > 1.0",
        True,
    ),
    "the case of a name": ("SELECT A, \"B\" AS date, 'x  y' FROM t WHERE a > 1.0", False),
    "the case of a word that is a name here": (
        "SELECT a, \"B\" AS DATE, 'x  y' FROM t WHERE a > 1.0",
        False,
    ),
    "quotes around a name": ('SELECT "a", "B" AS date, \'x  y\' FROM t WHERE a > 1.0', False),
    "spaces in a text": ("SELECT a, \"B\" AS date, 'x y' FROM t WHERE a > 1.0", False),
    "another spelling of a number": (
        "SELECT a, \"B\" AS date, 'x  y' FROM t WHERE a > 1.00",
        False,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_wording(case: str) -> None:
    after, same = CASES[case]
    assert (wording(BEFORE, "duckdb") == wording(after, "duckdb")) is same


def test_a_text_that_is_not_sql() -> None:
    assert wording("SELECT 'open", "duckdb") == "SELECT 'open"
