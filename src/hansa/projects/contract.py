"""Reads contract.yaml, an Open Data Contract Standard document, as the values checks work on."""

from __future__ import annotations

from hansa.core.contract import Contract, ContractTable, Role, ServiceLevel
from hansa.core.version import Version
from hansa.errors import Place
from hansa.projects.contract_columns import ColumnContext, read_columns
from hansa.projects.contract_rules import (
    collect_names,
    read_quality,
    read_relationships,
)
from hansa.projects.contract_shapes import CONTRACT, NEWEST, extras_of
from hansa.projects.decoding import Reader, Record
from hansa.projects.errors import ProductInvalid

_EXTRAS = (
    "apiVersion",
    "id",
    "name",
    "tenant",
    "servers",
    "description",
    "domain",
    "context",
    "support",
    "price",
    "team",
    "slaDefaultElement",
    "customProperties",
    "authoritativeDefinitions",
    "contractCreatedTs",
)
_TABLE_EXTRAS = (
    "id",
    "physicalType",
    "physicalName",
    "businessName",
    "synonyms",
    "customProperties",
    "authoritativeDefinitions",
    "context",
)
_KINDS = {"table": "table", "view": "view"}
_UNREADABLE = Version.parse("0.0.0")


def read_contract(text: bytes, file: str, dialect: str = "duckdb") -> Contract:
    """The contract that the document says; `dialect` is the one of its physical types.

    Raises ProductInvalid with every problem found.
    """
    reader = Reader(file)
    contract = decode_contract(text, reader, dialect)
    if reader.findings:
        raise ProductInvalid(reader.findings)
    return contract


def decode_contract(text: bytes, reader: Reader, dialect: str) -> Contract:
    """As far as the document can be read; problems are noted in the reader."""
    node = reader.read(text)
    record = CONTRACT(node, reader) if node is not None else None
    if record is None:
        return Contract("", _UNREADABLE, place=Place(reader.file))
    version: Version = record.get("version", _UNREADABLE)
    product, _ = named_product(record)
    return Contract(
        product=product,
        version=version,
        status=record.get("status", "draft"),
        description=_read_description(record),
        tables=_read_tables(record, dialect),
        service_levels=_read_service_levels(record),
        roles=tuple(
            Role(role.get("role"), role.get("access"))
            for role in record.get("roles", ())
            if role.get("role")
        ),
        tags=record.get("tags", ()),
        extras=_read_extras(record),
        place=record.at("version"),
    )


def named_product(record: Record) -> tuple[str, str]:
    """The product that the document names, and the key that does."""
    for key in ("dataProduct", "name", "id"):
        if record.get(key):
            return record.get(key), key
    return "", "id"


def _read_extras(record: Record) -> tuple[tuple[str, object], ...]:
    extras = dict(extras_of(record, _EXTRAS))
    if "description" in extras:
        described: Record = record.get("description")
        extras["description"] = dict(described.values)
    return tuple(extras.items())


def _read_description(record: Record) -> str | None:
    described: Record | None = record.get("description")
    if described is None:
        return None
    text: str | None = described.get("purpose") or described.get("usage")
    return text


def _read_tables(record: Record, dialect: str) -> tuple[ContractTable, ...]:
    records: tuple[Record, ...] = record.get("schema", ())
    names = collect_names(records)
    api_version = record.get("apiVersion", NEWEST)
    tables: dict[str, ContractTable] = {}
    for table in records:
        name = table.get("name")
        if name is None:
            continue
        twin = tables.get(name.casefold())
        if twin is not None:
            message = f"the table `{name}` stands twice"
            if twin.name != name:
                message = f"the tables `{twin.name}` and `{name}` differ only by letter case"
            table.reader.report("duplicate_table", table.at("name"), message, "keep one of them")
            continue
        context = ColumnContext(name, names, dialect, api_version)
        tables[name.casefold()] = _read_table(table, context)
    return tuple(tables.values())


def _read_table(record: Record, context: ColumnContext) -> ContractTable:
    return ContractTable(
        name=context.table,
        columns=read_columns(record.get("properties", ()), context),
        kind=_KINDS.get((record.get("physicalType") or "").lower()),
        description=record.get("description"),
        granularity=record.get("dataGranularityDescription"),
        deprecated=record.get("deprecated", False),
        tags=record.get("tags", ()),
        quality=read_quality(record),
        relationships=read_relationships(record, context.table, None, context.names),
        extras=extras_of(record, _TABLE_EXTRAS),
        place=record.at("name"),
    )


def _read_service_levels(record: Record) -> tuple[ServiceLevel, ...]:
    levels: tuple[Record, ...] = record.get("slaProperties", ())
    return tuple(
        ServiceLevel(
            level.get("property"),
            level.get("value"),
            level.get("unit"),
            level.get("element") or record.get("slaDefaultElement"),
            level.reader.place(level.node),
        )
        for level in levels
        if level.get("property")
    )
