"""Tables of a contract from JSON Schema, drafts 4 to 2020-12; references stay in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from hansa.core.contract import Bounds, ContractColumn, ContractTable, Scalar
from hansa.core.datatype import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    STRING,
    TIMESTAMPTZ,
    UNKNOWN,
    DataType,
    Family,
)
from hansa.core.suggestion import did_you_mean
from hansa.projects.exchange.imported import Imported, ImportReader, table_name, typed
from hansa.projects.exchange.json_document import read_json
from hansa.projects.exchange.jsonschema_references import References, RefersBadly
from hansa.projects.yaml_document import Mapping, Node, Sequence, YamlInvalid, plain
from hansa.projects.yaml_document import Scalar as ScalarNode

_TYPES: dict[str, DataType] = {
    "string": STRING,
    "integer": BIGINT,
    "number": DOUBLE,
    "boolean": BOOLEAN,
}
_NAMES = (*_TYPES, "object", "array", "null")
_FORMATS: dict[str, DataType] = {
    "date": DATE,
    "time": DataType(Family.TIME),
    "date-time": TIMESTAMPTZ,
    "uuid": DataType(Family.UUID),
    "int32": DataType(Family.INTEGER, bits=32),
    "int64": BIGINT,
    "float": DataType(Family.FLOAT, bits=32),
    "double": DOUBLE,
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
# what says nothing about values, or is read elsewhere
_SILENT = frozenset(
    [
        "$schema",
        "$id",
        "id",
        "$comment",
        "$anchor",
        "$defs",
        "definitions",
        "title",
        "description",
        "default",
        "examples",
        "example",
        "deprecated",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "const",
        "format",
        "pattern",
        "anyOf",
        "oneOf",
        "allOf",
        "$ref",
        "readOnly",
        "writeOnly",
        "version",
        "name",
        "nullable",
    ]
) | frozenset(_BOUNDS)
_MAX_DEPTH = 50
# definitions that use each other twice and more could stand for any number of columns
_MAX_VALUES = 20_000


def import_jsonschema(data: bytes, file: str, dialect: str) -> Imported:
    """The tables that the schema describes.

    A root with properties is one table, named by its title or the file; so is a root that is a
    list of objects. Else the object definitions that no other definition uses are the tables.
    Raises ImportInvalid.
    """
    reader = ImportReader(file)
    try:
        root = read_json(data, file)
    except YamlInvalid as problem:
        reader.report(problem.rule, problem.place, problem.message, problem.hint)
        return reader.result(())
    if not isinstance(root, Mapping):
        reader.report("wrong_type", root, "a JSON Schema is an object", 'begin with {"$schema": …}')
        return reader.result(())
    return _SchemaReader(reader, References(root), dialect).read(root)


@dataclass(frozen=True, slots=True)
class _Value:
    """What a schema says of a value, before it is a column."""

    type: DataType
    nullable: bool
    enum: tuple[Scalar, ...] | None
    bounds: Bounds
    pattern: str | None
    description: str | None
    deprecated: bool


@dataclass(slots=True)
class _SchemaReader:
    """Reads the schemas of one document."""

    reader: ImportReader
    references: References
    dialect: str
    _inside: list[int] = field(default_factory=list)
    _read: int = 0

    def read(self, root: Mapping) -> Imported:
        return self.reader.result(list(self._tables(root)))

    def _tables(self, root: Mapping) -> Iterator[ContractTable]:
        title = root.get("title")
        stem = PurePosixPath(self.reader.file).name.split(".")[0]
        name = table_name(str(title.value)) if isinstance(title, ScalarNode) else ""
        name = name or table_name(stem) or "root"
        single = self._resolved(root)
        if single is None:
            return
        items = single.get("items")
        if _text_of(single, "type") == "array" and isinstance(items, Mapping):
            single = self._resolved(items) or single
        if isinstance(single.get("properties"), Mapping):
            yield self._table(name, single, single)
            return
        definitions = self.references.definitions()
        used = self.references.used()
        for key, node in definitions.items():
            if isinstance(node, Mapping) and node.get("properties") and key not in used:
                yield self._table(key, node, node)

    def _table(self, name: str, schema: Mapping, at: Node) -> ContractTable:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            self.reader.report("wrong_type", at, "`properties` is an object", None)
            return ContractTable(name, place=self.reader.place(at))
        required = self._required(schema, properties)
        self._note_unused(schema, f"the table `{name}`")
        return ContractTable(
            name,
            tuple(
                self._column(key, entry.value, key in required)
                for key, entry in properties.entries.items()
            ),
            kind="table",
            description=_text_of(schema, "description"),
            deprecated=_flag_of(schema, "deprecated"),
            place=self.reader.place(at),
        )

    def _required(self, schema: Mapping, properties: Mapping) -> frozenset[str]:
        node = schema.get("required")
        if node is None:
            return frozenset()
        if not isinstance(node, Sequence):
            self.reader.report("wrong_type", node, "`required` is a list of names", None)
            return frozenset()
        for item in node.items:
            name = item.value if isinstance(item, ScalarNode) else None
            if name not in properties.entries:
                hint = did_you_mean(str(name), properties.entries)
                message = f"`required` names `{plain(item)}`, which is no property"
                self.reader.report("unknown_column", item, message, hint)
        return frozenset(str(plain(item)) for item in node.items)

    def _column(self, name: str, node: Node, required: bool) -> ContractColumn:
        value = self._value(node, f"`{name}`", 0)
        column = ContractColumn(
            name,
            required=required and not value.nullable,
            enum=value.enum,
            bounds=value.bounds,
            pattern=value.pattern,
            description=value.description,
            deprecated=value.deprecated,
            place=self.reader.place(node),
        )
        return typed(column, value.type, self.dialect)

    def _value(self, node: Node, what: str, depth: int) -> _Value:
        """What the schema at a node allows; problems and losses are noted."""
        empty = _Value(UNKNOWN, True, None, Bounds(), None, None, False)
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            return empty
        if not isinstance(node, Mapping):
            self.reader.report("wrong_type", node, f"the schema of {what} is an object", None)
            return empty
        if depth > _MAX_DEPTH:
            message = f"{what} is nested more than {_MAX_DEPTH} levels deep"
            self.reader.report("wrong_type", node, message, "nest it less deeply")
            return empty
        resolved = self._resolved(node)
        if resolved is None or not self._enter(resolved, node, what):
            return empty
        try:
            return self._value_of(resolved, node, what, depth)
        finally:
            self._inside.pop()

    def _enter(self, schema: Mapping, node: Node, what: str) -> bool:
        """Whether a schema may be read: none that contains itself, and not without end."""
        self._read += 1
        if id(schema) in self._inside:
            message = f"the schema of {what} contains itself, and a column cannot"
            hint = "make it a table of its own, or remove the property"
            self.reader.report("invalid_reference", node, message, hint)
            return False
        if self._read > _MAX_VALUES:
            if self._read == _MAX_VALUES + 1:
                message = f"the schema stands for more than {_MAX_VALUES:,} values"
                self.reader.report("invalid_reference", node, message, "import a part of it")
            return False
        self._inside.append(id(schema))
        return True

    def _value_of(self, resolved: Mapping, outer: Mapping, what: str, depth: int) -> _Value:
        schema, null_beside = self._without_null(resolved, what)
        self._note_unused(schema, what)
        names = self._type_names(schema, what)
        enum, null_listed = self._enum(schema)
        kind = self._type(schema, [name for name in names if name != "null"], what, depth)
        stated = bool(names) or enum is not None
        nullable = "null" in names or null_beside or not stated or _flag_of(schema, "nullable")
        if enum is not None and not names:
            nullable, kind = null_listed, _type_of_values(enum)
        return _Value(
            kind,
            nullable and (enum is None or null_listed or null_beside),
            enum,
            self._bounds(schema),
            _text_of(schema, "pattern"),
            _text_of(outer, "description") or _text_of(schema, "description"),
            _flag_of(outer, "deprecated") or _flag_of(schema, "deprecated"),
        )

    def _resolved(self, node: Mapping) -> Mapping | None:
        """The schema that a chain of references ends in; None after noting why there is none."""
        try:
            return self.references.resolve(node)
        except RefersBadly as problem:
            self.reader.report("invalid_reference", problem.node, str(problem), problem.hint)
            return None

    def _without_null(self, schema: Mapping, what: str) -> tuple[Mapping, bool]:
        """The only alternative beside null, and whether null is one."""
        null = False
        for word in ("anyOf", "oneOf", "allOf"):
            node = schema.get(word)
            if not isinstance(node, Sequence):
                continue
            found = [item for item in node.items if isinstance(item, Mapping)]
            others = [item for item in found if _text_of(item, "type") != "null"]
            null = null or (word != "allOf" and len(others) < len(found))
            if len(others) == 1:
                return self._resolved(others[0]) or schema, null
            message = f"{what} has {len(others)} alternatives in `{word}`, and a column one type"
            self.reader.leave(node, message, "give the column one type in the contract")
        return schema, null

    def _type_names(self, schema: Mapping, what: str) -> list[str]:
        node = schema.get("type")
        if node is None:
            guess = "object" if schema.get("properties") else "array" if schema.get("items") else ""
            return [guess] if guess else []
        nodes = node.items if isinstance(node, Sequence) else [node]
        names = []
        for item in nodes:
            name = item.value if isinstance(item, ScalarNode) else None
            if name not in _NAMES:
                hint = did_you_mean(str(name), _NAMES) or "the types are " + ", ".join(_NAMES)
                message = f"`{plain(item)}` is not a type of JSON Schema, for {what}"
                self.reader.report("invalid_type", item, message, hint)
                continue
            names.append(str(name))
        return names

    def _type(self, schema: Mapping, names: list[str], what: str, depth: int) -> DataType:
        if set(names) == {"integer", "number"}:
            return DOUBLE
        if len(names) != 1:
            if len(names) > 1:
                message = f"{what} may be {' or '.join(names)}, and a column has one type"
                self.reader.leave(schema, message, "give the column one type in the contract")
            return UNKNOWN
        match names[0]:
            case "array":
                return self._array(schema, what, depth)
            case "object":
                return self._object(schema, what, depth)
            case name:
                form = _text_of(schema, "format")
                kind = _FORMATS.get(form or "", _TYPES[name])
                return kind if _fits(name, kind) else _TYPES[name]

    def _array(self, schema: Mapping, what: str, depth: int) -> DataType:
        items = schema.get("items")
        if items is None:
            return UNKNOWN
        return DataType(
            Family.ARRAY, items=(self._value(items, f"the items of {what}", depth + 1).type,)
        )

    def _object(self, schema: Mapping, what: str, depth: int) -> DataType:
        properties = schema.get("properties")
        if isinstance(properties, Mapping) and properties.entries:
            fields = tuple(
                (key, self._value(entry.value, f"`{key}` of {what}", depth + 1).type)
                for key, entry in properties.entries.items()
            )
            return DataType(Family.STRUCT, fields=fields)
        others = schema.get("additionalProperties")
        if isinstance(others, Mapping):
            value = self._value(others, f"the values of {what}", depth + 1)
            return DataType(Family.MAP, items=(STRING, value.type))
        return DataType(Family.JSON)

    def _enum(self, schema: Mapping) -> tuple[tuple[Scalar, ...] | None, bool]:
        """The allowed values without null, and whether null is allowed by them."""
        node = schema.get("enum")
        if node is None and schema.get("const") is not None:
            node = Sequence(schema.line, schema.column, items=[schema.entries["const"].value])
        if node is None:
            return None, True
        if not isinstance(node, Sequence) or not all(
            isinstance(item, ScalarNode) for item in node.items
        ):
            self.reader.leave(node, "only texts, numbers and truth values can be listed as allowed")
            return None, True
        values = [item.value for item in node.items if isinstance(item, ScalarNode)]
        return tuple(value for value in values if value is not None), None in values

    def _bounds(self, schema: Mapping) -> Bounds:
        found: dict[str, Any] = {}
        for key, attribute in _BOUNDS.items():
            node = schema.get(key)
            if node is None:
                continue
            value = node.value if isinstance(node, ScalarNode) else None
            if not isinstance(value, int | float):
                self.reader.report("wrong_type", node, f"`{key}` is a number", None)
                continue
            found[attribute] = value
        return Bounds(**_without_draft4_flags(found))

    def _note_unused(self, schema: Mapping, what: str) -> None:
        for key, entry in schema.entries.items():
            if key not in _SILENT and not key.startswith("x-"):
                self.reader.leave(entry.key_node, f"`{key}` of {what} has no word in a contract")


def _without_draft4_flags(bounds: dict[str, Any]) -> dict[str, Any]:
    """In draft 4, `exclusiveMinimum: true` makes the minimum exclusive."""
    for end in ("minimum", "maximum"):
        flag = bounds.get(f"exclusive_{end}")
        if isinstance(flag, bool):
            del bounds[f"exclusive_{end}"]
            if flag and end in bounds:
                bounds[f"exclusive_{end}"] = bounds.pop(end)
    return bounds


def _fits(name: str, kind: DataType) -> bool:
    match name:
        case "integer":
            return kind.family is Family.INTEGER
        case "number":
            return kind.family in (Family.FLOAT, Family.INTEGER)
        case "string":
            return kind.family not in (Family.FLOAT, Family.INTEGER)
        case _:
            return False


def _type_of_values(values: tuple[Scalar, ...]) -> DataType:
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return BOOLEAN
    if kinds == {int}:
        return BIGINT
    if kinds and kinds <= {int, float}:
        return DOUBLE
    return STRING


def _text_of(schema: Mapping, key: str) -> str | None:
    node = schema.get(key)
    return node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else None


def _flag_of(schema: Mapping, key: str) -> bool:
    node = schema.get(key)
    return isinstance(node, ScalarNode) and node.value is True
