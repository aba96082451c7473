"""The options that name files to write; given by `hansa test`."""

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
