"""Run the product's unit tests."""

from __future__ import annotations

from hansa.ops.workspace import Workspace
from hansa.testing.runner import TestReport, run_tests
from hansa.testing.selection import NO_LIMITS, Limits, Selection


def test(
    workspace: Workspace,
    selection: Selection,
    jobs: int,
    limits: Limits = NO_LIMITS,  # noqa: PT028
) -> TestReport:
    """Run the selected tests in a locked-down database; nothing outside is read or written."""
    workspace.report(f"testing {workspace.product.name}")
    return run_tests(
        workspace.product,
        workspace.facts,
        workspace.interfaces,
        select=selection,
        jobs=jobs,
        limits=limits,
    )
