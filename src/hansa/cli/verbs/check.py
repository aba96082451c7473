"""hansa check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, diagnostic_json, print_diagnostics, print_lines, progress
from hansa.cli.verbs.diff import comparison_json, print_comparison
from hansa.core.diagnostic import Severity
from hansa.ops.check import CheckResult, check
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("check")
def check_verb(
    ctx: typer.Context,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
    no_compare: Annotated[
        bool, typer.Option("--no-compare", help="Do not compare with the newest release.")
    ] = False,
) -> None:
    """Check contract, SQL and version; name the dependents that a change breaks."""
    path: Path = directory_of(ctx, directory)
    with progress(format is Format.JSON) as report:
        result = check(Workspace(path, report=report), compare=not no_compare)
    answer(format, lambda: check_json(result), lambda: _print(result))
    if not result.passed:
        raise typer.Exit(1)


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
        }
        for broken in result.broken
    ]
    data["unreachable"] = result.unreachable
    return data


def _print(result: CheckResult) -> None:
    print_diagnostics(result.findings)
    if result.unreachable:
        print_lines(f"not compared with the newest release: {result.unreachable}")
    if result.comparison:
        print_comparison(result.comparison)
    _print_broken(result)
    errors = sum(finding.severity is Severity.ERROR for finding in result.findings)
    name = f"{result.product} {result.version}"
    if errors:
        print_lines(f"{name}: {errors} {'finding' if errors == 1 else 'findings'} to mend")
    elif result.passed:
        plural = "model" if result.models == 1 else "models"
        print_lines(f"{name}: {result.models} {plural}, no findings", style="green")


def _print_broken(result: CheckResult) -> None:
    for broken in result.broken:
        release = broken.dependent.release
        owner = f", owned by {release.team}" if release.team else ""
        contact = f" ({release.contact})" if release.contact else ""
        print_lines(
            f"breaks {release.name}{owner}{contact}: it reads {', '.join(broken.uses)}; "
            f"it stays on {broken.dependent.pinned or broken.dependent.constraint} until it updates"
        )
