from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.projects.samples import lines, load, problems, tree

from hansa.core.product import Given, Tolerance, UnitTest
from hansa.engines.sandbox import SandboxError
from hansa.errors import Place
from hansa.projects.errors import ProductInvalid
from hansa.projects.fixture_files import TableData
from hansa.projects.load import load_product

TESTS = """\
unit_tests:
  - name: first
    description: What it shows.
    model: orders
    given:
      - input: raw.orders
        rows:
          - {id: 1, on: NO, at: 2026-01-01, tags: [a], price: {amount: 1.5}}
          - id: null
      - input: customers.people
      - {input: stg_orders, file: rows/orders.csv}
    expect:
      rows: [{id: 1}, {id: 2}]
  - {name: second, model: stg_orders, expect: {rows: []}}
"""
ROWS = 'id,name\n1,a\n\n2,"b\nb"\n3,\n'


def test_unit_tests_are_read_with_the_places_of_their_rows() -> None:
    product = load({"tests/orders.yaml": TESTS, "fixtures/rows/orders.csv": ROWS})
    first, second = product.tests
    assert first == UnitTest(
        name="first",
        model="orders",
        description="What it shows.",
        given=(
            Given(
                "raw.orders",
                (
                    {
                        "id": 1,
                        "on": "NO",
                        "at": "2026-01-01",
                        "tags": ["a"],
                        "price": {"amount": 1.5},
                    },
                    {"id": None},
                ),
            ),
            Given("customers.people"),
            Given(
                "stg_orders",
                ({"id": "1", "name": "a"}, {"id": "2", "name": "b\nb"}, {"id": "3", "name": None}),
            ),
        ),
        expect=({"id": 1}, {"id": 2}),
    )
    assert first.given[0].row_places == (
        Place("tests/orders.yaml", 8, 13),
        Place("tests/orders.yaml", 9, 13),
    )
    assert first.given[2].row_places == (
        Place("fixtures/rows/orders.csv", 2),
        Place("fixtures/rows/orders.csv", 4),
        Place("fixtures/rows/orders.csv", 6),
    )
    assert first.expect_places == (
        Place("tests/orders.yaml", 13, 14),
        Place("tests/orders.yaml", 13, 23),
    )
    assert second == UnitTest("second", "stg_orders", (), ())


def test_rows_may_share_an_anchor() -> None:
    text = (
        "unit_tests:\n"
        "  - name: a\n    model: orders\n"
        "    given:\n      - {input: raw.orders, rows: &rows [{id: 1}]}\n"
        "    expect: {rows: *rows}\n"
    )
    assert load({"tests/orders.yaml": text}).tests[0].expect == ({"id": 1},)


def _test(body: str) -> dict[str, str | bytes | None]:
    return {"tests/orders.yaml": f"unit_tests:\n  - name: a\n    model: orders\n{body}"}


WAYS = "`rows: […]`, `file: name.csv` or `error: true`"
EXPECT = "    expect: {rows: [{id: 1}]}\n"
PROBLEMS: dict[str, tuple[dict[str, str | bytes | None], list[str]]] = {
    "empty file": ({"tests/orders.yaml": "# nothing yet\n"}, []),
    "no list": (
        {"tests/orders.yaml": "tests: []\n"},
        [
            "tests/orders.yaml:1:1 unknown_key: `tests` is not a key of a file of unit tests | did "
            "you mean `unit_tests`?",
            "tests/orders.yaml:1:1 missing_key: a file of unit tests has no `unit_tests` | add "
            "`unit_tests: …`",
        ],
    ),
    "unknown key": (
        _test("    givn: []\n" + EXPECT),
        [
            "tests/orders.yaml:4:5 unknown_key: `givn` is not a key of a unit test | did you mean "
            "`given`?"
        ],
    ),
    "no expectation": (
        _test(""),
        [
            "tests/orders.yaml:2:5 missing_key: a unit test has no `expect` | add `expect:` with "
            + WAYS
        ],
    ),
    "empty expectation": (
        _test("    expect: {}\n"),
        [f"tests/orders.yaml:4:13 empty_expectation: the expectation says nothing | write {WAYS}"],
    ),
    "null expectation": (
        _test("    expect:\n"),
        [
            "tests/orders.yaml:4:12 wrong_type: the expectation is a mapping of keys, and this is "
            f"empty | write {WAYS}"
        ],
    ),
    "rows and error": (
        _test("    expect: {rows: [], error: true}\n"),
        [
            "tests/orders.yaml:4:31 conflicting_keys: the expectation has `rows` and `error` | "
            "keep one of the two"
        ],
    ),
    "error that is expected not to be": (
        _test("    expect: {error: false}\n"),
        [
            "tests/orders.yaml:4:21 wrong_type: an expected error is true, or a part of its "
            "message, and this is `false` | write `error: true`, or a part of the message in quotes"
        ],
    ),
    "tolerance without size": (
        _test("    tolerance: {}\n" + EXPECT),
        [
            "tests/orders.yaml:4:16 wrong_type: a tolerance has a size, and this is a mapping | "
            "write `tolerance: 0.001`"
        ],
    ),
    "negative tolerance": (
        _test("    tolerance: {relative: -1}\n" + EXPECT),
        [
            "tests/orders.yaml:4:27 wrong_type: a tolerance is a number that is not negative, and "
            "this is `-1` | None"
        ],
    ),
    "unknown part of a tolerance": (
        _test("    tolerance: {relativ: 1}\n" + EXPECT),
        [
            "tests/orders.yaml:4:17 unknown_key: `relativ` is not a key of a tolerance | did you "
            "mean `relative`?"
        ],
    ),
    "frozen time that is no time": (
        _test("    frozen_time: tomorrow\n" + EXPECT),
        [
            "tests/orders.yaml:4:18 wrong_type: a frozen time is a date or a timestamp, and this "
            "is `tomorrow` | write it as 2024-01-31, 2024-01-31T12:00:00 or "
            "2024-01-31T12:00:00+01:00"
        ],
    ),
    "time limit of nothing": (
        _test("    time_limit: 0\n" + EXPECT),
        [
            "tests/orders.yaml:4:17 wrong_type: a time limit is a positive number of seconds, and "
            "this is `0` | None"
        ],
    ),
    "column twice in a row": (
        _test("    expect: {rows: [{id: 1, id: 2}]}\n"),
        [
            "tests/orders.yaml:4:29 duplicate_key: the key `id` stands twice, first in line 4 | "
            "keep one of the two"
        ],
    ),
    "test of an unknown model": (
        {"tests/orders.yaml": "unit_tests:\n  - {name: a, model: ordrs, expect: {rows: []}}\n"},
        [
            "tests/orders.yaml:2:12 unknown_model: the test `a` is for `ordrs`, which is no model "
            "| did you mean `orders` or `stg_orders`?"
        ],
    ),
    "fixture of another format": (
        {"tests/a.xlsx": "x"} | _test("    expect: {file: a.xlsx}\n"),
        [
            "tests/orders.yaml:4:20 fixture_format: `a.xlsx` is no fixture that a test can read | "
            "name a .csv or .parquet file"
        ],
    ),
    "column twice in a header": (
        {"tests/a.csv": "a,a\n1,2\n"} | _test("    expect: {file: a.csv}\n"),
        ["tests/a.csv:1 invalid_csv: the header names the column `a` twice | keep one of the two"],
    ),
    "empty fixture": (
        {"tests/a.csv": ""} | _test("    expect: {file: a.csv}\n"),
        [
            "tests/a.csv:1 invalid_csv: the file has no header that names columns | write the "
            "columns' names in its first line"
        ],
    ),
    "no expected rows": (
        _test("    expect:\n      rows:\n"),
        [
            "tests/orders.yaml:5:12 empty_expectation: `rows` of the expectation has no value | "
            f"write {WAYS}; `rows: []` stands for no rows"
        ],
    ),
    "expected row without columns": (
        _test("    expect: {rows: [{}]}\n"),
        [
            "tests/orders.yaml:4:21 empty_row: an expected row names no column | write the columns "
            "to compare, or `rows: []` for no rows"
        ],
    ),
    "row that is a list": (
        _test("    expect: {rows: [[1]]}\n"),
        [
            "tests/orders.yaml:4:21 wrong_type: a row maps columns to values, and this is a list | "
            "write `- {column: value}`"
        ],
    ),
    "input twice": (
        _test("    given: [{input: raw.orders}, {input: raw.orders}]\n" + EXPECT),
        [
            "tests/orders.yaml:4:42 duplicate_input: the input `raw.orders` is given twice, first "
            "in line 4 | put all rows of an input in one place"
        ],
    ),
    "input that is no name": (
        _test("    given: [{input: a.b.c}, {input: 'x y'}]\n" + EXPECT),
        [
            "tests/orders.yaml:4:21 invalid_name: `a.b.c` does not name an input | write `model`, "
            "`source.table` or `product.table`, as in SQL",
            "tests/orders.yaml:4:37 invalid_name: `x y` does not name an input | write `model`, "
            "`source.table` or `product.table`, as in SQL",
        ],
    ),
    "two tests of one name": (
        {
            "tests/orders.yaml": "unit_tests:\n"
            "  - {name: a, model: orders, expect: {rows: []}}\n"
            "  - {name: a, model: orders, expect: {rows: []}}\n"
        },
        [
            "tests/orders.yaml:3:12 duplicate_test: the test `a` stands twice, first at "
            "tests/orders.yaml:2:12 | rename one of the two"
        ],
    ),
    "rows and file": (
        _test("    given: [{input: raw.orders, rows: [], file: a.csv}]\n" + EXPECT),
        [
            "tests/orders.yaml:4:49 conflicting_keys: an input has `rows` and a `file` | keep one "
            "of the two"
        ],
    ),
    "missing fixture": (
        _test("    given: [{input: raw.orders, file: a.csv}]\n" + EXPECT),
        [
            "tests/orders.yaml:4:39 missing_fixture: there is no fixture `a.csv` | name a .csv or "
            ".parquet file relative to tests/ or fixtures/"
        ],
    ),
    "fixture outside": (
        {"product.csv": "a\n"}
        | _test("    given: [{input: raw.orders, file: ../product.csv}]\n" + EXPECT),
        [
            "tests/orders.yaml:4:39 missing_fixture: there is no fixture `../product.csv` | name "
            "a .csv or .parquet file relative to tests/ or fixtures/"
        ],
    ),
    "short row": (
        {"tests/a.csv": "a,b\n1,2\n3\n"}
        | _test("    given: [{input: raw.orders, file: a.csv}]\n" + EXPECT),
        [
            "tests/a.csv:3 invalid_csv: the row has 1 values, and the header names 2 columns | "
            "complete the row"
        ],
    ),
    "open quotes": (
        {"tests/a.csv": 'a\n"1\n'}
        | _test("    given: [{input: raw.orders, file: a.csv}]\n" + EXPECT),
        [
            "tests/a.csv:2 invalid_csv: the file is not valid CSV: unexpected end of data | close "
            "the quotes"
        ],
    ),
    "binary fixture": (
        {"tests/a.csv": b"a\n\xff\n"}
        | _test("    given: [{input: raw.orders, file: a.csv}]\n" + EXPECT),
        ["tests/a.csv:2 not_text: the file is not UTF-8 text | save the file as UTF-8 text"],
    ),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_problems_of_unit_tests_are_told_at_their_place(case: str) -> None:
    changes, expected = PROBLEMS[case]
    assert problems(changes) == expected


def _table(data: bytes) -> TableData:
    assert data == b"PAR1"
    return TableData(("id", "amount", "at"), ("INTEGER", "DOUBLE", "DATE"), [("1", "2.0", None)])


def test_a_parquet_fixture_is_read_with_its_types() -> None:
    test = _test(
        "    given: [{input: raw.orders, file: a.PARQUET}]\n    expect: {file: a.PARQUET}\n"
    )
    product = load_product(tree({"tests/a.PARQUET": b"PAR1"} | test), read_parquet=_table)
    (loaded,) = product.tests
    rows = ({"id": "1", "amount": 2.0, "at": None},)
    assert (loaded.given[0].rows, loaded.expect) == (rows, rows)
    assert loaded.given[0].types == {"id": "INTEGER", "amount": "DOUBLE", "at": "DATE"}
    assert loaded.expect_places == (Place("tests/a.PARQUET"),)


def test_a_parquet_fixture_that_cannot_be_read_is_told() -> None:
    def refuse(data: bytes) -> TableData:
        raise SandboxError("Invalid Input Error: No magic bytes found at end of file.")

    test = _test("    expect: {file: a.parquet}\n")
    with pytest.raises(ProductInvalid) as caught:
        load_product(tree({"tests/a.parquet": b"no"} | test), read_parquet=refuse)
    assert lines(caught.value.diagnostics) == [
        "tests/a.parquet unreadable_fixture: the file cannot be read as Parquet: no magic bytes "
        "found at end of file | write the file again, or give the rows as CSV"
    ]
    assert problems({"tests/a.parquet": b"PAR1"} | test) == [
        "tests/a.parquet unreadable_fixture: Parquet is not read here | write the file again, or "
        "give the rows as CSV"
    ]


def test_settings_of_a_test_are_read() -> None:
    (test,) = load(
        _test(
            "    tolerance: {absolute: 0.5}\n    frozen_time: 2024-02-29T12:00:00+01:00\n"
            "    time_limit: 2\n    expect: {error: division by zero}\n"
        )
    ).tests
    assert test.tolerance == Tolerance(absolute=0.5)
    assert test.frozen_time == datetime(2024, 2, 29, 11, tzinfo=UTC)
    assert (test.time_limit, test.error, test.expect) == (2.0, "division by zero", ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-31", datetime(2024, 1, 31)),
        ("2024-01-31T12:30:00.25", datetime(2024, 1, 31, 12, 30, 0, 250000)),
        ("2024-01-31 00:00:00Z", datetime(2024, 1, 31, tzinfo=UTC)),
    ],
)
def test_a_frozen_time_may_be_a_date_or_a_timestamp(text: str, expected: datetime) -> None:
    (test,) = load(_test(f"    frozen_time: {text}\n" + EXPECT)).tests
    assert test.frozen_time == expected


def test_a_plain_tolerance_is_absolute() -> None:
    (test,) = load(_test("    tolerance: 0.001\n    expect: {error: true}\n")).tests
    assert test.tolerance == Tolerance(absolute=0.001)
    assert test.error == ""


def test_values_have_their_places() -> None:
    (test,) = load(_test("    given: [{input: raw.orders, rows: [{id: 1}]}]\n" + EXPECT)).tests
    assert test.given[0].cell_places == ({"id": Place("tests/orders.yaml", 4, 45)},)
    assert test.expect_cells == ({"id": Place("tests/orders.yaml", 5, 26)},)
