"""Run the product's unit tests, and measure what they cover."""

from __future__ import annotations

from hansa.ops.workspace import Workspace
from hansa.testing.coverage import CoverageRecorder, CoverageReport
from hansa.testing.runner import Selection, TestReport, run_tests


def test(workspace: Workspace, selection: Selection, jobs: int) -> TestReport:
    """Run the selected tests in a locked-down database; nothing outside is read or written."""
    workspace.report(f"testing {workspace.product.name}")
    return run_tests(
        workspace.product, workspace.facts, workspace.interfaces, select=selection, jobs=jobs
    )


def test_with_coverage(
    workspace: Workspace, selection: Selection, jobs: int
) -> tuple[TestReport, CoverageReport]:
    """Run the selected tests and measure which outcomes of the models' SQL they show."""
    workspace.report(f"testing {workspace.product.name} with coverage")
    recorder = CoverageRecorder(workspace.product, workspace.facts, workspace.interfaces)
    report = run_tests(
        workspace.product,
        workspace.facts,
        workspace.interfaces,
        select=selection,
        jobs=jobs,
        observe=recorder.observe,
    )
    return report, recorder.report()
