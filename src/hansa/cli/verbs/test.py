"""hansa test."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_diagnostics, print_lines, progress
from hansa.ops.test import test
from hansa.ops.workspace import Workspace
from hansa.testing.difference import format_difference
from hansa.testing.runner import Selection, TestReport, TestResult

app = typer.Typer()


@app.command("test")
def test_verb(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Only tests whose name matches (a part of it, or a glob)."),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", "-m", help="Only tests of this model.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Workers; 0: as many as pay.")] = 0,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Run the unit tests in a locked-down database."""
    selection = Selection(names=tuple(names or ()), models=tuple(model or ()))
    with progress(format is Format.JSON) as report:
        result = test(Workspace(directory_of(ctx, directory), report=report), selection, jobs)
    answer(format, lambda: _json(result), lambda: _print(result))
    if any(one.status != "passed" for one in result.results):
        raise typer.Exit(1)


def _json(report: TestReport) -> dict[str, Any]:
    return {
        "tests": [
            {
                "name": one.name,
                "model": one.model,
                "status": one.status,
                "message": one.message,
                "hint": one.hint,
                "difference": format_difference(one.difference) if one.difference else None,
                "seconds": round(one.seconds, 4),
            }
            for one in report.results
        ],
        "warnings": [warning.message for warning in report.warnings],
    }


def _print(report: TestReport) -> None:
    print_diagnostics(report.warnings)
    for one in report.results:
        if one.status != "passed":
            _print_failure(one)
    passed = sum(one.status == "passed" for one in report.results)
    failed = len(report.results) - passed
    if not report.results:
        print_lines("no tests")
    elif failed:
        print_lines(f"{failed} failed, {passed} passed", style="bold red")
    else:
        print_lines(f"{passed} passed", style="green")


def _print_failure(one: TestResult) -> None:
    place = f" ({one.place})" if one.place else ""
    print_lines(f"{one.status}: {one.name} of {one.model}{place}", style="bold red")
    if one.message:
        print_lines(f"  {one.message}")
    if one.hint:
        print_lines(f"  hint: {one.hint}")
    if one.difference:
        print_lines(*(f"  {line}" for line in format_difference(one.difference)))
