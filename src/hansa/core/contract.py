"""The public interface of a product: what an ODCS document says, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hansa.core.datatype import UNKNOWN, DataType
from hansa.core.schema import Column, TableSchema
from hansa.core.version import Version
from hansa.errors import Place

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of a column's values, from logicalTypeOptions; None is no limit."""

    minimum: Scalar = None
    maximum: Scalar = None
    exclusive_minimum: Scalar = None
    exclusive_maximum: Scalar = None
    min_length: int | None = None
    max_length: int | None = None
    multiple_of: int | float | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """One quality check of a table or column.

    `kind` is `library` (then `metric` and `arguments`), `sql` (then `query`), `text` or
    `custom`. `conditions` maps ODCS's comparison names (`mustBe`, `mustBeLessThan`, …) to
    their values. `severity` is `error` unless the document says otherwise.
    """

    kind: str
    name: str | None = None
    metric: str | None = None
    arguments: tuple[tuple[str, Any], ...] = ()
    query: str | None = None
    conditions: tuple[tuple[str, Any], ...] = ()
    unit: str | None = None
    severity: str = "error"
    description: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Relationship:
    """A foreign key: these columns' values appear in `to_columns` of `to_table`.

    `to_table` is a table of the same contract, or `product.table` of a required product.
    """

    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ContractColumn:
    """One property of a public table.

    `type` is the parsed physicalType (or what the logicalType stands for when there is none),
    `physical_type` the text. `key_position` is the 1-based place in the primary key, None
    outside it. `enum` is the list of allowed values, None without one. `extras` holds what
    readers see and checks do not use (semanticType, businessName, unit, customProperties, …).
    """

    name: str
    type: DataType = UNKNOWN
    physical_type: str | None = None
    logical_type: str | None = None
    required: bool = False
    unique: bool = False
    key_position: int | None = None
    enum: tuple[Scalar, ...] | None = None
    bounds: Bounds = Bounds()
    pattern: str | None = None
    format: str | None = None
    timezone: str | None = None
    classification: str | None = None
    deprecated: bool = False
    description: str | None = None
    tags: tuple[str, ...] = ()
    quality: tuple[Quality, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    fields: tuple[ContractColumn, ...] = ()
    extras: tuple[tuple[str, Any], ...] = field(default=(), compare=False)
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ContractTable:
    """One public table. `kind` is `table` or `view`; None when the document does not say."""

    name: str
    columns: tuple[ContractColumn, ...] = ()
    kind: str | None = None
    description: str | None = None
    granularity: str | None = None
    deprecated: bool = False
    tags: tuple[str, ...] = ()
    quality: tuple[Quality, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    extras: tuple[tuple[str, Any], ...] = field(default=(), compare=False)
    place: Place | None = field(default=None, compare=False)

    def column(self, name: str) -> ContractColumn | None:
        """The column of exactly that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The primary key's columns in their order; empty without one."""
        keyed = [
            (column.key_position, column.name)
            for column in self.columns
            if column.key_position is not None
        ]
        return tuple(name for _, name in sorted(keyed))

    @property
    def schema(self) -> TableSchema:
        """What a reader may rely on: columns, and the keys that are declared and never NULL."""
        columns = tuple(
            Column(column.name, column.type, not (column.required or column.key_position))
            for column in self.columns
        )
        keys = {frozenset(self.primary_key)} if self.primary_key else set()
        keys |= {
            frozenset({column.name})
            for column in self.columns
            if column.unique and (column.required or column.key_position)
        }
        return TableSchema(columns, frozenset(keys))


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """One slaProperty: `property` (freshness, retention, availability, …), value, unit, element."""

    property: str
    value: Scalar = None
    unit: str | None = None
    element: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Role:
    """Who may read: a database role that the contract names."""

    name: str
    access: str | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """The public interface of a product at one version, tables in document order."""

    product: str
    version: Version
    status: str = "draft"
    description: str | None = None
    tables: tuple[ContractTable, ...] = ()
    service_levels: tuple[ServiceLevel, ...] = ()
    roles: tuple[Role, ...] = ()
    tags: tuple[str, ...] = ()
    extras: tuple[tuple[str, Any], ...] = field(default=(), compare=False)
    place: Place | None = field(default=None, compare=False)

    def table(self, name: str) -> ContractTable | None:
        """The public table of exactly that name, or None."""
        return next((table for table in self.tables if table.name == name), None)
