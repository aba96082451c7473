"""Builds the relations of a command in the order of their dependencies, several at once."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from time import perf_counter

from hansa.deploy.checkpoints import Signatures
from hansa.deploy.definition import StoredObject
from hansa.deploy.errors import ModelFailed, ModelsFailed
from hansa.deploy.folding import FoldRefused
from hansa.deploy.progress import Listener
from hansa.deploy.reports import Action, ObjectReport
from hansa.deploy.workshop import Built, Step, Workshop
from hansa.engines.errors import TargetFailed
from hansa.engines.protocol import Engine
from hansa.errors import HansaError

_BETWEEN_INTERRUPTS = 0.05  # seconds


@dataclass(slots=True)
class _Job:
    """One relation that is being built."""

    item: StoredObject
    steps: Generator[Step, None, None]
    start: float = field(default_factory=perf_counter)


@dataclass
class Construction:
    """Builds what a workshop is asked for; `reports` tells in the end what became of each.

    Only statements that make tables leave the session of the command: whatever is written
    down about them, and every view, is made by that session, one after the other. So what a
    killed command leaves is found by the next one, however many were at work.
    """

    engine: Engine
    workshop: Workshop
    signatures: Signatures
    product: str
    reusable: Collection[str]
    listener: Listener
    full: bool = False
    jobs: int = 1
    total: int = 0

    def __post_init__(self) -> None:
        self._reports: dict[str, ObjectReport] = {}
        self._running: dict[str, StoredObject] = {}

    @property
    def reports(self) -> tuple[ObjectReport, ...]:
        """What became of each relation, in the order in which they were asked for."""
        return tuple(self._reports.values())

    def build(self, items: Sequence[StoredObject]) -> None:
        """Build all of these, each after those that it reads.

        The first failure stops what has not begun. Raises ModelFailed or SourceUnreadable,
        ModelsFailed where several fail at once, TargetFailed, and FoldRefused for a folded table.
        """
        tables = sum(item.kind.holds_rows and item.relation not in self.reusable for item in items)
        if min(self.jobs, tables) < 2:
            self._one_by_one(items)
        else:
            with self.engine.parallel(self.product, min(self.jobs, tables)) as sessions:
                if len(sessions) < 2:
                    self._one_by_one(items)
                else:
                    _Crew(self, items, sessions).work()
        self._put_in_order(items)

    def _one_by_one(self, items: Iterable[StoredObject]) -> None:
        for item in items:
            job = self.begin(item)
            step = self.advance(job)
            while step is not None:
                try:
                    step(self.engine)
                except HansaError as error:
                    step = self.advance(job, error)
                else:
                    step = self.advance(job)

    def begin(self, item: StoredObject) -> _Job:
        """Start on a relation; nothing is made before `advance`."""
        self._running[item.relation] = item
        self._say()
        self.listener.building(item)
        return _Job(item, self.workshop.steps(item, full=self.full))

    def advance(self, job: _Job, error: HansaError | None = None) -> Step | None:
        """Tell how the last step of a job went; gives its next one, None when it is built.

        Raises what a failed step means.
        """
        item = job.item
        try:
            if item.relation in self.reusable:
                self.workshop.adopt(item)
            else:
                return next(job.steps) if error is None else job.steps.throw(error)
        except StopIteration:
            self.workshop.check_point(item, self.signatures.of(item, full=self.full))
        except HansaError as failure:
            self._running.pop(item.relation)
            self.listener.failed(item, failure)
            if item.versions and isinstance(failure, ModelFailed):
                raise FoldRefused(item.label, failure.reason) from failure
            raise
        self._finish(job)
        return None

    def _finish(self, job: _Job) -> None:
        item = job.item
        self._running.pop(item.relation)
        action = Action.REUSED
        if item.relation not in self.reusable:
            action = _action(self.workshop.found(item.relation))
        name = f"{self.workshop.store}.{item.relation}"
        seconds = perf_counter() - job.start
        self._reports[item.relation] = ObjectReport(item.label, name, action, None, seconds)
        self.listener.built(item)
        if self._running:
            self._say()

    def _say(self) -> None:
        names = ", ".join(item.label for item in self._running.values())
        count = f" ({len(self._reports) + 1} of {self.total})" if self.total > 1 else ""
        self.listener.say(f"building {names}{count}")

    def _put_in_order(self, items: Sequence[StoredObject]) -> None:
        """What came out by chance is told and published in the order that was asked for."""
        new = {item.relation for item in items}
        before = {name: one for name, one in self._reports.items() if name not in new}
        self._reports = before | {item.relation: self._reports[item.relation] for item in items}
        self.workshop.put_in_order(self._reports)


class _Crew:
    """Several sessions that build at once."""

    def __init__(
        self, construction: Construction, items: Sequence[StoredObject], sessions: Sequence[Engine]
    ) -> None:
        self._construction = construction
        self._sessions = sessions
        self._free = list(reversed(sessions))
        self._waiting = list(items)
        self._unbuilt = {item.relation for item in items}
        self._at_work: dict[Future[None], tuple[_Job, Engine]] = {}
        self._failures: list[HansaError] = []

    def work(self) -> None:
        with ThreadPoolExecutor(len(self._sessions), "hansa-build") as pool:
            try:
                while self._hand_out(pool) or self._at_work:
                    self._take_back(pool)
            except BaseException:
                self._break_off()
                raise
        if self._failures:
            raise _united(self._failures)

    def _break_off(self) -> None:
        """End what is at work; an interrupt between two statements is lost, so it is repeated."""
        working = set(self._at_work)
        while working:
            for future in working:
                self._at_work[future][1].interrupt()
            working = wait(working, timeout=_BETWEEN_INTERRUPTS).not_done

    def _hand_out(self, pool: ThreadPoolExecutor) -> bool:
        """Give work to all who are free; whether anything was begun."""
        begun = False
        while self._free and not self._failures:
            item = next((item for item in self._waiting if self._is_ready(item)), None)
            if item is None:
                break
            begun = True
            self._waiting.remove(item)
            self._go_on(pool, self._construction.begin(item), self._free[-1])
        return begun

    def _is_ready(self, item: StoredObject) -> bool:
        return all(path[-1] not in self._unbuilt for path in item.inputs)

    def _go_on(
        self,
        pool: ThreadPoolExecutor,
        job: _Job,
        session: Engine,
        error: HansaError | None = None,
    ) -> None:
        try:
            step = self._construction.advance(job, error)
        except HansaError as failure:
            self._failures.append(failure)
            return
        if step is None:
            self._unbuilt.discard(job.item.relation)
            return
        if session in self._free:
            self._free.remove(session)
        self._at_work[pool.submit(step, session)] = (job, session)

    def _take_back(self, pool: ThreadPoolExecutor) -> None:
        """Wait until somebody is done, and let each go on with what it works at."""
        if not self._at_work:
            return
        ended, _ = wait(self._at_work, return_when=FIRST_COMPLETED)
        for future in [future for future in self._at_work if future in ended]:
            job, session = self._at_work.pop(future)
            self._free.append(session)
            error = future.exception()
            if error is not None and not isinstance(error, HansaError):
                raise error
            self._go_on(pool, job, session, error)


def _united(failures: Sequence[HansaError]) -> HansaError:
    """One error for all; that the target itself failed says more than what failed with it."""
    for failure in failures:
        if isinstance(failure, TargetFailed):
            return failure
    return failures[0] if len(failures) == 1 else ModelsFailed(tuple(failures))


def _action(built: Built) -> Action:
    if built.delta is not None:
        return Action.UPDATED
    return Action.BUILT if built.stored.kind.holds_rows else Action.VIEW
