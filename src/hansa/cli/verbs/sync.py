"""hansa sync."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, progress
from hansa.ops.sync import Synced, sync
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("sync")
def sync_verb(
    ctx: typer.Context,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Fetch the interfaces of the locked releases."""
    with progress(format is Format.JSON) as report:
        synced = sync(Workspace(directory_of(ctx, directory), report=report))
    answer(format, lambda: _json(synced), lambda: _print(synced))


def _json(synced: Sequence[Synced]) -> dict[str, Any]:
    return {
        "releases": [
            {
                "product": one.opened.name.product,
                "version": str(one.opened.name.version),
                "digest": one.opened.digest,
                "directory": str(one.directory),
                "tables": list(one.tables),
            }
            for one in synced
        ]
    }


def _print(synced: Sequence[Synced]) -> None:
    if not synced:
        print_lines("this product requires no other")
    for one in synced:
        print_lines(f"{one.opened.name}: {', '.join(one.tables)}")
        print_lines(f"  {one.directory}", style="dim")
