"""Contracts as JSON Schema 2020-12: one definition a table."""

from __future__ import annotations

import json
from typing import Any

from hansa.core.contract import Contract, ContractColumn, ContractTable
from hansa.core.datatype import DataType, Family

_TYPES = {
    Family.BOOLEAN: "boolean",
    Family.INTEGER: "integer",
    Family.DECIMAL: "number",
    Family.FLOAT: "number",
    Family.ARRAY: "array",
    Family.MAP: "object",
    Family.STRUCT: "object",
}
_FORMATS = {
    Family.DATE: "date",
    Family.TIME: "time",
    Family.TIMESTAMP: "date-time",
    Family.UUID: "uuid",
}
_BOUNDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "minLength": "min_length",
    "maxLength": "max_length",
    "multipleOf": "multiple_of",
}


def jsonschema_text(contract: Contract) -> str:
    """The schema as JSON; `$defs` holds a schema for the rows of each table."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": contract.product,
        "version": str(contract.version),
        "description": contract.description,
        "$defs": {table.name: _table(table) for table in contract.tables},
    }
    present = {key: value for key, value in document.items() if value is not None}
    return json.dumps(present, indent=2, ensure_ascii=False) + "\n"


def _table(table: ContractTable) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if table.description:
        schema["description"] = table.description
    if table.deprecated:
        schema["deprecated"] = True
    schema["properties"] = {column.name: _column(column) for column in table.columns}
    schema["required"] = [column.name for column in table.columns]
    schema["additionalProperties"] = False
    return schema


def _column(column: ContractColumn) -> dict[str, Any]:
    schema = _type(column.type)
    nullable = not (column.required or column.key_position)
    if nullable and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    if column.enum is not None:
        schema["enum"] = [*column.enum, None] if nullable else list(column.enum)
    for key, attribute in _BOUNDS.items():
        value = getattr(column.bounds, attribute)
        # JSON Schema compares numbers only; limits of dates have no word in it.
        if isinstance(value, int | float):
            schema[key] = value
    if column.pattern:
        schema["pattern"] = column.pattern
    if column.description:
        schema["description"] = column.description
    if column.deprecated:
        schema["deprecated"] = True
    return schema


def _type(kind: DataType) -> dict[str, Any]:
    if kind.family in (Family.UNKNOWN, Family.JSON, Family.OTHER):
        return {}
    schema: dict[str, Any] = {"type": _TYPES.get(kind.family, "string")}
    if kind.family in _FORMATS:
        schema["format"] = _FORMATS[kind.family]
    if kind.family is Family.STRING and kind.length is not None:
        schema["maxLength"] = kind.length
    if kind.family is Family.ARRAY and kind.items:
        schema["items"] = _type(kind.items[0])
    if kind.family is Family.MAP and len(kind.items) == 2:
        schema["additionalProperties"] = _type(kind.items[1])
    if kind.family is Family.STRUCT:
        schema["properties"] = {name: _type(field) for name, field in kind.fields}
    return schema
