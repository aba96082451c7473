"""Contracts as Avro schemas: one record a table."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hansa.core.contract import Contract, ContractColumn, ContractTable
from hansa.core.datatype import DataType, Family
from hansa.projects.exchange.avro_names import Unique, is_avro_name

# the attribute that keeps a name which Avro does not allow
ORIGINAL_NAME = "originalName"

_PLAIN = {
    Family.BOOLEAN: "boolean",
    Family.STRING: "string",
    Family.BINARY: "bytes",
    Family.DATE: {"type": "int", "logicalType": "date"},
    Family.TIME: {"type": "long", "logicalType": "time-micros"},
    Family.UUID: {"type": "string", "logicalType": "uuid"},
}
_FRACTIONS = {0: "millis", 3: "millis", 9: "nanos"}
# the digits of the largest integers that do not fit 64 bits with a sign
DIGITS = {64: 20, 128: 39}


def avro_text(contract: Contract) -> str:
    """The schema as JSON: a record, or a list of records for several tables."""
    names = Unique()
    records = [_TableWriter(names).record(table, contract.product) for table in contract.tables]
    document = records[0] if len(records) == 1 else records
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


@dataclass(slots=True)
class _TableWriter:
    """Writes one record; named types inside it take their names from the way to them."""

    names: Unique
    _fields: Unique = field(default_factory=Unique)

    def record(self, table: ContractTable, namespace: str) -> dict[str, Any]:
        name = self.names.name(table.name)
        record = {"type": "record", "name": name, "namespace": namespace}
        return {
            **record,
            **_original(table.name, name),
            **_documented(table.description),
            "fields": [self._column(column, name) for column in table.columns],
        }

    def _column(self, column: ContractColumn, path: str) -> dict[str, Any]:
        name = self._fields.name(column.name)
        kind = self._enum(column, path) or self._type(column.type, f"{path}_{name}")
        found: dict[str, Any] = {
            "name": name,
            **_original(column.name, name),
            **_documented(column.description),
        }
        if column.required or column.key_position is not None:
            return {**found, "type": kind}
        return {**found, "type": ["null", kind], "default": None}

    def _enum(self, column: ContractColumn, path: str) -> dict[str, Any] | None:
        """The allowed values as an Avro enum, where they all are names."""
        symbols = column.enum or ()
        if column.type.family is not Family.STRING or not symbols:
            return None
        if not all(isinstance(one, str) and is_avro_name(one) for one in symbols):
            return None
        name = self.names.name(f"{path}_{column.name}")
        return {"type": "enum", "name": name, "symbols": list(dict.fromkeys(symbols))}

    def _type(self, kind: DataType, path: str) -> Any:
        match kind.family:
            case Family.INTEGER:
                return _integer(kind)
            case Family.FLOAT:
                return "float" if kind.bits == 32 else "double"
            case Family.DECIMAL if kind.precision is not None:
                return _decimal(kind.precision, kind.scale or 0)
            case Family.TIMESTAMP:
                local = "" if kind.timezone else "local-"
                unit = _FRACTIONS.get(6 if kind.precision is None else kind.precision, "micros")
                return {"type": "long", "logicalType": f"{local}timestamp-{unit}"}
            case Family.ARRAY if kind.items:
                return {"type": "array", "items": ["null", self._type(kind.items[0], path)]}
            case Family.MAP if len(kind.items) == 2:
                return self._map(kind, path)
            case Family.STRUCT if kind.fields:
                return self._struct(kind.fields, path)
            case _:
                # decimals without limits, documents and a dialect's own types have no form in
                # Avro that loses nothing but text
                return _PLAIN.get(kind.family, "string")

    def _map(self, kind: DataType, path: str) -> dict[str, Any]:
        key, value = kind.items
        if key.family is Family.STRING:
            return {"type": "map", "values": ["null", self._type(value, path)]}
        # Avro's maps have texts as keys; others are a list of pairs
        entries = self._struct((("key", key), ("value", value)), path)
        return {"type": "array", "items": entries}

    def _struct(self, fields: tuple[tuple[str, DataType], ...], path: str) -> dict[str, Any]:
        name, inner = self.names.name(path), Unique()
        found = []
        for original, kind in fields:
            written = inner.name(original)
            found.append(
                {
                    "name": written,
                    **_original(original, written),
                    "type": ["null", self._type(kind, f"{name}_{written}")],
                    "default": None,
                }
            )
        return {"type": "record", "name": name, "fields": found}


def _integer(kind: DataType) -> Any:
    bits = kind.bits or 64
    if bits <= 16 or (bits == 32 and kind.signed):
        return "int"
    if bits <= 32 or (bits == 64 and kind.signed):
        return "long"
    return _decimal(DIGITS[bits], 0)


def _decimal(precision: int, scale: int) -> dict[str, Any]:
    return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}


def _original(name: str, written: str) -> dict[str, str]:
    return {} if name == written else {ORIGINAL_NAME: name}


def _documented(text: str | None) -> dict[str, str]:
    return {"doc": text} if text else {}
