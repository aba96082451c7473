"""hansa contract infer, sync, export and import."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.options import DirectoryOption, Format, FormatOption, directory_of
from hansa.cli.render import (
    answer,
    diagnostic_json,
    print_diagnostics,
    print_lines,
    progress,
)
from hansa.ops.contract import CONTRACT_FILE, ContractResult, export, infer, sync
from hansa.ops.contract_import import ImportResult, Wanted, import_contract
from hansa.ops.workspace import Workspace
from hansa.projects.exchange.merge import OnConflict

app = typer.Typer(no_args_is_help=True, help="Infer, sync, export or import the contract.")


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
    to: Annotated[
        str, typer.Option("--to", help="odcs, jsonschema, avro, sql or markdown.")
    ] = "odcs",
    dialect: Annotated[
        str | None, typer.Option("--dialect", help="For sql: another dialect than the product's.")
    ] = None,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Print the contract in another form."""
    text = export(Workspace(directory_of(ctx, directory)), to, dialect)
    answer(format, lambda: {"form": to, "text": text}, lambda: _print_text(text))


@app.command("import")
def import_verb(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file that describes the tables.")],
    form: Annotated[
        str | None,
        typer.Option("--from", help="dbt, jsonschema, sql or avro; default: by the file's name."),
    ] = None,
    dialect: Annotated[
        str | None,
        typer.Option("--dialect", help="For sql and dbt: another dialect than the product's."),
    ] = None,
    table: Annotated[
        list[str] | None, typer.Option("--table", help="Only this table; can be repeated.")
    ] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Add what tables of the contract lack.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace tables that the contract lists.")
    ] = False,
    directory: DirectoryOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Write tables into contract.yaml that a file of another tool describes."""
    if merge and force:
        raise typer.BadParameter("--merge keeps what --force replaces; give one of them")
    conflict = OnConflict.REPLACE if force else OnConflict.MERGE if merge else OnConflict.REFUSE
    wanted = Wanted(form, dialect, tuple(table or ()))
    result = import_contract(Workspace(directory_of(ctx, directory)), file, wanted, conflict)
    answer(format, lambda: _import_json(result), lambda: _print_imported(result))


def _import_json(result: ImportResult) -> dict[str, object]:
    return {
        "file": CONTRACT_FILE,
        "added": list(result.added),
        "changed": list(result.changed),
        "notes": [diagnostic_json(note) for note in result.notes],
    }


def _print_imported(result: ImportResult) -> None:
    print_diagnostics(result.notes, stderr=True)
    if result.added:
        print_lines(f"added to {CONTRACT_FILE}: {', '.join(result.added)}")
    if result.changed:
        print_lines(f"changed in {CONTRACT_FILE}: {', '.join(result.changed)}")
    if not result.added and not result.changed:
        print_lines(f"{CONTRACT_FILE} says all of it already")


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
