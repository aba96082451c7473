"""hansa diff."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, diagnostic_json, print_diagnostics, print_lines, progress
from hansa.core.version import Level
from hansa.ops.diff import DiffResult, diff
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("diff")
def diff_verb(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(help="A directory, product@version, or git:REV.")],
    new: Annotated[str, typer.Argument(help="A directory, product@version, or git:REV.")] = ".",
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show what changed between two versions, and what it requires."""
    with progress(format is Format.JSON) as report:
        result = diff(Workspace(directory_of(ctx, directory), report=report), old, new)
    answer(format, lambda: comparison_json(result), lambda: print_comparison(result))


def comparison_json(result: DiffResult) -> dict[str, Any]:
    """The stable JSON of a comparison (design, section 9)."""
    return {
        "product": result.product,
        "old": str(result.old.product.version),
        "new": str(result.new.product.version),
        "required": str(result.required),
        "sufficient": result.verdict.sufficient,
        "changes": [diagnostic_json(change) for change in result.changes],
    }


def print_comparison(result: DiffResult) -> None:
    """The findings, most severe first, and the verdict in one sentence."""
    old, new = result.old.product.version, result.new.product.version
    print_diagnostics(sorted(result.changes, key=lambda change: -(change.level or Level.NONE)))
    if result.required is Level.NONE:
        print_lines(f"{result.product}: nothing changed since {old}", style="green")
    elif result.verdict.sufficient:
        print_lines(
            f"{result.product}: the change since {old} is {result.required}, "
            f"and {new} is high enough for it",
            style="green",
        )
    else:
        print_lines(
            f"{result.product}: the change since {old} is {result.required}, "
            f"so {new} is too low: it requires {old.bump(result.required)}",
            style="bold red",
        )
