"""Building several tables at once: order, results, failures, and nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.deploy.products import layout, read, release, table

from hansa.core.product import Materialization, SourceTable, Storage
from hansa.deploy.define import Candidate
from hansa.deploy.definition import StoredObject
from hansa.deploy.deploy import DeployOptions, deploy
from hansa.deploy.errors import ModelFailed, ModelsFailed
from hansa.deploy.progress import Listener
from hansa.deploy.run import RunOptions, run
from hansa.deploy.state_store import StateStore
from hansa.engines.duckdb import open_memory
from hansa.engines.protocol import Engine
from hansa.errors import HansaError

WIDTH = 5


class Witness(Listener):
    """Remembers what it heard, and that it was always told by the calling thread."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.said: list[str] = []
        self.threads: set[int] = set()
        super().__init__(self.said.append)

    def building(self, item: StoredObject) -> None:
        self._hear("building", item)

    def built(self, item: StoredObject) -> None:
        self._hear("built", item)

    def failed(self, item: StoredObject, error: HansaError) -> None:
        self._hear("failed", item)

    def _hear(self, what: str, item: StoredObject) -> None:
        self.threads.add(threading.get_ident())
        self.heard.append((what, item.label))


def write(base: Path, *rows: str) -> None:
    (base / "x.csv").write_text("\n".join(["id,v", *rows]) + "\n")


def wide(base: Path, version: str = "1.0.0", **models: str) -> Candidate:
    """A file, a view over it, many tables over that, and one that reads them all."""
    names = [f"t{n}" for n in range(WIDTH)]
    made = {
        "seen": "SELECT id, v FROM raw.x",
        **{name: f"SELECT id, v, {n} AS n FROM seen" for n, name in enumerate(names)},
        "every": " UNION ALL ".join(f"SELECT id, n FROM {name}" for name in names),
    }
    storage = {"t1": Storage(Materialization.INCREMENTAL, unique_key=("id",), cursor="id")}
    return release(
        f"p@{version}",
        [table("every", "id", "n"), *(table(name, "id", "v") for name in names)],
        made | models,
        storage=storage,
        sources={"raw": {"x": SourceTable("x", path="x.csv")}},
        base=base,
    )


def test_what_is_built_at_once_is_what_is_built_one_by_one(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "1,10", "2,20")
    witness = Witness()
    report = deploy(engine, wide(tmp_path), DeployOptions(jobs=3), listener=witness)
    assert report.passed
    assert read(engine, "p__v1.every", "1, 2") == [(i, n) for i in (1, 2) for n in range(WIDTH)]
    with open_memory() as other:
        alone = deploy(other, wide(tmp_path))
        labels = [item.label for item in alone.objects]
        assert layout(engine) == layout(other)
    assert [item.label for item in report.objects] == labels
    assert witness.threads == {threading.get_ident()}
    # each is begun after all that it reads
    begun = [label for what, label in witness.heard if what == "building"]
    assert begun[-1] == "every"
    assert witness.heard[-1] == ("built", "every")
    # and some are at work together
    at_once = max(said.count(",") + 1 for said in witness.said)
    assert at_once == 3
    write(tmp_path, "2,21", "3,30")
    report = run(engine, "p", RunOptions(jobs=3))
    assert [item.label for item in report.objects] == [
        item.label for item in run(engine, "p").objects
    ]
    assert sorted(read(engine, "p__v1.t1")) == [(1, 10), (2, 21), (3, 30)]
    assert sorted(read(engine, "p__v1.t2")) == [(2, 21), (3, 30)]


def test_a_failure_stops_what_has_not_begun_and_all_failures_are_named(
    engine: Engine, tmp_path: Path
) -> None:
    write(tmp_path, "1,10")
    assert deploy(engine, wide(tmp_path)).passed
    before = read(engine, "p__v1.every", "1, 2")
    bad = {
        f"t{n}": f"SELECT id, v, CAST('x' || id AS INTEGER) AS n, {n} AS m FROM seen"
        for n in (2, 3)
    }
    witness = Witness()
    with pytest.raises((ModelFailed, ModelsFailed)) as caught:
        deploy(engine, wide(tmp_path, "1.1.0", **bad), DeployOptions(jobs=2), listener=witness)
    failed = {label for what, label in witness.heard if what == "failed"}
    assert failed
    assert failed <= {"t2", "t3"}
    assert all(f"`{label}`" in str(caught.value) for label in failed)
    assert ("building", "every") not in witness.heard
    assert read(engine, "p__v1.every", "1, 2") == before
    assert deploy(engine, wide(tmp_path, "1.1.0"), DeployOptions(jobs=2)).passed
    assert StateStore(engine).pending("p") == ()


def test_two_that_fail_together(engine: Engine, tmp_path: Path) -> None:
    """Both are at work before either can fail."""
    write(tmp_path, "1,10")
    meeting = threading.Barrier(2, timeout=10)

    class Meeting:
        def __init__(self, session: Engine) -> None:
            self._session = session

        def create_table(self, path: Sequence[str], select: str) -> None:
            meeting.wait()
            self._session.create_table(path, select)

    original = engine.parallel

    @contextmanager
    def parallel(product: str, count: int) -> Iterator[Sequence[Engine]]:
        with original(product, count) as sessions:
            yield [Meeting(session) for session in sessions]  # type: ignore[misc]

    engine.parallel = parallel  # type: ignore[method-assign]
    bad = {
        name: f"SELECT CAST('x' || id AS INTEGER) AS id FROM raw.x WHERE v = 1{n}"
        for n, name in enumerate(("a", "b"))
    }
    candidate = release(
        "p@1.0.0",
        [table("a", "id"), table("b", "id")],
        bad,
        sources={"raw": {"x": SourceTable("x", relation="landing.x")}},
    )
    engine.create_schema("landing")
    engine.create_table(("landing", "x"), "SELECT 1 AS id, 10 AS v UNION ALL SELECT 2, 11")
    with pytest.raises(ModelsFailed) as caught:
        deploy(engine, candidate, DeployOptions(jobs=2))
    words = str(caught.value)
    assert words.startswith("2 failed: the model `")
    assert "`a` (p/models/a.sql)" in words
    assert "`b` (p/models/b.sql)" in words


def test_an_interruption_ends_what_is_at_work(engine: Engine, tmp_path: Path) -> None:
    """Whoever breaks off does not wait for statements that would take minutes."""
    engine.create_schema("landing")
    endless = {
        "duckdb": "SELECT count(*) AS n FROM range(100000) AS a, range(100000) AS b WHERE {0} > 0"
        " AND a.range * b.range % 7 = {0}",
        "postgres": "SELECT count(*) AS n FROM generate_series(1, 100000) AS a,"
        " generate_series(1, 100000) AS b WHERE a * b % 7 = {0}",
    }
    engine.create_table(("landing", "x"), "SELECT 1 AS id")
    for n in (1, 2):
        engine.create_view(("landing", f"long{n}"), endless[engine.dialect].format(n))
    candidate = release(
        "p@1.0.0",
        [table("a", "n"), table("b", "n"), table("c", "n")],
        {
            "a": "SELECT n FROM raw.one",
            "b": "SELECT n FROM raw.two",
            "c": "SELECT id AS n FROM raw.x",
        },
        sources={
            "raw": {
                "one": SourceTable("one", relation="landing.long1"),
                "two": SourceTable("two", relation="landing.long2"),
                "x": SourceTable("x", relation="landing.x"),
            }
        },
    )

    class BreaksOff(Listener):
        def building(self, item: StoredObject) -> None:
            if item.label == "c":
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deploy(engine, candidate, DeployOptions(jobs=3), listener=BreaksOff())
    assert StateStore(engine).pending("p") == ()
    assert not engine.relations("p__store")
