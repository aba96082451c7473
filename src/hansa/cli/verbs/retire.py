"""hansa retire."""

from __future__ import annotations

from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, TargetOption, directory_of
from hansa.cli.render import answer, print_lines, progress
from hansa.deploy.reports import RetireReport
from hansa.ops.operate import retire
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("retire")
def retire_verb(
    ctx: typer.Context,
    line: Annotated[str, typer.Argument(help="A product's major line, such as flights@1.")],
    target: TargetOption = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """End a major line in a target, and free what nothing reads any more."""
    with progress(format is Format.JSON) as report:
        result = retire(Workspace(directory_of(ctx, directory), report=report), line, target)
    answer(
        format,
        lambda: {
            "product": result.product,
            "target": result.target,
            "removed": [str(name) for name in result.removed],
            "dropped": list(result.dropped),
        },
        lambda: _print(result),
    )


def _print(result: RetireReport) -> None:
    for name in result.removed:
        print_lines(f"retired {name} in {result.target}")
    for relation in result.dropped:
        print_lines(f"  dropped {relation}")
