"""Run events of OpenLineage: what they say, where they go, and that nothing stops for them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, Field
from tests.cli.test_export import Dataset, DatasetFacets, Facet, Job, Strict
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

from hansa.ops import event_sink


class Assertion(Strict):
    assertion: str
    success: bool
    column: str | None = None


class Assertions(Facet):
    assertions: list[Assertion]


class InputFacets(Strict):
    checked: Assertions | None = Field(default=None, alias="dataQualityAssertions")


class InputDataset(Dataset):
    input_facets: InputFacets = Field(default=InputFacets(), alias="inputFacets")


class Statistics(Facet):
    rows: int | None = Field(default=None, alias="rowCount")


class OutputFacets(Strict):
    statistics: Statistics | None = Field(default=None, alias="outputStatistics")


class Link(Strict):
    namespace: str
    name: str
    type: str


class Links(Facet):
    identifiers: list[Link]


class WrittenFacets(DatasetFacets):
    symlinks: Links | None = None


class OutputDataset(Dataset):
    facets: WrittenFacets = WrittenFacets()
    output_facets: OutputFacets = Field(default=OutputFacets(), alias="outputFacets")


class BareRun(Strict):
    id: UUID = Field(alias="runId")


class Parent(Facet):
    run: BareRun
    job: Job


class Message(Facet):
    message: str
    language: str = Field(alias="programmingLanguage")


class RunFacets(Strict):
    parent: Parent | None = None
    error: Message | None = Field(default=None, alias="errorMessage")


class Run(BareRun):
    facets: RunFacets = RunFacets()


class RunEvent(Strict):
    """What the specification lists for a run event, and nothing else."""

    type: Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"] = Field(
        alias="eventType"
    )
    time: AwareDatetime = Field(alias="eventTime")
    producer: Annotated[str, Field(pattern="^[a-z]+:")]
    schema_url: Literal["https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"] = (
        Field(alias="schemaURL")
    )
    run: Run
    job: Job
    inputs: list[InputDataset] = []
    outputs: list[OutputDataset] = []


@dataclass
class Receiver:
    """A server on the loopback that keeps what is posted to it."""

    answer: int = 201
    delay: threading.Event | None = None
    bodies: list[Any] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.paths.append(self.path)
            told.keys.append(self.headers["Authorization"])
            told.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if told.delay is not None:
                told.delay.wait(20)
            self.send_response(told.answer)
            if 300 <= told.answer < 400:
                self.send_header("Location", f"{told.url}/elsewhere")
            self.end_headers()

        def do_GET(self) -> None:
            told.paths.append(f"GET {self.path}")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing in tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield told
        if told.delay is not None:
            told.delay.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def published(hansa: Hansa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hansa:
    for name in (event_sink.ADDRESS, event_sink.KEY):
        monkeypatch.delenv(name, raising=False)
    write_files(tmp_path / "orders", ORDERS)
    assert hansa("publish", "orders").code == 0
    return hansa


def checked(bodies: list[Any]) -> list[RunEvent]:
    """The events, each of the specified shape; every run starts once and ends once."""
    events = [RunEvent.model_validate(body) for body in bodies]
    ended: dict[UUID, list[str]] = {}
    for event in events:
        ended.setdefault(event.run.id, []).append(event.type)
    assert all(
        kinds[0] == "START" and len(kinds) == 2 and kinds[1] in ("COMPLETE", "ABORT", "FAIL")
        for kinds in ended.values()
    )
    assert [event.time for event in events] == sorted(event.time for event in events)
    return events


def ends(events: list[RunEvent]) -> dict[str, str]:
    return {event.job.name: event.type for event in events if event.type != "START"}


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_deployment_and_a_run_in_a_file(published: Hansa, tmp_path: Path) -> None:
    assert published("deploy --openlineage events/all.jsonl", "orders").code == 0
    outcome = published("run --openlineage events/all.jsonl", "orders")
    assert (outcome.code, outcome.err) == (0, "")
    events = checked(lines(tmp_path / "orders/events/all.jsonl"))
    deployed, ran = events[: len(events) // 2], events[len(events) // 2 :]
    for half, verb in ((deployed, "deploy"), (ran, "run")):
        assert half[0].job.name == half[-1].job.name == f"hansa {verb} orders"
        assert ends(half) == {
            "orders.stg_orders": "COMPLETE",
            "orders.fct_orders": "COMPLETE",
            "orders.raw.orders.checks": "COMPLETE",
            "orders.fct_orders.checks": "COMPLETE",
            f"hansa {verb} orders": "COMPLETE",
        }
        parents = {
            event.run.facets.parent.run.id for event in half[1:-1] if event.run.facets.parent
        }
        assert parents == {half[0].run.id}
    done = next(e for e in ran if (e.job.name, e.type) == ("orders.fct_orders", "COMPLETE"))
    (output,) = done.outputs
    assert output.name == "orders.fct_orders"
    assert output.output_facets.statistics is not None
    assert output.output_facets.statistics.rows == 200
    assert output.facets.symlinks is not None
    assert output.facets.symlinks.identifiers[0].name.startswith("orders__store.fct_orders__")
    assert output.facets.column_lineage is not None
    assert output.facets.column_lineage.fields["size"].input_fields[0].name == "orders.stg_orders"
    assert [entry.name for entry in done.inputs] == ["orders.stg_orders"]
    checks = next(e for e in ran if e.job.name == "orders.fct_orders.checks")
    facet = checks.inputs[0].input_facets.checked
    assert facet is not None
    assert {(one.assertion, one.column) for one in facet.assertions} >= {("enum", "size")}
    assert all(one.success for one in facet.assertions)


def test_the_run_of_events_is_the_run_in_the_target(published: Hansa, tmp_path: Path) -> None:
    assert published("deploy", "orders").code == 0
    assert published("run --openlineage e.jsonl", "orders").code == 0
    from hansa.deploy.state_store import StateStore
    from hansa.engines.targets import open_target

    engine = open_target("duckdb:///warehouse.duckdb", tmp_path, {})
    (recorded,) = StateStore(engine).runs("orders")
    engine.close()
    first = checked(lines(tmp_path / "orders/e.jsonl"))[0]
    assert first.run.id == UUID(recorded.id)


def test_data_that_is_refused(published: Hansa, tmp_path: Path) -> None:
    assert published("deploy", "orders").code == 0
    (tmp_path / "orders/data/orders.csv").write_text(
        "id,customer,amount,ordered_on\n1,a,5,2026-01-01\n1,b,6,2026-01-01\n", encoding="utf-8"
    )
    assert published("run --openlineage e.jsonl", "orders").code == 1
    events = checked(lines(tmp_path / "orders/e.jsonl"))
    assert ends(events)["orders.raw.orders.checks"] == "FAIL"
    assert events[-1].type == "FAIL"
    assert events[-1].run.facets.error is not None
    assert "`raw.orders" in events[-1].run.facets.error.message


def test_a_model_that_fails(hansa: Hansa, tmp_path: Path) -> None:
    files = dict(ORDERS)
    del files["tests/orders.yaml"]
    files["models/fct_orders.sql"] = files["models/fct_orders.sql"].replace(
        "    amount,", "    cast(amount * 1000000 as decimal(10, 2)) as amount,"
    )
    write_files(tmp_path / "orders", files)
    assert hansa("publish", "orders").code == 0
    outcome = hansa("deploy --openlineage e.jsonl", "orders")
    assert outcome.code == 1, outcome.err
    events = checked(lines(tmp_path / "orders/e.jsonl"))
    assert ends(events) == {
        "orders.stg_orders": "ABORT",
        "orders.fct_orders": "FAIL",
        "hansa deploy orders": "FAIL",
    }
    (failed,) = [
        event for event in events if (event.job.name, event.type) == ("orders.fct_orders", "FAIL")
    ]
    assert failed.run.facets.error is not None
    assert failed.run.facets.error.message.startswith("the model `fct_orders` (")
    assert "out of range" in failed.run.facets.error.message


def test_events_are_posted_with_the_key(
    published: Hansa, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_URL", receiver.url)
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "s3cret")
    outcome = published("deploy", "orders")
    assert (outcome.code, outcome.err) == (0, "")
    assert "s3cret" not in outcome.out
    assert ends(checked(receiver.bodies))["hansa deploy orders"] == "COMPLETE"
    assert set(receiver.paths) == {"/api/v1/lineage"}
    assert set(receiver.keys) == {"Bearer s3cret"}


def test_an_address_with_a_path_is_taken_as_it_is(published: Hansa, receiver: Receiver) -> None:
    assert published(f"deploy --openlineage {receiver.url}/in?key=1", "orders").code == 0
    assert set(receiver.paths) == {"/in?key=1"}
    assert set(receiver.keys) == {None}


@pytest.mark.parametrize(("answer", "requests"), [(500, 1), (403, 1), (302, 1)])
def test_a_receiver_that_refuses_is_a_warning(
    published: Hansa,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    answer: int,
    requests: int,
) -> None:
    """And no redirection is followed, as the key is not for others."""
    receiver.answer = answer
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "s3cret")
    outcome = published(f"deploy --openlineage {receiver.url}/in?token=t0ken", "orders")
    assert outcome.code == 0
    assert outcome.err == (
        f"warning: run events did not all reach `{receiver.url}/in`: it answered {answer}\n"
    )
    assert len(receiver.paths) == requests


def test_a_receiver_that_is_down_is_a_warning(published: Hansa) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_port
    outcome = published(f"deploy --openlineage http://ada:s3cret@127.0.0.1:{port}", "orders")
    assert outcome.code == 0
    assert outcome.err == (
        f"warning: run events did not all reach `http://127.0.0.1:{port}/api/v1/lineage`:"
        " connection refused\n"
    )


def test_a_receiver_that_never_answers_costs_little(
    published: Hansa, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.delay = threading.Event()
    monkeypatch.setattr(event_sink, "TIMEOUT", 0.2)
    outcome = published(f"deploy --openlineage {receiver.url}", "orders")
    assert outcome.code == 0
    assert outcome.err.endswith(": it did not answer within 0.2 seconds\n")
    assert len(receiver.paths) == 1


@pytest.mark.parametrize("address", ["http://", "http://[::1", "http://host:port/?token=t0ken"])
def test_an_address_that_is_none(published: Hansa, address: str) -> None:
    outcome = published(f"deploy --openlineage '{address}'", "orders")
    assert outcome.code == 0
    assert outcome.err == (
        "warning: run events did not all reach `the given address`: that is no valid address\n"
    )


def test_a_file_that_cannot_be_written(published: Hansa) -> None:
    outcome = published("deploy --openlineage product.yaml/e.jsonl", "orders")
    assert outcome.code == 0
    (line,) = outcome.err.splitlines()
    assert line.startswith("warning: run events cannot be written to `")
    assert line.endswith("product.yaml/e.jsonl`: not a directory") or "file exists" in line
