"""hansa check."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.check_text import CheckFormat, print_uncompared
from hansa.cli.options import DirectoryOption, directory_of
from hansa.cli.render import progress
from hansa.ops.kept_check import find_kept_check

app = typer.Typer()


@app.command("check")
def check_verb(
    ctx: typer.Context,
    directory: DirectoryOption = None,
    format: Annotated[
        CheckFormat,
        typer.Option(
            "--format",
            help="Text for people, JSON for programs, workflow annotations for GitHub, "
            "SARIF for code scanning, a code quality report for GitLab, Markdown for a comment.",
        ),
    ] = CheckFormat.TEXT,
    no_compare: Annotated[
        bool, typer.Option("--no-compare", help="Do not compare with the newest release.")
    ] = False,
) -> None:
    """Check contract, SQL and version; name the dependents that a change breaks."""
    path: Path = directory_of(ctx, directory)
    with progress(format is not CheckFormat.TEXT) as report:
        kept = find_kept_check(path, os.environ, report)
    if no_compare and format is CheckFormat.TEXT and kept is not None and kept.result is not None:
        result = kept.result
        print_uncompared(result)
    else:
        # a check that finds nothing changed is over before all this could be imported
        from hansa.cli.verbs.check_output import run_check

        result = run_check(path, format, not no_compare, kept)
    if not result.passed:
        raise typer.Exit(1)
