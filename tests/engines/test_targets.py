"""Addresses of targets, and what opening them can meet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hansa.engines.errors import (
    InvalidTarget,
    TargetBusy,
    TargetMissing,
    TargetUnreachable,
)
from hansa.engines.targets import hide_secrets, open_target
from hansa.projects.errors import UndefinedVariable

FORM = (
    "write duckdb:///path/to/file.duckdb, relative to the product's directory,"
    " postgresql://user@host/database, spark://local or sc://host:15002"
)
HOLD = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("CREATE OR REPLACE TABLE t AS SELECT 1 AS a")
print("ready", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize(
    ("url", "message", "hint"),
    [
        (
            "warehouse.duckdb",
            "the target `warehouse.duckdb` is not an address",
            FORM,
        ),
        (
            "mysql://ann:secret@host/db",
            "the target `mysql://ann:…@host/db` has the scheme `mysql`, which no engine here knows",
            FORM,
        ),
        (
            "duckdb://x.duckdb",
            "the target `duckdb://x.duckdb` names no file",
            FORM,
        ),
        (
            "duckdb:///",
            "the target `duckdb:///` names no file",
            FORM,
        ),
    ],
)
def test_addresses_that_no_engine_knows(tmp_path: Path, url: str, message: str, hint: str) -> None:
    with pytest.raises(InvalidTarget) as caught:
        open_target(url, tmp_path, {})
    assert (str(caught.value), caught.value.hint) == (message, hint)
    assert caught.value.exit_code == 2


def test_a_password_is_not_shown() -> None:
    assert hide_secrets("postgresql://ann:s3:cret@db/x") == "postgresql://ann:…@db/x"
    assert hide_secrets("postgresql://ann:s:3@x@db/x?a=1&password=s&b=2") == (
        "postgresql://ann:…@db/x?a=1&password=…&b=2"
    )
    assert hide_secrets("duckdb:///a@b.duckdb") == "duckdb:///a@b.duckdb"


def test_relative_files_start_at_the_base_and_directories_are_made(tmp_path: Path) -> None:
    with open_target("duckdb:///.hansa/deep/dev.duckdb", tmp_path, {}) as engine:
        assert engine.url == "duckdb:///.hansa/deep/dev.duckdb"
    assert (tmp_path / ".hansa/deep/dev.duckdb").exists()


def test_absolute_files_and_variables(tmp_path: Path) -> None:
    url = "duckdb:///${PLACE}/x.duckdb"
    with open_target(url, Path("/nowhere"), {"PLACE": str(tmp_path)}) as engine:
        engine.execute("CREATE TABLE t AS SELECT 1 AS a")
    assert (tmp_path / "x.duckdb").exists()


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    with pytest.raises(UndefinedVariable) as caught:
        open_target("duckdb:///${PLACE}/x.duckdb", tmp_path, {})
    assert str(caught.value) == "the environment variable `PLACE` is not set"
    assert caught.value.hint == "set it: `export PLACE=…`"


def test_a_database_in_memory(tmp_path: Path) -> None:
    with open_target("duckdb:///:memory:", tmp_path, {}) as engine:
        assert engine.query("SELECT 1").scalar == 1
    assert list(tmp_path.iterdir()) == []


def test_reading_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetMissing) as caught:
        open_target("duckdb:///x.duckdb", tmp_path, {}, read_only=True)
    assert str(caught.value) == (
        "the target `duckdb:///x.duckdb` cannot be opened: there is no such file"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_bytes(b"hello" * 1000)
    with pytest.raises(TargetUnreachable) as caught:
        open_target("duckdb:///x.duckdb", tmp_path, {})
    assert "not a valid DuckDB database file" in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("a file")
    with pytest.raises(TargetUnreachable) as caught:
        open_target("duckdb:///plain/x.duckdb", tmp_path, {})
    assert str(caught.value) in {
        "the target `duckdb:///plain/x.duckdb` cannot be opened: file exists",
        "the target `duckdb:///plain/x.duckdb` cannot be opened: not a directory",
    }


def test_waiting_for_another_process_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with _holding(path) as holder:
        with pytest.raises(TargetBusy) as caught:
            open_target("duckdb:///x.duckdb", tmp_path, {}, patience=0.3)
        assert f"(process {holder.pid})" in str(caught.value)
        assert str(caught.value).startswith("the target `duckdb:///x.duckdb` is in use by `python")
        assert caught.value.exit_code == 3


def test_waiting_for_another_process_succeeds_when_it_is_done(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with _holding(path) as holder:
        assert holder.stdin
        holder.stdin.close()
        with open_target("duckdb:///x.duckdb", tmp_path, {}, patience=20) as engine:
            assert engine.query("SELECT a FROM t").scalar == 1


def _holding(path: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, os.fspath(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    assert holder.stdout.readline() == "ready\n"
    return holder
