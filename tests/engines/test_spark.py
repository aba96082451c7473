"""What is Spark's own: one process a warehouse, leases, records in views, messages."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from tests.spark import SparkServer

from hansa.engines.errors import (
    InvalidTarget,
    StatementFailed,
    TargetBusy,
    TargetFailed,
    TargetMissing,
    TypeLacking,
)
from hansa.engines.protocol import Relation, RelationKind
from hansa.engines.spark import SparkEngine
from hansa.engines.spark_errors import read_failure
from hansa.engines.spark_generations import (
    all_generations,
    generations_of,
    next_generation,
    shown,
)
from hansa.engines.spark_locks import LEASE
from hansa.engines.spark_notes import Conflict, Notes
from hansa.engines.targets import hide_secrets, open_target, target_dialect
from hansa.sql.types import parse_type

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a+")
fcntl.flock(file, fcntl.LOCK_EX)
file.write("`someone` (process 7)")
file.flush()
print("ready", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("spark://host:7077", "names the host `host:7077`"),
        ("spark://local?cores=2", "has the option `cores`, which Spark does not take here"),
        ("spark://local?memory=much", "gives Spark the memory `much`"),
        ("sc://host?memory=2g", "has the option `memory`, which Spark does not take here"),
    ],
)
def test_addresses_that_are_refused(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(InvalidTarget) as caught:
        open_target(url, tmp_path, {})
    assert str(caught.value) == f"the target `{url}` {message}"
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_addresses_without_secrets() -> None:
    url = "sc://h:1/;user_id=a;token=s3cret;x=y?format=iceberg"
    assert hide_secrets(url) == "sc://h:1/;user_id=a;token=…;x=y?format=iceberg"
    assert target_dialect("spark://local") == target_dialect("sc://h") == "spark"


def test_reading_a_warehouse_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetMissing):
        open_target("spark://local", tmp_path, {}, read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_warehouse_that_another_process_has_open(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    pytest.importorskip("fcntl")
    (tmp_path / ".hansa/spark").mkdir(parents=True)
    command = [sys.executable, "-c", HOLD, str(tmp_path / ".hansa/spark/hansa.lock")]
    open_here = (
        "import sys\nfrom pathlib import Path\nfrom hansa.engines.targets import open_target\n"
        "from hansa.engines.errors import TargetBusy\n"
        "try:\n    open_target('spark://local', Path(sys.argv[1]), {}, patience=0.1)\n"
        "except TargetBusy as busy:\n    print(busy)\n"
    )
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "ready\n"
        # in a process of its own, as this one may have its Spark already
        done = subprocess.run(
            [sys.executable, "-c", open_here, str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == (
            "the target `spark://local` is in use by `someone` (process 7), waited 0.1 seconds\n"
        ), done.stderr
        holder.communicate("\n")


@pytest.mark.parametrize(
    ("message", "state", "inside", "reason"),
    [
        (
            "[TABLE_OR_VIEW_NOT_FOUND] The table or view `t` cannot be found. Verify the spelling"
            " and correctness.\nMore SQLSTATE: 42P01; line 1",
            "42P01",
            True,
            "the table or view `t` cannot be found",
        ),
        (
            "An error occurred while calling o1.sql.\n: org.apache.spark.SparkException:"
            " [PATH_NOT_FOUND] Path does not exist: s3a://x. SQLSTATE: 42K03\n\tat a.B.c(B.scala)",
            "42K03",
            False,
            "path does not exist: s3a://x",
        ),
        # as Spark 3.5 says it
        (
            "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column or function parameter with name `a`"
            " cannot be resolved. Did you mean one of the following? [`b`].; line 1 pos 7",
            "",
            True,
            "a column or function parameter with name `a` cannot be resolved",
        ),
        ("java.lang.OutOfMemoryError: Java heap space\n\tat x.Y", "", False, "java heap space"),
        ('<_Rpc of RPC: status = X\n\tdetails = "Connection refused"\n', "", False, None),
    ],
)
def test_messages_in_one_sentence(
    message: str, state: str, inside: bool, reason: str | None
) -> None:
    failure = read_failure(Exception(message))
    assert (failure.state, failure.about_statement) == (state, inside)
    assert failure.reason == (reason or "connection refused")


@pytest.fixture
def remote(spark_server: SparkServer, tmp_path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opened = open_target(spark_server.remote, tmp_path, {}, patience=0.1)
        yield opened
        opened.close()
        spark_server.clear()


def test_of_two_writers_one_is_refused(remote: SparkEngine) -> None:
    notes = Notes(remote, "record")
    first = notes.write("p", "one", None)
    with pytest.raises(Conflict):
        notes.write("p", "two", None)
    long = "".join(map(chr, range(32, 50_000)))
    second = notes.write("p", long, first)
    assert second.parts > 1
    with pytest.raises(Conflict):
        notes.write("p", "three", first)
    assert notes.read("p", notes.list()["p"]) == long
    assert remote.relations("hansa") == ()


def test_a_dead_holder_is_taken_over_and_notices(
    remote: SparkEngine, spark_server: SparkServer, tmp_path: Path
) -> None:
    other = open_target(spark_server.remote, tmp_path, {}, patience=0.1)
    notes = Notes(remote, "lock")
    with remote.lock("p"):
        with pytest.raises(TargetBusy) as caught, other.lock("p"):
            pass
        assert "`hansa` of " in str(caught.value)
        note = notes.list()["p"]
        told = json.loads(notes.read("p", note))
        notes.overwrite("p", json.dumps({**told, "beat": told["beat"] - LEASE - 1}), note)
        with other.lock("p"):
            with pytest.raises(TargetFailed) as lost, remote.switch(()):
                pass
            assert lost.value.reason == "another command has taken over the lock of this one"
    with remote.lock("p"):
        pass
    other.close()


def test_statements_fail_in_a_sentence(remote: SparkEngine) -> None:
    with pytest.raises(StatementFailed) as caught:
        remote.query("SELECT CAST(concat('x', id) AS INT) FROM range(3)")
    assert caught.value.reason.startswith("the value 'x")
    assert "\n" not in caught.value.reason


@pytest.mark.parametrize("kind", ["hugeint", "uinteger", "time", "uuid"])
def test_types_that_it_lacks(remote: SparkEngine, kind: str) -> None:
    with pytest.raises(TypeLacking):
        remote.type_sql(parse_type(kind, "duckdb"))


def test_generations_of_a_table() -> None:
    tables = {"t__hansa2", "t__hansa10", "t__hansa1", "u", "u__hansa3", "t__hansax", "w__hansa1"}
    assert generations_of("t", tables) == ["t__hansa1", "t__hansa2", "t__hansa10"]
    assert next_generation("t", generations_of("t", tables)) == "t__hansa11"
    assert next_generation("v", []) == "v__hansa1"
    # what was left of a publication that was killed belongs to nobody yet
    assert shown({"t", "v"}, tables) == (
        Relation("t", RelationKind.TABLE),
        Relation("t__hansax", RelationKind.TABLE),
        Relation("u", RelationKind.TABLE),
        Relation("v", RelationKind.VIEW),
    )
    assert all_generations(tables) == [
        "t__hansa1",
        "t__hansa10",
        "t__hansa2",
        "u__hansa3",
        "w__hansa1",
    ]
