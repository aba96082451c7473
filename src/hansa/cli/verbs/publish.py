"""hansa publish."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, format_bytes, print_diagnostics, print_lines, progress
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
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Verify, pack and publish the version that the contract declares."""
    with progress(format is Format.JSON) as report:
        workspace = Workspace(directory_of(ctx, directory), report=report)
        result = publish(workspace, allow_dirty=allow_dirty, dry_run=dry_run)
    answer(format, lambda: _json(result, dry_run), lambda: _print(result, workspace.registry.url))


def _json(result: PublishResult, dry_run: bool) -> dict[str, Any]:
    return {
        "product": result.name.product,
        "version": str(result.name.version),
        "published": not dry_run,
        "digest": result.release.digest if result.release else None,
        "bytes": result.size,
        "tests": len(result.tests.results),
    }


def _print(result: PublishResult, registry: str) -> None:
    print_diagnostics(result.check.findings)
    tests = len(result.tests.results)
    size = format_bytes(result.size)
    if result.release is None:
        print_lines(f"{result.name} would be published: {tests} tests passed, {size}")
        return
    print_lines(f"published {result.name} to {registry}: {tests} tests passed, {size}")
    print_lines(f"  {result.release.digest}", style="dim")
