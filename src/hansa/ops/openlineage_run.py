"""What a run or deployment does, as OpenLineage run events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from hansa.core.facts import Input, InputKind, ModelFacts
from hansa.core.product import Product
from hansa.core.release import Lockfile
from hansa.deploy.definition import StoredObject
from hansa.deploy.progress import Listener, Progress
from hansa.deploy.reports import Action, Assertion, ObjectReport
from hansa.errors import HansaError
from hansa.ops.lineage import TableLineage
from hansa.ops.openlineage import NAMESPACE, PRODUCER, SPEC, EventWriter, Json, facet

Send = Callable[[Json], None]


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a release whose models run; without facts events have no columns."""

    product: Product
    lockfile: Lockfile
    models: Mapping[str, ModelFacts]


@dataclass(frozen=True, slots=True)
class Told:
    """How a command ended: its objects, checks, and what it says of a failure."""

    passed: bool
    objects: Sequence[ObjectReport] = ()
    assertions: Sequence[Assertion] = ()
    message: str = ""


class RunEvents(Listener):
    """Sends the events of one command: a run of its own, and one below it for each relation.

    A relation's run starts when it is begun, and completes when readers see it: what was built
    for a command that then failed is aborted. Checks are runs too, with the checked table as
    their input, which is where the specification has assertions.
    """

    def __init__(
        self,
        send: Send,
        job: str,
        run_id: UUID,
        clock: Callable[[], datetime],
        say: Progress,
    ) -> None:
        super().__init__(say)
        self._send = send
        self._clock = clock
        self._job: Json = {"namespace": NAMESPACE, "name": job}
        self._run: Json = {"runId": str(run_id)}
        self._open: dict[str, tuple[StoredObject, str]] = {}
        self._target = ""
        self._writer: EventWriter | None = None
        self._models: Mapping[str, ModelFacts] = {}
        self._product = ""

    def begin(self, product: str, target: str, described: Described | None) -> None:
        """The command starts; `target` is the address of where it works, without secrets."""
        self._product, self._target = product, target
        if described is not None:
            self._writer = EventWriter(described.product, described.lockfile)
            self._models = described.models
        self._emit("START", self._run, self._job)

    def building(self, item: StoredObject) -> None:
        if item.source is None:
            self._open[item.relation] = (item, str(uuid4()))
            self._emit_item("START", item)

    def failed(self, item: StoredObject, error: HansaError) -> None:
        if item.relation in self._open:
            self._emit_item("FAIL", item, error=str(error))
            del self._open[item.relation]

    def end(self, told: Told) -> None:
        """The command ended; every run that is open ends with it."""
        rows = {report.name.rpartition(".")[2]: report for report in told.objects}
        for item, _ in list(self._open.values()):
            if told.passed:
                self._emit_item("COMPLETE", item, report=rows.get(item.relation))
            else:
                self._emit_item("ABORT", item)
        self._open.clear()
        for table, assertions in _by_table(told.assertions).items():
            self._emit_checks(table, assertions)
        run = self._run if told.passed else self._with_error(self._run, told.message)
        self._emit("COMPLETE" if told.passed else "FAIL", run, self._job)

    def _emit_checks(self, table: str, assertions: Sequence[Assertion]) -> None:
        """The checks of one table, as a run that starts and ends where it is told."""
        found = [
            {"assertion": one.rule, "success": one.passed}
            | ({"column": one.column} if one.column else {})
            for one in assertions
        ]
        checked = facet("1-0-1", "DataQualityAssertionsDatasetFacet", assertions=found)
        dataset = self._dataset(Input(InputKind.MODEL, table))
        dataset["inputFacets"] = {"dataQualityAssertions": checked}
        job = {"namespace": NAMESPACE, "name": f"{self._product}.{table}.checks"}
        run = self._child(str(uuid4()))
        self._emit("START", run, job, inputs=[dataset])
        broken = any(not one.passed for one in assertions)
        if broken:
            failed = ", ".join(sorted({one.rule for one in assertions if not one.passed}))
            run = self._with_error(run, f"`{table}` failed: {failed}")
        self._emit("FAIL" if broken else "COMPLETE", run, job, inputs=[dataset])

    def _emit_item(
        self, kind: str, item: StoredObject, *, error: str = "", report: ObjectReport | None = None
    ) -> None:
        run = self._child(self._open[item.relation][1])
        if error:
            run = self._with_error(run, error)
        job: Json = {"namespace": NAMESPACE, "name": f"{self._product}.{item.label}"}
        if self._writer:
            job["facets"] = self._writer.job_facets(item.label)
        facts = self._models.get(item.label)
        inputs = [self._dataset(entry) for entry in facts.inputs] if facts else []
        self._emit(kind, run, job, inputs=inputs, outputs=[self._output(item, facts, report)])

    def _output(
        self, item: StoredObject, facts: ModelFacts | None, report: ObjectReport | None
    ) -> Json:
        output = self._dataset(Input(InputKind.MODEL, item.label))
        if self._writer and facts and facts.schema:
            lineage = TableLineage(facts.lineage, facts.row_origins, facts.inputs)
            output["facets"] = self._writer.output_facets(lineage, facts.schema)
        if report is not None:
            link = {"namespace": self._target, "name": report.name, "type": "TABLE"}
            same = facet("1-0-1", "SymlinksDatasetFacet", identifiers=[link])
            output.setdefault("facets", {})["symlinks"] = same
        if report is not None and report.rows is not None and report.action is not Action.SHARED:
            counted = facet("1-0-2", "OutputStatisticsOutputDatasetFacet", rowCount=report.rows)
            output["outputFacets"] = {"outputStatistics": counted}
        return output

    def _dataset(self, entry: Input) -> Json:
        if self._writer:
            return self._writer.dataset(entry)
        return {"namespace": NAMESPACE, "name": f"{self._product}.{entry}"}

    def _child(self, run_id: str) -> Json:
        parent = facet("1-0-1", "ParentRunFacet", run=self._run, job=self._job)
        return {"runId": run_id, "facets": {"parent": parent}}

    def _with_error(self, run: Json, message: str) -> Json:
        told = facet("1-0-1", "ErrorMessageRunFacet", message=message, programmingLanguage="SQL")
        return {**run, "facets": {**run.get("facets", {}), "errorMessage": told}}

    def _emit(
        self,
        kind: str,
        run: Json,
        job: Json,
        inputs: Sequence[Json] = (),
        outputs: Sequence[Json] = (),
    ) -> None:
        self._send(
            {
                "eventType": kind,
                "eventTime": self._clock().isoformat().replace("+00:00", "Z"),
                "producer": PRODUCER,
                "schemaURL": f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
                "run": run,
                "job": job,
                "inputs": list(inputs),
                "outputs": list(outputs),
            }
        )


def _by_table(assertions: Sequence[Assertion]) -> dict[str, list[Assertion]]:
    found: dict[str, list[Assertion]] = {}
    for one in assertions:
        found.setdefault(one.table, []).append(one)
    return found
