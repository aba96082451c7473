"""hansa explain."""

from __future__ import annotations

from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption
from hansa.cli.render import answer, print_lines
from hansa.ops.explain import explain

app = typer.Typer()


@app.command("explain")
def explain_verb(
    rule: Annotated[str, typer.Argument(help="A rule's id, such as column_removed.")],
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say what a rule means, why, and how to mend it."""
    text = explain(rule)
    answer(format, text.as_dict, lambda: print_lines(*text.as_lines()))
