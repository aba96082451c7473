"""Contracts for other tools and readers: ODCS, JSON Schema, SQL DDL, Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from hansa.core.contract import Contract, ContractColumn, ContractTable
from hansa.core.datatype import DataType, Family
from hansa.core.suggestion import did_you_mean
from hansa.errors import InvalidInput
from hansa.projects.contract_tables import physical_type
from hansa.projects.odcs_document import document_of, dump_yaml
from hansa.sql.identifiers import quote

_JSON_TYPES = {
    Family.BOOLEAN: "boolean",
    Family.INTEGER: "integer",
    Family.DECIMAL: "number",
    Family.FLOAT: "number",
    Family.ARRAY: "array",
    Family.MAP: "object",
    Family.STRUCT: "object",
}
_JSON_FORMATS = {
    Family.DATE: "date",
    Family.TIME: "time",
    Family.TIMESTAMP: "date-time",
    Family.UUID: "uuid",
}
_JSON_BOUNDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "minLength": "min_length",
    "maxLength": "max_length",
    "multipleOf": "multiple_of",
}


class UnknownExportFormat(InvalidInput):
    """A contract was to be exported in a format that does not exist."""

    slug = "unknown-export-format"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        self.hint = did_you_mean(name, FORMATS) or "the formats are " + ", ".join(FORMATS)

    def __str__(self) -> str:
        return f"`{self.name}` is not a format for contracts"


def export_contract(contract: Contract, form: str, dialect: str = "duckdb") -> str:
    """The contract as `odcs`, `jsonschema`, `sql` (in that dialect) or `markdown`.

    Raises UnknownExportFormat.
    """
    export = FORMATS.get(form)
    if export is None:
        raise UnknownExportFormat(form)
    return export(contract, dialect)


def _to_odcs(contract: Contract, _: str) -> str:
    return dump_yaml(document_of(contract))


def _to_sql(contract: Contract, dialect: str) -> str:
    return "\n".join(_table_sql(table, dialect) for table in contract.tables)


def _table_sql(table: ContractTable, dialect: str) -> str:
    lines = [_column_sql(column, dialect) for column in table.columns]
    if table.primary_key:
        names = ", ".join(quote(name, dialect) for name in table.primary_key)
        lines.append(f"PRIMARY KEY ({names})")
    body = ",\n".join(f"  {line}" for line in lines)
    return f"CREATE TABLE {quote(table.name, dialect)} (\n{body}\n);\n"


def _column_sql(column: ContractColumn, dialect: str) -> str:
    kind = physical_type(column.type, dialect) or column.physical_type or "varchar"
    required = " NOT NULL" if column.required or column.key_position else ""
    unique = " UNIQUE" if column.unique else ""
    return f"{quote(column.name, dialect)} {kind}{required}{unique}"


def _to_jsonschema(contract: Contract, _: str) -> str:
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": contract.product,
        "version": str(contract.version),
        "description": contract.description,
        "$defs": {table.name: _table_jsonschema(table) for table in contract.tables},
    }
    present = {key: value for key, value in document.items() if value is not None}
    return json.dumps(present, indent=2, ensure_ascii=False) + "\n"


def _table_jsonschema(table: ContractTable) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if table.description:
        schema["description"] = table.description
    schema["properties"] = {column.name: _column_jsonschema(column) for column in table.columns}
    schema["required"] = [column.name for column in table.columns]
    schema["additionalProperties"] = False
    return schema


def _column_jsonschema(column: ContractColumn) -> dict[str, Any]:
    schema = _type_jsonschema(column.type)
    nullable = not (column.required or column.key_position)
    if nullable and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    if column.enum is not None:
        schema["enum"] = [*column.enum, None] if nullable else list(column.enum)
    for key, attribute in _JSON_BOUNDS.items():
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


def _type_jsonschema(kind: DataType) -> dict[str, Any]:
    if kind.family in (Family.UNKNOWN, Family.JSON, Family.OTHER):
        return {}
    schema: dict[str, Any] = {"type": _JSON_TYPES.get(kind.family, "string")}
    if kind.family in _JSON_FORMATS:
        schema["format"] = _JSON_FORMATS[kind.family]
    if kind.family is Family.ARRAY and kind.items:
        schema["items"] = _type_jsonschema(kind.items[0])
    if kind.family is Family.MAP and len(kind.items) == 2:
        schema["additionalProperties"] = _type_jsonschema(kind.items[1])
    if kind.family is Family.STRUCT:
        schema["properties"] = {name: _type_jsonschema(field) for name, field in kind.fields}
    return schema


def _to_markdown(contract: Contract, _: str) -> str:
    lines = [f"# {contract.product} {contract.version}", ""]
    if contract.description:
        lines += [contract.description, ""]
    for table in contract.tables:
        lines += _table_markdown(table)
    return "\n".join(lines)


def _table_markdown(table: ContractTable) -> list[str]:
    lines = [f"## {table.name}", ""]
    if table.description:
        lines += [table.description, ""]
    if table.granularity:
        lines += [f"Granularity: {table.granularity}", ""]
    lines += ["| column | type | promises | description |", "|---|---|---|---|"]
    for column in table.columns:
        kind = column.physical_type or column.logical_type or ""
        cells = (column.name, kind, _promises(column), column.description or "")
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return [*lines, ""]


def _promises(column: ContractColumn) -> str:
    words = []
    if column.key_position is not None:
        words.append("primary key")
    if column.required:
        words.append("required")
    if column.unique:
        words.append("unique")
    if column.enum is not None:
        words.append("one of " + ", ".join(str(value) for value in column.enum))
    if column.deprecated:
        words.append("deprecated")
    return ", ".join(words)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")


FORMATS: Mapping[str, Callable[[Contract, str], str]] = {
    "odcs": _to_odcs,
    "jsonschema": _to_jsonschema,
    "sql": _to_sql,
    "markdown": _to_markdown,
}
