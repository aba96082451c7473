"""Expected and actual rows compare as bags, by the actual columns' types."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.core.product import UnitTest
from hansa.engines.sandbox import Sandbox
from hansa.errors import HansaError, Place
from hansa.testing.comparison import compare_rows
from hansa.testing.difference import ChangedRow, Difference


def _compare(sandbox: Sandbox, sql: str, *expect: dict[str, Any]) -> Difference | None:
    sandbox.create_schema("comparison")
    sandbox.create_table(("comparison", "m"), sql)
    places = tuple(Place("tests/t.yaml", 20 + number) for number in range(len(expect)))
    test = UnitTest("t", "m", (), expect, None, Place("tests/t.yaml", 2), places)
    return compare_rows(sandbox, ("comparison", "m"), test)


EQUAL = [
    ("SELECT 1 AS a, 'x' AS b", [{"a": 1, "b": "x"}]),
    ("SELECT 1 AS a, 'x' AS b", [{"b": "x"}]),
    ("SELECT 1 AS a, 'x' AS b", [{"A": 1}]),
    ("SELECT * FROM (VALUES (1), (2), (2)) t(a)", [{"a": 2}, {"a": 1}, {"a": 2}]),
    ("SELECT NULL::INT AS a, 2 AS b", [{"a": None, "b": 2}]),
    ("SELECT * FROM (VALUES (1, NULL), (2, 3)) t(a, b)", [{"a": 1}, {"a": 2, "b": 3}]),
    ("SELECT 1 AS a WHERE false", []),
    ("SELECT 0.1 + 0.2::DOUBLE AS a", [{"a": 0.3}]),
    ("SELECT 1e300 / 3 AS a", [{"a": 3.333333333333e299}]),
    ("SELECT 0.1::DOUBLE + 0.2::DOUBLE - 0.3::DOUBLE AS a", [{"a": 0}]),
    ("SELECT (0.1::FLOAT + 0.2::FLOAT) AS a", [{"a": 0.3}]),
    ("SELECT 'nan'::DOUBLE AS a", [{"a": float("nan")}]),
    ("SELECT 'inf'::DOUBLE AS a", [{"a": float("inf")}]),
    ("SELECT 1.50::DECIMAL(5,2) AS a", [{"a": 1.5}]),
    ("SELECT 1.50::DECIMAL(5,2) AS a", [{"a": "1.5"}]),
    ("SELECT 2.00::DECIMAL(5,2) AS a", [{"a": 2}]),
    ("SELECT 2.00::DECIMAL(5,2) AS a", [{"a": Decimal("2")}]),
    ("SELECT 3::HUGEINT AS a", [{"a": 3}]),
    ("SELECT true AS a", [{"a": True}]),
    ("SELECT DATE '2013-01-02' AS a", [{"a": "2013-01-02"}]),
    ("SELECT DATE '2013-01-02' AS a", [{"a": date(2013, 1, 2)}]),
    ("SELECT TIMESTAMP '2013-01-02 03:00:00' AS a", [{"a": "2013-01-02T03:00"}]),
    ("SELECT TIMESTAMP '2013-01-02 03:00:00' AS a", [{"a": datetime(2013, 1, 2, 3)}]),
    ("SELECT TIMESTAMPTZ '2013-01-02 03:00:00+01' AS a", [{"a": "2013-01-02 02:00:00Z"}]),
    ("SELECT INTERVAL 36 HOURS AS a", [{"a": "36:00:00"}]),
    ("SELECT [1, NULL, 2] AS a", [{"a": [1, None, 2]}]),
    ("SELECT [0.1::DOUBLE + 0.2::DOUBLE] AS a", [{"a": [0.3]}]),
    ("SELECT {'k': 1, 'v': [DATE '2013-01-02']} AS a", [{"a": {"k": 1, "v": ["2013-01-02"]}}]),
    ("SELECT MAP {'y': 1, 'x': 2} AS a", [{"a": {"x": 2, "y": 1}}]),
    ('SELECT \'{"b": 1, "a": [2]}\'::JSON AS a', [{"a": {"a": [2], "b": 1}}]),
    ("SELECT '' AS a", [{"a": ""}]),
    ('SELECT 1 AS "odd ""name"""', [{'odd "name"': 1}]),
]


@pytest.mark.parametrize(("sql", "expect"), EQUAL)
def test_equal_rows_have_no_difference(sandbox, sql, expect):
    assert _compare(sandbox, sql, *expect) is None


DIFFERENT = [
    ("SELECT 1 AS a", [{"a": 2}], Difference(("a",), (("2",),), (("1",),))),
    (
        "SELECT * FROM (VALUES (1), (1)) t(a)",
        [{"a": 1}],
        Difference(("a",), (), (("1",),), (), 1),
    ),
    (
        "SELECT 1 AS a",
        [{"a": 1}, {"a": 1}],
        Difference(("a",), (("1",),), (), (), 1),
    ),
    ("SELECT NULL::INT AS a", [{"a": 0}], Difference(("a",), (("0",),), ((None,),))),
    ("SELECT '' AS a", [{"a": None}], Difference(("a",), ((None,),), (("",),))),
    # Casts round: an expected 1.5 must not pass for a 2.
    ("SELECT 2::INT AS a", [{"a": 1.5}], Difference(("a",), (("1.5",),), (("2",),))),
    (
        "SELECT 1.23::DECIMAL(5,2) AS a",
        [{"a": 1.234}],
        Difference(("a",), (("1.234",),), (("1.23",),)),
    ),
    (
        "SELECT DATE '2013-01-02' AS a",
        [{"a": "2013-01-02 05:00"}],
        Difference(("a",), (("2013-01-02 05:00",),), (("2013-01-02",),)),
    ),
    ("SELECT 5 AS a", [{"a": "abc"}], Difference(("a",), (("abc",),), (("5",),))),
    (
        "SELECT 1.0::DOUBLE AS a",
        [{"a": 1.00001}],
        Difference(("a",), (("1.00001",),), (("1.0",),)),
    ),
    (
        "SELECT 1 AS a, 'x' AS b WHERE true",
        [],
        Difference(("a", "b"), (), (("1", "x"),)),
    ),
    (
        "SELECT * FROM (VALUES ('UA', 1, true), ('AA', 2, true), ('DL', 3, false)) t(c, f, late)",
        [
            {"c": "UA", "f": 1, "late": True},
            {"c": "AA", "f": 2, "late": False},
            {"c": "WN", "f": 9, "late": None},
        ],
        Difference(
            ("c", "f", "late"),
            (("WN", "9", None),),
            (("DL", "3", "false"),),
            (ChangedRow(("AA", "2", "false"), ("AA", "2", "true"), (False, False, True)),),
            1,
        ),
    ),
]


@pytest.mark.parametrize(("sql", "expect", "difference"), DIFFERENT)
def test_other_rows_are_told_apart(sandbox, sql, expect, difference):
    assert _compare(sandbox, sql, *expect) == difference


@pytest.mark.parametrize(
    ("sql", "expect", "message", "hint", "line"),
    [
        (
            "SELECT 1 AS carrier",
            [{"carrier": 1}, {"carier": 1}],
            "test `t` expects a column `carier`, which `m` lacks",
            "did you mean `carrier`?",
            21,
        ),
        (
            "SELECT 1 AS a, 2 AS b",
            [{"zzz": 1}],
            "test `t` expects a column `zzz`, which `m` lacks",
            "it gives `a`, `b`",
            20,
        ),
        (
            "SELECT 1 AS a",
            [{}, {}],
            "test `t` expects rows without any column",
            "name at least one column in each expected row, or expect `rows: []`",
            20,
        ),
        (
            "SELECT 1 AS a",
            [{"a": 1}, {"a": 1, "A": 2}],
            "test `t`: expected row 2 has the column `a` twice",
            "keep one of the two",
            21,
        ),
    ],
)
def test_wrong_expectations_are_told_with_their_place(sandbox, sql, expect, message, hint, line):
    with pytest.raises(HansaError) as caught:
        _compare(sandbox, sql, *expect)
    assert (str(caught.value), caught.value.hint) == (message, hint)
    assert caught.value.place == Place("tests/t.yaml", line)


_ROWS = st.lists(
    st.fixed_dictionaries(
        {"a": st.none() | st.integers(0, 2), "b": st.sampled_from(["x", "y", None])}
    ),
    max_size=6,
)


def _sql(rows: list[dict[str, Any]]) -> str:
    cells = ", ".join(f"({_literal(row['a'])}, {_literal(row['b'])})" for row in rows)
    values = f"(VALUES {cells or '(1, NULL)'}) t(a, b) WHERE {bool(rows)}"
    return f"SELECT a::INT AS a, b::VARCHAR AS b FROM {values}"


def _literal(value: object) -> str:
    return "NULL" if value is None else repr(value)


@given(_ROWS, st.randoms(use_true_random=False))
def test_order_never_matters(sandbox, rows, random):
    shuffled = random.sample(rows, len(rows))
    assert _compare(sandbox, _sql(rows), *shuffled) is None


@given(_ROWS.filter(bool), _ROWS)
def test_a_difference_accounts_for_every_row(sandbox, expect, rows):
    found = _compare(sandbox, _sql(rows), *expect)
    if found is None:
        assert len(expect) == len(rows)
        return
    assert found.equal + len(found.changed) + len(found.missing) == len(expect)
    assert found.equal + len(found.changed) + len(found.unexpected) == len(rows)
    assert all(any(row.changed) and not all(row.changed) for row in found.changed)
    assert not set(found.missing) & set(found.unexpected)
