"""hansa gc."""

from __future__ import annotations

from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, TargetOption, directory_of
from hansa.cli.render import answer, format_bytes, print_lines, progress
from hansa.deploy.collect import Collected
from hansa.ops.operate import gc
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("gc")
def gc_verb(
    ctx: typer.Context,
    target: TargetOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go, and change nothing.")
    ] = False,
    mine: Annotated[bool, typer.Option("--mine", help="Only this directory's product.")] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Free what no live release needs, and what commands that died left behind."""
    with progress(format is Format.JSON) as report:
        workspace = Workspace(directory_of(ctx, directory), report=report)
        result = gc(workspace, target, dry_run, mine)
    answer(
        format,
        lambda: {
            "target": result.target,
            "dry_run": dry_run,
            "leftovers": list(result.leftovers),
            "removed": [str(name) for name in result.removed],
            "dropped": list(result.dropped),
            "bytes": result.bytes,
        },
        lambda: _print(result, dry_run),
    )


def _print(result: Collected, dry_run: bool) -> None:
    would = "would " if dry_run else ""
    drop, remove = ("drop", "remove") if dry_run else ("dropped", "removed")
    for relation in result.leftovers:
        print_lines(f"{would}{drop} {relation}, which a command that died left behind")
    for name in result.removed:
        print_lines(f"{would}{remove} {name}: nothing keeps it live")
    for relation in result.dropped:
        print_lines(f"{would}{drop} {relation}")
    if not (result.leftovers or result.removed or result.dropped):
        print_lines(f"there is nothing to free in {result.target}")
    elif result.dropped:
        word = "frees" if dry_run else "freed"
        print_lines(f"{word} about {format_bytes(result.bytes)}")
