"""hansa publish."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansa.cli.figures import figures_json
from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, format_bytes, print_diagnostics, print_lines, progress
from hansa.core.diagnostic import Diagnostic
from hansa.core.version import Level
from hansa.ops.publish import PublishResult, publish
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("publish")
def publish_verb(
    ctx: typer.Context,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Publish files that git has not committed.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Verify and pack, but do not upload.")
    ] = False,
    mutated: Annotated[
        bool, typer.Option("--mutate", help="Measure and state the mutation score too.")
    ] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Verify, pack and publish the version that the contract declares."""
    with progress(format is Format.JSON) as report:
        workspace = Workspace(directory_of(ctx, directory), report=report)
        result = publish(workspace, allow_dirty=allow_dirty, dry_run=dry_run, mutated=mutated)
    answer(format, lambda: _json(result, dry_run), lambda: _print(result, workspace.registry.url))


def _json(result: PublishResult, dry_run: bool) -> dict[str, Any]:
    comparison = result.check.comparison
    return {
        "product": result.name.product,
        "version": str(result.name.version),
        "published": not dry_run,
        "digest": result.release.digest if result.release else None,
        "bytes": result.size,
        "tests": len(result.measured.tests.results),
        "figures": figures_json(result.measured.figures),
        "baseline": str(result.check.baseline.version) if result.check.baseline else None,
        "required": str(comparison.required) if comparison else None,
    }


def _print(result: PublishResult, registry: str) -> None:
    print_diagnostics((*result.check.findings, *_unmatched(result)))
    tests = len(result.measured.tests.results)
    size = format_bytes(result.size)
    if result.release is None:
        print_lines(
            f"{result.name} would be published{_step(result)}: {tests} tests passed, {size}"
        )
        return
    print_lines(
        f"published {result.name} to {registry}{_step(result)}: {tests} tests passed, {size}"
    )
    print_lines(f"  {result.measured.figures}")
    print_lines(f"  {result.release.digest}", style="dim")


def _step(result: PublishResult) -> str:
    """What the release is to the one before it."""
    comparison, baseline = result.check.comparison, result.check.baseline
    if comparison is None or baseline is None:
        return " (first release)"
    # files that no reader sees still make another release
    level = comparison.required or Level.PATCH
    return f" ({level} since {baseline.version})"


def _unmatched(result: PublishResult) -> list[Diagnostic]:
    """Waivers and fixes for this version that meet nothing."""
    changes = result.check.comparison.changes if result.check.comparison else ()
    return [change for change in changes if change.rule in ("waiver_unmatched", "fix_unmatched")]
