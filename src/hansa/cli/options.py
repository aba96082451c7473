"""Options that every verb takes, and what they stand for."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How a verb answers: tables and sentences for people, or JSON for programs."""

    TEXT = "text"
    JSON = "json"


DirectoryOption = Annotated[
    Path | None, typer.Option("-C", metavar="DIR", help="Work in this product directory.")
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="Answer with text for people or JSON for programs.")
]
TargetOption = Annotated[
    str | None,
    typer.Option(
        "--target",
        help="A target's name in product.yaml or its URL; default: the only one, or dev.",
    ),
]


def directory_of(ctx: typer.Context, directory: Path | None) -> Path:
    """The directory to work in: the verb's own -C, else the one before the verb, else here."""
    return directory or ctx.obj or Path()
