"""Files of a source as Spark reads them.

Files of this machine are read by an embedded DuckDB, so that every engine gives the same rows and
the same messages, and handed on as Parquet or, to a Spark elsewhere, as Arrow. Files at an address
such as `s3a://…` are read by Spark itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hansa.core.datatype import DataType, Family
from hansa.core.product import SourceTable
from hansa.engines.duckdb import DuckDbEngine
from hansa.engines.duckdb_files import FileFormat, file_format
from hansa.engines.local_files import scan_files
from hansa.sql.identifiers import literal, quote
from hansa.sql.types import type_sql

_BATCH = 200_000


@dataclass(frozen=True, slots=True)
class Files:
    """The rows of files of this machine, in types that Parquet and Spark have."""

    engine: DuckDbEngine
    select: str

    def write(self, directory: str) -> None:
        """Write them as one Parquet file. Raises StatementFailed, TargetFailed."""
        path = literal(f"{directory}/rows.parquet", "duckdb")
        self.engine.execute(f"COPY ({self.select}) TO {path} (FORMAT parquet)")

    def batches(self) -> Iterator[Any]:
        """Arrow tables of them, at least one. Raises StatementFailed, TargetFailed."""
        with tempfile.TemporaryDirectory(prefix="hansa-") as directory:
            # through a file, so that what cannot be read shows before anything is sent
            self.write(directory)
            import pyarrow
            import pyarrow.parquet

            file = pyarrow.parquet.ParquetFile(f"{directory}/rows.parquet")
            sent = False
            for batch in file.iter_batches(_BATCH):
                sent = True
                yield pyarrow.Table.from_batches([batch])
            if not sent:
                yield file.schema_arrow.empty_table()


@contextmanager
def read_files(source: SourceTable, base: Path, url: str) -> Iterator[Files]:
    """The files of a source. Raises UnknownFileFormat, TargetFailed, StatementFailed."""
    with scan_files(source, base, url) as scan:
        columns = [_column(quote(name, "duckdb"), kind) for name, kind in scan.columns]
        yield Files(scan.engine, f"SELECT {', '.join(columns)} FROM ({scan.sql}) AS q")


def _column(name: str, kind: DataType) -> str:
    match kind.family:
        case Family.INTEGER if kind.bits == 128:
            # DuckDB would write a number of floating point
            return f"CAST({name} AS DECIMAL(38,0)) AS {name}"
        case Family.INTEGER if not kind.signed and kind.bits == 64:
            return f"CAST({name} AS DECIMAL(20,0)) AS {name}"
        case Family.TIMESTAMP if not kind.timezone:
            return f"CAST({name} AS TIMESTAMP) AS {name}"
        case Family.UUID | Family.JSON | Family.TIME | Family.INTERVAL | Family.OTHER:
            return f"CAST({name} AS VARCHAR) AS {name}"
        case _:
            return name


def sent(session: Any, batch: Any) -> Any:
    """An Arrow table as a frame of a Spark elsewhere, where times without a zone stay such."""
    from pyspark.sql.pandas.types import from_arrow_schema

    schema = from_arrow_schema(batch.schema, prefer_timestamp_ntz=True)
    return session.createDataFrame(batch, schema=schema)


def is_remote(source: SourceTable) -> bool:
    """Whether a source's path is an address that Spark itself has to read."""
    return "://" in (source.path or "")


def read_remote(session: Any, source: SourceTable) -> tuple[Any, str]:
    """Files at an address as Spark reads them, and the columns to select from them."""
    path = source.path or ""
    reader = session.read
    match file_format(path):
        case FileFormat.CSV:
            frame = reader.options(**_csv_options(source)).csv(path, schema=_texts(source))
        case FileFormat.JSON:
            frame = reader.options(mode="FAILFAST").json(path, schema=_typed(source))
        case FileFormat.PARQUET:
            frame = reader.options(mergeSchema="true").parquet(path)
    return frame, _casts(source)


def _csv_options(source: SourceTable) -> dict[str, str]:
    delimiter = source.csv.delimiter or ("\t" if ".tsv" in (source.path or "").lower() else ",")
    options = {
        "header": str(source.csv.header).lower(),
        "sep": delimiter,
        "quote": '"',
        "escape": '"',
        "multiLine": "true",
        "mode": "FAILFAST",
        "inferSchema": "true" if source.schema is None else "false",
    }
    return options if source.csv.null is None else {**options, "nullValue": source.csv.null}


def _texts(source: SourceTable) -> str | None:
    """Columns of a file without a header, by place; those of others are known by their names."""
    if source.schema is None or source.csv.header:
        return None
    return ", ".join(f"{quote(name, 'spark')} STRING" for name in source.schema.names)


def _typed(source: SourceTable) -> str | None:
    if source.schema is None:
        return None
    return ", ".join(
        f"{quote(column.name, 'spark')} {type_sql(column.type, 'spark')}"
        for column in source.schema.columns
    )


def _casts(source: SourceTable) -> str:
    if source.schema is None:
        return "*"
    return ", ".join(
        f"CAST({quote(column.name, 'spark')} AS {type_sql(column.type, 'spark')})"
        f" AS {quote(column.name, 'spark')}"
        for column in source.schema.columns
    )
