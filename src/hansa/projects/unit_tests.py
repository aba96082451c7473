"""Reads unit tests: given rows in, expected rows out, each with its place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hansa.core.product import Given, Tolerance, UnitTest
from hansa.errors import Place
from hansa.projects.decoding import (
    Reader,
    Record,
    Shape,
    items,
    mismatch,
    number,
    seconds,
    text,
    written,
)
from hansa.projects.fixture_files import FixtureFiles, Row, Rows
from hansa.projects.names import relation_name_problem
from hansa.projects.yaml_document import Mapping as MappingNode
from hansa.projects.yaml_document import Node, Scalar, plain

_WAYS = "`rows: […]`, `file: name.csv` or `error: true`"


@dataclass(frozen=True, slots=True)
class _Written:
    """One row with its place and those of its values."""

    row: Row
    place: Place
    cells: Mapping[str, Place]


def _row(node: Node, reader: Reader) -> _Written | None:
    if not isinstance(node, MappingNode):
        return mismatch(node, reader, "a row maps columns to values", "write `- {column: value}`")
    cells = {name: reader.place(entry.value) for name, entry in node.entries.items()}
    return _Written(plain(node), reader.place(node), cells)


def _input_name(node: Node, reader: Reader) -> str | None:
    name = text(node, reader)
    if name is None:
        return None
    parts = name.split(".")
    if len(parts) <= 2 and not any(map(relation_name_problem, parts)):
        return name
    hint = "write `model`, `source.table` or `product.table`, as in SQL"
    reader.report("invalid_name", node, f"`{name[:80]}` does not name an input", hint)
    return None


def _error(node: Node, reader: Reader) -> str | None:
    """The text that a message has to hold; empty for any message."""
    if isinstance(node, Scalar):
        if node.value is None:
            return None
        if node.value is True:
            return ""
        if isinstance(node.value, str) and node.value.strip():
            return node.value
    hint = "write `error: true`, or a part of the message in quotes"
    return mismatch(node, reader, "an expected error is true, or a part of its message", hint)


def _tolerance(node: Node, reader: Reader) -> Tolerance | None:
    if isinstance(node, MappingNode):
        record: Record | None = _TOLERANCE(node, reader)
        if record is None or not node.entries:
            return mismatch(node, reader, "a tolerance has a size", "write `tolerance: 0.001`")
        return Tolerance(record.get("absolute", 0.0), record.get("relative", 0.0))
    size = _size(node, reader)
    return None if size is None else Tolerance(size)


def _size(node: Node, reader: Reader) -> float | None:
    size = number(node, reader)
    if size is None or (math.isfinite(size) and size >= 0):
        return None if size is None else float(size)
    return mismatch(node, reader, "a tolerance is a number that is not negative")


def _moment(node: Node, reader: Reader) -> datetime | None:
    moment = written(node, reader)
    if moment is None:
        return None
    try:
        return datetime.fromisoformat(moment)
    except ValueError:
        hint = "write it as 2024-01-31, 2024-01-31T12:00:00 or 2024-01-31T12:00:00+01:00"
        return mismatch(node, reader, "a frozen time is a date or a timestamp", hint)


_TOLERANCE = Shape("a tolerance", {"absolute": _size, "relative": _size})
_ROWS = items(_row, "the rows")
_GIVEN = Shape("a given input", {"input": _input_name, "rows": _ROWS, "file": text}, ("input",))
_EXPECT = Shape(
    "the expectation", {"rows": _ROWS, "file": text, "error": _error}, (), f"write {_WAYS}"
)
_TEST = Shape(
    "a unit test",
    {
        "name": text,
        "description": text,
        "model": text,
        "given": items(_GIVEN, "the given inputs"),
        "expect": _EXPECT,
        "tolerance": _tolerance,
        "frozen_time": _moment,
        "time_limit": seconds,
    },
    ("name", "model"),
)
_FILE = Shape(
    "a file of unit tests",
    {"unit_tests": items(_TEST, "the unit tests")},
    ("unit_tests",),
    "begin with `unit_tests:`",
)


def read_unit_tests(data: bytes, reader: Reader, files: FixtureFiles) -> tuple[UnitTest, ...]:
    """The tests of one file, with the rows of the fixtures that they name.

    Problems are noted in the reader.
    """
    node = reader.read(data)
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return ()
    record = _FILE(node, reader)
    if record is None:
        return ()
    tests = (_read_test(test, files) for test in record.get("unit_tests", ()))
    return tuple(test for test in tests if test is not None)


def _read_test(record: Record, files: FixtureFiles) -> UnitTest | None:
    expected = record.get("expect")
    if "expect" not in record.node.entries:
        hint = f"add `expect:` with {_WAYS}"
        record.reader.report("missing_key", record.node, "a unit test has no `expect`", hint)
    given = _read_givens(record, files)
    if expected is None or not record.get("name") or not record.get("model"):
        return None
    rows = _expected_rows(expected, files)
    return UnitTest(
        name=record.get("name"),
        model=record.get("model"),
        given=given,
        expect=rows.rows,
        description=record.get("description"),
        place=record.at("name"),
        expect_places=rows.places,
        expect_cells=rows.cells,
        error=expected.get("error"),
        tolerance=record.get("tolerance"),
        frozen_time=record.get("frozen_time"),
        time_limit=record.get("time_limit"),
    )


def _expected_rows(expected: Record, files: FixtureFiles) -> Rows:
    """The expected rows; notes when the expectation says nothing, or two things."""
    reader = expected.reader
    ways = [key for key in ("rows", "file", "error") if key in expected.node.entries]
    if not ways:
        message = "the expectation says nothing"
        reader.report("empty_expectation", expected.node, message, f"write {_WAYS}")
    elif len(ways) > 1:
        message = f"the expectation has `{ways[0]}` and `{ways[1]}`"
        reader.report("conflicting_keys", expected.at(ways[1]), message, "keep one of the two")
    elif _is_null(expected.node.get(ways[0])):
        message = f"`{ways[0]}` of the expectation has no value"
        hint = f"write {_WAYS}; `rows: []` stands for no rows"
        reader.report("empty_expectation", expected.at(ways[0]), message, hint)
    rows = _rows_of(expected, files)
    for row, place in zip(rows.rows, rows.places, strict=True):
        if not row:
            hint = "write the columns to compare, or `rows: []` for no rows"
            reader.report("empty_row", place, "an expected row names no column", hint)
    return rows


def _is_null(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _rows_of(record: Record, files: FixtureFiles) -> Rows:
    path = record.get("file")
    if path is not None:
        return files.read(path, record.at("file"), record.reader)
    found: tuple[_Written, ...] = record.get("rows", ())
    return Rows(
        tuple(one.row for one in found),
        tuple(one.place for one in found),
        tuple(one.cells for one in found),
    )


def _read_givens(record: Record, files: FixtureFiles) -> tuple[Given, ...]:
    seen: dict[str, Record] = {}
    found = []
    for given in record.get("given", ()):
        name = given.get("input")
        if name is None:
            continue
        if name in seen:
            line = seen[name].node.line
            message = f"the input `{name}` is given twice, first in line {line}"
            hint = "put all rows of an input in one place"
            record.reader.report("duplicate_input", given.at("input"), message, hint)
            continue
        seen[name] = given
        rows = _given_rows(given, files)
        place = given.at("input")
        found.append(Given(name, rows.rows, place, rows.places, rows.cells, rows.types))
    return tuple(found)


def _given_rows(given: Record, files: FixtureFiles) -> Rows:
    if given.get("file") is not None and "rows" in given.node.entries:
        message = "an input has `rows` and a `file`"
        given.reader.report("conflicting_keys", given.at("file"), message, "keep one of the two")
        return Rows()
    return _rows_of(given, files)
