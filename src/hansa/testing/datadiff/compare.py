"""Compares two relations and tells how their data differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from hansa.testing.datadiff.alignment import AlignedColumn, align
from hansa.testing.datadiff.statements import WIDEST, Statements
from hansa.testing.datadiff.values import (
    ColumnDifference,
    Example,
    Method,
    Queries,
    RowExample,
    TableDifference,
    TablePair,
)

Texts = Sequence[str | None]


def compare_data(queries: Queries, pair: TablePair, sample: int | None = None) -> TableDifference:
    """How the data of two relations differs, read in one pass over each (and a look at keys).

    Rows meet by the key. Where there is none, or it is not unique or NULL on a side, they are
    compared as bags, and the note says why. NULL equals NULL; floats are equal up to a share
    of 1e-9, inside nested values exactly. `sample` compares the rows of at most so many keys,
    the same on both sides and in every run. Raises what the queries raise.
    """
    old, new = queries.types(pair.old), queries.types(pair.new)
    columns = tuple(
        align(names, old[names.old], new[names.new], queries.dialect) for names in pair.columns
    )
    places = {names.new: at for at, names in enumerate(pair.columns)}
    key = tuple(places[name] for name in pair.key if name in places)
    keyed = Statements(queries.dialect, pair.old, pair.new, columns, key, sample)
    if not key or len(key) < len(pair.key):
        note = _missing_note(pair, places) if pair.key else None
        return _compare_bags(queries, pair, replace(keyed, key=()), note)
    note = _broken_note(queries, keyed)
    if note:
        return _compare_bags(queries, pair, replace(keyed, key=()), note)
    return _compare_by_key(queries, pair, keyed)


def _missing_note(pair: TablePair, places: dict[str, int]) -> str:
    missing = ", ".join(f"`{name}`" for name in pair.key if name not in places)
    return f"the key's {missing} is not on both sides"


def _broken_note(queries: Queries, statements: Statements) -> str | None:
    """Why rows cannot meet by the key; None when they can."""
    for side in ("old", "new"):
        [(repeated, missing)] = queries.rows(statements.key_facts(is_old=side == "old"))
        if repeated:
            return f"the key repeats in the {side} data, in {_rows(repeated)}"
        if missing:
            return f"the key has NULLs in the {side} data, in {_rows(missing)}"
    return None


def _rows(count: Any) -> str:
    return "1 row" if int(count) == 1 else f"{int(count)} rows"


def _compare_by_key(queries: Queries, pair: TablePair, statements: Statements) -> TableDifference:
    compared = statements.compared
    wide = len(compared) > WIDEST
    [answer] = queries.rows(statements.by_key(() if wide else compared))
    rows_old, rows_new, only_old, only_new, changed, examples_old, examples_new, *rest = answer
    if wide:
        [(changed,)] = queries.rows(statements.changed_rows())
        details = _details_in_parts(queries, statements)
    else:
        details = _details(statements, compared, rest)
    keys = [statements.columns[at] for at in statements.key]
    return TableDifference(
        pair,
        Method.KEY,
        rows_old=int(rows_old),
        rows_new=int(rows_new),
        only_old=int(only_old),
        only_new=int(only_new),
        changed_rows=int(changed),
        columns=tuple(details),
        examples_old=tuple(_row_example(keys, texts) for texts in examples_old or ()),
        examples_new=tuple(_row_example(keys, texts) for texts in examples_new or ()),
        sample=statements.sample,
    )


def _details_in_parts(queries: Queries, statements: Statements) -> Iterator[ColumnDifference]:
    """The columns of a wide table, so many in a statement as an engine plans in good time."""
    compared = statements.compared
    for start in range(0, len(compared), WIDEST):
        part = compared[start : start + WIDEST]
        [answer] = queries.rows(statements.by_key(part))
        yield from _details(statements, part, answer[7:])


def _details(
    statements: Statements, detailed: Sequence[int], answer: Sequence[Any]
) -> Iterator[ColumnDifference]:
    """Each column's difference from the end of an answer: counts, then lists of examples."""
    keys = [statements.columns[at] for at in statements.key]
    counts, lists = answer[: len(detailed)], answer[len(detailed) :]
    for at, count, found in zip(detailed, counts, lists, strict=True):
        column = statements.columns[at]
        examples = tuple(_example(keys, column, texts) for texts in found or ())
        yield ColumnDifference(column.names, int(count), examples)


def _compare_bags(
    queries: Queries, pair: TablePair, statements: Statements, note: str | None
) -> TableDifference:
    [answer] = queries.rows(statements.as_bags())
    rows_old, rows_new, only_old, only_new, examples_old, examples_new = answer
    columns = statements.columns
    return TableDifference(
        pair,
        Method.BAG,
        rows_old=int(rows_old),
        rows_new=int(rows_new),
        only_old=int(only_old),
        only_new=int(only_new),
        examples_old=tuple(_bag_example(columns, texts) for texts in examples_old or ()),
        examples_new=tuple(_bag_example(columns, texts) for texts in examples_new or ()),
        sample=statements.sample,
        note=note,
    )


def _example(keys: Sequence[AlignedColumn], column: AlignedColumn, texts: Texts) -> Example:
    *_, old, new = texts
    return Example(_row_example(keys, texts[:-2]).values, column.value(old), column.value(new))


def _row_example(columns: Sequence[AlignedColumn], texts: Texts) -> RowExample:
    return RowExample(
        {column.names.new: column.value(text) for column, text in zip(columns, texts, strict=True)}
    )


def _bag_example(columns: Sequence[AlignedColumn], texts: Texts) -> RowExample:
    *values, count = texts
    return RowExample(_row_example(columns, values).values, int(count or 0))
