"""What deploying, running and retiring tell of what they did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hansa.core.diagnostic import Diagnostic
from hansa.core.release import ReleaseName
from hansa.deploy.freshness import Freshness


class Outcome(StrEnum):
    """How a command on a target ended."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class Action(StrEnum):
    """What was done with one stored relation."""

    BUILT = "built"
    UPDATED = "updated"
    SHARED = "shared"
    REUSED = "reused"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class Assertion:
    """One check of one table, and whether the new data passed it; `table` as findings name it."""

    table: str
    column: str | None
    rule: str
    passed: bool


@dataclass(frozen=True, slots=True)
class ObjectReport:
    """One stored relation: `name` is its schema and relation; rows are None for views."""

    label: str
    name: str
    action: Action
    rows: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class DeployReport:
    """What deploying one release did.

    `outcome` is failed when contract checks refused the new data: then nothing that readers
    see has changed. `removed` are releases that nothing keeps live any more, `dropped` the
    stored tables that went with them.
    """

    release: ReleaseName
    target: str
    outcome: Outcome
    schema: str
    line_schema: str
    objects: tuple[ObjectReport, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    removed: tuple[ReleaseName, ...] = ()
    dropped: tuple[str, ...] = ()
    kept: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.outcome is not Outcome.FAILED


@dataclass(frozen=True, slots=True)
class RunReport:
    """What refreshing the live releases of one product did.

    `pins` are the releases of other products that they read, `freshness` what became of the
    promises about the age of data.
    """

    product: str
    target: str
    outcome: Outcome
    releases: tuple[ReleaseName, ...]
    started_at: datetime
    finished_at: datetime
    objects: tuple[ObjectReport, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    pins: tuple[ReleaseName, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.outcome is not Outcome.FAILED


@dataclass(frozen=True, slots=True)
class RetireReport:
    """What retiring took away: releases, and the stored tables that nothing reads any more."""

    product: str
    target: str
    removed: tuple[ReleaseName, ...]
    dropped: tuple[str, ...]
