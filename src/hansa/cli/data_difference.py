"""How data differences are printed and written as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hansa.cli.render import print_lines, print_sentence, print_table
from hansa.ops.datadiff import FIXTURES, DataDifference
from hansa.testing.datadiff.values import (
    ColumnDifference,
    Example,
    Method,
    RowExample,
    TableDifference,
    Value,
)

_SHOWN = 40


def data_json(difference: DataDifference) -> dict[str, Any]:
    """The keys that a data difference adds to the JSON of `hansa diff`."""
    return {
        "data": {table.pair.table: _table_json(table) for table in difference.tables},
        "data_from": difference.origin,
        "data_notes": list(difference.notes),
    }


def _table_json(table: TableDifference) -> dict[str, Any]:
    pair = table.pair
    return {
        "rows_old": table.rows_old,
        "rows_new": table.rows_new,
        "only_old": table.only_old,
        "only_new": table.only_new,
        "changed_rows": table.changed_rows,
        "columns": {column.names.new: _column_json(column) for column in table.columns},
        "old_name": pair.old_table,
        "key": list(pair.key) if table.method is Method.KEY else [],
        "examples_old": [_row_json(row) for row in table.examples_old],
        "examples_new": [_row_json(row) for row in table.examples_new],
        "added": list(pair.added),
        "removed": list(pair.removed),
        "sample": table.sample,
        "note": table.note,
    }


def _column_json(column: ColumnDifference) -> dict[str, Any]:
    data: dict[str, Any] = {
        "different": column.different,
        "examples": [
            {"key": dict(one.key), "old": one.old, "new": one.new} for one in column.examples
        ],
    }
    if column.names.old != column.names.new:
        data["old_name"] = column.names.old
    return data


def _row_json(row: RowExample) -> dict[str, Any]:
    return {"values": dict(row.values), "count": row.count}


def print_data(difference: DataDifference) -> None:
    """One sentence a table, then its columns that differ and rows of one side, with examples."""
    where = "fixtures" if difference.origin == FIXTURES else f"`{difference.origin}`"
    print_lines("", f"data of both versions on {where}:")
    if not difference.tables:
        print_lines("  no public table is in both versions")
    for table in difference.tables:
        style = "green" if table.equal else "yellow"
        print_lines(f"  {_sentence(table)}", style=style)
        rows = [*_column_rows(table.columns), *_one_sided_rows(table)]
        if rows:
            print_table(("    differs in", "rows", "for example"), rows, right="rows")
        if table.note:
            print_sentence("warning", f"{table.pair.table}: {table.note}; rows are compared whole")
    for note in difference.notes:
        print_sentence("warning", note)


def _sentence(table: TableDifference) -> str:
    pair = table.pair
    name = f"{pair.old_table} → {pair.table}" if pair.old_table else pair.table
    if not table.rows_old and not table.rows_new:
        return f"{name}: no rows in either version"
    of = f" of a sample of {table.sample}" if table.sample is not None else ""
    if table.equal:
        return f"{name}: the same {_count(table.rows_old)}{of}"
    parts = [f"{_count(table.rows_old)} before, {table.rows_new} after{of}"]
    if table.changed_rows:
        parts.append(f"{table.changed_rows} changed")
    if table.only_old:
        parts.append(f"{table.only_old} only before")
    if table.only_new:
        parts.append(f"{table.only_new} only after")
    return f"{name}: {', '.join(parts)}"


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"


def _column_rows(columns: Sequence[ColumnDifference]) -> list[tuple[str, str, str]]:
    return [
        (f"    {_column_name(column)}", str(column.different), _first(column.examples))
        for column in columns
        if column.different
    ]


def _column_name(column: ColumnDifference) -> str:
    names = column.names
    return names.new if names.old == names.new else f"{names.old} → {names.new}"


def _first(examples: Sequence[Example]) -> str:
    if not examples:
        return ""
    one = examples[0]
    return f"{_values(one.key)}: {_value(one.old)} → {_value(one.new)}"


def _one_sided_rows(table: TableDifference) -> list[tuple[str, str, str]]:
    return [
        (f"    ({side})", str(count), _values(examples[0].values) if examples else "")
        for side, count, examples in (
            ("only before", table.only_old, table.examples_old),
            ("only after", table.only_new, table.examples_new),
        )
        if count
    ]


def _values(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in values.items())


def _value(value: Value) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
