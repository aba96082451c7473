"""hansa lock."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, print_sentence, progress
from hansa.ops.clock import today
from hansa.ops.lock import LockResult, lock, sunset_notice
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("lock")
def lock_verb(
    ctx: typer.Context,
    locked: Annotated[
        bool, typer.Option("--locked", help="Fail when the lockfile would change.")
    ] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Choose a release for every requirement; change nothing that still fits."""
    with progress(format is Format.JSON) as report:
        result = lock(Workspace(directory_of(ctx, directory), report=report), locked_only=locked)
    answer(format, lambda: lock_json(result), lambda: print_lock(result))


def lock_json(result: LockResult) -> dict[str, Any]:
    """The stable JSON of a lockfile (design, section 9)."""
    return {
        "locked": {
            name: {"version": str(pin.version), "digest": pin.digest}
            for name, pin in result.lockfile.locked.items()
        },
        "changed": [
            {
                "product": move.product,
                "from": str(move.before.version) if move.before else None,
                "to": str(move.after.version) if move.after else None,
            }
            for move in result.moves
        ],
        "warnings": [sunset_notice(end, today()) for end in result.deprecations.values()],
    }


def print_lock(result: LockResult) -> None:
    """What changed, or that nothing did."""
    for deprecation in result.deprecations.values():
        print_sentence("warning", sunset_notice(deprecation, today()))
    for move in result.moves:
        if move.before is None and move.after:
            print_lines(f"locked {move.product} {move.after.version}")
        elif move.after is None and move.before:
            print_lines(f"removed {move.product} {move.before.version}")
        elif move.before and move.after:
            print_lines(f"moved {move.product} {move.before.version} -> {move.after.version}")
    if not result.moves:
        count = len(result.lockfile.locked)
        plural = "requirement" if count == 1 else "requirements"
        print_lines(f"hansa.lock is up to date ({count} {plural})")
