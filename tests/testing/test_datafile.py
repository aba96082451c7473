"""Small data files are read as text, by nothing but their bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from hansa.core.product import CsvOptions
from hansa.engines.sandbox import Rows, SandboxError
from hansa.testing.datafile import read_data


@pytest.mark.parametrize(
    ("data", "suffix", "options", "expected"),
    [
        (
            b"a,b,c\n1,,x y\n2,3.5,\n",
            "csv",
            CsvOptions(),
            Rows(
                ("a", "b", "c"),
                ("BIGINT", "DOUBLE", "VARCHAR"),
                [("1", None, "x y"), ("2", "3.5", None)],
            ),
        ),
        (
            b"a;b\n01;NA\n",
            "csv",
            CsvOptions(null="NA", delimiter=";"),
            Rows(("a", "b"), ("VARCHAR", "VARCHAR"), [("01", None)]),
        ),
        (
            b'[{"a": 1, "b": [1, 2]}, {"a": null, "b": []}]',
            "json",
            CsvOptions(),
            Rows(("a", "b"), ("BIGINT", "BIGINT[]"), [("1", "[1,2]"), (None, "[]")]),
        ),
    ],
)
def test_data_in_memory_is_read_as_text(data, suffix, options, expected):
    assert read_data(data, suffix, options) == expected


def test_data_that_is_not_of_its_format_is_an_error():
    with pytest.raises(SandboxError):
        read_data(b"nothing", "parquet")


def test_parquet_is_read(tmp_path: Path):
    import duckdb

    file = tmp_path / "x.parquet"
    duckdb.sql("SELECT 7 AS a, {'k': 1.5} AS b").write_parquet(str(file))
    assert read_data(file.read_bytes(), "parquet") == Rows(
        ("a", "b"), ("INTEGER", "STRUCT(k DECIMAL(2,1))"), [("7", '{"k":1.5}')]
    )
