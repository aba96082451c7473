"""Tells the receivers of run events what a run or deployment does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from hansa.core.diagnostic import Severity
from hansa.core.release import ReleaseName
from hansa.deploy.clock import utc_now
from hansa.deploy.progress import Listener
from hansa.deploy.reports import DeployReport, RunReport
from hansa.errors import HansaError
from hansa.ops.event_sink import event_sink
from hansa.ops.openlineage_run import Described, RunEvents, Told
from hansa.ops.workspace import Workspace


@dataclass
class Telling:
    """The listener of one command, and the warnings that came up while telling of it."""

    listener: Listener
    events: RunEvents | None = None
    warnings: list[str] = field(default_factory=list)

    def begin(self, product: str, target: str, describe: Callable[[], Described | None]) -> None:
        """The command starts; what describes it is asked for only when somebody listens."""
        if self.events is not None:
            self.events.begin(product, target, describe())

    def end(self, report: RunReport | DeployReport) -> None:
        """The command ended with a report."""
        if self.events is not None:
            message = "; ".join(
                found.message for found in report.findings if found.severity is Severity.ERROR
            )
            self.events.end(Told(report.passed, report.objects, report.assertions, message))


@contextmanager
def telling(workspace: Workspace, wanted: str | None, job: str, run_id: UUID) -> Iterator[Telling]:
    """A listener that sends the events of a command to where they are wanted, if anywhere.

    An error of the block is told too, and raised again. Trouble with the receiver is a
    warning, complete when the block has ended.
    """
    told = Telling(Listener(workspace.report))
    sink = event_sink(wanted, workspace.environ, workspace.directory, told.warnings.append)
    with sink as send:
        if send is not None:
            told.events = RunEvents(send, job, run_id, utc_now, workspace.report)
            told.listener = told.events
        try:
            yield told
        except BaseException as error:
            if told.events is not None:
                words = str(error) if isinstance(error, HansaError) else type(error).__name__
                told.events.end(Told(False, message=words))
            raise


def described(workspace: Workspace, name: ReleaseName) -> Described | None:
    """What is known of a published release; None when its registry cannot tell."""
    try:
        opened = workspace.store.open_name(name)
        return Described(opened.product, opened.lockfile, opened.facts.models)
    except HansaError:
        return None
