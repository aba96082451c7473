"""hansa remove."""

from __future__ import annotations

from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, progress
from hansa.cli.verbs.lock import lock_json, print_lock
from hansa.ops.require import remove
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("remove")
def remove_verb(
    ctx: typer.Context,
    product: Annotated[str, typer.Argument(help="The required product's name.")],
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Remove a required product from product.yaml and hansa.lock."""
    with progress(format is Format.JSON) as report:
        result = remove(Workspace(directory_of(ctx, directory), report=report), product)
    answer(format, lambda: lock_json(result), lambda: print_lock(result))
