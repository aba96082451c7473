"""The result of a check that compared nothing, as text; quick to import, for warm checks."""

from __future__ import annotations

from enum import StrEnum

from hansa.cli.render import print_diagnostics, print_lines
from hansa.core.diagnostic import Severity
from hansa.ops.check_result import CheckResult


class CheckFormat(StrEnum):
    """How `hansa check` answers."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    GITLAB = "gitlab"
    MARKDOWN = "markdown"


def print_uncompared(result: CheckResult) -> None:
    """What the files say, and the outcome."""
    print_diagnostics(result.findings)
    print_outcome(result)


def print_outcome(result: CheckResult) -> None:
    """The last line: how much there is to mend, or that nothing is."""
    errors = sum(finding.severity is Severity.ERROR for finding in result.findings)
    name = f"{result.product} {result.version}"
    if errors:
        print_lines(f"{name}: {errors} {'finding' if errors == 1 else 'findings'} to mend")
    elif result.passed:
        plural = "model" if result.models == 1 else "models"
        print_lines(f"{name}: {result.models} {plural}, no findings", style="green")
