"""Reads unit tests: given rows in, expected rows out, each with its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hansa.core.product import Given, UnitTest
from hansa.errors import Place
from hansa.projects.decoding import Reader, Record, Shape, items, mismatch, text
from hansa.projects.names import relation_name_problem
from hansa.projects.yaml_document import Mapping as MappingNode
from hansa.projects.yaml_document import Node, Scalar, YamlInvalid, decode_text, plain

Row = Mapping[str, Any]
FindFile = Callable[[str], tuple[str, bytes] | None]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table, each with its place."""

    rows: tuple[Row, ...]
    places: tuple[Place, ...]


def _row(node: Node, reader: Reader) -> tuple[Row, Place] | None:
    if not isinstance(node, MappingNode):
        return mismatch(node, reader, "a row maps columns to values", "write `- {column: value}`")
    return plain(node), reader.place(node)


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


_ROWS = items(_row, "the rows")
_GIVEN = Shape("a given input", {"input": _input_name, "rows": _ROWS, "file": text}, ("input",))
_EXPECT = Shape("the expectation", {"rows": _ROWS}, ("rows",))
_TEST = Shape(
    "a unit test",
    {
        "name": text,
        "description": text,
        "model": text,
        "given": items(_GIVEN, "the given inputs"),
        "expect": _EXPECT,
    },
    ("name", "model", "expect"),
)
_FILE = Shape(
    "a file of unit tests",
    {"unit_tests": items(_TEST, "the unit tests")},
    ("unit_tests",),
    "begin with `unit_tests:`",
)


def read_unit_tests(data: bytes, reader: Reader, find_file: FindFile) -> tuple[UnitTest, ...]:
    """The tests of one file; problems are noted in the reader.

    `find_file` gives the shown name and the content of a fixture that a test names.
    """
    node = reader.read(data)
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return ()
    record = _FILE(node, reader)
    if record is None:
        return ()
    tests = (_read_test(test, find_file) for test in record.get("unit_tests", ()))
    return tuple(test for test in tests if test is not None)


def _read_test(record: Record, find_file: FindFile) -> UnitTest | None:
    expected = record.get("expect")
    given = _read_givens(record, find_file)
    if expected is None or not record.get("name") or not record.get("model"):
        return None
    rows = _rows_of(expected)
    for row, place in zip(rows.rows, rows.places, strict=True):
        if not row:
            hint = "write the columns to compare, or `rows: []` for no rows"
            record.reader.report("empty_row", place, "an expected row names no column", hint)
    return UnitTest(
        name=record.get("name"),
        model=record.get("model"),
        given=given,
        expect=rows.rows,
        description=record.get("description"),
        place=record.at("name"),
        expect_places=rows.places,
    )


def _rows_of(record: Record) -> Rows:
    pairs: tuple[tuple[Row, Place], ...] = record.get("rows", ())
    return Rows(tuple(row for row, _ in pairs), tuple(place for _, place in pairs))


def _read_givens(record: Record, find_file: FindFile) -> tuple[Given, ...]:
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
        rows = _given_rows(given, find_file)
        found.append(Given(name, rows.rows, given.at("input"), rows.places))
    return tuple(found)


def _given_rows(given: Record, find_file: FindFile) -> Rows:
    path, reader = given.get("file"), given.reader
    if path is None:
        return _rows_of(given)
    if "rows" in given.node.entries:
        message = "an input has `rows` and a `file`"
        reader.report("conflicting_keys", given.at("file"), message, "keep one of the two")
        return Rows((), ())
    found = find_file(path)
    if found is None:
        message = f"there is no fixture `{path[:200]}`"
        hint = "name a .csv file relative to tests/ or fixtures/"
        reader.report("missing_fixture", given.at("file"), message, hint)
        return Rows((), ())
    return _read_csv(*found, reader)


def _read_csv(file: str, data: bytes, reader: Reader) -> Rows:
    """The rows of a CSV file, all values as text, empty ones as NULL."""
    try:
        content = decode_text(data, file)
    except YamlInvalid as problem:
        reader.report(problem.rule, problem.place, problem.message, problem.hint)
        return Rows((), ())
    table = csv.reader(io.StringIO(content, newline=""), strict=True)
    rows: list[Row] = []
    places: list[Place] = []
    try:
        header = next(table, [])
        line = table.line_num + 1
        for cells in table:
            if cells and len(cells) != len(header):
                message = (
                    f"the row has {len(cells)} values, and the header names {len(header)} columns"
                )
                reader.report("invalid_csv", Place(file, line), message, "complete the row")
                return Rows((), ())
            if cells:
                rows.append({n: c or None for n, c in zip(header, cells, strict=True)})
                places.append(Place(file, line))
            line = table.line_num + 1
    except csv.Error as error:
        message = f"the file is not valid CSV: {error}"
        reader.report("invalid_csv", Place(file, table.line_num), message, "close the quotes")
        return Rows((), ())
    return Rows(tuple(rows), tuple(places))
