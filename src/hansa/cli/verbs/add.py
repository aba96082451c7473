"""hansa add."""

from __future__ import annotations

from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, progress
from hansa.cli.verbs.lock import lock_json, print_lock
from hansa.ops.lock import LockResult
from hansa.ops.require import add
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("add")
def add_verb(
    ctx: typer.Context,
    requirement: Annotated[
        str, typer.Argument(help="A product, or product@constraint such as flights@^1.2.")
    ],
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Add a required product to product.yaml, and lock it."""
    with progress(format is Format.JSON) as report:
        result = add(Workspace(directory_of(ctx, directory), report=report), requirement)
    answer(format, lambda: lock_json(result), lambda: _print(result, requirement.split("@")[0]))


def _print(result: LockResult, product: str) -> None:
    print_lines(f"product.yaml requires {product} {result.lockfile.constraints[product]}")
    print_lock(result)
    print_lines("", f"next: hansa sync, then read its public tables in SQL as {product}.<table>")
