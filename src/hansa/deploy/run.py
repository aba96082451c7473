"""Refreshes the data of everything of a product that is live: write, audit, publish."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from hansa.core.diagnostic import Diagnostic
from hansa.core.release import ReleaseName
from hansa.deploy.checkpoints import Signatures
from hansa.deploy.clock import Clock, clock_of
from hansa.deploy.construction import Construction
from hansa.deploy.definition import Definition, ObjectKind, StoredObject
from hansa.deploy.errors import NothingLive
from hansa.deploy.folding import FoldRefused, fold_releases, is_too_wide
from hansa.deploy.folds import fold_rules, refused
from hansa.deploy.freshness import Freshness, freshness_of, record_newest
from hansa.deploy.inspection import Inspection, has_errors
from hansa.deploy.order import unite
from hansa.deploy.progress import Listener
from hansa.deploy.publication import Publication
from hansa.deploy.reports import ObjectReport, Outcome, RunReport
from hansa.deploy.simulation import unused
from hansa.deploy.sizes import record_sizes
from hansa.deploy.state_store import StateStore
from hansa.deploy.workshop import Workshop
from hansa.engines.errors import StatementFailed, TargetFailed
from hansa.engines.protocol import Engine


@dataclass(frozen=True, slots=True)
class RunOptions:
    """`full` computes incremental models from the start, `resume` uses what a failed run built.

    Up to `jobs` tables are built at once. `id` names the run, for those who tell of it.
    """

    full: bool = False
    resume: bool = False
    jobs: int = 1
    id: UUID = field(default_factory=uuid4)


def run(
    engine: Engine,
    product: str,
    options: RunOptions | None = None,
    *,
    listener: Listener | None = None,
    clock: Clock | None = None,
) -> RunReport:
    """Compute the data of all live releases of a product anew; what they share, once.

    Incremental models take in what is new, unless the options ask for all. Everything is
    built beside and checked against sources' facts and contracts; then all tables switch in
    one transaction. A failed check is in the report, and readers stay on the old data. What a
    run replaced is kept until the next one, for `rollback`, unless the run changed which
    versions share a table, because one of them went or cannot be computed. What a run that
    failed or was killed had built is used on request, where nothing it was made from has
    changed.

    Raises NothingLive, ModelFailed, ModelsFailed, SourceUnreadable, and what the engine
    raises; readers then still see what they saw.
    """
    with engine.lock(product):
        return _Run(
            engine,
            product,
            options or RunOptions(),
            listener or Listener(),
            clock or clock_of(engine),
        ).run()


@dataclass
class _Run:
    engine: Engine
    product: str
    options: RunOptions
    listener: Listener
    clock: Clock

    def __post_init__(self) -> None:
        self.records = StateStore(self.engine)
        self.workshop = Workshop(self.engine, self.product)
        self.reports: list[ObjectReport] = []
        self.releases: tuple[ReleaseName, ...] = ()
        self.pins: tuple[ReleaseName, ...] = ()
        self.started_at = self.clock()
        # models whose folded table the engine could not compute, with the reason
        self.apart: dict[str, str] = {}

    def run(self) -> RunReport:
        live = self._prepare()
        run_id = self.options.id.hex
        self.records.start_run(run_id, self.product, self.started_at)
        try:
            report = self._refresh_folded(live)
        except BaseException as error:
            # a target that is gone cannot be told; the next run calls this one interrupted
            with suppress(StatementFailed, TargetFailed):
                done = () if isinstance(error, TargetFailed) else self.workshop.finished
                self.workshop.clean(keep=done)
                self.records.finish_run(run_id, self.clock(), "failed", {"error": str(error)})
            raise
        status = "done" if report.passed else "failed"
        self.records.finish_run(run_id, report.finished_at, status, run_detail(report))
        return report

    def _prepare(self) -> tuple[Definition, ...]:
        state = self.records.load()
        live = state.of(self.product)
        if not live:
            names = sorted({release.name.product for release in state.releases})
            raise NothingLive(self.product, self.engine.url, tuple(names))
        self.records.prepare()
        self.records.interrupt_runs(self.product, self.started_at)
        self.releases = tuple(release.name for release in live)
        self.pins = tuple(sorted({pin for release in live for pin in release.pinned_names}))
        return tuple(release.definition for release in live)

    def _refresh_folded(self, live: Sequence[Definition]) -> RunReport:
        while True:
            definitions = self._folded(live)
            self._start(definitions)
            try:
                return self._refresh(definitions)
            except FoldRefused as refusal:
                # what one version computes must not keep the others from readers
                self.listener.say(f"storing versions of {refusal.label} apart: {refusal.reason}")
                self.apart[refusal.label] = refusal.reason
                self.options = replace(self.options, resume=True)
                self.reports.clear()

    def _folded(self, live: Sequence[Definition]) -> tuple[Definition, ...]:
        """The releases as this run stores them: as they are, where nothing asks for more."""
        if not self.apart and not is_too_wide(live):
            self.changed: tuple[Definition, ...] = ()
            return tuple(live)
        rules = fold_rules(self.engine, self.records.load(), (), self.apart)
        folded = tuple(reversed(fold_releases(tuple(reversed(live)), rules).definitions))
        self.changed = tuple(now for now, before in zip(folded, live, strict=True) if now != before)
        return folded

    def _start(self, definitions: Sequence[Definition]) -> None:
        """Drop what earlier commands left beside, but what this one may use."""
        state = self.records.load()
        self.signatures = Signatures(
            unite(definitions), state, self.product, self.engine.name_limit
        )
        found = self.records.checkpoints(self.product) if self.options.resume else {}
        self.reusable = self.signatures.valid(found, full=self.options.full)
        self.workshop.clean(keep=self.reusable)

    def _refresh(self, definitions: Sequence[Definition]) -> RunReport:
        self.inspection = inspection = Inspection(self.engine, self.workshop, self.listener.say)
        objects = unite(definitions)
        builder = self._construction(len(objects))
        builder.build([item for item in objects if item.kind.is_source])
        self.reports = list(builder.reports)
        findings = inspection.sources(definitions)
        if has_errors(findings):
            return self._refuse(findings)
        builder.build([item for item in objects if not item.kind.is_source])
        self.reports = list(builder.reports)
        findings += inspection.tables(definitions)
        if has_errors(findings):
            return self._refuse(findings)
        self._publish(definitions)
        findings += tuple(refused(*item) for item in self.apart.items())
        return self._report(Outcome.DONE, findings)

    def _construction(self, total: int) -> Construction:
        return Construction(
            self.engine,
            self.workshop,
            self.signatures,
            self.product,
            self.reusable,
            self.listener,
            full=self.options.full,
            jobs=self.options.jobs,
            total=total,
        )

    def _publish(self, definitions: Sequence[Definition]) -> None:
        self.listener.say(f"publishing {self.product}")
        stored = [built.stored for built in self.workshop.built]
        changed = self._changed_shapes(stored)
        now = self.clock()
        with self.engine.switch(self._seen()):
            # rows from before are no use to tables that hold other versions than then
            self.workshop.publish(None if self.changed else self.records.load())
            self.records.put_built(self.product, stored, now)
            for definition in self.changed:
                self.records.change_release(definition)
            if self.changed:
                state = self.records.load()
                Publication(self.engine).free(unused(state, [self.product]))
            if changed:
                self._show_again(definitions)
        sizes = record_sizes(self.engine, self.product, stored)
        record_newest(self.engine, definitions)
        self.reports = [replace(item, rows=sizes.get(item.name)) for item in self.reports]

    def _seen(self) -> tuple[str, ...]:
        """The schemas in which readers see something of this product."""
        schemas = self.records.schemas()
        return tuple(schema for schema, owner in schemas.items() if owner == self.product)

    def _changed_shapes(self, stored: Sequence[StoredObject]) -> bool:
        """Whether a relation now has other columns; then views over it must be made anew."""
        store = self.workshop.store
        return any(
            self.engine.columns(self.workshop.path(item.relation))
            != self.engine.columns((store, item.relation))
            for item in stored
            if not self._follows(item)
        )

    def _follows(self, item: StoredObject) -> bool:
        """Whether a relation has other columns only if one of the store that it reads has."""
        if item.kind is not ObjectKind.VIEW or self.changed:
            return False
        return bool(item.inputs) and all(path[0] == self.workshop.store for path in item.inputs)

    def _show_again(self, definitions: Sequence[Definition]) -> None:
        publication = Publication(self.engine)
        for definition in definitions:
            publication.show_release(definition)
        publication.show_lines(self.product, self.records.load())

    def _refuse(self, findings: Sequence[Diagnostic]) -> RunReport:
        self.workshop.clean()
        return self._report(Outcome.FAILED, findings)

    def _report(self, outcome: Outcome, findings: Sequence[Diagnostic]) -> RunReport:
        return RunReport(
            product=self.product,
            target=self.engine.url,
            outcome=outcome,
            releases=self.releases,
            started_at=self.started_at,
            finished_at=self.clock(),
            objects=tuple(self.reports),
            pins=self.pins,
            findings=tuple(findings),
            assertions=tuple(self.inspection.assertions),
            freshness=self._freshness() if outcome is Outcome.DONE else (),
        )

    def _freshness(self) -> tuple[Freshness, ...]:
        state, now = self.records.load(), self.clock()
        limit = self.engine.name_limit
        return tuple(
            one
            for release in state.of(self.product)
            for one in freshness_of(state, release, now, limit)
        )


def run_detail(report: RunReport) -> dict[str, Any]:
    """What the target keeps of a run: results by model, and findings in words."""
    return {
        "models": [
            {"model": item.label, "action": item.action, "rows": item.rows, "seconds": item.seconds}
            for item in report.objects
        ],
        "findings": [
            {"rule": finding.rule, "severity": finding.severity, "message": finding.message}
            for finding in report.findings
        ],
    }
