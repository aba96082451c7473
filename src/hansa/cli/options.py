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

# tables that are built at once unless somebody asks for another number
DEFAULT_JOBS = 4

JobsOption = Annotated[
    int,
    typer.Option(
        "--jobs", "-j", min=1, max=64, help="Build up to so many tables at once, where it helps."
    ),
]

EventsOption = Annotated[
    str | None,
    typer.Option(
        "--openlineage",
        metavar="FILE|URL",
        help="Write OpenLineage run events there; default: OPENLINEAGE_URL.",
    ),
]


def directory_of(ctx: typer.Context, directory: Path | None) -> Path:
    """The directory to work in: the verb's own -C, else the one before the verb, else here."""
    return directory or ctx.obj or Path()
