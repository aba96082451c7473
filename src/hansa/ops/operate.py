"""Refresh, show and retire what is live in a target."""

from __future__ import annotations

from dataclasses import replace

from hansa.deploy.collect import Collected
from hansa.deploy.collect import collect as collect_garbage
from hansa.deploy.reports import RetireReport, RunReport
from hansa.deploy.retire import retire as retire_line
from hansa.deploy.rollback import RollbackReport
from hansa.deploy.rollback import rollback as rollback_product
from hansa.deploy.run import RunOptions
from hansa.deploy.run import run as run_product
from hansa.deploy.state_store import StateStore
from hansa.deploy.status import TargetStatus
from hansa.deploy.status import status as target_status
from hansa.engines.protocol import Engine
from hansa.ops.clock import today
from hansa.ops.line import parse_line
from hansa.ops.openlineage_run import Described
from hansa.ops.sunset import sunset_warnings
from hansa.ops.target import opened
from hansa.ops.telling import described, telling
from hansa.ops.workspace import Workspace


def run(
    workspace: Workspace, target: str | None, options: RunOptions, events: str | None = None
) -> RunReport:
    """Refresh the data of all live releases of the workspace's product.

    `events` is where run events go, beside what the environment says.
    """
    name = workspace.product.name
    with (
        opened(workspace, target) as engine,
        telling(workspace, events, f"hansa run {name}", options.id) as told,
    ):
        told.begin(name, engine.url, lambda: _newest(workspace, engine, name))
        report = run_product(engine, name, options, listener=told.listener)
        told.end(report)
    warnings = sunset_warnings(lambda: workspace.registry, report.pins, today())
    stale = tuple(str(one) for one in report.freshness if one.broken)
    return replace(report, warnings=(*told.warnings, *stale, *warnings))


def _newest(workspace: Workspace, engine: Engine, product: str) -> Described | None:
    """The newest live release, of which most of what runs is made."""
    live = StateStore(engine).load().of(product)
    return described(workspace, live[0].name) if live else None


def status(workspace: Workspace, target: str | None, everything: bool = True) -> TargetStatus:
    """What is live in the target, of every product or of this one."""
    with opened(workspace, target, read_only=True) as engine:
        return target_status(engine, None if everything else workspace.product.name)


def retire(workspace: Workspace, line: str, target: str | None) -> RetireReport:
    """Retire `flights@1`; raises InvalidLine, and StillPinned while a live dependent reads it."""
    product, number = parse_line(line)
    with opened(workspace, target) as engine:
        return retire_line(engine, product, number, progress=workspace.report)


def gc(workspace: Workspace, target: str | None, dry_run: bool, mine: bool = False) -> Collected:
    """Free what no live release needs, of every product or of this one; or only tell."""
    product = workspace.product.name if mine else None
    with opened(workspace, target, read_only=dry_run) as engine:
        return collect_garbage(engine, product, dry_run=dry_run, progress=workspace.report)


def rollback(workspace: Workspace, target: str | None) -> RollbackReport:
    """Undo the last run of the workspace's product; raises NothingToRollBack."""
    with opened(workspace, target) as engine:
        return rollback_product(engine, workspace.product.name, progress=workspace.report)
