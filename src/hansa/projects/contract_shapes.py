"""The keys of an ODCS document, 3.0 to 3.2, and how each is read."""

from __future__ import annotations

import re
from typing import Any

from hansa.core.version import Version
from hansa.projects.decoding import (
    Decoder,
    Reader,
    Record,
    Shape,
    anything,
    flag,
    items,
    later,
    mismatch,
    number,
    one_of,
    one_or_items,
    parsed,
    scalar,
    text,
    whole_number,
    written,
)
from hansa.projects.names import column_name, relation_name
from hansa.projects.yaml_document import Mapping, Node, Scalar, Sequence, plain

NEWEST = "v3.2.0"
_API_VERSION = re.compile(r"v3\.(0|1|2)\.[0-9]+\Z")
_OLD_API_VERSION = re.compile(r"v?2\.")

METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount")
# What 3.0 called its library rules.
OLD_METRICS = {
    "nullCheck": "nullValues",
    "nullCount": "nullValues",
    "missingCount": "missingValues",
    "invalidCount": "invalidValues",
    "validValues": "invalidValues",
    "duplicateCount": "duplicateValues",
    "uniqueCheck": "duplicateValues",
}
LOGICAL_TYPES = (
    "string",
    "integer",
    "number",
    "boolean",
    "date",
    "timestamp",
    "time",
    "object",
    "array",
    "map",
    "vector",
)
CONDITIONS = {
    "mustBe": scalar,
    "mustNotBe": scalar,
    "mustBeGreaterThan": number,
    "mustBeGreaterOrEqualTo": number,
    "mustBeLessThan": number,
    "mustBeLessOrEqualTo": number,
}
RANGES = ("mustBeBetween", "mustNotBeBetween")


def api_version(node: Node, reader: Reader) -> str | None:
    """A version of the standard that can be read; 2.x and what is newer are refused."""
    value = written(node, reader)
    if value is None:
        return None
    supported = "v3.0.0 to v3.2.0 are supported"
    if _API_VERSION.match(value):
        return value
    if _OLD_API_VERSION.match(value):
        hint = f"rewrite the document for `apiVersion: {NEWEST}`: in 3.x, `dataset` became `schema`"
    else:
        hint = f"write `apiVersion: {NEWEST}`"
    message = f"`{value}` is not a version of ODCS that can be read: {supported}"
    reader.report("unsupported_api_version", node, message, hint)
    return None


def custom_properties(node: Node, reader: Reader) -> dict[str, Any] | None:
    """A list of `{property, value}` as a dict."""
    found = _CUSTOM_PROPERTIES(node, reader)
    if found is None:
        return None
    return {
        record.get("property"): record.get("value") for record in found if record.get("property")
    }


def _enum(node: Node, reader: Reader) -> tuple[Any, ...] | None:
    """Allowed values, as 3.2 writes them: a list of `{value}`."""
    if isinstance(node, Scalar) and node.value is None:
        return None
    if not isinstance(node, Sequence):
        return mismatch(node, reader, "an enum is a list", "write `- value: …` for every value")
    values = []
    for item in node.items:
        if isinstance(item, Scalar):
            hint = f"write `- value: {item.raw}`"
            mismatch(item, reader, "an enum's item is a mapping with the key `value`", hint)
            continue
        record = _ENUM_VALUE(item, reader)
        if record is not None and isinstance(record.node.get("value"), Scalar):
            values.append(record.get("value"))
    return tuple(values)


def _range(node: Node, reader: Reader) -> tuple[float, float] | None:
    found = items(number, "a range")(node, reader)
    if found is None:
        return None
    if len(found) != 2 or found[0] > found[1]:
        return mismatch(node, reader, "a range is a list of two numbers, the smaller first")
    return (found[0], found[1])


def _mapping(node: Node, reader: Reader) -> Any:
    """Any mapping, without places."""
    if isinstance(node, Mapping):
        return plain(node)
    if isinstance(node, Scalar) and node.value is None:
        return None
    return mismatch(node, reader, "the value is a mapping of keys")


_TAGS = items(text, "the tags")
_COMMON = {
    "id": text,
    "tags": _TAGS,
    "customProperties": custom_properties,
    "authoritativeDefinitions": anything,
}
_CUSTOM_PROPERTIES = items(
    Shape(
        "a custom property",
        {"id": text, "property": text, "value": anything, "description": text, "vendor": text},
        ("property",),
    ),
    "the custom properties",
)
_ENUM_VALUE = Shape(
    "an enum's item", {"value": scalar, "label": text, "description": text, **_COMMON}, ("value",)
)

QUALITY = Shape(
    "a quality check",
    {
        **_COMMON,
        "businessImpact": text,
        "description": text,
        "dimension": text,
        "method": text,
        "name": text,
        "schedule": scalar,
        "scheduler": text,
        "severity": text,
        "type": one_of("library", "sql", "text", "custom"),
        "unit": text,
        "metric": text,
        "rule": text,
        "arguments": _mapping,
        "validValues": items(scalar, "the valid values"),
        **CONDITIONS,
        **dict.fromkeys(RANGES, _range),
        "query": text,
        "engine": text,
        "implementation": anything,
    },
)
RELATIONSHIP = Shape(
    "a relationship",
    {
        "id": text,
        "type": one_of("foreignKey"),
        "from": one_or_items(text, "the columns"),
        "to": one_or_items(text, "the columns"),
        "customProperties": custom_properties,
    },
    ("to",),
)
OPTIONS = Shape(
    "the logical type's options",
    {
        "minLength": whole_number,
        "maxLength": whole_number,
        "pattern": text,
        "format": text,
        "minimum": scalar,
        "maximum": scalar,
        # Truth values, as older drafts of the standard had them.
        "exclusiveMinimum": scalar,
        "exclusiveMaximum": scalar,
        "multipleOf": number,
        "timezone": flag,
        "defaultTimezone": text,
        "enum": items(scalar, "an enum"),
        "minItems": whole_number,
        "maxItems": whole_number,
        "uniqueItems": flag,
        "minProperties": whole_number,
        "maxProperties": whole_number,
        "required": anything,
        "dimensions": whole_number,
        "elementType": text,
        "distanceMetric": text,
        "embeddingModel": text,
        "embeddingModelVersion": scalar,
        "normalized": flag,
    },
)
_ELEMENT: dict[str, Decoder] = {
    **_COMMON,
    "name": column_name,
    "physicalType": text,
    "physicalName": text,
    "description": text,
    "businessName": text,
    "deprecated": flag,
    "synonyms": anything,
    "quality": items(QUALITY, "the quality checks"),
    "relationships": items(RELATIONSHIP, "the relationships"),
}
_PROPERTY_FIELDS: dict[str, Decoder] = {
    **_ELEMENT,
    "logicalType": one_of(*LOGICAL_TYPES),
    "logicalTypeOptions": OPTIONS,
    "required": flag,
    "unique": flag,
    "primaryKey": flag,
    "primaryKeyPosition": whole_number,
    "partitioned": flag,
    "partitionKeyPosition": whole_number,
    "semanticType": text,
    "classification": text,
    "encryptedName": text,
    "transformSourceObjects": anything,
    "transformLogic": text,
    "transformDescription": text,
    "examples": anything,
    "enum": _enum,
    "criticalDataElement": flag,
    "properties": items(later(lambda: PROPERTY), "the properties"),
    "items": later(lambda: ITEM),
    "map": later(lambda: _MAP),
}
PROPERTY: Shape = Shape("a property", _PROPERTY_FIELDS, ("name",), "write `- name: …`")
ITEM: Shape = Shape("an item's definition", _PROPERTY_FIELDS)
_MAP: Shape = Shape("a map's definition", {"key": ITEM, "value": ITEM}, ("key", "value"))
TABLE = Shape(
    "a table",
    {
        **_ELEMENT,
        "name": relation_name,
        "logicalType": text,
        "dataGranularityDescription": text,
        "properties": items(PROPERTY, "the properties"),
        "context": anything,
    },
    ("name",),
    "write `- name: …` and `properties:`",
)
SERVICE_LEVEL = Shape(
    "a service level",
    {
        **{key: _COMMON[key] for key in ("id", "customProperties", "authoritativeDefinitions")},
        "property": text,
        "value": scalar,
        "valueExt": scalar,
        "unit": text,
        "element": text,
        "driver": text,
        "description": text,
        "scheduler": text,
        "schedule": scalar,
    },
    ("property", "value"),
)
ROLE = Shape(
    "a role",
    {
        "id": text,
        "role": text,
        "description": text,
        "access": text,
        "firstLevelApprovers": text,
        "secondLevelApprovers": text,
        "customProperties": custom_properties,
    },
    ("role",),
)
_DESCRIPTION = Shape(
    "the description",
    {
        "purpose": text,
        "usage": text,
        "limitations": text,
        "customProperties": custom_properties,
        "authoritativeDefinitions": anything,
    },
    example="write `description: {purpose: …}`",
)
CONTRACT = Shape(
    "contract.yaml",
    {
        **_COMMON,
        "version": parsed(written, Version.parse, "invalid_version"),
        "kind": one_of("DataContract"),
        "apiVersion": api_version,
        "name": text,
        "tenant": text,
        "status": text,
        "servers": anything,
        "dataProduct": text,
        "description": _DESCRIPTION,
        "domain": text,
        "context": anything,
        "schema": items(TABLE, "the schema"),
        "support": anything,
        "price": anything,
        "team": anything,
        "roles": items(ROLE, "the roles"),
        "slaDefaultElement": text,
        "slaProperties": items(SERVICE_LEVEL, "the service levels"),
        "contractCreatedTs": written,
    },
    ("apiVersion", "kind", "id", "version"),
    f"begin with `apiVersion: {NEWEST}` and `kind: DataContract`",
)


def extras_of(record: Record, keys: tuple[str, ...]) -> tuple[tuple[str, Any], ...]:
    """What the document says under these keys, for readers; checks do not use it."""
    return tuple((key, record.get(key)) for key in keys if record.get(key) is not None)
