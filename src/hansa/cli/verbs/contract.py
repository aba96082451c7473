"""hansa contract infer, sync and export."""

from __future__ import annotations

import difflib
import sys
from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import answer, print_lines, progress
from hansa.ops.contract import CONTRACT_FILE, ContractResult, export, infer, sync
from hansa.ops.workspace import Workspace

app = typer.Typer(no_args_is_help=True, help="Infer, sync or export the contract.")


@app.command("infer")
def infer_verb(
    ctx: typer.Context,
    public: Annotated[
        list[str] | None,
        typer.Option(
            "--public", help="A model or glob to make public; default: what no model reads."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite a contract that lists tables.")
    ] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Write contract.yaml from what the models yield."""
    with progress(format is Format.JSON) as report:
        workspace = Workspace(directory_of(ctx, directory), report=report)
        result = infer(workspace, tuple(public or ()), force)
    answer(format, lambda: _json(result), lambda: _print_inferred(result))


@app.command("sync")
def sync_verb(
    ctx: typer.Context,
    remove: Annotated[
        bool, typer.Option("--remove", help="Also remove columns that the SQL no longer yields.")
    ] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Bring the columns and types of contract.yaml up to date with the SQL."""
    with progress(format is Format.JSON) as report:
        result = sync(Workspace(directory_of(ctx, directory), report=report), remove)
    answer(format, lambda: _json(result), lambda: _print_synced(result))


@app.command("export")
def export_verb(
    ctx: typer.Context,
    to: Annotated[str, typer.Option("--to", help="odcs, jsonschema, sql or markdown.")] = "odcs",
    dialect: Annotated[
        str | None, typer.Option("--dialect", help="For sql: another dialect than the product's.")
    ] = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Print the contract in another form."""
    text = export(Workspace(directory_of(ctx, directory)), to, dialect)
    answer(format, lambda: {"form": to, "text": text}, lambda: _print_text(text))


def _json(result: ContractResult) -> dict[str, object]:
    return {"file": CONTRACT_FILE, "changed": result.changed, "tables": list(result.tables)}


def _print_inferred(result: ContractResult) -> None:
    print_lines(f"wrote {CONTRACT_FILE}: {', '.join(result.tables)}")
    print_lines("next: describe the tables and columns, then run hansa check")


def _print_synced(result: ContractResult) -> None:
    if not result.changed:
        print_lines(f"{CONTRACT_FILE} is up to date")
        return
    before = (result.before or "").splitlines()
    lines = difflib.unified_diff(before, result.after.splitlines(), n=1, lineterm="")
    print_lines(f"updated {CONTRACT_FILE}", *(f"  {line}" for line in list(lines)[2:]))


def _print_text(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
