"""hansa diff."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.comparison import comparison_json, print_comparison
from hansa.cli.data_difference import data_json, print_data
from hansa.cli.formats.findings import comparison_findings, in_repository
from hansa.cli.formats.github import github_lines
from hansa.cli.formats.markdown import markdown_text
from hansa.cli.formats.sarif import sarif_document
from hansa.cli.options import DirectoryOption, directory_of
from hansa.cli.render import (
    print_json,
    print_text,
    progress,
)
from hansa.ops.clock import today
from hansa.ops.datadiff import DataDifference, DataOptions, diff_data
from hansa.ops.diff import DiffResult, diff
from hansa.ops.workspace import Workspace

app = typer.Typer()

_SIDE = "A directory, product@version, git:REV, or git:REV:DIR."


class DiffFormat(StrEnum):
    """How `hansa diff` answers."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    SARIF = "sarif"


@app.command("diff")
def diff_verb(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(help=_SIDE)],
    new: Annotated[str, typer.Argument(help=_SIDE)] = ".",
    directory: DirectoryOption = None,
    format: Annotated[
        DiffFormat,
        typer.Option(
            "--format",
            help="Text for people, JSON for programs, Markdown for consumers, "
            "workflow annotations for GitHub, SARIF for code scanning.",
        ),
    ] = DiffFormat.TEXT,
    data: Annotated[
        bool, typer.Option("--data", help="Also compute both versions and compare their data.")
    ] = False,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="NAME|URL",
            help="Compare on the data of this target, not of fixtures; implies --data.",
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample",
            metavar="N",
            min=1,
            help="Compare the rows of at most N keys a table; implies --data.",
        ),
    ] = None,
) -> None:
    """Show what changed between two versions, and what it requires."""
    with_data = data or target is not None or sample is not None
    if with_data and format not in (DiffFormat.TEXT, DiffFormat.JSON):
        raise typer.BadParameter("data is shown as text or JSON", param_hint="--format")
    with progress(format is not DiffFormat.TEXT) as report:
        workspace = Workspace(directory_of(ctx, directory), report=report)
        result = diff(workspace, old, new)
        difference = (
            diff_data(workspace, result, DataOptions(target, sample)) if with_data else None
        )
    _print(result, format, difference)


def _print(result: DiffResult, format: DiffFormat, data: DataDifference | None) -> None:
    match format:
        case DiffFormat.TEXT:
            print_comparison(result)
            if data is not None:
                print_data(data)
        case DiffFormat.JSON:
            print_json(comparison_json(result) | (data_json(data) if data else {}))
        case DiffFormat.MARKDOWN:
            print_text(markdown_text(result, today()))
        case DiffFormat.GITHUB:
            findings = in_repository(comparison_findings(result), Path.cwd())
            print_text("".join(f"{line}\n" for line in github_lines(findings)))
        case DiffFormat.SARIF:
            findings = in_repository(comparison_findings(result), Path.cwd())
            print_json(sarif_document(findings))
