"""The options of `hansa test` about what is reported, and in which files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", metavar="DIR", help="Write coverage as pages with the SQL marked."),
]
CoberturaOption = Annotated[
    Path | None,
    typer.Option("--cobertura", metavar="FILE", help="Write coverage as Cobertura XML."),
]
LcovOption = Annotated[
    Path | None, typer.Option("--lcov", metavar="FILE", help="Write coverage as an LCOV trace.")
]
JunitOption = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write test results as JUnit XML.")
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="REV|RELEASE",
        help="Coverage of what changed since a git revision, product@version, or the last release.",
    ),
]
