"""The Spark of a test run: started once, emptied after every test."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hansa.engines.spark import SparkEngine
from hansa.engines.targets import open_target
from hansa.sql.identifiers import quote

# tests gain from a quick start, and need not survive a power cut
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dderby.system.durability=test"

# for a catalog with Iceberg, which HANSA_TEST_SPARK_ARGS brings in: `--jars … --conf …`
FORMAT = os.environ.get("HANSA_TEST_SPARK_FORMAT", "parquet")

MISSING = "needs Java 17 or newer, on the PATH or at JAVA_HOME, and pyspark"


def missing() -> str | None:
    """Why tests of Spark cannot run here; None when they can."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return MISSING
    return None if os.environ.get("JAVA_HOME") or shutil.which("java") else MISSING


def serves_connect() -> bool:
    """Whether the Spark that is installed can serve Spark Connect."""
    import pyspark

    return int(pyspark.__version__.partition(".")[0]) >= 4


class SparkServer:
    """A warehouse with its Spark, which serves Spark Connect on a port of this machine too."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.directory = directory
        options = {
            "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": str(self.port),
        }
        given = os.environ.get("HANSA_TEST_SPARK_ARGS", "")
        if serves_connect():
            given += "".join(f" --conf {name}={value}" for name, value in options.items())
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYSPARK_SUBMIT_ARGS", f"{given} pyspark-shell")
            patch.setenv("JAVA_TOOL_OPTIONS", _JAVA)
            engine = open_target(self.local, directory, {})
        assert isinstance(engine, SparkEngine)
        self._engine = engine

    @property
    def local(self) -> str:
        return f"spark://local/{self.directory}?memory=1g&format={FORMAT}"

    @property
    def remote(self) -> str:
        if not serves_connect():
            pytest.skip("Spark before 4.0 comes without a server of Spark Connect")
        return f"sc://127.0.0.1:{self.port}?format={FORMAT}"

    def clear(self) -> None:
        """Forget everything that a test has made."""
        for (schema,) in self._engine.query("SHOW SCHEMAS").rows:
            if schema != "default":
                self._engine.execute(f"DROP SCHEMA {quote(schema, 'spark')} CASCADE")
        shutil.rmtree(self.directory / "records", ignore_errors=True)

    def close(self) -> None:
        self._engine.close()


def start() -> Iterator[SparkServer]:
    """The Spark of this process. Skips where Java or pyspark is missing."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="hansa-spark-") as directory:
        server = SparkServer(Path(directory))
        yield server
        server.close()
