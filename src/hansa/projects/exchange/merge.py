"""Puts imported tables into contract.yaml; comments and order of what is there stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from hansa.core.contract import Contract, ContractTable
from hansa.errors import InvalidInput
from hansa.projects.contract import read_contract
from hansa.projects.line_edits import LineEdits, NotOnLines
from hansa.projects.odcs_document import document_of, dump_yaml, table_document
from hansa.projects.roundtrip import edit_document
from hansa.projects.yaml_document import Mapping as MappingNode
from hansa.projects.yaml_document import Sequence as SequenceNode
from hansa.projects.yaml_document import parse_document, plain

CONTRACT_FILE = "contract.yaml"


class OnConflict(Enum):
    """What becomes of tables that the contract lists already."""

    REFUSE = "refuse"
    MERGE = "merge"
    REPLACE = "replace"


class TablesExist(InvalidInput):
    """An import would change tables that the contract lists already."""

    slug = "tables-exist"
    hint = "add what they lack with `--merge`, replace them with `--force`, or leave them out"

    def __init__(self, tables: Sequence[str]) -> None:
        super().__init__(*tables)
        self.tables = tuple(tables)

    def __str__(self) -> str:
        names = ", ".join(f"`{table}`" for table in self.tables)
        return f"contract.yaml lists {names} already"


@dataclass(frozen=True, slots=True)
class Merge:
    """The new text of the contract, and which tables it gained or changed."""

    text: str
    added: tuple[str, ...]
    changed: tuple[str, ...]


def merge_tables(
    text: str | None,
    head: Contract,
    tables: Sequence[ContractTable],
    conflict: OnConflict,
    dialect: str,
) -> Merge:
    """The contract with those tables; `head` says what a new contract says besides them.

    Merging adds columns, and what is not said of the columns that are there; it changes no
    value. Raises TablesExist, ProductInvalid when the contract cannot be read, and
    UneditableFile.
    """
    documents = {table.name: table_document(table) for table in tables}
    if text is None:
        new = dump_yaml({**document_of(head), "schema": list(documents.values())})
        return Merge(new, tuple(documents), ())
    listed = {table.name for table in read_contract(text.encode(), CONTRACT_FILE, dialect).tables}
    present = [name for name in documents if name in listed]
    if present and conflict is OnConflict.REFUSE:
        raise TablesExist(present)

    def change(data: dict[str, Any]) -> None:
        _apply(data, documents, conflict)

    before = plain(parse_document(text, CONTRACT_FILE))
    expected = plain(parse_document(text, CONTRACT_FILE))
    change(expected)
    changed = tuple(name for name in present if _table(before, name) != _table(expected, name))
    added = tuple(name for name in documents if name not in listed)
    if expected == before:
        return Merge(text, (), ())
    edited = None if changed else _appended(text, [documents[name] for name in added])
    if edited is None or plain(parse_document(edited, CONTRACT_FILE)) != expected:
        edited = edit_document(text, CONTRACT_FILE, change)
    return Merge(edited, added, changed)


def _table(data: dict[str, Any], name: str) -> Any:
    return next((one for one in data.get("schema") or () if one.get("name") == name), None)


def _apply(
    data: dict[str, Any], documents: dict[str, dict[str, Any]], conflict: OnConflict
) -> None:
    if data.get("schema") is None:
        data["schema"] = []
    for name, document in documents.items():
        present = _table(data, name)
        if present is None:
            data["schema"].append(document)
        elif conflict is OnConflict.MERGE:
            _fill(present, document)
        else:
            for key in [key for key in present if key not in document]:
                del present[key]
            present.update(document)


def _fill(present: dict[str, Any], document: dict[str, Any]) -> None:
    """Add what is not said; a column's type is one thing, said by either of two keys."""
    typed = "physicalType" in present or "logicalType" in present
    for key, value in document.items():
        if key == "properties":
            columns = present.setdefault("properties", [])
            known = {one.get("name"): one for one in columns}
            for column in value:
                if column["name"] in known:
                    _fill(known[column["name"]], column)
                else:
                    columns.append(column)
        elif key not in present and not (typed and key in ("physicalType", "logicalType")):
            present[key] = value


def _appended(text: str, documents: Sequence[dict[str, Any]]) -> str | None:
    """The text with tables behind the last one; None where it is not written in lines."""
    document = parse_document(text, CONTRACT_FILE)
    schema = document.get("schema") if isinstance(document, MappingNode) else None
    if not isinstance(schema, SequenceNode) or not schema.items:
        return None
    edits = LineEdits(text)
    try:
        edits.insert_items(schema, schema.items[-1], documents)
    except NotOnLines:
        return None
    return edits.result()
