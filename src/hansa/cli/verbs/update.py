"""hansa update."""

from __future__ import annotations

from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, progress
from hansa.cli.verbs.lock import lock_json, print_lock
from hansa.ops.lock import lock
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("update")
def update_verb(
    ctx: typer.Context,
    products: Annotated[
        list[str] | None, typer.Argument(help="Move only these; default: all.")
    ] = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Move requirements to the newest releases that their constraints admit."""
    with progress(format is Format.JSON) as report:
        workspace = Workspace(directory_of(ctx, directory), report=report)
        every = frozenset(item.product for item in workspace.product.requires)
        result = lock(workspace, upgrade=frozenset(products) if products else every)
    answer(format, lambda: lock_json(result), lambda: print_lock(result))
