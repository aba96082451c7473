"""Small data for a source: a fixture file, else the rows that unit tests give, else none.

A fixture is `fixtures/<source>.<table>.csv` (or `.parquet`, `.json`) in the product. Without
one, the data is what the product's own unit tests give for that source: distinct rows, the
first one of each primary key. Without such rows the table is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hansa.core.datatype import Family
from hansa.core.product import Product, SourceTable
from hansa.core.schema import Column, TableSchema
from hansa.engines.sandbox import Rows, SandboxError
from hansa.errors import Place
from hansa.testing.datafile import read_data
from hansa.testing.errors import FixtureFileUnreadable
from hansa.testing.fixtures import FixtureTable, GivenRows, build_table
from hansa.testing.values import type_of_kind

FORMATS = ("csv", "parquet", "json")


@dataclass(frozen=True, slots=True)
class Sample:
    """A source's small data; `origin` says where it is from (a file, `unit tests`, `nothing`)."""

    given: GivenRows
    table: FixtureTable
    origin: str


Sampler = Callable[[Product, str, SourceTable], Sample]


def sample_source(product: Product, group: str, source: SourceTable) -> Sample:
    """The source's data for stand-ins, typed as declared (else as the file or the rows say).

    Raises FixtureFileUnreadable, or what `build_table` raises, with a place in the file.
    """
    name = f"{group}.{source.name}"
    for suffix in FORMATS:
        path = f"fixtures/{name}.{suffix}"
        if path in product.files:
            return _sample_file(product, name, source, path)
    return _sample_tests(product, name, source)


def _sample_file(product: Product, name: str, source: SourceTable, path: str) -> Sample:
    shown = path if product.label in ("", ".") else f"{product.label}/{path}"
    data, suffix = product.files[path], path.rpartition(".")[2]
    try:
        found = read_data(data, suffix, source.csv)
    except SandboxError as error:
        raise FixtureFileUnreadable(path, error.message, Place(shown)) from None
    schema = source.schema or _schema_of_file(found)
    given = GivenRows(
        f"`{path}`",
        name,
        tuple(_row(found.columns, cells, schema) for cells in found.rows),
        Place(shown),
        _places(shown, data, found, source),
    )
    return Sample(given, build_table(given, schema, lenient=True), path)


def _schema_of_file(found: Rows) -> TableSchema:
    columns = zip(found.columns, found.types, strict=True)
    return TableSchema(tuple(Column(name, type_of_kind(kind)) for name, kind in columns))


def _row(names: Sequence[str], cells: Sequence[Any], schema: TableSchema) -> Mapping[str, Any]:
    """One row of a file; an empty cell is NULL wherever it cannot be a text."""
    row = dict(zip(names, cells, strict=True))
    for name, cell in row.items():
        column = schema.column(name)
        if cell == "" and column is not None and column.type.family is not Family.STRING:
            row[name] = None
    return row


def _places(shown: str, data: bytes, found: Rows, source: SourceTable) -> tuple[Place, ...]:
    """The line of each row of a CSV file, where each row is one line."""
    header = 1 if source.csv.header else 0
    if len(data.splitlines()) != len(found.rows) + header:
        return ()
    return tuple(Place(shown, number + header + 1) for number in range(len(found.rows)))


def _sample_tests(product: Product, name: str, source: SourceTable) -> Sample:
    givens = [one for test in product.tests for one in test.given if one.input == name]
    rows = tuple(row for one in givens for row in one.rows)
    places = tuple(
        place
        for one in givens
        for place in (one.row_places or (one.place or Place(name),) * len(one.rows))
    )
    types = {column: kind for one in givens for column, kind in one.types.items()}
    given = GivenRows("unit tests", name, rows, source.place, places, types=types)
    table = build_table(given, source.schema)
    kept = _distinct_rows(table, source.primary_key)
    return Sample(
        replace(
            given,
            rows=tuple(rows[at] for at in kept),
            row_places=tuple(places[at] for at in kept),
        ),
        replace(table, texts=tuple(tuple(column[at] for at in kept) for column in table.texts)),
        "unit tests" if rows else "nothing",
    )


def _distinct_rows(table: FixtureTable, key: Sequence[str]) -> list[int]:
    """The numbers of the first of equal rows, and of rows that share a key without NULLs."""
    at = [table.columns.index(name) for name in key if name in table.columns]
    first_rows: dict[tuple[str | None, ...], int] = {}
    for number, row in enumerate(zip(*table.texts, strict=True)):
        identity = tuple(row[position] for position in at)
        if not identity or None in identity:
            identity = row
        first_rows.setdefault(identity, number)
    return list(first_rows.values())
