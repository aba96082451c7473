"""Run the product's unit tests and measure what they cover."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.ops.since import models_since
from hansa.ops.workspace import Workspace
from hansa.testing.change_coverage import ChangeCoverage, coverage_of_change
from hansa.testing.changed_lines import find_changes
from hansa.testing.contexts import Context, contexts_of
from hansa.testing.coverage import CoverageRecorder, CoverageReport
from hansa.testing.runner import TestReport, run_tests
from hansa.testing.selection import NO_LIMITS, Limits, Selection


@dataclass(frozen=True, slots=True)
class Covered:
    """What the tests covered.

    If asked for, `contexts` says what each of them alone does, `change` what of a change.
    """

    report: CoverageReport
    contexts: tuple[Context, ...] | None = None
    change: ChangeCoverage | None = None


def test_with_coverage(
    workspace: Workspace,
    selection: Selection,
    jobs: int,
    limits: Limits = NO_LIMITS,  # noqa: PT028
    *,
    contexts: bool,
    since: str | None = None,  # noqa: PT028
) -> tuple[TestReport, Covered]:
    """Run the selected tests and measure which outcomes of the models' SQL they show.

    With `contexts`, every test that shows an outcome is known, else only the first. `since`
    names the version after which lines count as changed, as `models_since` reads it.
    """
    compared = None if since is None else models_since(since, workspace)
    workspace.report(f"testing {workspace.product.name} with coverage")
    recorder = CoverageRecorder(
        workspace.product, workspace.facts, workspace.interfaces, contexts=contexts
    )
    report = run_tests(
        workspace.product,
        workspace.facts,
        workspace.interfaces,
        select=selection,
        jobs=jobs,
        observe=recorder,
        limits=limits,
    )
    covered = recorder.report()
    names = (one.name for one in report.results)
    change = None
    if compared is not None:
        changes = find_changes(compared.old, compared.new)
        change = coverage_of_change(covered, workspace.product, changes, compared.label)
    traced = contexts_of(covered, names) if contexts else None
    return report, Covered(covered, traced, change)
