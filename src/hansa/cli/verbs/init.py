"""hansa init."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines
from hansa.ops.init import InitResult, init

app = typer.Typer()


@app.command("init")
def init_verb(
    ctx: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(help="The new product's directory; default: this one.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The product's name; default: the directory's.")
    ] = None,
    team: Annotated[str, typer.Option("--team", help="Who owns it.")] = "my-team",
    contact: Annotated[str | None, typer.Option("--contact", help="How to reach them.")] = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Start a product: a small one whose check is clean and whose tests pass."""
    base = directory_of(ctx, directory)
    result = init(base / path if path else base, name, team, contact)
    answer(
        format,
        lambda: {
            "product": result.name,
            "directory": str(result.directory),
            "files": list(result.files),
        },
        lambda: _print(result),
    )


def _print(result: InitResult) -> None:
    print_lines(f"started the product {result.name} in {result.directory}")
    print_lines(*(f"  {file}" for file in result.files))
    print_lines("", "next: hansa check, hansa test, then replace the example with your own models")
