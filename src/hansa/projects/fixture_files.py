"""Reads the files that unit tests name for their rows: CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hansa.errors import HansaError, Place
from hansa.projects.decoding import Reader
from hansa.projects.yaml_document import YamlInvalid, decode_text

Row = Mapping[str, Any]

_FLOATS = frozenset({"DOUBLE", "FLOAT"})


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table, each with its place; `types` are those that a file has of its own."""

    rows: tuple[Row, ...] = ()
    places: tuple[Place, ...] = ()
    cells: tuple[Mapping[str, Place], ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableData:
    """What a typed file holds: names, DuckDB's words for their types, and cells as text."""

    columns: Sequence[str]
    types: Sequence[str]
    rows: Sequence[Sequence[str | None]]


# Reads the bytes of a Parquet file; raises HansaError when it cannot.
ReadParquet = Callable[[bytes], TableData]


@dataclass(frozen=True, slots=True)
class FixtureFiles:
    """The files that tests may name: `find` gives a file's shown name and its content.

    Reading Parquet takes a database, so it is handed in by who has one.
    """

    find: Callable[[str], tuple[str, bytes] | None]
    read_parquet: ReadParquet | None = None

    def read(self, name: str, place: Place, reader: Reader) -> Rows:
        """The rows of a file; what is wrong with it is noted in the reader."""
        suffix = name.rpartition(".")[2].lower() if "." in name else ""
        if suffix not in ("csv", "parquet"):
            message = f"`{name[:200]}` is no fixture that a test can read"
            reader.report("fixture_format", place, message, "name a .csv or .parquet file")
            return Rows()
        found = self.find(name)
        if found is None:
            message = f"there is no fixture `{name[:200]}`"
            hint = "name a .csv or .parquet file relative to tests/ or fixtures/"
            reader.report("missing_fixture", place, message, hint)
            return Rows()
        return _read_csv(*found, reader) if suffix == "csv" else self._parquet(*found, reader)

    def _parquet(self, file: str, data: bytes, reader: Reader) -> Rows:
        hint = "write the file again, or give the rows as CSV"
        if self.read_parquet is None:
            reader.report("unreadable_fixture", Place(file), "Parquet is not read here", hint)
            return Rows()
        try:
            table = self.read_parquet(data)
        except HansaError as error:
            message = f"the file cannot be read as Parquet: {error}"
            reader.report("unreadable_fixture", Place(file), message, hint)
            return Rows()
        columns = list(zip(table.columns, table.types, strict=True))
        rows = tuple(
            {
                name: float(cell) if cell is not None and kind in _FLOATS else cell
                for (name, kind), cell in zip(columns, cells, strict=True)
            }
            for cells in table.rows
        )
        return Rows(rows, (Place(file),) * len(rows), types=dict(columns))


def _read_csv(file: str, data: bytes, reader: Reader) -> Rows:
    """The rows of a CSV file, all values as text, empty ones as NULL."""
    try:
        content = decode_text(data, file)
    except YamlInvalid as problem:
        reader.report(problem.rule, problem.place, problem.message, problem.hint)
        return Rows()
    table = csv.reader(io.StringIO(content, newline=""), strict=True)
    rows: list[Row] = []
    places: list[Place] = []
    try:
        header = next(table, [])
        if not _check_header(header, file, reader):
            return Rows()
        line = table.line_num + 1
        for cells in table:
            if cells and len(cells) != len(header):
                message = (
                    f"the row has {len(cells)} values, and the header names {len(header)} columns"
                )
                reader.report("invalid_csv", Place(file, line), message, "complete the row")
                return Rows()
            if cells:
                rows.append({n: c or None for n, c in zip(header, cells, strict=True)})
                places.append(Place(file, line))
            line = table.line_num + 1
    except csv.Error as error:
        message = f"the file is not valid CSV: {error}"
        reader.report("invalid_csv", Place(file, table.line_num), message, "close the quotes")
        return Rows()
    return Rows(tuple(rows), tuple(places), types={})


def _check_header(header: Sequence[str], file: str, reader: Reader) -> bool:
    place = Place(file, 1)
    if not header:
        message = "the file has no header that names columns"
        reader.report("invalid_csv", place, message, "write the columns' names in its first line")
        return False
    for name in header:
        if header.count(name) > 1:
            message = f"the header names the column `{name[:80]}` twice"
            reader.report("invalid_csv", place, message, "keep one of the two")
            return False
    return True
