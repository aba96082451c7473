"""Run the product's unit tests."""

from __future__ import annotations

from hansa.ops.workspace import Workspace
from hansa.testing.runner import Selection, TestReport, run_tests


def test(workspace: Workspace, selection: Selection, jobs: int) -> TestReport:
    """Run the selected tests in a locked-down database; nothing outside is read or written."""
    workspace.report(f"testing {workspace.product.name}")
    return run_tests(
        workspace.product, workspace.facts, workspace.interfaces, select=selection, jobs=jobs
    )
