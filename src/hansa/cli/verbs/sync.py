"""hansa sync."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, progress
from hansa.ops.dbt_packages import WrittenPackages
from hansa.ops.sync import SyncResult, sync
from hansa.ops.workspace import Workspace

app = typer.Typer()


@app.command("sync")
def sync_verb(
    ctx: typer.Context,
    target: Annotated[
        str | None,
        typer.Option(
            help="Where the packages of a dbt project read: a target, or an address; "
            "`dev` is the embedded stand-in."
        ),
    ] = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Fetch the interfaces of the locked releases."""
    with progress(format is Format.JSON) as report:
        synced = sync(Workspace(directory_of(ctx, directory), report=report), target)
    answer(format, lambda: _json(synced), lambda: _print(synced))


def _json(result: SyncResult) -> dict[str, Any]:
    packages = result.packages
    return {
        "dbt": None if packages is None else _packages_json(packages),
        "releases": [
            {
                "product": one.opened.name.product,
                "version": str(one.opened.name.version),
                "digest": one.opened.digest,
                "directory": str(one.directory),
                "tables": list(one.tables),
            }
            for one in result.releases
        ],
    }


def _packages_json(packages: WrittenPackages) -> dict[str, Any]:
    return {
        "packages": {name: str(path) for name, path in packages.directories.items()},
        "listed_in": str(packages.listed_in),
        "target": packages.target,
    }


def _print(result: SyncResult) -> None:
    if not result.releases:
        print_lines("this product requires no other")
    for one in result.releases:
        print_lines(f"{one.opened.name}: {', '.join(one.tables)}")
        print_lines(f"  {one.directory}", style="dim")
    packages = result.packages
    if packages is not None and packages.directories:
        where = packages.target or "the embedded stand-in"
        print_lines(f"dbt packages in {packages.listed_in}, reading from {where}:")
        for name, path in packages.directories.items():
            print_lines(f"  {name}: {path}")
        print_lines("", "next: dbt deps, then read a table as {{ ref('product', 'table') }}")
