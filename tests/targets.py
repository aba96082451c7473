"""Fresh targets of every engine, for tests that run on all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from hansa.engines.protocol import Engine
from hansa.engines.targets import open_target

ENGINES = ("duckdb", "postgres", "spark")
_numbers = count()

GAPS = ("notimpl", "notyet", "never")


@dataclass(frozen=True)
class Target:
    """One fresh target; `url` opens it from the directory `base`."""

    engine: str
    url: str
    base: Path
    stack: ExitStack

    def open(self, patience: float = 10) -> Engine:
        """A session of its own, closed when the test ends."""
        engine = open_target(self.url, self.base, {}, patience=patience)
        self.stack.callback(engine.close)
        return engine

    def open_main(self) -> Engine:
        """A session in which names without a schema are of a schema `main`."""
        engine = self.open()
        engine.create_schema("main")
        if engine.dialect == "postgres":
            engine.execute("SET search_path = main")
        return engine


def fresh_target(request: pytest.FixtureRequest, name: str, base: Path) -> Iterator[Target]:
    """A target of that engine in which nothing was ever made."""
    url, drop = _MAKERS[name](request)
    with ExitStack() as stack:
        stack.callback(drop)
        yield Target(name, url, base, stack)


def _duckdb(request: pytest.FixtureRequest) -> tuple[str, Callable[[], None]]:
    del request
    return "duckdb:///fresh.duckdb", lambda: None


def _postgres(request: pytest.FixtureRequest) -> tuple[str, Callable[[], None]]:
    """A database of its own, in a server that this process started."""
    import psycopg

    server = str(request.getfixturevalue("postgres_server"))
    name = f"t{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())

    def drop() -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    # the server asks nobody for this password, and no message may show it
    address = server.replace("/postgres?", f"/{name}?").replace("postgres:@", "postgres:s3cret@")
    return address, drop


def _spark(request: pytest.FixtureRequest) -> tuple[str, Callable[[], None]]:
    """The one warehouse of this process, emptied when the test ends."""
    server = request.getfixturevalue("spark_server")
    return server.local, server.clear


def _connect(request: pytest.FixtureRequest) -> tuple[str, Callable[[], None]]:
    """The same, reached from outside."""
    server = request.getfixturevalue("spark_server")
    return server.remote, server.clear


_MAKERS: dict[str, Callable[[pytest.FixtureRequest], tuple[str, Callable[[], None]]]] = {
    "duckdb": _duckdb,
    "postgres": _postgres,
    "spark": _spark,
    "connect": _connect,
}

# Spark is slow to start, so that one process runs all of its tests
_SPARK = ("spark", "connect")


def mark_gaps(items: list[pytest.Item]) -> None:
    """Expect the failure of tests whose marks say that an engine cannot pass them."""
    for item in items:
        name = getattr(item, "callspec", None) and item.callspec.params.get("engine_name")
        if name in _SPARK or item.path.name.startswith("test_spark"):
            item.add_marker(pytest.mark.xdist_group("spark"))
            name = "spark"
        for mark in (mark for gap in GAPS for mark in item.iter_markers(gap)):
            if mark.args[0] == name:
                reason = f"{mark.name}: {mark.kwargs['reason']}"
                raises = mark.kwargs.get("raises")
                item.add_marker(pytest.mark.xfail(reason=reason, raises=raises, strict=True))
