"""Brings an existing contract up to date with what the models yield."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hansa.core.contract import ContractTable
from hansa.core.datatype import DataType, agrees
from hansa.core.schema import Column, TableSchema
from hansa.projects.contract import read_contract
from hansa.projects.contract_tables import new_column, new_table, physical_type
from hansa.projects.line_edits import LineEdits, NotOnLines
from hansa.projects.odcs_document import column_document, logical_type, table_document
from hansa.projects.roundtrip import edit_document
from hansa.projects.yaml_document import Mapping as MappingNode
from hansa.projects.yaml_document import Sequence as SequenceNode
from hansa.projects.yaml_document import parse_document, plain

CONTRACT_FILE = "contract.yaml"


def sync_contract(
    contract_text: str,
    tables: Mapping[str, TableSchema],
    dialect: str,
    *,
    remove: bool = False,
) -> str:
    """The contract with the columns and types of these tables; comments and order stay.

    Missing tables and columns are added, types that differ are corrected. Columns that no
    table has are kept unless `remove`. Descriptions, keys and limits are never touched.
    Raises ProductInvalid when the contract cannot be read.
    """
    contract = read_contract(contract_text.encode(), CONTRACT_FILE, dialect)
    syncs = [
        _TableSync.compare(name, schema, contract.table(name), dialect, remove)
        for name, schema in tables.items()
    ]
    syncs = [sync for sync in syncs if sync.changes]
    if not syncs:
        return contract_text

    def change(data: dict[str, Any]) -> None:
        for sync in syncs:
            sync.apply(data)

    expected = plain(parse_document(contract_text, CONTRACT_FILE))
    change(expected)
    edited = _edit_lines(contract_text, syncs)
    if edited is not None and plain(parse_document(edited, CONTRACT_FILE)) == expected:
        return edited
    return edit_document(contract_text, CONTRACT_FILE, change)


def _edit_lines(text: str, syncs: list[_TableSync]) -> str | None:
    """The text with single lines changed; None where it is not written in lines."""
    document = parse_document(text, CONTRACT_FILE)
    edits = LineEdits(text)
    try:
        assert isinstance(document, MappingNode)
        schema = document.get("schema")
        if not isinstance(schema, SequenceNode):
            return None
        for sync in syncs:
            sync.edit(schema, edits)
    except NotOnLines:
        return None
    return edits.result()


def _named(items: SequenceNode) -> dict[str, MappingNode]:
    found = {}
    for item in items.items:
        if isinstance(item, MappingNode):
            name = item.get("name")
            if name is not None:
                found[plain(name)] = item
    return found


@dataclass(frozen=True, slots=True)
class _TableSync:
    """What one table of the contract must become.

    `added` lists, for each column (or None for the start), the new ones that follow it.
    """

    name: str
    schema: TableSchema
    dialect: str
    exists: bool
    retyped: Mapping[str, DataType]
    gone: frozenset[str]
    added: tuple[tuple[str | None, tuple[Column, ...]], ...]

    @classmethod
    def compare(
        cls,
        name: str,
        schema: TableSchema,
        declared: ContractTable | None,
        dialect: str,
        remove: bool,
    ) -> _TableSync:
        if declared is None:
            return cls(name, schema, dialect, False, {}, frozenset(), ())
        found = {column.name: column.type for column in schema.columns}
        retyped = {
            column.name: found[column.name]
            for column in declared.columns
            if column.name in found and not agrees(column.type, found[column.name])
        }
        names = {column.name for column in declared.columns}
        gone = frozenset(names - set(found)) if remove else frozenset()
        return cls(name, schema, dialect, True, retyped, gone, _group_added(schema, names))

    @property
    def changes(self) -> bool:
        return not self.exists or bool(self.retyped or self.gone or self.added)

    def _table(self) -> dict[str, Any]:
        return table_document(new_table(self.name, self.schema, self.dialect))

    def _columns(self, columns: tuple[Column, ...]) -> list[dict[str, Any]]:
        return [
            column_document(new_column(column, self.schema, {}, self.dialect)) for column in columns
        ]

    def _types(self, kind: DataType) -> dict[str, str]:
        wanted = {
            "logicalType": logical_type(kind),
            "physicalType": physical_type(kind, self.dialect),
        }
        return {key: value for key, value in wanted.items() if value is not None}

    def apply(self, data: dict[str, Any]) -> None:
        """Make the change to the document's data."""
        if data.get("schema") is None:
            data["schema"] = []
        tables: list[Any] = data["schema"]
        if not self.exists:
            tables.append(self._table())
            return
        table = next(table for table in tables if table.get("name") == self.name)
        if table.get("properties") is None:
            table["properties"] = []
        properties: list[Any] = table["properties"]
        for at in reversed(range(len(properties))):
            if properties[at].get("name") in self.gone:
                del properties[at]
        for item in properties:
            if item.get("name") in self.retyped:
                item.update(self._types(self.retyped[item["name"]]))
        for previous, columns in self.added:
            names = [item.get("name") for item in properties]
            at = names.index(previous) + 1 if previous is not None else 0
            for offset, document in enumerate(self._columns(columns)):
                properties.insert(at + offset, document)

    def edit(self, schema: SequenceNode, edits: LineEdits) -> None:
        """Make the change to lines of the text. Raises NotOnLines."""
        if not self.exists:
            edits.insert_items(schema, schema.items[-1] if schema.items else None, [self._table()])
            return
        properties = _named(schema)[self.name].get("properties")
        if not isinstance(properties, SequenceNode):
            raise NotOnLines
        items = _named(properties)
        for name in self.gone:
            edits.remove_item(items[name])
        for name, kind in self.retyped.items():
            for key, value in self._types(kind).items():
                edits.set_value(items[name], key, value)
        for previous, columns in self.added:
            after = items[previous] if previous is not None else None
            edits.insert_items(properties, after, self._columns(columns))


def _group_added(
    schema: TableSchema, names: set[str]
) -> tuple[tuple[str | None, tuple[Column, ...]], ...]:
    groups: dict[str | None, list[Column]] = {}
    previous: str | None = None
    for column in schema.columns:
        if column.name in names:
            previous = column.name
        else:
            groups.setdefault(previous, []).append(column)
    return tuple((name, tuple(columns)) for name, columns in groups.items())
