"""Refresh, show and retire what is live in a target."""

from __future__ import annotations

from hansa.deploy.reports import RetireReport, RunReport
from hansa.deploy.retire import retire as retire_line
from hansa.deploy.run import run as run_product
from hansa.deploy.status import TargetStatus
from hansa.deploy.status import status as target_status
from hansa.ops.line import parse_line
from hansa.ops.target import opened
from hansa.ops.workspace import Workspace


def run(workspace: Workspace, target: str | None, full: bool = False) -> RunReport:
    """Refresh the data of all live releases of the workspace's product."""
    with opened(workspace, target) as engine:
        return run_product(engine, workspace.product.name, full=full, progress=workspace.report)


def status(workspace: Workspace, target: str | None, everything: bool = True) -> TargetStatus:
    """What is live in the target, of every product or of this one."""
    with opened(workspace, target, read_only=True) as engine:
        return target_status(engine, None if everything else workspace.product.name)


def retire(workspace: Workspace, line: str, target: str | None) -> RetireReport:
    """Retire `flights@1`; raises InvalidLine, and StillPinned while a live dependent reads it."""
    product, number = parse_line(line)
    with opened(workspace, target) as engine:
        return retire_line(engine, product, number, progress=workspace.report)
