"""Write tables into the contract that files of other tools describe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hansa.core.contract import Contract
from hansa.core.diagnostic import Diagnostic
from hansa.core.version import Version
from hansa.ops.contract import CONTRACT_FILE
from hansa.ops.workspace import Workspace
from hansa.projects.contract import read_contract
from hansa.projects.errors import FileUnreadable
from hansa.projects.exchange.formats import chosen, import_tables
from hansa.projects.exchange.imported import Imported
from hansa.projects.exchange.merge import Merge, OnConflict, merge_tables
from hansa.projects.yaml_document import MAX_BYTES

_FIRST_VERSION = Version.parse("1.0.0")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is imported: the form of the files, their dialect, and which tables.

    Without a `form` the file's name tells; without a `dialect` it is the product's; without
    `tables` all are imported.
    """

    form: str | None = None
    dialect: str | None = None
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Which tables the contract gained or changed, and what could not be carried over."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    notes: tuple[Diagnostic, ...]


def import_contract(
    workspace: Workspace, file: Path, wanted: Wanted, conflict: OnConflict
) -> ImportResult:
    """Write the tables that a file describes into contract.yaml, which is made where missing.

    Raises FileUnreadable, UnknownImportFormat, ImportInvalid, TableNotImported, TablesExist, and
    ProductInvalid when the contract that is there, or would be, cannot be read.
    """
    head = workspace.head
    imported = _read(file, wanted, head.dialect)
    path = workspace.directory / CONTRACT_FILE
    text = workspace.read(CONTRACT_FILE) if path.exists() else None
    new = Contract(
        head.name or workspace.product.name,
        _FIRST_VERSION,
        description=head.description,
        extras=(("team", {"name": head.owner.team}),) if head.owner.team else (),
    )
    merge = merge_tables(text, new, imported.tables, conflict, head.dialect)
    # nothing is written that could not be read again
    read_contract(merge.text.encode(), CONTRACT_FILE, head.dialect)
    if merge.text != text:
        workspace.write(CONTRACT_FILE, merge.text)
    return _result(merge, imported)


def _read(file: Path, wanted: Wanted, dialect: str) -> Imported:
    try:
        with file.open("rb") as opened:
            # one more than is allowed tells that there is more
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileUnreadable(str(file), (error.strerror or str(error)).lower()) from None
    shown = file.as_posix()
    found = import_tables(data, shown, wanted.form, dialect, wanted.dialect or dialect)
    return chosen(found, wanted.tables, shown)


def _result(merge: Merge, imported: Imported) -> ImportResult:
    return ImportResult(merge.added, merge.changed, imported.notes)
