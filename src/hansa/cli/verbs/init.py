"""hansa init."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, print_table, progress
from hansa.ops.init import InitResult, init
from hansa.ops.init_dbt import Identity, init_dbt, is_dbt_project
from hansa.projects.dbt.proposal import Candidate, proposed

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
    team: Annotated[
        str | None, typer.Option("--team", help="Who owns it; default: my-team.")
    ] = None,
    contact: Annotated[str | None, typer.Option("--contact", help="How to reach them.")] = None,
    public: Annotated[
        list[str] | None,
        typer.Option("--public", help="In a dbt project: a model or glob to make public."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", help="In a dbt project: the dbt target to compile for."),
    ] = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Start a product: a small one whose check is clean, or one of the dbt project that is here."""
    base = directory_of(ctx, directory)
    start = base / path if path else base
    if is_dbt_project(start):
        asks = format is Format.TEXT and sys.stdin.isatty() and sys.stdout.isatty()
        identity = Identity(name, team, contact, target)
        with progress(quiet=asks or format is Format.JSON) as report:
            choose = _ask if asks else proposed
            result = init_dbt(
                start, identity, tuple(public or ()), choose, dict(os.environ), report
            )
    elif public or target:
        option = "--public" if public else "--target"
        raise typer.BadParameter("there is no dbt_project.yml here", param_hint=option)
    else:
        result = init(start, name, team, contact)
    answer(
        format,
        lambda: {
            "product": result.name,
            "directory": str(result.directory),
            "files": list(result.files),
            "public": list(result.public),
        },
        lambda: _print(result, start),
    )


def _ask(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """The models that the person names; Enter takes the proposed ones."""
    known = [one.name for one in candidates]
    suggestion = proposed(candidates)
    print_table(("model", "public?"), ((one.name, one.reason or "") for one in candidates))
    while True:
        text = typer.prompt("public models (names or globs)", default=" ".join(suggestion))
        globs = text.replace(",", " ").split()
        chosen = tuple(name for name in known if any(fnmatchcase(name, glob) for glob in globs))
        if chosen:
            return chosen
        print_lines("no model has such a name")


def _print(result: InitResult, start: Path) -> None:
    print_lines(f"started the product {result.name} in {result.directory}")
    print_lines(*(f"  {file}" for file in result.files))
    if is_dbt_project(start):
        print_lines(
            "", "public, as contract.yaml lists it:", *(f"  {one}" for one in result.public)
        )
        print_lines("", "next: hansa check, hansa test --coverage")
        return
    print_lines("", "next: hansa check, hansa test, then replace the example with your own models")
