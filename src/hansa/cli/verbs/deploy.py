"""hansa deploy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from hansa.cli.deploy_plan import plan_json, print_plan
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
from hansa.deploy.deploy import DeployOptions
from hansa.deploy.reports import Action, DeployReport, ObjectReport, Outcome
from hansa.ops.deploy import deploy, plan
from hansa.ops.workspace import Workspace

app = typer.Typer()

_WORDS = {
    Action.BUILT: "built",
    Action.UPDATED: "updated",
    Action.SHARED: "shared",
    Action.REUSED: "reused",
}


@app.command("deploy")
def deploy_verb(
    ctx: typer.Context,
    release: Annotated[
        str | None,
        typer.Argument(help="A release or a version; default: the one that the contract declares."),
    ] = None,
    target: TargetOption = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it live until it is retired by hand.")
    ] = False,
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Show what would happen, and change nothing.")
    ] = False,
    jobs: JobsOption = DEFAULT_JOBS,
    openlineage: EventsOption = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Put a published release into a target."""
    with progress(format is Format.JSON) as report:
        workspace = Workspace(directory_of(ctx, directory), report=report)
        if plan_only:
            planned = plan(workspace, release, target, keep)
            answer(format, lambda: plan_json(planned), lambda: print_plan(planned))
            return
        result = deploy(
            workspace, release, target, DeployOptions(keep=keep, jobs=jobs), openlineage
        )
    for warning in result.warnings:
        print_sentence("warning", warning)
    answer(format, lambda: _json(result), lambda: _print(result))
    if not result.passed:
        raise typer.Exit(1)


def object_json(item: ObjectReport) -> dict[str, Any]:
    """The stable JSON of one stored relation that was handled."""
    return {
        "model": item.label,
        "name": item.name,
        "action": item.action.value,
        "rows": item.rows,
        "seconds": round(item.seconds, 3),
    }


def print_objects(objects: Iterable[ObjectReport]) -> None:
    """One line for each table that was built, updated or shared; views go without saying."""
    for item in objects:
        if item.action in _WORDS and item.rows is not None:
            rows = f"  {item.rows:,} rows"
            took = f"  {item.seconds:.2f} s" if item.action is not Action.SHARED else ""
            print_lines(f"  {_WORDS[item.action]:7} {item.name}{rows}{took}")


def _json(result: DeployReport) -> dict[str, Any]:
    return {
        "release": str(result.release),
        "target": result.target,
        "outcome": result.outcome.value,
        "schema": result.schema,
        "line_schema": result.line_schema,
        "objects": [object_json(item) for item in result.objects],
        "findings": [diagnostic_json(finding) for finding in result.findings],
        "warnings": list(result.warnings),
        "removed": [str(name) for name in result.removed],
        "dropped": list(result.dropped),
        "kept": result.kept,
    }


def _print(result: DeployReport) -> None:
    print_diagnostics(result.findings)
    if result.outcome is Outcome.FAILED:
        print_lines(
            f"{result.release} is not deployed: its data breaks the contract; "
            f"readers see what they saw before",
            style="bold red",
        )
        return
    if result.outcome is Outcome.UNCHANGED:
        print_lines(f"{result.release} is live in {result.target} already")
        return
    print_lines(f"deployed {result.release} to {result.target}: read it in {result.schema}")
    print_objects(result.objects)
    if result.kept:
        print_lines("  kept by hand, as a newer release of its line is live")
    for name in result.removed:
        print_lines(f"  removed {name}: nothing pins it any more")
    for relation in result.dropped:
        print_lines(f"  dropped {relation}")
