"""hansa run."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansa.cli.freshness import freshness_json
from hansa.cli.options import (
    DEFAULT_JOBS,
    DirectoryOption,
    EventsOption,
    Format,
    FormatOption,
    JobsOption,
    TargetOption,
    directory_of,
)
from hansa.cli.render import (
    answer,
    diagnostic_json,
    print_diagnostics,
    print_lines,
    print_sentence,
    progress,
)
from hansa.cli.verbs.deploy import object_json, print_objects
from hansa.deploy.reports import RunReport
from hansa.deploy.run import RunOptions
from hansa.ops.operate import run
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("run")
def run_verb(
    ctx: typer.Context,
    target: TargetOption = None,
    full: Annotated[
        bool, typer.Option("--full", help="Compute incremental models from the start.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Use what a failed run built, where that is still valid."),
    ] = False,
    jobs: JobsOption = DEFAULT_JOBS,
    openlineage: EventsOption = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Refresh the data of the product's live releases."""
    with progress(format is Format.JSON) as report:
        options = RunOptions(full=full, resume=resume, jobs=jobs)
        result = run(
            Workspace(directory_of(ctx, directory), report=report), target, options, openlineage
        )
    for warning in result.warnings:
        print_sentence("warning", warning)
    answer(format, lambda: _json(result), lambda: _print(result))
    if not result.passed:
        raise typer.Exit(1)


def _json(result: RunReport) -> dict[str, Any]:
    return {
        "product": result.product,
        "target": result.target,
        "outcome": result.outcome.value,
        "releases": [str(name) for name in result.releases],
        "started_at": result.started_at.isoformat(),
        "finished_at": result.finished_at.isoformat(),
        "objects": [object_json(item) for item in result.objects],
        "findings": [diagnostic_json(finding) for finding in result.findings],
        "freshness": [freshness_json(one) for one in result.freshness],
        "warnings": list(result.warnings),
    }


def _print(result: RunReport) -> None:
    print_diagnostics(result.findings)
    names = ", ".join(str(name.version) for name in result.releases)
    if not result.passed:
        print_lines(
            f"{result.product} is not refreshed: the new data breaks the contract; "
            f"readers see what they saw before",
            style="bold red",
        )
        return
    seconds = (result.finished_at - result.started_at).total_seconds()
    print_lines(f"refreshed {result.product} {names} in {result.target} ({seconds:.1f} s)")
    print_objects(result.objects)
