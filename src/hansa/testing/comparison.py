"""Whether a computed table holds the expected rows: as bags, or in order where there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from hansa.core.product import UnitTest
from hansa.engines.sandbox import DIALECT, Sandbox, text_of_column
from hansa.errors import Place
from hansa.sql.identifiers import quote_path
from hansa.sql.ordering import Ordering
from hansa.testing.cells import ComparedColumn, RowMatcher
from hansa.testing.difference import (
    CellRow,
    ChangedRow,
    Difference,
    pair_rows,
    worth_pairing,
)
from hansa.testing.errors import ExpectationEmpty, ExpectedColumnUnknown, FixtureColumnTwice
from hansa.testing.values import cast_of, misfits, text_of_value, type_of_kind


def compare_rows(
    sandbox: Sandbox, path: Sequence[str], test: UnitTest, ordering: Ordering | None = None
) -> Difference | None:
    """What tells the table at `path` from the rows that the test expects; None when nothing.

    Columns are those that the expected rows name (all, when no row is expected); a column
    that one of the rows leaves out is NULL there. With an `ordering` the rows come in the
    order that they are written in, where only rows with equal keys may change places. Raises
    ExpectedColumnUnknown, FixtureColumnTwice or ExpectationEmpty, with the row's place.
    """
    stored = sandbox.describe(path)
    columns = _expected_columns(test, stored)
    rows = _rows_by_column(test, columns)
    keys = None if ordering is None else _keys(ordering, stored)
    found = _Found(sandbox, path, columns, keys)
    matcher = RowMatcher(columns)
    expected = [
        tuple(text_of_value(value, column.kind) for column, value in zip(columns, row, strict=True))
        for row in rows
    ]
    difference = _compare(columns, matcher, expected, found.rows)
    if difference is not None and expected:
        # `1.5` and `1.50` are one decimal: only a cast to the column's type tells.
        expected = _cast_expected(sandbox, columns, rows, expected)
        difference = _compare(columns, matcher, expected, found.rows)
    if difference is None and ordering is not None:
        return _compare_order(columns, matcher, expected, found)
    return difference


class _Found:
    """The rows of a table as texts, and how many of them in turn are ties.

    `keys` are the columns that order the rows, None where nothing does.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        path: Sequence[str],
        columns: Sequence[ComparedColumn],
        keys: Sequence[tuple[str, str]] | None,
    ) -> None:
        texts = [text_of_column(column.stored, column.kind) for column in columns]
        texts += [text_of_column(name, kind) for name, kind in keys or ()]
        # a table's rows are numbered in the order in which they were stored
        order = "" if keys is None else " ORDER BY rowid"
        sql = f"SELECT {', '.join(texts)} FROM {quote_path(path, DIALECT)}{order}"
        answer = sandbox.query(sql).rows
        self.rows: list[CellRow] = [row[: len(columns)] for row in answer]
        keyed = [row[len(columns) :] for row in answer]
        self._ties = [len(list(ties)) for _, ties in groupby(keyed)] if keys else [1] * len(answer)

    def groups(self) -> Iterator[slice]:
        """Stretches of rows that may come in any order among themselves."""
        start = 0
        for size in self._ties:
            yield slice(start, start + size)
            start += size


def _keys(ordering: Ordering, stored: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The stored columns that a query orders by; none where they cannot be told."""
    by_folded = {name.casefold(): (name, kind) for name, kind in stored}
    keys = []
    for key in ordering.keys:
        if isinstance(key, int):
            found = stored[key - 1] if 0 < key <= len(stored) else None
        else:
            found = by_folded.get(key.casefold())
        if found is None:
            return []
        keys.append(found)
    return keys


def _compare_order(
    columns: Sequence[ComparedColumn],
    matcher: RowMatcher,
    expected: Sequence[CellRow],
    found: _Found,
) -> Difference | None:
    """The rows that stand elsewhere, of two sides that hold the same rows."""
    known = [matcher.values(row) for row in expected]
    actual = [matcher.values(row) for row in found.rows]
    changed = []
    for group in found.groups():
        if matcher.unmatched(known[group], actual[group]) == ([], []):
            continue
        for at in range(group.start, group.stop):
            marks = tuple(not same for same in matcher.equal_cells(known[at], actual[at]))
            if any(marks):
                changed.append(ChangedRow(expected[at], found.rows[at], marks))
    if not changed:
        return None
    names = tuple(column.name for column in columns)
    equal = len(expected) - len(changed)
    return Difference(names, changed=tuple(changed), equal=equal, reordered=True)


def _expected_columns(test: UnitTest, stored: Sequence[tuple[str, str]]) -> list[ComparedColumn]:
    if not test.expect:
        return [ComparedColumn(name, name, kind, test.tolerance) for name, kind in stored]
    by_folded = {name.casefold(): (name, kind) for name, kind in stored}
    columns: dict[str, ComparedColumn] = {}
    for number, row in enumerate(test.expect):
        for name in row:
            found = by_folded.get(name.casefold())
            if found is None:
                known = [column for column, _ in stored]
                raise ExpectedColumnUnknown(
                    test.name, name, test.model, known, _cell_place(test, number, name)
                )
            columns.setdefault(found[0], ComparedColumn(name, *found, test.tolerance))
    if not columns:
        raise ExpectationEmpty(test.name, _row_place(test, 0))
    return list(columns.values())


def _rows_by_column(test: UnitTest, columns: Sequence[ComparedColumn]) -> list[tuple[Any, ...]]:
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


def _cell_place(test: UnitTest, number: int, name: str) -> Place | None:
    cells = test.expect_cells[number] if number < len(test.expect_cells) else {}
    return cells.get(name) or _row_place(test, number)


def _row_place(test: UnitTest, number: int) -> Place | None:
    return test.expect_places[number] if number < len(test.expect_places) else test.place


def _cast_expected(
    sandbox: Sandbox,
    columns: Sequence[ComparedColumn],
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
    columns: Sequence[ComparedColumn],
    matcher: RowMatcher,
    expected: Sequence[CellRow],
    actual: Sequence[CellRow],
) -> Difference | None:
    known = [matcher.values(row) for row in expected]
    found = [matcher.values(row) for row in actual]
    missing, unexpected = matcher.unmatched(known, found)
    if not missing and not unexpected:
        return None
    unexpected.sort(key=lambda at: [(cell is not None, cell or "") for cell in actual[at]])
    marks: list[list[list[bool]]] = []
    if worth_pairing(missing, unexpected):
        marks = [[matcher.equal_cells(known[i], found[j]) for j in unexpected] for i in missing]
    return pair_rows(
        tuple(column.name for column in columns),
        [expected[at] for at in missing],
        [actual[at] for at in unexpected],
        marks,
        len(expected) - len(missing),
    )
