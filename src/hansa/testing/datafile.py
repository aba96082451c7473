"""Small data files in memory, read as text."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hansa.core.product import CsvOptions
from hansa.engines.sandbox import DIALECT, Rows, Sandbox, SandboxError, text_of_column
from hansa.sql.identifiers import literal

_READERS = {
    "csv": "read_csv({path}, all_varchar = true{options})",
    "parquet": "read_parquet({path})",
    "json": "read_json_auto({path})",
}


def read_data(data: bytes, suffix: str, options: CsvOptions | None = None) -> Rows:
    """The rows of a small data file in memory, every cell as text (nested values as JSON).

    `suffix` is csv, parquet or json. `types` are what DuckDB finds in the file; cells of CSV
    are the texts that stand there. Raises SandboxError when the file is of another format.
    """
    with tempfile.TemporaryDirectory(prefix="hansa-") as folder:
        file = Path(folder).resolve() / f"data.{suffix}"
        file.write_bytes(data)
        try:
            return _read_file(file, suffix, options or CsvOptions())
        except SandboxError as error:
            # The folder is ours and gone; its path would tell the reader nothing.
            raise SandboxError(error.message.replace(f"{file.parent}/", "")) from None


def _read_file(file: Path, suffix: str, options: CsvOptions) -> Rows:
    scan = _scan(suffix, literal(str(file), DIALECT), options)
    with Sandbox(readable=file.parent) as sandbox:
        found = sandbox.query(f"SELECT * FROM {scan} LIMIT 0")
        texts = (text_of_column(*one) for one in zip(found.columns, found.types, strict=True))
        rows = sandbox.query(f"SELECT {', '.join(texts)} FROM {scan}")
        types = found.types
        if suffix == "csv":
            types = sandbox.query(f"SELECT * FROM {_sniffing(scan)} LIMIT 0").types
    return Rows(found.columns, types, rows.rows)


def _scan(suffix: str, path: str, options: CsvOptions) -> str:
    given = f", header = {literal(options.header, DIALECT)}"
    if options.null is not None:
        given += f", nullstr = {literal(options.null, DIALECT)}"
    if options.delimiter is not None:
        given += f", delim = {literal(options.delimiter, DIALECT)}"
    return _READERS[suffix].format(path=path, options=given)


def _sniffing(scan: str) -> str:
    return scan.replace("all_varchar = true", "all_varchar = false", 1)
