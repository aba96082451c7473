"""What the old release's published tests show about changed SQL, on whole products."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import write_files

from hansa.ops.diff import DiffResult, diff
from hansa.ops.workspace import Workspace

PRODUCT = """name: shop
owner: {team: shop}
sources:
  raw:
    tables:
      orders:
        path: data/orders.csv
        columns: {id: {type: integer, required: true}, amount: integer, note: varchar}
"""

CONTRACT = """apiVersion: v3.2.0
kind: DataContract
id: shop
version: 1.0.0
status: active
schema:
  - name: totals
    properties:
      - {name: id, physicalType: integer}
      - {name: amount, physicalType: integer}
      - {name: size, physicalType: varchar}
"""

STAGING = "select id, amount, lower(note) as note from raw.orders where amount > 0\n"
TOTALS = """select id, amount, case when amount >= 10 then 'large' else 'small' end as size
from stg_orders
"""

FROM_SOURCE = """unit_tests:
  - name: from_the_source
    model: totals
    given:
      - {input: raw.orders, rows: [{id: 1, amount: 50}, {id: 2, amount: -5}]}
    expect:
      rows: [{id: 1, amount: 50, size: large}]
"""
FROM_STAGING = (
    FROM_SOURCE.replace("source", "staging")
    .replace("raw.orders", "stg_orders")
    .replace(", {id: 2, amount: -5}", "")
)
AMOUNT_ONLY = FROM_SOURCE.replace(", size: large", "").replace("the_source", "the_source_amount")
WITHOUT_ROWS = """unit_tests:
  - name: nothing_comes_from_nothing
    model: totals
    given: []
    expect: {rows: []}
"""


def compare(tmp_path: Path, old: dict[str, str], new: dict[str, str]) -> DiffResult:
    """The comparison of a shop with the given changes on each side."""
    whole = {
        "product.yaml": PRODUCT,
        "contract.yaml": CONTRACT,
        "models/stg_orders.sql": STAGING,
        "models/totals.sql": TOTALS,
    }
    write_files(tmp_path / "old", whole | old)
    write_files(tmp_path / "new", whole | old | new)
    return diff(Workspace(tmp_path), "old", "new")


def brief(result: DiffResult) -> list[str]:
    return [
        f"{change.rule} {change.level} {change.table}"
        + (f".{change.column}" if change.column else "")
        for change in result.changes
    ]


STRICTER = {"models/stg_orders.sql": STAGING.replace("> 0", "> 1")}
HIGHER = {"models/totals.sql": TOTALS.replace("10", "20")}


@pytest.mark.parametrize(
    ("tests", "change", "expected"),
    [
        # the change is in a model that the test computes
        (FROM_SOURCE, STRICTER, ["rows_changed minor totals"]),
        (FROM_SOURCE, HIGHER, ["column_values_changed minor totals.size"]),
        # the changed model is replaced by given rows
        (FROM_STAGING, STRICTER, ["behaviour_unproven major totals"]),
        (FROM_STAGING, HIGHER, ["column_values_changed minor totals.size"]),
        # nobody looks at the column
        (AMOUNT_ONLY, HIGHER, ["behaviour_unproven major totals.size"]),
        (AMOUNT_ONLY, STRICTER, ["rows_changed minor totals"]),
        # no row comes near the change
        (WITHOUT_ROWS, STRICTER, ["behaviour_unproven major totals"]),
        # two changes of which only one is exercised
        (
            FROM_STAGING,
            STRICTER | HIGHER,
            ["behaviour_unproven major totals", "column_values_changed minor totals.size"],
        ),
        # a new spelling of a model is no change of it
        (
            FROM_STAGING,
            HIGHER | {"models/stg_orders.sql": f"-- staging\n{STAGING.upper()}"},
            ["column_values_changed minor totals.size"],
        ),
        (
            FROM_STAGING,
            HIGHER | {"models/stg_orders.sql": STAGING.replace("amount > 0", "0 < amount")},
            ["column_values_changed minor totals.size"],
        ),
        # a part of a model that the table does not read
        (
            FROM_STAGING,
            HIGHER | {"models/stg_orders.sql": STAGING.replace("lower", "upper")},
            ["column_values_changed minor totals.size"],
        ),
        # a promise that no longer holds
        (
            FROM_SOURCE,
            {"models/totals.sql": TOTALS.replace("10", "60")},
            ["published_test_failed major totals.size"],
        ),
        (
            FROM_SOURCE,
            {"models/stg_orders.sql": STAGING.replace("> 0", "> 50")},
            ["published_test_failed major totals"],
        ),
        # a model of its own between the table and what it read
        (
            FROM_STAGING,
            {
                "models/totals.sql": TOTALS.replace("stg_orders", "kept_orders"),
                "models/kept_orders.sql": "select * from stg_orders where amount > 3\n",
            },
            ["rows_changed minor totals"],
        ),
    ],
)
def test_a_test_counts_when_it_computes_what_changed(
    tmp_path: Path, tests: str, change: dict[str, str], expected: list[str]
) -> None:
    assert brief(compare(tmp_path, {"tests/totals.yaml": tests}, change)) == expected


BY_LINES = """select
    id,
    amount,
    case
        when amount >= 10 then 'large'
        else 'small'
    end as size
from stg_orders
"""
FIRST_ARM = {"models/totals.sql": BY_LINES.replace("10", "20")}
LAST_ARM = {"models/totals.sql": BY_LINES.replace("'small'", "'little'")}
NEW_ARM = {
    "models/totals.sql": BY_LINES.replace("else", "when amount < -9 then 'owed'\n        else")
}
NO_ARM = {"models/totals.sql": BY_LINES.replace("    amount,", "    abs(amount) as amount,")}
BOTH_SIZES = FROM_SOURCE.replace("-5}", "5}").replace(
    "size: large}]", "size: large}, {id: 2, amount: 5, size: small}]"
)


@pytest.mark.parametrize(
    ("tests", "change", "expected", "place"),
    [
        (FROM_SOURCE, FIRST_ARM, "column_values_changed minor totals.size", None),
        # the only test's row takes the other arm
        (FROM_SOURCE, LAST_ARM, "behaviour_unproven major totals.size", "models/totals.sql:6"),
        (BOTH_SIZES, NEW_ARM, "behaviour_unproven major totals.size", "models/totals.sql:6"),
        # changed lines that decide nothing are exercised by any row
        (FROM_SOURCE, NO_ARM, "column_values_changed minor totals.amount", None),
    ],
)
def test_a_test_counts_when_its_rows_reach_the_changed_lines(
    tmp_path: Path, tests: str, change: dict[str, str], expected: str, place: str | None
) -> None:
    result = compare(tmp_path, {"models/totals.sql": BY_LINES, "tests/totals.yaml": tests}, change)
    assert brief(result) == [expected]
    (found,) = result.changes
    assert place is None or f"exercises `{place}` for the values" in (found.hint or "")


def test_two_tests_together_exercise_two_changed_models(tmp_path: Path) -> None:
    tests = {"tests/a.yaml": FROM_STAGING, "tests/b.yaml": AMOUNT_ONLY}
    result = compare(tmp_path, tests, STRICTER | HIGHER)
    assert brief(result) == [
        "rows_changed minor totals",
        "column_values_changed minor totals.size",
    ]


def test_the_hint_names_the_model_that_no_test_computes(tmp_path: Path) -> None:
    result = compare(tmp_path, {"tests/totals.yaml": FROM_STAGING}, STRICTER)
    (change,) = result.changes
    assert change.hint == (
        "no published test of the old release exercises `models/stg_orders.sql` for the rows; "
        "declare a fix under `changes` in product.yaml if the change mends a mistake; "
        "otherwise publish a major version"
    )


def test_the_failing_test_is_named_and_kept(tmp_path: Path) -> None:
    higher = {"models/totals.sql": TOTALS.replace("10", "60")}
    result = compare(tmp_path, {"tests/totals.yaml": FROM_SOURCE}, higher)
    (change,) = result.changes
    assert change.message == (
        "published tests of the old release fail on the new code (`from_the_source`): "
        "the values of `size` in `totals` broke a promise"
    )
    assert [(test.name, test.message) for test in result.failed_tests] == [
        ("from_the_source", "1 row changed")
    ]


def test_a_test_that_cannot_run_any_more_fails_with_its_reason(tmp_path: Path) -> None:
    failing = {"models/totals.sql": TOTALS.replace("'small'", "cast(note as integer)::varchar")}
    tests = FROM_SOURCE.replace("amount: 50}, ", "amount: 5, note: x}, ")
    result = compare(
        tmp_path, {"tests/totals.yaml": tests.replace("50, size: large", "5, size: small")}, failing
    )
    assert brief(result) == ["published_test_failed major totals.size"]
    (test,) = result.failed_tests
    assert "could not convert string" in (test.message or "")


def test_the_same_sql_runs_no_test(tmp_path: Path) -> None:
    result = compare(tmp_path, {"tests/totals.yaml": FROM_SOURCE}, {})
    assert (brief(result), result.failed_tests) == ([], ())


MOVED = {"product.yaml": PRODUCT.replace("data/orders.csv", "data/all_orders.csv")}
DECLARED = {"product.yaml": PRODUCT.replace("note: varchar", "note: varchar, more: date")}


@pytest.mark.parametrize(
    ("tests", "change", "expected"),
    [
        (FROM_SOURCE, MOVED, ["source_changed minor totals"]),
        (FROM_STAGING, MOVED, ["source_changed major totals"]),
        (WITHOUT_ROWS, MOVED, ["source_changed major totals"]),
        (FROM_STAGING, DECLARED, []),
        (
            FROM_SOURCE,
            MOVED | {"models/totals.sql": TOTALS.replace("10", "60")},
            ["published_test_failed major totals.size", "source_changed minor totals"],
        ),
        (
            FROM_SOURCE,
            MOVED | {"models/stg_orders.sql": STAGING.replace("> 0", "> 50")},
            ["source_changed major totals", "published_test_failed major totals"],
        ),
        (
            FROM_STAGING,
            {
                "product.yaml": MOVED["product.yaml"] + "changes:\n  - {version: 1.0.0, "
                "fix: {table: totals, columns: []}, reason: half of the orders were missing}\n"
            },
            ["source_changed patch totals"],
        ),
    ],
)
def test_another_source_counts_by_the_tests_that_read_it(
    tmp_path: Path, tests: str, change: dict[str, str], expected: list[str]
) -> None:
    assert brief(compare(tmp_path, {"tests/totals.yaml": tests}, change)) == expected


def test_old_tests_run_with_the_macros_that_came_with_them(tmp_path: Path) -> None:
    calling = TOTALS.replace("amount >= 10", "amount >= bound()")
    old = {
        "models/totals.sql": calling,
        "tests/totals.yaml": FROM_SOURCE,
        "tests/macros.sql": "create macro bound() as 10;\n",
    }
    # a macro of the same name that would hide what the test promises, and one that only the
    # new SQL calls
    new = {
        "models/totals.sql": calling.replace("'small'", "lowest()"),
        "tests/macros.sql": "create macro bound() as 100;\ncreate macro lowest() as 'tiny';\n",
    }
    failing = {**new, "models/totals.sql": calling.replace("'large'", "lowest()")}

    assert compare(tmp_path / "kept", old, new).failed_tests == ()
    assert [one.name for one in compare(tmp_path / "broken", old, failing).failed_tests] == [
        "from_the_source"
    ]
