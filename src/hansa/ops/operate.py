"""Refresh, show and retire what is live in a target."""

from __future__ import annotations

from hansa.deploy.reports import RetireReport, RunReport
from hansa.deploy.retire import retire as retire_line
from hansa.deploy.run import run as run_product
from hansa.deploy.status import TargetStatus
from hansa.deploy.status import status as target_status
from hansa.errors import InvalidInput
from hansa.ops.target import opened
from hansa.ops.workspace import Workspace


class InvalidLine(InvalidInput):
    """A text names no major line of a product."""

    slug = "invalid-line"
    hint = "write a product and its major line, such as flights@1"

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"`{self.text}` names no major line"


def run(workspace: Workspace, target: str | None, full: bool = False) -> RunReport:
    """Refresh the data of all live releases of the workspace's product."""
    with opened(workspace, target) as engine:
        return run_product(engine, workspace.product.name, full=full, progress=workspace.report)


def status(workspace: Workspace, target: str | None, everything: bool = True) -> TargetStatus:
    """What is live in the target, of every product or of this one."""
    with opened(workspace, target, read_only=True) as engine:
        return target_status(engine, None if everything else workspace.product.name)


def retire(workspace: Workspace, line: str, target: str | None) -> RetireReport:
    """Retire `flights@1`; raises StillPinned while a live dependent reads it."""
    product, separator, number = line.partition("@")
    if not (product and separator and number):
        raise InvalidLine(line)
    with opened(workspace, target) as engine:
        return retire_line(engine, product, number, progress=workspace.report)
