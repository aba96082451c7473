"""How DuckDB reads the files of a source in place."""

from __future__ import annotations

import glob
from enum import StrEnum
from pathlib import Path, PurePosixPath

from hansa.core.product import SourceTable
from hansa.core.schema import Column, TableSchema
from hansa.engines.errors import UnknownFileFormat
from hansa.sql.identifiers import literal, quote
from hansa.sql.types import type_sql

_DIALECT = "duckdb"


class FileFormat(StrEnum):
    """The kinds of files that a source may have."""

    CSV = "csv"
    PARQUET = "parquet"
    JSON = "json"


_FORMATS = {
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".txt": FileFormat.CSV,
    ".parquet": FileFormat.PARQUET,
    ".json": FileFormat.JSON,
    ".jsonl": FileFormat.JSON,
    ".ndjson": FileFormat.JSON,
}
_COMPRESSED = (".gz", ".zst")


def file_format(path: str) -> FileFormat:
    """What kind of files a path or glob names, by its ending. Raises UnknownFileFormat."""
    name = PurePosixPath(path.lower())
    suffix = PurePosixPath(name.stem).suffix if name.suffix in _COMPRESSED else name.suffix
    if suffix not in _FORMATS:
        raise UnknownFileFormat(path)
    return _FORMATS[suffix]


def scan(source: SourceTable, base: Path) -> str:
    """A SELECT of the declared columns, in their order; of all columns where none are declared."""
    assert source.path is not None
    kind = file_format(source.path)
    # the directory is taken as it is, only the source's own path may be a pattern
    location = literal(f"{glob.escape(str(base.absolute()))}/{source.path}", _DIALECT)
    if source.path.startswith("/"):
        location = literal(source.path, _DIALECT)
    match kind:
        case FileFormat.CSV:
            return _scan_csv(source, location)
        case FileFormat.JSON:
            return _scan_json(source.schema, location)
        case FileFormat.PARQUET:
            return _scan_parquet(source.schema, location)


def _scan_csv(source: SourceTable, location: str) -> str:
    options = [location, f"header = {'true' if source.csv.header else 'false'}"]
    # nothing is left to a guess from the first rows: a quote may come after a million of them
    options += ["quote = '\"'", "escape = '\"'", "comment = ''", "skip = 0"]
    delimiter = source.csv.delimiter or _delimiter(source.path or "")
    options.append(f"delim = {literal(delimiter, _DIALECT)}")
    if source.csv.null is not None:
        options.append(f"nullstr = {literal(source.csv.null, _DIALECT)}")
    schema = source.schema
    if schema is None:
        # the whole file decides the types, so that they do not hang on where a sample ends
        options.append("sample_size = -1")
        return f"SELECT * FROM read_csv({', '.join(options)})"
    if source.csv.header:
        # by name: the file may have more columns, and another order
        options += [f"types = {_struct(schema)}", "union_by_name = true"]
    else:
        options += [f"columns = {_struct(schema)}", "auto_detect = false"]
    return f"SELECT {_names(schema)} FROM read_csv({', '.join(options)})"


def _delimiter(path: str) -> str:
    return "\t" if ".tsv" in PurePosixPath(path.lower()).suffixes else ","


def _scan_json(schema: TableSchema | None, location: str) -> str:
    if schema is None:
        return f"SELECT * FROM read_json({location}, sample_size = -1)"
    return f"SELECT {_names(schema)} FROM read_json({location}, columns = {_struct(schema)})"


def _scan_parquet(schema: TableSchema | None, location: str) -> str:
    if schema is None:
        return f"SELECT * FROM read_parquet({location}, union_by_name = true)"
    columns = ", ".join(
        f"CAST({quote(column.name, _DIALECT)} AS {_type(column)}) AS {quote(column.name, _DIALECT)}"
        for column in schema.columns
    )
    return f"SELECT {columns} FROM read_parquet({location}, union_by_name = true)"


def _names(schema: TableSchema) -> str:
    return ", ".join(quote(name, _DIALECT) for name in schema.names)


def _struct(schema: TableSchema) -> str:
    fields = ", ".join(
        f"{literal(column.name, _DIALECT)}: {literal(_type(column), _DIALECT)}"
        for column in schema.columns
    )
    return f"{{{fields}}}"


def _type(column: Column) -> str:
    return type_sql(column.type, _DIALECT)
