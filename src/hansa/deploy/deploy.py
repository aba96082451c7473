"""Puts a release into a target: write, audit, publish."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.release import ReleaseName
from hansa.deploy.checkpoints import Signatures
from hansa.deploy.clock import Clock, clock_of
from hansa.deploy.construction import Construction
from hansa.deploy.define import Candidate, Surroundings, define
from hansa.deploy.definition import Definition
from hansa.deploy.errors import ModelFailed, ModelsFailed, ReleaseDiffers, RequirementNotLive
from hansa.deploy.fitting import require_lengths
from hansa.deploy.folding import FoldRefused
from hansa.deploy.folds import fold_rules, refused
from hansa.deploy.freshness import record_newest
from hansa.deploy.inspection import Inspection, has_errors
from hansa.deploy.liveness import of_line
from hansa.deploy.names import PREVIOUS_SUFFIX, TAKEN_SUFFIX, interface_schema, line_schema
from hansa.deploy.plan import DeployPlan, PlannedObject, Situation, Step, plan_deployment
from hansa.deploy.progress import Listener
from hansa.deploy.publication import Publication
from hansa.deploy.reports import Action, DeployReport, ObjectReport, Outcome
from hansa.deploy.shape import require_types
from hansa.deploy.simulation import with_release
from hansa.deploy.sizes import record_sizes
from hansa.deploy.state import TargetState
from hansa.deploy.state_store import StateStore
from hansa.deploy.workshop import Workshop
from hansa.engines.errors import StatementFailed, TargetFailed
from hansa.engines.protocol import Engine


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """`keep` makes the release live until it is retired by hand.

    `replace` lets another content take the place of the one that is live under the same
    version, for products that are deployed without being published. Up to `jobs` tables are
    built at once.
    """

    keep: bool = False
    replace: bool = False
    jobs: int = 1


def deploy(
    engine: Engine,
    candidate: Candidate,
    options: DeployOptions = DeployOptions(),
    *,
    listener: Listener | None = None,
    clock: Clock | None = None,
) -> DeployReport:
    """Make a release readable in a target, with its data.

    Tables that a live release already holds are shared, the others are built beside and
    checked against the contract; then all views switch in one transaction. A failed check is
    in the report and changes nothing. A release older than the newest one of its line is kept
    by hand, as nothing else would keep it. Deploying what is live already does nothing.

    Raises RequirementNotLive, ReleaseDiffers, TypeLacking, ForeignObjects, TableWithoutModel,
    ModelFailed, ModelsFailed, SourceUnreadable, and what the engine raises; readers then still
    see what they saw.
    """
    with engine.lock(candidate.product.name):
        told = listener or Listener()
        return _Deployment(engine, candidate, options, told, clock or clock_of(engine)).deploy()


def plan(
    engine: Engine, candidate: Candidate, options: DeployOptions = DeployOptions()
) -> DeployPlan:
    """What `deploy` would do now; reads only.

    Raises what `deploy` raises before anything is built.
    """
    return _Deployment(engine, candidate, options, Listener(), clock_of(engine)).plan()


class _Deployment:
    def __init__(
        self,
        engine: Engine,
        candidate: Candidate,
        options: DeployOptions,
        listener: Listener,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._candidate = candidate
        self._options = options
        self._listener = listener
        self._clock = clock
        self._name = candidate.name
        self._records = StateStore(engine)
        self._publication = Publication(engine)
        self._workshop = Workshop(engine, candidate.product.name)
        self._objects: list[ObjectReport] = []
        self._inspection: Inspection | None = None
        # models whose folded table the engine could not compute, with the reason
        self._apart: dict[str, str] = {}

    def plan(self) -> DeployPlan:
        state = self._records.load()
        self._check_content(state)
        self._check_requirements(state)
        require_types(self._candidate.product.contract, self._engine)
        require_lengths(self._candidate.product, self._candidate.facts, self._engine)
        definition = define(self._candidate, self._surroundings(state))
        situation = Situation(
            state,
            {found.name for found in self._engine.relations(self._workshop.store)},
            {found.name for found in self._engine.relations(self._schema)},
            fold_rules(self._engine, state, [definition], self._apart),
        )
        planned = plan_deployment(definition, situation, self._options.keep)
        if not planned.unchanged:
            self._claim(definition, state)
        return planned

    def deploy(self) -> DeployReport:
        self._records.prepare()
        while True:
            try:
                return self._deploy()
            except FoldRefused as refusal:
                # what one version computes must not keep the others from readers
                self._listener.say(f"storing versions of {refusal.label} apart: {refusal.reason}")
                self._apart[refusal.label] = refusal.reason
                self._objects.clear()

    def _deploy(self) -> DeployReport:
        planned = self.plan()
        building = [item.stored for item in planned.objects if item.step is not Step.SHARE]
        state = self._records.load()
        product = self._name.product
        self._signatures = Signatures(building, state, product, self._engine.name_limit)
        self._reusable = self._signatures.valid(self._records.checkpoints(product))
        self._workshop.clean(keep=self._reusable)
        if planned.unchanged:
            return self._report(Outcome.UNCHANGED, kept=planned.kept)
        try:
            self._build(planned)
            findings = self._inspect([planned.definition, *planned.companions])
            if has_errors(findings):
                self._check_requirements(self._records.load())
                self._workshop.clean()
                return self._report(Outcome.FAILED, findings=findings)
            return self._publish(planned, findings)
        except BaseException as error:
            # a target that is gone cannot be cleaned; the next command does it
            with suppress(StatementFailed, TargetFailed):
                done = () if isinstance(error, TargetFailed) else self._workshop.finished
                self._workshop.clean(keep=done)
            if isinstance(error, ModelFailed | ModelsFailed | FoldRefused):
                # nobody keeps a release live for one that is still being built
                self._check_requirements(self._records.load())
            raise

    # -- before anything is touched ------------------------------------------------------

    def _check_content(self, state: TargetState) -> None:
        live = state.find(self._name)
        if live and live.digest != self._candidate.digest and not self._options.replace:
            raise ReleaseDiffers(self._name, live.digest, self._candidate.digest)

    def _check_requirements(self, state: TargetState) -> None:
        for product, pin in sorted(self._candidate.locked.items()):
            pinned = ReleaseName(product, pin.version)
            live = state.find(pinned)
            if live is None or live.digest != pin.digest:
                raise RequirementNotLive(self._name, pinned, self._engine.url)

    def _surroundings(self, state: TargetState) -> Surroundings:
        product = self._name.product
        stored = {
            record.fingerprint: relation
            for (owner, relation), record in state.objects.items()
            if owner == product
        }
        return Surroundings(
            self._engine.dialect,
            self._engine.name_limit,
            state.content_of,
            stored.get,
            self._engine.type_sql,
            self._engine.reads_files,
        )

    def _claim(self, definition: Definition, state: TargetState) -> None:
        product = definition.product
        stored = [relation for owner, relation in state.objects if owner == product]
        if self._records.exists():
            # what a killed command left behind is ours; deploying has cleaned it away by now
            stored += self._records.pending(product)
            for one in self._records.previous(product):
                stored += [one.relation + PREVIOUS_SUFFIX, one.relation + TAKEN_SUFFIX]
        self._publication.claim(product, self._workshop.store, stored)
        live = state.find(self._name)
        shown = [table.contract.name for table in live.definition.tables] if live else []
        self._publication.claim(product, self._schema, shown)
        siblings = of_line(state.releases, product, self._name.version.line)
        known = [table.contract.name for sibling in siblings for table in sibling.definition.tables]
        self._publication.claim(product, self._line_schema, known)

    # -- write, audit, publish -----------------------------------------------------------

    def _build(self, planned: DeployPlan) -> None:
        with self._engine.transaction():
            self._publication.make_schema(self._name.product, self._workshop.store)
        building = [item.stored for item in planned.objects if item.step is not Step.SHARE]
        construction = Construction(
            self._engine,
            self._workshop,
            self._signatures,
            self._name.product,
            self._reusable,
            self._listener,
            jobs=self._options.jobs,
            total=len(building),
        )
        construction.build(building)
        built = {report.name: report for report in construction.reports}
        self._objects = [built.get(item.name) or _shared(item) for item in planned.objects]

    def _inspect(self, definitions: Sequence[Definition]) -> tuple[Diagnostic, ...]:
        self._inspection = inspection = Inspection(self._engine, self._workshop, self._listener.say)
        findings = inspection.sources(definitions)
        if has_errors(findings):
            return findings
        return findings + inspection.tables(definitions)

    def _publish(self, planned: DeployPlan, findings: Sequence[Diagnostic]) -> DeployReport:
        definition = planned.definition
        self._listener.say(f"publishing {definition.name}")
        now = self._clock()
        built = self._workshop.built
        state = self._records.load()
        coming = with_release(state, definition, planned.kept)
        seen = {self._schema, self._line_schema}
        if planned.companions:
            seen |= {name for name, owner in state.schemas.items() if owner == definition.product}
        with (
            self._publication.leaving(definition.product, coming) as leave,
            self._engine.switch(tuple(sorted(seen | set(leave.schemas)))),
        ):
            # somebody may have taken a requirement away while this command built
            self._check_requirements(self._records.load())
            self._workshop.publish()
            taken_in = self._records.put_built(
                definition.product, [item.stored for item in built], now
            )
            for companion in planned.companions:
                self._records.change_release(companion)
            self._records.put_release(definition, now, planned.kept)
            self._publication.show_release(definition)
            # as planned, unless other products came or went since: what they need now counts
            removed, dropped = self._publication.settle(definition.product, leave.products)
        dropped = tuple(sorted({*dropped, *(f"{self._workshop.store}.{r}" for r in taken_in)}))
        sizes = record_sizes(self._engine, definition.product, [item.stored for item in built])
        record_newest(self._engine, [definition, *planned.companions])
        self._objects = [
            replace(item, rows=sizes.get(item.name, item.rows)) for item in self._objects
        ]
        findings = (
            *findings,
            *map(_role_missing, self._publication.roles_missing),
            *(refused(*item) for item in self._apart.items()),
        )
        return self._report(Outcome.DONE, findings, removed, dropped, kept=planned.kept)

    def _report(
        self,
        outcome: Outcome,
        findings: Sequence[Diagnostic] = (),
        removed: tuple[ReleaseName, ...] = (),
        dropped: tuple[str, ...] = (),
        *,
        kept: bool = False,
    ) -> DeployReport:
        return DeployReport(
            release=self._name,
            target=self._engine.url,
            outcome=outcome,
            schema=self._schema,
            line_schema=self._line_schema,
            objects=tuple(self._objects),
            findings=tuple(findings),
            assertions=tuple(self._inspection.assertions) if self._inspection else (),
            removed=removed,
            dropped=dropped,
            kept=kept,
        )

    @property
    def _schema(self) -> str:
        return interface_schema(self._name.product, self._name.version, self._engine.name_limit)

    @property
    def _line_schema(self) -> str:
        version = self._name.version
        return line_schema(self._name.product, version.line, self._engine.name_limit)


def _role_missing(role: str) -> Diagnostic:
    return Diagnostic(
        rule="role_missing",
        message=f"the contract names the role `{role}`, which the target does not have",
        hint="create the role and deploy the next release, which grants it what it may read",
        severity=Severity.WARNING,
    )


def _shared(item: PlannedObject) -> ObjectReport:
    return ObjectReport(item.stored.label, item.name, Action.SHARED, item.rows)
