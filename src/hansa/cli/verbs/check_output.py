"""How the result of a check is shown: text, JSON, and as findings for code review."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from hansa.cli.check_text import CheckFormat, print_outcome
from hansa.cli.comparison import comparison_json, print_comparison
from hansa.cli.formats.comment import comment_text, unreadable_text
from hansa.cli.formats.findings import comparison_findings, in_repository
from hansa.cli.formats.github import github_lines
from hansa.cli.formats.gitlab import gitlab_report
from hansa.cli.formats.sarif import sarif_document
from hansa.cli.render import (
    diagnostic_json,
    print_diagnostics,
    print_json,
    print_lines,
    print_text,
    progress,
)
from hansa.cli.verbs.impact import propagation_json, release_lines, table_lines
from hansa.core.diagnostic import Diagnostic
from hansa.ops.check import check
from hansa.ops.check_result import CheckResult
from hansa.ops.kept_check import KeptCheck
from hansa.ops.propagation import Propagation
from hansa.ops.workspace import Workspace
from hansa.projects.errors import ProductInvalid

_MOST_FAILURES = 5
_MOST_REACHED = 8


def run_check(
    directory: Path, format: CheckFormat, compare: bool, kept: KeptCheck | None
) -> CheckResult:
    """Check the product in a directory and print what was found."""
    try:
        with progress(format is not CheckFormat.TEXT) as report:
            result = check(Workspace(directory, report=report), compare, kept)
    except ProductInvalid as error:
        if format in (CheckFormat.TEXT, CheckFormat.JSON):
            raise
        # files that cannot be read are findings like others to whoever reads these forms
        found = in_repository(error.diagnostics, Path.cwd())
        if format is CheckFormat.MARKDOWN:
            print_text(unreadable_text(directory.resolve().name, found))
        else:
            print_findings(found, format)
        raise typer.Exit(error.exit_code) from None
    print_check(result, format)
    return result


def print_check(result: CheckResult, format: CheckFormat) -> None:
    """The result in the form that was asked for."""
    match format:
        case CheckFormat.TEXT:
            _print(result)
        case CheckFormat.JSON:
            print_json(check_json(result))
        case CheckFormat.MARKDOWN:
            print_text(comment_text(result, _findings(result), release_lines))
        case _:
            print_findings(_findings(result), format)


def print_findings(findings: Sequence[Diagnostic], format: CheckFormat) -> None:
    if format is CheckFormat.SARIF:
        print_json(sarif_document(findings))
    elif format is CheckFormat.GITLAB:
        print_json(gitlab_report(findings))
    else:
        print_text("".join(f"{line}\n" for line in github_lines(findings)))


def _findings(result: CheckResult) -> list[Diagnostic]:
    """What the files say, then what the change requires, as files of the repository."""
    changes = comparison_findings(result.comparison) if result.comparison else []
    return in_repository([*result.findings, *changes], Path.cwd())


def check_json(result: CheckResult) -> dict[str, Any]:
    """The stable JSON of a check."""
    data: dict[str, Any] = {
        "product": result.product,
        "version": result.version,
        "passed": result.passed,
        "findings": [diagnostic_json(finding) for finding in result.findings],
        "baseline": str(result.baseline.version) if result.baseline else None,
    }
    if result.comparison:
        data |= comparison_json(result.comparison)
    data["dependents"] = [
        {
            "release": str(broken.dependent.release.name),
            "requires": broken.dependent.constraint.text,
            "owner": broken.dependent.release.team,
            "contact": broken.dependent.release.contact,
            "uses": list(broken.uses),
            "rules": list(broken.rules),
            "failures": [diagnostic_json(failure) for failure in broken.failures],
        }
        for broken in result.broken
    ]
    reached = propagation_json(result.reached or Propagation())
    data |= {key: reached[key] for key in ("reached", "unreadable")}
    data["unreachable"] = result.unreachable
    return data


def _print(result: CheckResult) -> None:
    print_diagnostics(result.findings)
    if result.unreachable:
        print_lines(f"not compared with the newest release: {result.unreachable}")
    if result.comparison:
        print_comparison(result.comparison)
    _print_broken(result)
    print_outcome(result)


def _shortened(lines: Iterable[str]) -> Iterator[str]:
    """The first lines, and where to find the rest."""
    every = list(lines)
    yield from every[:_MOST_REACHED]
    if len(every) > _MOST_REACHED:
        yield f"  and {len(every) - _MOST_REACHED} more, see `hansa impact`"


def _failure_lines(failures: Sequence[Diagnostic]) -> Iterator[str]:
    for failure in failures[:_MOST_FAILURES]:
        yield f"  {failure.place}: {failure.message}"
    if len(failures) > _MOST_FAILURES:
        yield f"  and {len(failures) - _MOST_FAILURES} more places"


def _print_broken(result: CheckResult) -> None:
    reached = result.reached.releases if result.reached else ()
    by_name = {one.dependent.release.name: one for one in reached}
    for broken in result.broken:
        release = broken.dependent.release
        owner = f", owned by {release.team}" if release.team else ""
        contact = f" ({release.contact})" if release.contact else ""
        reads = f"it reads {', '.join(broken.uses)}" if broken.uses else "its SQL fails"
        print_lines(
            f"breaks {release.name}{owner}{contact}: {reads}; "
            f"it stays on {broken.dependent.pinned or broken.dependent.constraint} until it updates"
        )
        print_lines(*_failure_lines(broken.failures))
        if release.name in by_name:
            print_lines(*_shortened(table_lines(by_name[release.name].tables)))
    named = {broken.dependent.release.name for broken in result.broken}
    for one in reached:
        if one.dependent.release.name not in named:
            head, *rest = release_lines(one)
            print_lines(f"reaches {head}", *_shortened(rest))
    for lost in result.reached.unreadable if result.reached else ():
        print_lines(f"not known whether it breaks {lost.dependent.release.name}: {lost.reason}")
