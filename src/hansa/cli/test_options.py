"""The options that say which tests run and how far; given by `hansa test`."""

from __future__ import annotations

from typing import Annotated

import typer

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(help="Only tests whose name matches (a part of it, or a glob)."),
]
ModelOption = Annotated[
    list[str] | None, typer.Option("--model", "-m", help="Only tests of this model.")
]
ExpressionOption = Annotated[
    str | None,
    typer.Option(
        "-k",
        metavar="EXPR",
        help="Only tests whose name or model matches, as in `late and not ua`.",
    ),
]
LastFailedOption = Annotated[
    bool, typer.Option("--lf", "--last-failed", help="Only tests that failed when they last ran.")
]
FirstOption = Annotated[bool, typer.Option("-x", help="Stop after the first failure.")]
MaxFailOption = Annotated[
    int | None, typer.Option("--maxfail", min=1, metavar="N", help="Stop after so many failures.")
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        min=0.001,
        metavar="SECONDS",
        help="What a test may take that sets no limit itself, or all of --generate.",
    ),
]
WatchOption = Annotated[
    bool, typer.Option("--watch", help="Run again what a change of the files touches.")
]
GenerateOption = Annotated[
    str | None,
    typer.Option(
        "--generate", metavar="MODEL", help="Propose tests for what no test of a model shows."
    ),
]
WriteOption = Annotated[
    bool, typer.Option("--write", help="Add what --generate proposes to tests/MODEL.yaml.")
]
