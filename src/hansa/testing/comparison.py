"""Whether a computed table holds the expected rows, as bags."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hansa.core.product import UnitTest
from hansa.engines.sandbox import DIALECT, Sandbox, is_nested, text_of_column
from hansa.errors import Place
from hansa.sql.identifiers import quote_path
from hansa.testing.difference import CellRow, Difference, pair_rows, worth_pairing
from hansa.testing.errors import ExpectationEmpty, ExpectedColumnUnknown, FixtureColumnTwice
from hansa.testing.values import cast_of, misfits, text_of_value, type_of_kind

# Relative, as sums of doubles depend on their order; FLOAT holds about seven digits.
_TOLERANCES = {"DOUBLE": 1e-9, "FLOAT": 1e-6}
_NEAR_ZERO = 1e-12


@dataclass(frozen=True, slots=True)
class _Column:
    """An expected column: how the test and the table call it, and its type in DuckDB's words."""

    name: str
    stored: str
    kind: str

    @property
    def tolerance(self) -> float:
        """How far numbers may lie apart, relative to the larger; 0 for exact types."""
        kind = self.kind.upper()
        return max((size for word, size in _TOLERANCES.items() if word in kind), default=0.0)

    @property
    def is_structured(self) -> bool:
        return self.kind == "JSON" or is_nested(self.kind)


def compare_rows(sandbox: Sandbox, path: Sequence[str], test: UnitTest) -> Difference | None:
    """What tells the table at `path` from the rows that the test expects; None when nothing.

    Columns are those that the expected rows name (all, when no row is expected); a column
    that one of the rows leaves out is NULL there. Raises ExpectedColumnUnknown,
    FixtureColumnTwice or ExpectationEmpty, with the row's place.
    """
    columns = _expected_columns(test, sandbox.describe(path))
    rows = _rows_by_column(test, columns)
    texts = ", ".join(text_of_column(column.stored, column.kind) for column in columns)
    actual = sandbox.query(f"SELECT {texts} FROM {quote_path(path, DIALECT)}").rows
    expected = [
        tuple(text_of_value(value, column.kind) for column, value in zip(columns, row, strict=True))
        for row in rows
    ]
    difference = _compare(columns, expected, actual)
    if difference is None or not expected:
        return difference
    # `1.5` and `1.50` are one decimal: only a cast to the column's type tells.
    return _compare(columns, _cast_expected(sandbox, columns, rows, expected), actual)


def _expected_columns(test: UnitTest, stored: Sequence[tuple[str, str]]) -> list[_Column]:
    if not test.expect:
        return [_Column(name, name, kind) for name, kind in stored]
    by_folded = {name.casefold(): (name, kind) for name, kind in stored}
    columns: dict[str, _Column] = {}
    for number, row in enumerate(test.expect):
        for name in row:
            found = by_folded.get(name.casefold())
            if found is None:
                known = [column for column, _ in stored]
                raise ExpectedColumnUnknown(
                    test.name, name, test.model, known, _row_place(test, number)
                )
            columns.setdefault(found[0], _Column(name, *found))
    if not columns:
        raise ExpectationEmpty(test.name, _row_place(test, 0))
    return list(columns.values())


def _rows_by_column(test: UnitTest, columns: Sequence[_Column]) -> list[tuple[Any, ...]]:
    rows = []
    for number, row in enumerate(test.expect):
        folded = {name.casefold(): value for name, value in row.items()}
        if len(folded) < len(row):
            subject = f"test `{test.name}`: expected row {number + 1}"
            raise FixtureColumnTwice(subject, _twice(row), _row_place(test, number))
        rows.append(tuple(folded.get(column.stored.casefold()) for column in columns))
    return rows


def _twice(row: Mapping[str, Any]) -> str:
    counts = Counter(name.casefold() for name in row)
    return next(name for name in row if counts[name.casefold()] > 1)


def _row_place(test: UnitTest, number: int) -> Place | None:
    return test.expect_places[number] if number < len(test.expect_places) else test.place


def _cast_expected(
    sandbox: Sandbox,
    columns: Sequence[_Column],
    rows: Sequence[Sequence[Any]],
    texts: Sequence[CellRow],
) -> list[CellRow]:
    """The expected cells as texts of the actual columns' types; what does not fit stays as is."""
    casts, parameters = [], []
    for number, column in enumerate(columns):
        name = f"c{number}"
        cast = cast_of("unnest(?::VARCHAR[])", column.kind, attempt=True)
        casts.append(f"{cast} AS {name}")
        datatype = type_of_kind(column.kind)
        parameters.append(
            [
                None if misfits(row[number], datatype) else text[number]
                for row, text in zip(rows, texts, strict=True)
            ]
        )
    names = (text_of_column(f"c{at}", column.kind) for at, column in enumerate(columns))
    sql = f"SELECT {', '.join(names)} FROM (SELECT {', '.join(casts)})"
    cast_rows = sandbox.query(sql, parameters).rows
    return [
        tuple(text if cell is None else cell for cell, text in zip(row, before, strict=True))
        for row, before in zip(cast_rows, texts, strict=True)
    ]


def _compare(
    columns: Sequence[_Column], expected: Sequence[CellRow], actual: Sequence[CellRow]
) -> Difference | None:
    known = [_comparable_row(columns, row) for row in expected]
    found = [_comparable_row(columns, row) for row in actual]
    missing, unexpected = _unmatched(columns, known, found)
    if not missing and not unexpected:
        return None
    unexpected.sort(key=lambda at: [(cell is not None, cell or "") for cell in actual[at]])
    marks: list[list[list[bool]]] = []
    if worth_pairing(missing, unexpected):
        marks = [[_equal_cells(columns, known[i], found[j]) for j in unexpected] for i in missing]
    return pair_rows(
        tuple(column.name for column in columns),
        [expected[at] for at in missing],
        [actual[at] for at in unexpected],
        marks,
        len(expected) - len(missing),
    )


def _unmatched(
    columns: Sequence[_Column],
    expected: Sequence[tuple[Any, ...]],
    actual: Sequence[tuple[Any, ...]],
) -> tuple[list[int], list[int]]:
    """The numbers of expected and of actual rows that have no partner on the other side."""
    exact = [at for at, column in enumerate(columns) if not column.tolerance]
    waiting: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(actual):
        waiting[tuple(row[at] for at in exact)].append(number)
    missing = []
    for number, row in enumerate(expected):
        candidates = waiting[tuple(row[at] for at in exact)]
        partner = next(
            (at for at in candidates if all(_equal_cells(columns, row, actual[at]))), None
        )
        if partner is None:
            missing.append(number)
        else:
            candidates.remove(partner)
    return missing, sorted(number for numbers in waiting.values() for number in numbers)


def _equal_cells(
    columns: Sequence[_Column], expected: Sequence[Any], actual: Sequence[Any]
) -> list[bool]:
    return [
        one == other or (column.tolerance > 0 and _is_close(one, other, column.tolerance))
        for column, one, other in zip(columns, expected, actual, strict=True)
    ]


def _comparable_row(columns: Sequence[_Column], row: CellRow) -> tuple[Any, ...]:
    return tuple(_comparable(column, cell) for column, cell in zip(columns, row, strict=True))


def _comparable(column: _Column, cell: str | None) -> Any:
    """The cell as something whose equality is the equality of values."""
    if cell is None:
        return None
    try:
        if column.is_structured:
            value = json.loads(cell)
            return value if column.tolerance else json.dumps(value, sort_keys=True)
        if column.tolerance:
            return float(cell)
    except ValueError:
        return cell
    return cell


def _is_close(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            _is_close(value, other[key], tolerance) for key, value in one.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            _is_close(*pair, tolerance) for pair in zip(one, other, strict=True)
        )
    if _is_number(one) and _is_number(other):
        both_nan = one != one and other != other
        return both_nan or math.isclose(one, other, rel_tol=tolerance, abs_tol=_NEAR_ZERO)
    return bool(one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
