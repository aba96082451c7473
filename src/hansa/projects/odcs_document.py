"""Contracts as ODCS 3.2 documents: the values in the standard's keys and order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from hansa.core.contract import (
    Bounds,
    Contract,
    ContractColumn,
    ContractTable,
    Quality,
    Relationship,
)
from hansa.core.datatype import DataType, Family
from hansa.projects.contract_shapes import NEWEST

_WIDE = 1_000_000
_LINE_BREAKS = frozenset("\r\x85\u2028\u2029")
_LOGICAL = {
    Family.BOOLEAN: "boolean",
    Family.INTEGER: "integer",
    Family.DECIMAL: "number",
    Family.FLOAT: "number",
    Family.DATE: "date",
    Family.TIME: "time",
    Family.TIMESTAMP: "timestamp",
    Family.ARRAY: "array",
    Family.STRUCT: "object",
}
_BOUNDS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "multipleOf": "multiple_of",
}


def logical_type(kind: DataType) -> str | None:
    """The logicalType that is nearest to a type; None for a type that is not known.

    Maps are objects here, as a map needs a definition of its key and value beside it.
    """
    if kind.family is Family.UNKNOWN:
        return None
    if kind.family is Family.MAP:
        return "object"
    return _LOGICAL.get(kind.family, "string")


def document_of(contract: Contract) -> dict[str, Any]:
    """The contract as plain data of an ODCS 3.2 document, keys in their usual order."""
    extras = dict(contract.extras)
    extras.pop("apiVersion", None)
    document = {
        "apiVersion": NEWEST,
        "kind": "DataContract",
        "id": extras.pop("id", contract.product),
        "name": extras.pop("name", contract.product),
        "version": str(contract.version),
        "status": contract.status,
        "domain": extras.pop("domain", None),
        "tenant": extras.pop("tenant", None),
        "dataProduct": contract.product,
        "description": _description(extras.pop("description", None), contract.description),
        "tags": list(contract.tags),
        "schema": [table_document(table) for table in contract.tables],
        "slaProperties": [
            _present(
                {
                    "property": level.property,
                    "value": level.value,
                    "unit": level.unit,
                    "element": level.element,
                }
            )
            for level in contract.service_levels
        ],
        "team": _team(extras.pop("team", None)),
        "roles": [_present({"role": r.name, "access": r.access}) for r in contract.roles],
        **_extras(extras),
    }
    return _present(document)


def _description(extras: Any, text: str | None) -> Any:
    if isinstance(extras, Mapping):
        return _extras(dict(extras))
    return {"purpose": text} if text else None


def _team(team: Any) -> Any:
    """The list of members that 3.0 had, as the object that 3.1 has."""
    return {"members": team} if isinstance(team, list) else team


def _extras(extras: Mapping[str, Any]) -> dict[str, Any]:
    custom = extras.get("customProperties")
    listed = {
        key: value
        for key, value in extras.items()
        if key not in ("customProperties", "physicalType")
    }
    if isinstance(custom, Mapping) and custom:
        listed["customProperties"] = [
            {"property": key, "value": value} for key, value in custom.items()
        ]
    return listed


def _present(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without keys that say nothing."""
    return {
        key: value
        for key, value in document.items()
        if value is not None and value is not False and value not in ([], {}, ())
    }


def table_document(table: ContractTable) -> dict[str, Any]:
    """One entry of `schema`."""
    extras = dict(table.extras)
    return _present(
        {
            "name": table.name,
            "logicalType": "object",
            "physicalType": table.kind or extras.get("physicalType"),
            "description": table.description,
            "dataGranularityDescription": table.granularity,
            "deprecated": table.deprecated,
            "tags": list(table.tags),
            **_extras(extras),
            "properties": [column_document(column) for column in table.columns],
            "relationships": [_table_relationship(table.name, r) for r in table.relationships],
            "quality": [_quality(check) for check in table.quality],
        }
    )


def column_document(column: ContractColumn) -> dict[str, Any]:
    """One entry of `properties`."""
    logical = column.logical_type or logical_type(column.type)
    document = {
        "name": column.name,
        "logicalType": logical,
        "physicalType": column.physical_type,
        "description": column.description,
        "deprecated": column.deprecated,
        "required": column.required,
        "unique": column.unique,
        "primaryKey": column.key_position is not None,
        "primaryKeyPosition": column.key_position,
        "enum": [{"value": value} for value in column.enum or ()],
        "logicalTypeOptions": _options(column),
        "classification": column.classification,
        "tags": list(column.tags),
        **_extras(dict(column.extras)),
        **_nested(column, logical),
        "relationships": [
            {"type": "foreignKey", "to": f"{r.to_table}.{r.to_columns[0]}"}
            for r in column.relationships
        ],
        "quality": [_quality(check) for check in column.quality],
    }
    return _present(document)


def _nested(column: ContractColumn, logical: str | None) -> dict[str, Any]:
    inner = [column_document(field) for field in column.fields]
    match logical:
        case "object":
            return {"properties": inner}
        case "array" if inner:
            return {"items": _unnamed(inner[0])}
        case "map" if len(inner) == 2:
            return {"map": {"key": _unnamed(inner[0]), "value": _unnamed(inner[1])}}
        case _:
            return {}


def _unnamed(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "name"}


def _options(column: ContractColumn) -> dict[str, Any]:
    bounds: Bounds = column.bounds
    options = {key: getattr(bounds, attribute) for key, attribute in _BOUNDS.items()}
    options |= {"pattern": column.pattern, "format": column.format}
    if column.timezone is not None:
        options |= {"timezone": True, "defaultTimezone": column.timezone}
    return {key: value for key, value in options.items() if value is not None}


def _quality(check: Quality) -> dict[str, Any]:
    document = {
        "name": check.name,
        "type": check.kind,
        "metric": check.metric,
        "arguments": dict(check.arguments),
        "query": check.query,
        "unit": check.unit,
        "severity": check.severity if check.severity != "error" else None,
        "description": check.description,
    }
    conditions = {
        key: list(value) if isinstance(value, tuple) else value for key, value in check.conditions
    }
    return {**_present(document), **conditions}


def _table_relationship(table: str, relationship: Relationship) -> dict[str, Any]:
    start = [f"{table}.{column}" for column in relationship.columns]
    end = [f"{relationship.to_table}.{column}" for column in relationship.to_columns]
    if len(start) == 1:
        return {"type": "foreignKey", "from": start[0], "to": end[0]}
    return {"type": "foreignKey", "from": start, "to": end}


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, as people do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.strip("\n") else None
    if not _LINE_BREAKS.isdisjoint(text):
        # the writer would fold lines at these, and readers would find spaces
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump_yaml(document: Mapping[str, Any]) -> str:
    """The document as YAML text, keys in their order."""
    dumped: str = yaml.dump(
        dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDE
    )
    return dumped
