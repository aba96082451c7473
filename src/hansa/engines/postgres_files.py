"""Files of a source as a stream that COPY takes, read by an embedded DuckDB."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hansa.core.datatype import DataType, Family
from hansa.core.product import SourceTable
from hansa.engines.duckdb import DuckDbEngine
from hansa.engines.errors import StatementFailed, TargetFailed
from hansa.engines.local_files import scan_files
from hansa.sql.identifiers import literal, quote

_BLOCK = 1 << 20

# the smallest type of PostgreSQL that holds every value of one that it lacks
_WIDER = {
    (8, True): DataType(Family.INTEGER, bits=16),
    (8, False): DataType(Family.INTEGER, bits=16),
    (16, False): DataType(Family.INTEGER, bits=32),
    (32, False): DataType(Family.INTEGER, bits=64),
    (64, False): DataType(Family.DECIMAL, precision=20, scale=0),
    (128, True): DataType(Family.DECIMAL, precision=39, scale=0),
    (128, False): DataType(Family.DECIMAL, precision=39, scale=0),
}


@dataclass(frozen=True, slots=True)
class Files:
    """The columns of a source as PostgreSQL holds them, and its rows as CSV."""

    engine: DuckDbEngine
    columns: tuple[tuple[str, DataType], ...]
    select: str

    def blocks(self) -> Iterator[bytes]:
        """The rows, in blocks; what cannot be read is raised after the last good one."""
        failures: list[Exception] = []
        with tempfile.TemporaryDirectory(prefix="hansa-") as directory:
            pipe = Path(directory) / "rows"
            os.mkfifo(pipe)
            statement = (
                f"COPY ({self.select}) TO {literal(str(pipe), 'duckdb')}"
                " (FORMAT csv, HEADER false, FORCE_QUOTE *)"
            )

            def write() -> None:
                try:
                    self.engine.execute(statement)
                except (StatementFailed, TargetFailed) as failure:
                    failures.append(failure)
                    # a reader that waits for the first writer must not wait for ever
                    os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))

            writer = threading.Thread(target=write, daemon=True)
            writer.start()
            with pipe.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    yield block
            writer.join()
        if failures:
            raise failures[0]


@contextmanager
def read_files(source: SourceTable, base: Path, url: str) -> Iterator[Files]:
    """The files of a source. Raises UnknownFileFormat, TargetFailed, StatementFailed."""
    with scan_files(source, base, url) as scan:
        declared = {c.name: c.type for c in source.schema.columns} if source.schema else {}
        texts = [
            f"{_text(quote(name, 'duckdb'), kind)} AS {quote(name, 'duckdb')}"
            for name, kind in scan.columns
        ]
        held = tuple((name, _held(declared.get(name) or kind)) for name, kind in scan.columns)
        yield Files(scan.engine, held, f"SELECT {', '.join(texts)} FROM ({scan.sql}) AS q")


def _held(kind: DataType) -> DataType:
    if kind.family is Family.INTEGER:
        return _WIDER.get((kind.bits or 32, kind.signed), kind)
    if kind.family is Family.ARRAY:
        return replace(kind, items=tuple(map(_held, kind.items)), length=None, fixed=False)
    if kind.family in (Family.STRUCT, Family.MAP):
        return DataType(Family.JSON, name="jsonb")
    return kind


def _text(value: str, kind: DataType) -> str:
    """An expression whose text PostgreSQL reads as the same value."""
    match kind.family:
        case Family.ARRAY:
            return f"({_array(value, kind.items[0])})"
        case Family.BINARY:
            return f"('\\x' || lower(hex({value})))"
        case Family.STRUCT | Family.MAP:
            return f"CAST(to_json({value}) AS VARCHAR)"
        case _:
            # no cast to text: DuckDB would leave out that the file's values are checked
            return value


def _array(value: str, item: DataType) -> str:
    """`{"a",NULL}`: every element in quotes, but arrays inside."""
    if item.family is Family.ARRAY:
        element = f"coalesce({_array('x', item.items[0])}, 'NULL')"
    else:
        text = f"CAST({_text('x', item)} AS VARCHAR)"
        escaped = f"replace(replace({text}, '\\', '\\\\'), '\"', '\\\"')"
        element = f"CASE WHEN x IS NULL THEN 'NULL' ELSE '\"' || {escaped} || '\"' END"
    listed = f"array_to_string(list_transform({value}, lambda x: {element}), ',')"
    return f"CASE WHEN {value} IS NULL THEN NULL ELSE '{{' || {listed} || '}}' END"
