"""Which published tests of the old release the new one withdrew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hansa.core.product import Given, Tolerance, UnitTest
from hansa.semver.changes import Change, show_values
from hansa.semver.matching import TablePair
from hansa.semver.side import Side

Row = Mapping[str, Any]


def withdrawn_tests(pair: TablePair, old: Side, new: Side) -> Iterator[Change]:
    """One change that names the table's tests that went or expect something else.

    A test that names a column which is gone no longer applies: the column's own finding says
    so. A test that gives or expects more columns than before still shows what it showed.
    """
    columns = {column.name for column in pair.new.columns}
    kept = [test for test in new.tests if test.model == pair.new.name]
    gone = [
        test.name
        for test in old.tests
        if test.model == pair.old.name
        and all(column in columns for row in test.expect for column in row)
        and not any(_covers(other, test) for other in kept)
    ]
    if gone:
        yield Change(
            "published_test_removed",
            pair.new.name,
            words={"tests": show_values(gone)},
            place=pair.new.place,
        )


def _covers(new: UnitTest, old: UnitTest) -> bool:
    """Whether a test shows all that another one showed, under whatever name."""
    given = {one.input: one for one in new.given}
    return (
        _is_as_strict(new, old)
        and _extends(new.expect, old.expect)
        and all(_extends(_rows(given.get(one.input)), one.rows) for one in old.given)
    )


def _is_as_strict(new: UnitTest, old: UnitTest) -> bool:
    """Whether a test passes no result that the other one would not."""
    if (new.error is None) is not (old.error is None):
        return False
    if old.error is not None and old.error.casefold() not in (new.error or "").casefold():
        return False
    if old.frozen_time is not None and new.frozen_time != old.frozen_time:
        return False
    return _is_as_close(new.tolerance, old.tolerance)


def _is_as_close(new: Tolerance | None, old: Tolerance | None) -> bool:
    if new is None or old is None:
        # without one, floats differ by no more than the order of additions makes them
        return new == old or (old != Tolerance() if new is None else new == Tolerance())
    return new.absolute <= old.absolute and new.relative <= old.relative


def _rows(given: Given | None) -> Sequence[Row]:
    return given.rows if given else ()


def _extends(new: Sequence[Row], old: Sequence[Row]) -> bool:
    """Whether rows are the same, row by row, on the columns that the old ones name."""
    return len(new) == len(old) and all(
        all(column in one and _is_same(one[column], value) for column, value in other.items())
        for one, other in zip(new, old, strict=True)
    )


def _is_same(new: Any, old: Any) -> bool:
    """Whether two values are one under any type: `1` in a list of rows is `1` in a CSV file."""
    return new == old or (_is_plain(new) and _is_plain(old) and _text(new) == _text(old))


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _text(value: str | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
