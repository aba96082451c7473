"""The data of two versions of a table, compared: what is counted, and what is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from hansa.engines.sandbox import open_sandbox
from hansa.testing.datadiff.compare import compare_data
from hansa.testing.datadiff.queries import SandboxQueries
from hansa.testing.datadiff.values import (
    ColumnDifference,
    ColumnNames,
    Example,
    Method,
    RowExample,
    TableDifference,
    TablePair,
)


@dataclass(frozen=True)
class Case:
    """Two relations as SELECTs, and what comparing them says, in few words.

    `columns` maps each compared column to how many values differ and the examples.
    """

    old: str
    new: str
    names: tuple[str, ...]
    counts: tuple[int, int, int, int, int | None]
    columns: dict[str, tuple[int, list[tuple[object, object, object]]]] = field(
        default_factory=dict
    )
    key: tuple[str, ...] = ("id",)
    only_old: list[object] = field(default_factory=list)
    only_new: list[object] = field(default_factory=list)
    note: str | None = None


def table(columns: str, *rows: str) -> str:
    return f"SELECT * FROM (VALUES {', '.join(f'({row})' for row in rows)}) AS v({columns})"


CASES = {
    "equal": Case(
        table("id, a", "1, 'x'", "2, NULL"),
        table("id, a", "2, NULL", "1, 'x'"),
        ("id", "a"),
        (2, 2, 0, 0, 0),
        {"a": (0, [])},
    ),
    "one value, one NULL, one row less, two more": Case(
        table("id, a, b", "1, 'x', 1", "2, NULL, 2", "3, 'z', 3", "4, 'w', 4"),
        table("id, a, b", "1, 'x', 1", "2, 'y', 2", "3, NULL, 30", "5, 'v', 5", "6, 'u', 6"),
        ("id", "a", "b"),
        (4, 5, 1, 2, 2),
        {"a": (2, [(2, None, "y"), (3, "z", None)]), "b": (1, [(3, 3, 30)])},
        only_old=[4],
        only_new=[5, 6],
    ),
    "only five examples, by key": Case(
        "SELECT 100 - i AS id, i AS a FROM range(10) AS t(i)",
        "SELECT 100 - i AS id, -i AS a FROM range(10) AS t(i)",
        ("id", "a"),
        (10, 10, 0, 0, 9),
        {"a": (9, [(91, 9, -9), (92, 8, -8), (93, 7, -7), (94, 6, -6), (95, 5, -5)])},
    ),
    "a renamed column": Case(
        table("id, a", "1, true", "2, true"),
        table("b, id", "true, 1", "false, 2"),
        ("id", "a:b"),
        (2, 2, 0, 0, 1),
        {"b": (1, [(2, True, False)])},
    ),
    "a renamed key": Case(
        table("id, a", "1, 1", "2, 2"),
        table("no, a", "1, 1", "3, 2"),
        ("id:no", "a"),
        (2, 2, 1, 1, 0),
        {"a": (0, [])},
        key=("no",),
        only_old=[2],
        only_new=[3],
    ),
    "floats up to noise": Case(
        table("id, a", "1, 0.1e0", "2, 1e300", "3, 1e0", "4, 'nan'::double", "5, 'inf'::double")
        + " UNION ALL VALUES (6, 0e0), (7, 1e308), (8, 1e-320), (9, 1e300), (10, 'inf'::double)",
        table("id, a", "1, 0.1e0 + 1e-12", "2, 1e300 * (1 + 1e-12)", "3, 1.00000001e0")
        + " UNION ALL VALUES (4, 'nan'::double), (5, 'inf'::double), (6, -0e0)"
        ", (7, -1e308), (8, 0e0), (9, 'inf'::double), (10, '-inf'::double)",
        ("id", "a"),
        (10, 10, 0, 0, 5),
        {
            "a": (
                5,
                [
                    (3, 1.0, 1.00000001),
                    (7, 1e308, -1e308),
                    (8, 1e-320, 0.0),
                    (9, 1e300, "inf"),
                    (10, "inf", "-inf"),
                ],
            )
        },
    ),
    "numbers of other types": Case(
        "SELECT 1::integer AS id, 5::integer AS a, 0.5::decimal(3,2) AS b, 7::smallint AS c",
        "SELECT 1::bigint AS id, 5.00::decimal(10,2) AS a, 0.5::double AS b, 8::hugeint AS c",
        ("id", "a", "b", "c"),
        (1, 1, 0, 0, 1),
        {"a": (0, []), "b": (0, []), "c": (1, [(1, 7, 8)])},
    ),
    "types that meet in none but text": Case(
        "SELECT 1 AS id, '5' AS a, DATE '2026-01-01' AS b, 'x' AS c, {'k': 1} AS d",
        "SELECT 1 AS id, 5 AS a, TIMESTAMP '2026-01-01 00:00:00' AS b, true AS c"
        ", {'k': 2, 'l': 3} AS d",
        ("id", "a", "b", "c", "d"),
        (1, 1, 0, 0, 1),
        {
            "a": (0, []),
            "b": (0, []),
            "c": (1, [(1, "x", "true")]),
            "d": (1, [(1, "{'k': 1}", "{'k': 2, 'l': 3}")]),
        },
    ),
    "nested values, instants and JSON": Case(
        "SELECT 1 AS id, [1, NULL] AS a, MAP {'x': 1} AS b"
        ", TIMESTAMPTZ '2026-01-01 00:00:00+00' AS c, '{\"a\": 1}'::json AS d, {'x': [1]} AS e",
        "SELECT 1 AS id, [1, 2] AS a, MAP {'x': 1} AS b"
        ", TIMESTAMPTZ '2026-01-01 01:00:00+01' AS c, '{\"a\": 2}'::json AS d, {'x': [1]} AS e",
        ("id", "a", "b", "c", "d", "e"),
        (1, 1, 0, 0, 1),
        {
            "a": (1, [(1, "[1, NULL]", "[1, 2]")]),
            "b": (0, []),
            "c": (0, []),
            "d": (1, [(1, '{"a": 1}', '{"a": 2}')]),
            "e": (0, []),
        },
    ),
    "nothing on one side": Case(
        table("id, a", "1, 1"),
        table("id, a", "1, 1") + " WHERE false",
        ("id", "a"),
        (1, 0, 1, 0, 0),
        {"a": (0, [])},
        only_old=[1],
    ),
    "nothing on both sides": Case(
        table("id, a", "1, 1") + " WHERE false",
        table("id, a", "1, 1") + " WHERE false",
        ("id", "a"),
        (0, 0, 0, 0, 0),
        {"a": (0, [])},
    ),
    "nothing but the key": Case(
        table("id", "1", "2"), table("id", "2"), ("id",), (2, 1, 1, 0, 0), only_old=[1]
    ),
    "no key": Case(
        table("a, b", "1, 'x'", "1, 'x'", "2, NULL"),
        table("a, b", "1, 'x'", "2, NULL", "2, NULL", "3, 'z'"),
        ("a", "b"),
        (3, 4, 1, 2, None),
        key=(),
        only_old=[({"a": 1, "b": "x"}, 1)],
        only_new=[({"a": 2, "b": None}, 1), ({"a": 3, "b": "z"}, 1)],
    ),
    "no key, floats up to noise": Case(
        table("a", "0.1e0 + 0.2e0", "0e0", "-1e-320", "'nan'::double", "2e0"),
        table("a", "0.3e0", "-0e0", "-1e-320", "'nan'::double", "2.0001e0"),
        ("a",),
        (5, 5, 1, 1, None),
        key=(),
        only_old=[({"a": 2.0}, 1)],
        only_new=[({"a": 2.0001}, 1)],
    ),
    "no key, nested values": Case(
        "SELECT [1] AS a, MAP {'x': 1} AS b, {'y': 1} AS c",
        "SELECT [1] AS a, MAP {'x': 1} AS b, {'y': 2} AS c",
        ("a", "b", "c"),
        (1, 1, 1, 1, None),
        key=(),
        only_old=[({"a": "[1]", "b": "{x=1}", "c": "{'y': 1}"}, 1)],
        only_new=[({"a": "[1]", "b": "{x=1}", "c": "{'y': 2}"}, 1)],
    ),
    "no columns in common": Case(
        table("a", "1", "2"),
        table("b", "1", "2", "3"),
        (),
        (2, 3, 0, 1, None),
        key=(),
        only_new=[({}, 1)],
    ),
    "a key that repeats": Case(
        table("id, a", "1, 1", "2, 2"),
        table("id, a", "1, 1", "1, 5", "1, 5", "2, 2"),
        ("id", "a"),
        (2, 4, 0, 2, None),
        only_new=[({"id": 1, "a": 5}, 2)],
        note="the key repeats in the new data, in 2 rows",
    ),
    "a key with NULLs": Case(
        table("id, k, a", "1, 1, 1", "2, NULL, 2"),
        table("id, k, a", "1, 1, 1", "2, 2, 2"),
        ("id", "k", "a"),
        (2, 2, 1, 1, None),
        key=("id", "k"),
        only_old=[({"id": 2, "k": None, "a": 2}, 1)],
        only_new=[({"id": 2, "k": 2, "a": 2}, 1)],
        note="the key has NULLs in the old data, in 1 row",
    ),
    "a key of which one side lacks a part": Case(
        table("id", "1"),
        table("id, k", "1, 1", "1, 2"),
        ("id",),
        (1, 2, 0, 1, None),
        key=("id", "k"),
        only_new=[({"id": 1}, 1)],
        note="the key's `k` is not on both sides",
    ),
    "names that need quotes": Case(
        'SELECT 1 AS "id", 2 AS "a b""c"',
        'SELECT 1 AS "id", 3 AS "select"',
        ("id", 'a b"c:select'),
        (1, 1, 0, 0, 1),
        {"select": (1, [(1, 2, 3)])},
    ),
    "a very wide table": Case(
        f"SELECT 1 AS id, {', '.join(f'{n} AS c{n}' for n in range(250))}",
        f"SELECT 1 AS id, {', '.join(f'{max(n, 1)} AS c{n}' for n in range(250))}",
        ("id", *(f"c{n}" for n in range(250))),
        (1, 1, 0, 0, 1),
        {f"c{n}": (0, []) if n else (1, [(1, 0, 1)]) for n in range(250)},
    ),
}


@pytest.fixture(scope="module")
def sandbox():
    with open_sandbox() as opened:
        yield opened


@pytest.mark.parametrize("name", CASES)
def test_data_is_compared(sandbox, name):
    case = CASES[name]
    pair = pair_of(case)
    sandbox.create_schema("p")
    sandbox.create_table(pair.old, case.old)
    sandbox.create_table(pair.new, case.new)
    assert compare_data(SandboxQueries(sandbox), pair) == expected(case, pair)


def pair_of(case: Case) -> TablePair:
    columns = tuple(ColumnNames(*(text.split(":") * 2)[:2]) for text in case.names)
    return TablePair("t", ("p", "old"), ("p", "new"), columns, case.key)


def expected(case: Case, pair: TablePair) -> TableDifference:
    by_new = {names.new: names for names in pair.columns}
    keyed = case.counts[4] is not None
    return TableDifference(
        pair,
        Method.KEY if keyed else Method.BAG,
        *case.counts,
        tuple(
            ColumnDifference(
                by_new[name],
                count,
                tuple(Example({pair.key[0]: key}, old, new) for key, old, new in examples),
            )
            for name, (count, examples) in case.columns.items()
        ),
        tuple(row_example(pair, row) for row in case.only_old),
        tuple(row_example(pair, row) for row in case.only_new),
        note=case.note,
    )


def row_example(pair: TablePair, row: object) -> RowExample:
    return RowExample(*row) if isinstance(row, tuple) else RowExample({pair.key[0]: row})
