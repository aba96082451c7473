"""hansa yank."""

from __future__ import annotations

from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines
from hansa.ops.context import registry_for
from hansa.ops.yank import yank

app = typer.Typer()


@app.command("yank")
def yank_verb(
    ctx: typer.Context,
    release: Annotated[str, typer.Argument(help="A release, such as flights@1.4.0.")],
    reason: Annotated[str | None, typer.Option("--reason", help="Why; shown to consumers.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Show the release again.")] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Hide a release from new lockfiles; existing ones keep working."""
    registry = registry_for(directory_of(ctx, directory)).registry
    name = yank(registry, release, reason, undo)
    word = "no longer yanked" if undo else "yanked"
    answer(
        format,
        lambda: {"release": str(name), "yanked": not undo, "reason": reason},
        lambda: print_lines(f"{name} is {word}"),
    )
