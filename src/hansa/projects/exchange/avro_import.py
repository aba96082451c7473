"""Tables of a contract from Avro schemas: a record, or a list of records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from hansa.core.contract import ContractColumn, ContractTable
from hansa.core.datatype import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    DataType,
    Family,
)
from hansa.core.suggestion import did_you_mean
from hansa.projects.exchange.avro_export import DIGITS, ORIGINAL_NAME
from hansa.projects.exchange.imported import Imported, ImportReader, typed
from hansa.projects.exchange.json_document import read_json
from hansa.projects.yaml_document import Mapping, Node, Scalar, Sequence, YamlInvalid, plain

_BINARY = DataType(Family.BINARY)
_PRIMITIVE = {
    "boolean": BOOLEAN,
    "int": INTEGER,
    "long": BIGINT,
    "float": DataType(Family.FLOAT, bits=32),
    "double": DOUBLE,
    "bytes": _BINARY,
    "string": STRING,
}
_COMPLEX = ("record", "error", "enum", "array", "map", "fixed")
_TYPES = (*_PRIMITIVE, "null", *_COMPLEX)
_LOGICAL: dict[tuple[str, str], DataType] = {
    ("int", "date"): DATE,
    ("int", "time-millis"): DataType(Family.TIME),
    ("long", "time-micros"): DataType(Family.TIME),
    ("long", "timestamp-millis"): replace(TIMESTAMPTZ, precision=3),
    ("long", "timestamp-micros"): TIMESTAMPTZ,
    ("long", "timestamp-nanos"): replace(TIMESTAMPTZ, precision=9),
    ("long", "local-timestamp-millis"): replace(TIMESTAMP, precision=3),
    ("long", "local-timestamp-micros"): TIMESTAMP,
    ("long", "local-timestamp-nanos"): replace(TIMESTAMP, precision=9),
    ("string", "uuid"): DataType(Family.UUID),
    ("fixed", "uuid"): DataType(Family.UUID),
    ("fixed", "duration"): DataType(Family.INTERVAL),
}
_SILENT = frozenset(
    [
        "type",
        "name",
        "namespace",
        "doc",
        "fields",
        "items",
        "values",
        "symbols",
        "size",
        "logicalType",
        "precision",
        "scale",
        "aliases",
        "order",
        "default",
        "originalName",
    ]
)
_MAX_DECIMAL = 38


def import_avro(data: bytes, file: str, dialect: str) -> Imported:
    """A table for the record, or for each record of the list. Raises ImportInvalid.

    In a list, records that another one uses by name are types, not tables.
    """
    reader = ImportReader(file)
    try:
        root = read_json(data, file)
    except YamlInvalid as problem:
        reader.report(problem.rule, problem.place, problem.message, problem.hint)
        return reader.result(())
    nodes = root.items if isinstance(root, Sequence) else [root]
    schema = _AvroReader(reader, dialect)
    tables = [schema.table(node) for node in nodes]
    used = schema.used
    kept = [table for full, table in filter(None, tables) if full not in used]
    return reader.result(kept)


@dataclass(slots=True)
class _AvroReader:
    """Reads schemas in order; a named type can be used behind where it is defined."""

    reader: ImportReader
    dialect: str
    used: set[str] = field(default_factory=set)
    _named: dict[str, DataType | None] = field(default_factory=dict)

    def table(self, node: Node) -> tuple[str, ContractTable] | None:
        """The full name and the table of a record; None after noting why it is none."""
        if not isinstance(node, Mapping) or _text(node, "type") not in ("record", "error"):
            message = "a table is a record, and this is something else"
            self.reader.report("wrong_type", node, message, 'write {"type": "record", …}')
            return None
        full = self._define(node, "")
        if full is None:
            return None
        namespace = full.rpartition(".")[0]
        columns = tuple(self._columns(node, namespace))
        name = _text(node, ORIGINAL_NAME) or full.rpartition(".")[2]
        self._named[full] = DataType(Family.STRUCT, fields=tuple((c.name, c.type) for c in columns))
        self._note_unused(node, f"the record `{name}`")
        table = ContractTable(
            name,
            columns,
            kind="table",
            description=_text(node, "doc"),
            place=self.reader.place(node),
        )
        return full, table

    def _define(self, node: Mapping, namespace: str) -> str | None:
        """Take note of a named type; None when the name is missing or stands twice."""
        name = _text(node, "name")
        if not name:
            self.reader.report("missing_key", node, "a named type has no `name`", 'add "name"')
            return None
        full = _full_name(name, _text(node, "namespace") or namespace)
        if full in self._named:
            at = node.entries["name"].value
            message = f"the type `{full}` is defined twice"
            self.reader.report("duplicate_table", at, message, "use its name instead")
            return None
        self._named[full] = None
        return full

    def _fields(self, record: Mapping) -> Iterator[Mapping]:
        fields = record.get("fields")
        if not isinstance(fields, Sequence):
            message = f"the record `{_text(record, 'name')}` has no list of `fields`"
            self.reader.report("missing_key", fields or record, message, 'add "fields": […]')
            return
        for item in fields.items:
            if not isinstance(item, Mapping) or not _text(item, "name"):
                self.reader.report("missing_key", item, "a field has no `name`", 'add "name"')
            elif item.get("type") is None:
                message = f"the field `{_text(item, 'name')}` has no `type`"
                self.reader.report("missing_key", item, message, 'add "type"')
            else:
                yield item

    def _columns(self, record: Mapping, namespace: str) -> Iterator[ContractColumn]:
        for item in self._fields(record):
            name = _text(item, ORIGINAL_NAME) or _text(item, "name") or ""
            what = f"`{name}`"
            self._note_unused(item, what)
            kind, nullable = self._type(item.entries["type"].value, namespace, what)
            kind = self.reader.sized(kind, item, what)
            column = ContractColumn(
                name,
                required=not nullable,
                enum=self._symbols(item.entries["type"].value),
                description=_text(item, "doc"),
                place=self.reader.place(item),
            )
            yield typed(column, kind, self.dialect)

    def _type(self, node: Node, namespace: str, what: str) -> tuple[DataType, bool]:
        """The type that a schema stands for, and whether null is allowed."""
        if isinstance(node, Sequence):
            return self._union(node, namespace, what)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return self._by_name(node, node.value, namespace, what)
        if not isinstance(node, Mapping) or node.get("type") is None:
            self.reader.report("wrong_type", node, f"the type of {what} is no Avro schema", None)
            return UNKNOWN, False
        inner = node.entries["type"].value
        if not isinstance(inner, Scalar) or inner.value not in _COMPLEX:
            kind, nullable = self._type(inner, namespace, what)
            return self._logical(node, str(plain(inner)), kind, what), nullable
        return self._complex(node, str(inner.value), namespace, what), False

    def _union(self, node: Sequence, namespace: str, what: str) -> tuple[DataType, bool]:
        others = [
            item for item in node.items if not (isinstance(item, Scalar) and item.value == "null")
        ]
        nullable = len(others) < len(node.items)
        if len(others) == 1:
            return self._type(others[0], namespace, what)[0], nullable
        if not others:
            self.reader.leave(node, f"{what} can only be null", "give the column a type")
            return UNKNOWN, True
        message = f"{what} is a union of {len(others)} types, and a column has one"
        self.reader.leave(node, message, "give the column one type in the contract")
        for item in others:
            # types may be defined in here that later fields use
            self._type(item, namespace, what)
        return UNKNOWN, nullable

    def _by_name(self, node: Scalar, name: str, namespace: str, what: str) -> tuple[DataType, bool]:
        if name == "null":
            return UNKNOWN, True
        if name in _PRIMITIVE:
            return _PRIMITIVE[name], False
        full = _full_name(name, namespace)
        if full not in self._named:
            hint = did_you_mean(name, (*_TYPES, *self._named))
            hint = hint or "define the type before it is used"
            message = f"`{name}` is not a type of Avro, for {what}"
            self.reader.report("invalid_type", node, message, hint)
            return UNKNOWN, False
        self.used.add(full)
        kind = self._named[full]
        if kind is None:
            message = f"the type `{full}` contains itself at {what}, and a column cannot"
            hint = "make it a table of its own, or remove the field"
            self.reader.report("invalid_reference", node, message, hint)
            return UNKNOWN, False
        return kind, False

    def _complex(self, node: Mapping, word: str, namespace: str, what: str) -> DataType:
        match word:
            case "array":
                inner = self._inner(node, "items", namespace, what)
                return DataType(Family.ARRAY, items=(inner,))
            case "map":
                inner = self._inner(node, "values", namespace, what)
                return DataType(Family.MAP, items=(STRING, inner))
        full = self._define(node, namespace)
        kind = UNKNOWN
        if word == "enum":
            kind = STRING
        elif word == "fixed":
            size = node.get("size")
            length = size.value if isinstance(size, Scalar) else None
            kind = _BINARY
            if isinstance(length, int):
                kind = self._logical(node, "fixed", replace(_BINARY, length=length), what)
        elif full is not None:
            kind = self._struct(node, full.rpartition(".")[0], what)
        if full is not None:
            self._named[full] = kind
        return kind

    def _inner(self, node: Mapping, key: str, namespace: str, what: str) -> DataType:
        inner = node.get(key)
        if inner is None:
            self.reader.report("missing_key", node, f"{what} has no `{key}`", f'add "{key}"')
            return UNKNOWN
        return self._type(inner, namespace, f"the {key} of {what}")[0]

    def _struct(self, node: Mapping, namespace: str, what: str) -> DataType:
        fields = []
        for item in self._fields(node):
            name = _text(item, ORIGINAL_NAME) or _text(item, "name") or ""
            at = item.entries["type"].value
            fields.append((name, self._type(at, namespace, f"`{name}` of {what}")[0]))
        return DataType(Family.STRUCT, fields=tuple(fields))

    def _logical(self, node: Mapping, word: str, kind: DataType, what: str) -> DataType:
        logical = _text(node, "logicalType")
        if logical is None:
            return kind
        if logical == "decimal" and word in ("bytes", "fixed"):
            return self._decimal(node, what)
        found = _LOGICAL.get((word, logical))
        if found is None:
            at = node.entries["logicalType"].value
            message = f"the logical type `{logical}` of {what} is not known for {word}"
            self.reader.leave(at, message, f"it is read as {kind}")
            return kind
        return found

    def _decimal(self, node: Mapping, what: str) -> DataType:
        precision, scale = _number(node, "precision"), _number(node, "scale") or 0
        if precision is None or not precision > 0 or not 0 <= scale <= precision:
            message = f"the decimal {what} has no precision that is larger than its scale"
            self.reader.report("invalid_type", node, message, 'add "precision" and "scale"')
            return UNKNOWN
        if (precision, scale) == (DIGITS[128], 0):
            return DataType(Family.INTEGER, bits=128)
        if precision > _MAX_DECIMAL:
            message = f"the decimal {what} has {precision} digits, more than {_MAX_DECIMAL}"
            self.reader.leave(node, message, "give the column a type in the contract")
            return UNKNOWN
        return DataType(Family.DECIMAL, precision=precision, scale=scale)

    def _symbols(self, node: Node) -> tuple[Any, ...] | None:
        """The symbols of an enum that stands here, alone or beside null."""
        found = node.items if isinstance(node, Sequence) else [node]
        enums = [one for one in found if isinstance(one, Mapping) and _text(one, "type") == "enum"]
        if len(enums) != 1:
            return None
        symbols = enums[0].get("symbols")
        if not isinstance(symbols, Sequence):
            self.reader.report("missing_key", enums[0], "an enum has no `symbols`", "list them")
            return None
        return tuple(plain(item) for item in symbols.items)

    def _note_unused(self, node: Mapping, what: str) -> None:
        for key, entry in node.entries.items():
            if key not in _SILENT:
                self.reader.leave(entry.key_node, f"`{key}` of {what} has no word in a contract")
        default = node.get("default")
        if default is not None and plain(default) is not None:
            self.reader.leave(default, f"the default of {what} has no word in a contract")


def _full_name(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _text(node: Mapping, key: str) -> str | None:
    found = node.get(key)
    return found.value if isinstance(found, Scalar) and isinstance(found.value, str) else None


def _number(node: Mapping, key: str) -> int | None:
    found = node.get(key)
    value = found.value if isinstance(found, Scalar) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
