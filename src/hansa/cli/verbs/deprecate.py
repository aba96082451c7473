"""hansa deprecate."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines
from hansa.ops.clock import today
from hansa.ops.context import registry_for
from hansa.ops.lock import sunset_notice
from hansa.ops.yank import deprecate

app = typer.Typer()


@app.command("deprecate")
def deprecate_verb(
    ctx: typer.Context,
    line: Annotated[str, typer.Argument(help="A product's major line, such as flights@1.")],
    sunset: Annotated[
        datetime | None,
        typer.Option("--sunset", formats=["%Y-%m-%d"], help="The day on which the line ends."),
    ] = None,
    message: Annotated[
        str | None, typer.Option("--message", help="What consumers should do.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the announcement back.")] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Announce the end of a major line."""
    registry = registry_for(directory_of(ctx, directory)).registry
    deprecation = deprecate(registry, line, sunset.date() if sunset else None, message, undo)
    notice = f"{line} is no longer deprecated" if undo else sunset_notice(deprecation, today())
    answer(
        format,
        lambda: {
            "product": deprecation.product,
            "line": deprecation.line,
            "deprecated": not undo,
            "sunset": deprecation.sunset.isoformat() if deprecation.sunset else None,
            "message": deprecation.message,
        },
        lambda: print_lines(notice),
    )
