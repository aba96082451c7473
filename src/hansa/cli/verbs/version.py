"""hansa version."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from hansa.cli.comparison import comparison_json, print_comparison
from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, progress
from hansa.core.version import Level, Version
from hansa.ops.version import VersionResult, bump, set_to, show_version
from hansa.ops.workspace import Workspace

app = typer.Typer()


class BumpLevel(StrEnum):
    """At least how much `--bump` raises the version."""

    AUTO = "auto"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


@app.command("version")
def version_verb(
    ctx: typer.Context,
    version: Annotated[str | None, typer.Argument(help="Declare this version.")] = None,
    bump_it: Annotated[
        bool, typer.Option("--bump", help="Declare the lowest version that the change requires.")
    ] = False,
    at_least: Annotated[
        BumpLevel, typer.Option("--at-least", help="With --bump: raise at least this much.")
    ] = BumpLevel.AUTO,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show or set the version that the contract declares."""
    if version is not None and bump_it:
        raise typer.BadParameter("give a version or --bump, not both")
    workspace = Workspace(directory_of(ctx, directory))
    if version is not None:
        result = set_to(workspace, Version.parse(version))
    elif bump_it:
        level = None if at_least is BumpLevel.AUTO else Level.parse(at_least)
        with progress(format is Format.JSON) as report:
            workspace.report = report
            result = bump(workspace, level)
    else:
        result = show_version(workspace)
    answer(format, lambda: _json(result), lambda: _print(result))


def _json(result: VersionResult) -> dict[str, Any]:
    data: dict[str, Any] = {
        "product": result.product,
        "before": str(result.before),
        "version": str(result.after),
    }
    if result.comparison:
        data["required"] = comparison_json(result.comparison)["required"]
        data["files"] = list(result.files)
    return data


def _print(result: VersionResult) -> None:
    if result.comparison:
        print_comparison(result.comparison)
    if result.files and result.comparison:
        files = ", ".join(result.files)
        old = result.comparison.old.product.version
        print_lines(f"other files differ from {old}, which asks for a patch: {files}")
    if result.before == result.after:
        print_lines(f"{result.product} {result.after}")
    else:
        print_lines(f"{result.product} {result.before} -> {result.after}")
