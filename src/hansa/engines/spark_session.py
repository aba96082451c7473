"""Starting Spark on this machine, and reaching one that runs elsewhere."""

from __future__ import annotations

import atexit
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from hansa.engines.errors import TargetBusy, TargetUnreachable
from hansa.engines.spark_errors import read_failure

_RETRY_AFTER = 0.1
_INSTALL = "run `pip install 'hansa[spark]'`"
_JAVA = "install Java 17 or newer, and set JAVA_HOME where it is not on the PATH"
_MEMORY = "1g"

# what every session of hansa computes by, wherever it runs
_SESSION = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}


@dataclass
class _Running:
    """The Spark that this process runs, and how many engines are open on it."""

    warehouse: Path
    lock: IO[str]
    session: Any
    users: int = 0


_guard = threading.Lock()
_running: _Running | None = None


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """A warehouse directory, and the memory that Java may take."""

    warehouse: Path
    url: str
    memory: str = _MEMORY

    @property
    def log(self) -> Path:
        return self.warehouse / "spark.log"

    @property
    def tables(self) -> Path:
        return self.warehouse / "tables"


def start_local(place: LocalPlace, patience: float) -> Any:
    """A session of the Spark of this process, started when it is the first one.

    Raises TargetBusy when another process has the warehouse, TargetUnreachable when Spark or Java
    is not there or does not start.
    """
    global _running
    with _guard:
        if _running is None:
            _running = _start(place, patience)
        elif _running.warehouse != place.warehouse:
            raise TargetUnreachable(
                place.url,
                f"this process has {_running.warehouse} open, and Spark can hold only one",
            )
        session = _prepared(_running.session.newSession())
        _running.users += 1
        return session


def end_local() -> None:
    """Let go of the Spark of this process; it ends with its last user."""
    global _running
    with _guard:
        if _running is None:
            return
        _running.users -= 1
        if _running.users <= 0:
            running, _running = _running, None
            _stop(running)


def _start(place: LocalPlace, patience: float) -> _Running:
    _find_spark(place.url)
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise TargetUnreachable(place.url, "Spark needs Java, which is not installed", _JAVA)
    try:
        place.tables.mkdir(parents=True, exist_ok=True)
        lock = _locked(place, patience)
    except OSError as error:
        raise TargetUnreachable(place.url, (error.strerror or str(error)).lower()) from None
    try:
        return _Running(place.warehouse, lock, _launch(place))
    except BaseException:
        lock.close()
        raise


def _find_spark(url: str) -> None:
    try:
        with _quiet():
            import pyspark.sql  # noqa: F401
    except ImportError:
        raise TargetUnreachable(url, "pyspark is not installed", _INSTALL) from None


def _locked(place: LocalPlace, patience: float) -> IO[str]:
    """The warehouse for this process alone: Spark's own metastore would fail with a stack trace."""
    file = (place.warehouse / "hansa.lock").open("a+", encoding="utf-8")
    end = time.monotonic() + patience
    while not _lock_file(file):
        if time.monotonic() >= end:
            file.seek(0)
            holder = file.read().strip() or None
            file.close()
            raise TargetBusy(place.url, holder, patience)
        time.sleep(_RETRY_AFTER)
    file.truncate(0)
    file.write(f"`{Path(sys.argv[0] or sys.executable).name}` (process {os.getpid()})")
    file.flush()
    return file


def _lock_file(file: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError:  # not on Windows; there the metastore alone keeps processes apart
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _launch(place: LocalPlace) -> Any:
    with _quiet():
        from py4j.protocol import Py4JError
        from pyspark import SparkConf, SparkContext, java_gateway
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession

        if SparkContext._active_spark_context is not None:
            raise TargetUnreachable(place.url, "this process uses Spark for something else already")
        launch: Any = java_gateway.launch_gateway
        conf = SparkConf().setAll(list(_settings(place).items()))
        try:
            with place.log.open("ab") as log:
                gateway = SparkContext._gateway or launch(
                    conf, {"stdout": log, "stderr": subprocess.STDOUT}
                )
            context = SparkContext(gateway=gateway, conf=conf)
            session: Any = SparkSession.builder.config(conf=conf).getOrCreate()
            # the catalog is opened when it is first asked, so what keeps it shut shows here
            session.sql("SHOW SCHEMAS").collect()
        except (PySparkException, Py4JError, OSError) as error:
            with suppress(Exception):
                context.stop()
            reason = read_failure(error).reason
            raise TargetUnreachable(
                place.url, f"Spark did not start, see {place.log}: {reason}", _JAVA
            ) from None
    atexit.register(_end_process)
    return session


def _settings(place: LocalPlace) -> dict[str, str]:
    metastore = place.warehouse / "metastore"
    cores = os.cpu_count() or 1
    return {
        "spark.master": "local[*]",
        "spark.app.name": "hansa",
        "spark.driver.memory": place.memory,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(cores),
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": str(place.tables),
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            f"jdbc:derby:;databaseName={metastore};create=true"
        ),
        # Derby would write its log where the command was started
        "spark.driver.extraJavaOptions": f'"-Dderby.system.home={place.warehouse}"',
        **_SESSION,
    }


def _stop(running: _Running) -> None:
    with suppress(Exception):
        running.session.stop()
    running.lock.close()


def _end_process() -> None:
    global _running
    with _guard:
        if _running is not None:
            running, _running = _running, None
            _stop(running)


def connect(address: str, url: str) -> Any:
    """A session of a Spark that serves Spark Connect. Raises TargetUnreachable."""
    _find_spark(url)
    try:
        with _quiet():
            from pyspark.sql.connect.session import SparkSession as RemoteSession
    except ImportError as error:
        missing = re.search(r"`([\w-]+)[^`]*`|No module named '([\w.]+)'", str(error))
        name = next(filter(None, missing.groups()), "a package") if missing else "a package"
        raise TargetUnreachable(
            url, f"Spark Connect needs `{name}`, which is not installed", _INSTALL
        ) from None
    try:
        # no attempt lasts for minutes: who is not there now is told as such
        session: Any = RemoteSession.builder.remote(address).create()
        session.client.set_retry_policies([])
        return _prepared(session)
    except Exception as error:
        raise TargetUnreachable(url, read_failure(error).reason) from None


def _prepared(session: Any) -> Any:
    for name, value in _SESSION.items():
        session.conf.set(name, value)
    return session


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what pyspark warns of on import, and without its log of failed statements."""
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    logging.getLogger("DataFrameQueryContextLogger").setLevel(logging.CRITICAL + 1)
    logging.getLogger("pyspark.sql.connect.logging").setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
