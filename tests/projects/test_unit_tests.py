from __future__ import annotations

import pytest
from tests.projects.samples import load, problems

from hansa.core.product import Given, UnitTest
from hansa.errors import Place

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
        ["tests/orders.yaml:2:5 missing_key: a unit test has no `expect` | add `expect: …`"],
    ),
    "empty expectation": (
        _test("    expect: {}\n"),
        ["tests/orders.yaml:4:13 missing_key: the expectation has no `rows` | add `rows: …`"],
    ),
    "no expected rows": (
        _test("    expect:\n      rows:\n"),
        [
            "tests/orders.yaml:5:12 missing_key: `rows` of the expectation has no value | write a "
            "value after `rows:`"
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
            "tests/orders.yaml:4:39 missing_fixture: there is no fixture `a.csv` | name a .csv "
            "file relative to tests/ or fixtures/"
        ],
    ),
    "fixture outside": (
        _test("    given: [{input: raw.orders, file: ../product.yaml}]\n" + EXPECT),
        [
            "tests/orders.yaml:4:39 missing_fixture: there is no fixture `../product.yaml` | name "
            "a .csv file relative to tests/ or fixtures/"
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
