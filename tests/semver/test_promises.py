"""Which published tests count as kept: those that a new one is as strict as."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from hansa.core.contract import Contract, ContractColumn, ContractTable
from hansa.core.product import Given, Tolerance, UnitTest
from hansa.core.version import Version
from hansa.semver.matching import TablePair
from hansa.semver.promises import withdrawn_tests
from hansa.semver.side import Side

TABLE = ContractTable("m", (ContractColumn("a"), ContractColumn("b")))
ROWS = UnitTest("t", "m", (Given("raw.t", ({"a": 1, "b": True},)),), ({"a": 1.5, "b": None},))
FAILS = replace(ROWS, expect=(), error="division")
FROZEN = replace(ROWS, frozen_time=datetime(2024, 1, 1))


def _with_rows(given: object, expected: object) -> UnitTest:
    rows = ({"a": given, "b": "true"},)
    return replace(ROWS, given=(Given("raw.t", rows),), expect=({"a": expected, "b": None},))


def _is_kept(old: UnitTest, new: UnitTest) -> bool:
    contract = Contract("p", Version.parse("1.0.0"), tables=(TABLE,))
    sides = [Side(contract, tests=(test,)) for test in (old, new)]
    return not list(withdrawn_tests(TablePair(TABLE, TABLE, (), (), ()), *sides))


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        (ROWS, ROWS, True),
        (ROWS, replace(ROWS, name="renamed", time_limit=3), True),
        # the same values, written in a file of texts
        (ROWS, _with_rows("1", "1.5"), True),
        (ROWS, _with_rows("2", "1.5"), False),
        (ROWS, _with_rows("1", "1.50"), False),
        (ROWS, _with_rows(None, "1.5"), False),
        (ROWS, FAILS, False),
        (FAILS, ROWS, False),
        (FAILS, FAILS, True),
        (FAILS, replace(FAILS, error=""), False),
        (FAILS, replace(FAILS, error="Division by zero"), True),
        (replace(FAILS, error=""), FAILS, True),
        (FROZEN, FROZEN, True),
        (FROZEN, ROWS, False),
        (FROZEN, replace(ROWS, frozen_time=datetime(2024, 1, 2)), False),
        (ROWS, FROZEN, True),
        (ROWS, replace(ROWS, tolerance=Tolerance(absolute=0.1)), False),
        (ROWS, replace(ROWS, tolerance=Tolerance()), True),
        (replace(ROWS, tolerance=Tolerance(0.1)), ROWS, True),
        (replace(ROWS, tolerance=Tolerance()), ROWS, False),
        (replace(ROWS, tolerance=Tolerance(0.1)), replace(ROWS, tolerance=Tolerance(0.01)), True),
        (replace(ROWS, tolerance=Tolerance(0.1)), replace(ROWS, tolerance=Tolerance(0, 1)), False),
    ],
)
def test_a_published_test_is_kept_by_one_that_is_as_strict(old, new, kept) -> None:
    assert _is_kept(old, new) is kept
