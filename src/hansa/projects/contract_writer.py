"""Writes contracts from what the models yield: a new one, or an existing one brought up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hansa.core.contract import Contract, ContractColumn, ContractTable
from hansa.core.datatype import DataType, agrees
from hansa.core.schema import Column, TableSchema
from hansa.core.version import Version
from hansa.errors import HansaError
from hansa.projects.contract import read_contract
from hansa.projects.odcs_document import (
    column_document,
    document_of,
    dump_yaml,
    logical_type,
    table_document,
)
from hansa.projects.roundtrip import edit_document
from hansa.sql.types import type_sql

CONTRACT_FILE = "contract.yaml"
_FIRST_VERSION = Version.parse("1.0.0")


@dataclass(frozen=True, slots=True)
class ContractHead:
    """What a new contract says besides its tables."""

    version: Version = _FIRST_VERSION
    status: str = "draft"
    description: str | None = None
    team: str | None = None


def infer_contract(
    product_name: str,
    tables: Mapping[str, TableSchema],
    dialect: str,
    version: Version | str = _FIRST_VERSION,
    head: ContractHead | None = None,
) -> str:
    """A new ODCS 3.2 document that promises what the tables are known to be.

    `version` counts when no `head` is given. Columns that cannot be NULL are required, the
    smallest known key is the primary key, other keys of one column are unique.
    """
    if head is None:
        number = version if isinstance(version, Version) else Version.parse(version)
        head = ContractHead(number)
    contract = Contract(
        product_name,
        head.version,
        head.status,
        head.description,
        tuple(_new_table(name, schema, dialect) for name, schema in tables.items()),
        extras=(("team", {"name": head.team}),) if head.team else (),
    )
    return dump_yaml(document_of(contract))


def physical_type(kind: DataType, dialect: str) -> str | None:
    """The type in the dialect's words, in lower case where case means nothing."""
    try:
        text = type_sql(kind, dialect)
    except HansaError:
        return None
    return text if any(quote in text for quote in "\"'`") else text.lower()


def _new_table(name: str, schema: TableSchema, dialect: str) -> ContractTable:
    key = _smallest_key(schema)
    position = {column: at for at, column in enumerate(key, start=1)}
    columns = (_new_column(column, schema, position, dialect) for column in schema.columns)
    return ContractTable(name, tuple(columns), kind="table")


def _new_column(
    column: Column, schema: TableSchema, key: Mapping[str, int], dialect: str
) -> ContractColumn:
    alone = frozenset({column.name}) in schema.keys
    return ContractColumn(
        name=column.name,
        type=column.type,
        physical_type=physical_type(column.type, dialect),
        logical_type=logical_type(column.type),
        required=not column.nullable,
        unique=alone and list(key) != [column.name],
        key_position=key.get(column.name),
    )


def _smallest_key(schema: TableSchema) -> tuple[str, ...]:
    """The key with the fewest columns, of those the one whose columns come first."""
    order = {name: at for at, name in enumerate(schema.names)}
    keys = [sorted(key, key=lambda name: order.get(name, 0)) for key in schema.keys if key]
    ranked = sorted(keys, key=lambda key: (len(key), [order.get(name, 0) for name in key]))
    return tuple(ranked[0]) if ranked else ()


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
    edits = [
        edit
        for name, schema in tables.items()
        if (edit := _TableSync(name, schema, contract.table(name), dialect, remove)).changes
    ]
    if not edits:
        return contract_text

    def change(data: dict[str, Any]) -> None:
        for edit in edits:
            edit.apply(data)

    return edit_document(contract_text, CONTRACT_FILE, change)


@dataclass(frozen=True, slots=True)
class _TableSync:
    """What one table of the contract must become."""

    name: str
    schema: TableSchema
    declared: ContractTable | None
    dialect: str
    remove: bool

    @property
    def changes(self) -> bool:
        if self.declared is None:
            return True
        missing = any(self.declared.column(column.name) is None for column in self.schema.columns)
        return missing or bool(self._retyped) or bool(self._gone)

    @property
    def _retyped(self) -> dict[str, DataType]:
        """The columns whose declared type cannot hold what the model yields."""
        assert self.declared is not None
        found = {column.name: column.type for column in self.schema.columns}
        return {
            column.name: found[column.name]
            for column in self.declared.columns
            if column.name in found and not agrees(column.type, found[column.name])
        }

    @property
    def _gone(self) -> set[str]:
        assert self.declared is not None
        if not self.remove:
            return set()
        return {column.name for column in self.declared.columns} - set(self.schema.names)

    def apply(self, data: dict[str, Any]) -> None:
        tables = data.get("schema")
        if tables is None:
            tables = data["schema"] = []
        if self.declared is None:
            tables.append(table_document(_new_table(self.name, self.schema, self.dialect)))
            return
        table = next(table for table in tables if table.get("name") == self.name)
        if table.get("properties") is None:
            table["properties"] = []
        properties: list[Any] = table["properties"]
        for at in reversed(range(len(properties))):
            if properties[at].get("name") in self._gone:
                del properties[at]
        retyped = self._retyped
        for item in properties:
            if item.get("name") in retyped:
                self._retype(item, retyped[item["name"]])
        self._add_columns(properties)

    def _retype(self, item: dict[str, Any], kind: DataType) -> None:
        logical, physical = logical_type(kind), physical_type(kind, self.dialect)
        if logical is not None and item.get("logicalType") != logical:
            item["logicalType"] = logical
        if physical is not None:
            item["physicalType"] = physical

    def _add_columns(self, properties: list[Any]) -> None:
        """Put each missing column after the one that it follows in the model."""
        previous: str | None = None
        for column in self.schema.columns:
            names = [item.get("name") for item in properties]
            if column.name not in names:
                at = names.index(previous) + 1 if previous in names else 0
                new = _new_column(column, self.schema, {}, self.dialect)
                properties.insert(at, column_document(new))
            previous = column.name
