"""Reads Parquet fixtures of unit tests, in a locked-down database."""

from __future__ import annotations

from hansa.projects.fixture_files import TableData


def read_parquet(data: bytes) -> TableData:
    """The rows of a Parquet file in memory. Raises SandboxError, TooManyRows, TimeLimitReached."""
    # the database is imported only where a test names such a file
    from hansa.testing.datafile import read_data

    found = read_data(data, "parquet")
    return TableData(found.columns, found.types, found.rows)
