"""Reads the columns of a contract: types, keys, allowed values, limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hansa.core.contract import Bounds, ContractColumn, Scalar
from hansa.core.datatype import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    STRING,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    DataType,
    Family,
)
from hansa.errors import HansaError
from hansa.projects.contract_rules import Names, read_quality, read_relationships
from hansa.projects.contract_shapes import extras_of
from hansa.projects.decoding import Record
from hansa.sql.types import parse_type

_EXTRAS = (
    "id",
    "businessName",
    "physicalName",
    "semanticType",
    "synonyms",
    "customProperties",
    "authoritativeDefinitions",
    "examples",
    "partitioned",
    "partitionKeyPosition",
    "encryptedName",
    "transformSourceObjects",
    "transformLogic",
    "transformDescription",
    "criticalDataElement",
)
_LOGICAL = {
    "string": STRING,
    "integer": BIGINT,
    "number": DOUBLE,
    "boolean": BOOLEAN,
    "date": DATE,
    "timestamp": TIMESTAMP,
    "time": DataType(Family.TIME),
}
_INTEGER_FORMATS = {
    f"{sign}{bits}": DataType(Family.INTEGER, bits=bits, signed=sign == "i")
    for sign in "iu"
    for bits in (8, 16, 32, 64, 128)
}


@dataclass(frozen=True, slots=True)
class ColumnContext:
    """What reading a column needs to know of its document."""

    table: str
    names: Names
    dialect: str
    api_version: str


def read_columns(records: Sequence[Record], context: ColumnContext) -> tuple[ContractColumn, ...]:
    """The columns of a table, with their places in the primary key; problems are noted."""
    columns: list[ContractColumn] = []
    kept: list[Record] = []
    seen: dict[str, str] = {}
    for record in records:
        name = record.get("name")
        if name is None:
            continue
        twin = seen.get(name.casefold())
        if twin is not None:
            message = f"the column `{name}` of `{context.table}` stands twice"
            if twin != name:
                message = f"the columns `{twin}` and `{name}` differ only by letter case"
            record.reader.report("duplicate_column", record.at("name"), message, "keep one of them")
            continue
        seen[name.casefold()] = name
        columns.append(_read_column(record, context, name))
        kept.append(record)
    return _with_key_positions(columns, kept)


def _read_column(record: Record, context: ColumnContext, name: str) -> ContractColumn:
    options = record.get("logicalTypeOptions")
    fields = _read_fields(record, context)
    return ContractColumn(
        name=name,
        type=_read_type(record, fields, context.dialect),
        physical_type=record.get("physicalType"),
        logical_type=record.get("logicalType"),
        required=record.get("required", False),
        unique=record.get("unique", False),
        enum=_read_enum(record, context.api_version),
        bounds=_read_bounds(options),
        pattern=options.get("pattern") if options else None,
        format=options.get("format") if options else None,
        timezone=_read_timezone(options),
        classification=record.get("classification"),
        deprecated=record.get("deprecated", False),
        description=record.get("description"),
        tags=record.get("tags", ()),
        quality=read_quality(record),
        relationships=read_relationships(record, context.table, name, context.names),
        fields=fields,
        extras=extras_of(record, _EXTRAS),
        place=record.at("name"),
    )


def _read_fields(record: Record, context: ColumnContext) -> tuple[ContractColumn, ...]:
    """An object's properties, an array's `items`, a map's `key` and `value`."""
    match record.get("logicalType"):
        case "object":
            return read_columns(record.get("properties", ()), context)
        case "array" if record.get("items"):
            return (_read_column(record.get("items"), context, "items"),)
        case "map" if record.get("map"):
            halves = record.get("map")
            return tuple(
                _read_column(halves.get(half), context, half)
                for half in ("key", "value")
                if halves.get(half)
            )
        case _:
            return ()


# the physicalType of a column whose type is decided elsewhere, such as in the target
UNSTATED = "unknown"


def _read_type(record: Record, fields: tuple[ContractColumn, ...], dialect: str) -> DataType:
    physical, logical = record.get("physicalType"), record.get("logicalType")
    if physical is not None:
        if physical.lower() == UNSTATED:
            return UNKNOWN
        try:
            return parse_type(physical, dialect)
        except HansaError as error:
            record.reader.report("invalid_type", record.at("physicalType"), str(error), error.hint)
            return UNKNOWN
    if logical is None:
        if not {"physicalType", "logicalType"} & set(record.node.entries):
            name = record.get("name")
            message = f"the column `{name}` has no type" if name else "the items have no type"
            record.reader.report("missing_key", record.node, message, "add `physicalType: …`")
        return UNKNOWN
    return _logical_type(logical, record.get("logicalTypeOptions"), fields)


def _logical_type(
    logical: str, options: Record | None, fields: tuple[ContractColumn, ...]
) -> DataType:
    """The type that a logicalType stands for where no physicalType says it more exactly."""
    form = options.get("format") if options else None
    match logical:
        case "integer":
            return _INTEGER_FORMATS.get(form or "i64", BIGINT)
        case "number":
            return DataType(Family.FLOAT, bits=32) if form == "f32" else DOUBLE
        case "timestamp":
            return TIMESTAMPTZ if options and options.get("timezone") else TIMESTAMP
        case "array":
            return DataType(Family.ARRAY, items=(fields[0].type if fields else UNKNOWN,))
        case "object":
            return DataType(Family.STRUCT, fields=tuple((f.name, f.type) for f in fields))
        case "map":
            halves = tuple(field.type for field in fields)
            return DataType(Family.MAP, items=halves if len(halves) == 2 else (UNKNOWN, UNKNOWN))
        case "vector":
            return DataType(Family.ARRAY, items=(DataType(Family.FLOAT, bits=32),))
        case _:
            return _LOGICAL[logical]


def _read_enum(record: Record, api_version: str) -> tuple[Scalar, ...] | None:
    """The allowed values; before 3.2 documents say them in one of three other ways."""
    enum: tuple[Scalar, ...] | None = record.get("enum")
    if enum is not None or api_version >= "v3.2":
        return enum
    options = record.get("logicalTypeOptions")
    if options and options.get("enum") is not None:
        listed: tuple[Scalar, ...] = options.get("enum")
        return listed
    custom = record.get("customProperties", {}).get("enum")
    if isinstance(custom, list):
        return tuple(custom)
    return _enum_of_quality(record)


def _enum_of_quality(record: Record) -> tuple[Scalar, ...] | None:
    for check in record.get("quality", ()):
        metric = check.get("metric") or check.get("rule")
        values: Any = check.get("validValues") or check.get("arguments", {}).get("validValues")
        # A number of wrong values that is allowed makes the list a check, not a promise.
        promised = metric == "validValues" or (
            metric in ("invalidValues", "invalidCount") and check.get("mustBe") == 0
        )
        if promised and values:
            return tuple(values)
    return None


def _read_bounds(options: Record | None) -> Bounds:
    if options is None:
        return Bounds()
    minimum, maximum = options.get("minimum"), options.get("maximum")
    above, below = options.get("exclusiveMinimum"), options.get("exclusiveMaximum")
    if isinstance(above, bool):
        minimum, above = (None, minimum) if above else (minimum, None)
    if isinstance(below, bool):
        maximum, below = (None, maximum) if below else (maximum, None)
    return Bounds(
        minimum=minimum,
        maximum=maximum,
        exclusive_minimum=above,
        exclusive_maximum=below,
        min_length=options.get("minLength"),
        max_length=options.get("maxLength"),
        multiple_of=options.get("multipleOf"),
    )


def _read_timezone(options: Record | None) -> str | None:
    if options is None:
        return None
    named: str | None = options.get("defaultTimezone")
    return named or ("Etc/UTC" if options.get("timezone") else None)


def _with_key_positions(
    columns: list[ContractColumn], records: list[Record]
) -> tuple[ContractColumn, ...]:
    """Number the primary key's columns: as stated, the others after them in document order."""
    keyed = [at for at, record in enumerate(records) if record.get("primaryKey")]
    stated: dict[int, int] = {}
    for at in keyed:
        position = records[at].get("primaryKeyPosition", -1)
        if position < 1:
            continue
        if position in stated.values():
            message = f"two columns of the primary key have the position {position}"
            place = records[at].at("primaryKeyPosition")
            records[at].reader.report(
                "duplicate_key_position", place, message, "number them 1, 2, …"
            )
            continue
        stated[at] = position
    following = max(stated.values(), default=0)
    for at in keyed:
        if at not in stated:
            following += 1
            stated[at] = following
    return tuple(
        replace(column, key_position=stated[at]) if at in stated else column
        for at, column in enumerate(columns)
    )
