"""Files of this machine, read by an embedded DuckDB for engines that run elsewhere.

So every engine gets the same rows and the same messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hansa.core.datatype import DataType
from hansa.core.product import SourceTable
from hansa.engines.duckdb import DuckDbEngine, open_memory
from hansa.engines.errors import TargetFailed
from hansa.sql.types import parse_type


@dataclass(frozen=True, slots=True)
class Scan:
    """A query over the files in DuckDB's dialect, and its columns; `engine` can run it."""

    engine: DuckDbEngine
    sql: str
    columns: tuple[tuple[str, DataType], ...]


@contextmanager
def scan_files(source: SourceTable, base: Path, url: str) -> Iterator[Scan]:
    """The files of a source, as long as the block lasts; `url` is the target they are for.

    Raises UnknownFileFormat, TargetFailed or StatementFailed.
    """
    engine = open_memory()
    try:
        sql = engine.scan_sql(source, base)
        try:
            described = engine.describe(sql)
        except TargetFailed as failure:
            raise TargetFailed(url, failure.reason) from None
        columns = ((column.name, parse_type(column.type, "duckdb")) for column in described)
        yield Scan(engine, sql, tuple(columns))
    finally:
        engine.close()
