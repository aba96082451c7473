"""Contracts for round trips: one that uses every word, and random ones."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from hansa.core.contract import Bounds, Contract, ContractColumn, ContractTable
from hansa.core.datatype import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIMESTAMP,
    TIMESTAMPTZ,
    DataType,
    Family,
)
from hansa.core.version import Version
from hansa.projects.contract import read_contract
from hansa.projects.exchange.imported import typed

TEXT = """\
apiVersion: v3.2.0
kind: DataContract
id: shop
version: 1.4.0
status: active
description: {purpose: What the shop sells.}
schema:
  - name: customers
    physicalType: table
    description: Customers, {{ all }} {% of %} them.
    tags: [core]
    customProperties:
      - {property: group, value: sales}
      - {property: owner, value: Sales <sales@example.com>}
      - {property: meta.tier, value: gold}
    properties:
      - {name: id, physicalType: bigint, required: true, primaryKey: true}
      - {name: email, physicalType: varchar, required: true, unique: true, classification: private}
      - {name: state, physicalType: varchar, enum: [{value: new}, {value: old}], tags: [pii]}
  - name: orders_v1
    physicalType: table
    deprecated: true
    description: Orders, as they were.
    customProperties:
      - {property: versionOf, value: orders}
      - {property: sunset, value: '2027-01-31'}
    properties:
      - {name: id, physicalType: bigint, required: true, primaryKey: true}
  - name: orders_v2
    physicalType: table
    description: Orders.
    dataGranularityDescription: one row per order and line
    customProperties:
      - {property: versionOf, value: orders}
      - {property: latestVersion, value: true}
    properties:
      - {name: id, physicalType: bigint, required: true, primaryKey: true, primaryKeyPosition: 2}
      - name: line
        physicalType: smallint
        required: true
        primaryKey: true
        primaryKeyPosition: 1
      - name: customer
        physicalType: bigint
        required: true
        relationships: [{type: foreignKey, to: customers.id}]
      - name: amount
        physicalType: decimal(10,2)
        deprecated: true
        description: In euros.
        logicalTypeOptions: {minimum: 0, maximum: 1000000}
      - {name: placed_at, physicalType: timestamp with time zone}
      - {name: stars, physicalType: integer, enum: [{value: 1}, {value: 2}]}
      - {name: lines, physicalType: 'STRUCT(sku VARCHAR, n INTEGER)[]'}
      - {name: words, physicalType: 'map(varchar, date)'}
      - {name: day of week, physicalType: varchar}
      - {name: key, physicalType: uuid}
"""


def contract() -> Contract:
    return read_contract(TEXT.encode(), "contract.yaml")


_NAMES = st.text(string.ascii_lowercase + "_ é'\"`-", min_size=1, max_size=12).filter(str.strip)
SIMPLE = (
    BOOLEAN,
    INTEGER,
    BIGINT,
    DOUBLE,
    STRING,
    DATE,
    TIMESTAMP,
    TIMESTAMPTZ,
    DataType(Family.UUID),
    DataType(Family.BINARY),
    DataType(Family.FLOAT, bits=32),
    DataType(Family.DECIMAL, precision=12, scale=3),
)


def _nested(inner: st.SearchStrategy[DataType]) -> st.SearchStrategy[DataType]:
    fields = st.lists(
        st.tuples(_NAMES, inner), min_size=1, max_size=3, unique_by=lambda pair: pair[0].casefold()
    )
    return st.one_of(
        inner.map(lambda kind: DataType(Family.ARRAY, items=(kind,))),
        inner.map(lambda kind: DataType(Family.MAP, items=(STRING, kind))),
        fields.map(lambda pairs: DataType(Family.STRUCT, fields=tuple(pairs))),
    )


TYPES = st.recursive(st.sampled_from(SIMPLE), _nested, max_leaves=4)


@st.composite
def columns(draw: st.DrawFn, name: str, types: st.SearchStrategy[DataType]) -> ContractColumn:
    kind = draw(types)
    enum = None
    if kind == STRING:
        enum = draw(st.none() | st.lists(st.text(max_size=5), min_size=1, unique=True).map(tuple))
    bounds = Bounds()
    if kind in (INTEGER, BIGINT):
        bounds = Bounds(
            minimum=draw(st.none() | st.integers(-9, 0)),
            maximum=draw(st.none() | st.integers(1, 9)),
        )
    column = ContractColumn(
        name,
        required=draw(st.booleans()),
        enum=enum,
        bounds=bounds,
        description=draw(st.none() | st.sampled_from(["a", "it's | 100% {{ x }} {% y %}", "ü: #"])),
    )
    return typed(column, kind, "duckdb")


@st.composite
def contracts(draw: st.DrawFn, types: st.SearchStrategy[DataType] = TYPES) -> Contract:
    tables = []
    named = st.lists(_NAMES, min_size=1, max_size=3, unique_by=lambda name: name.casefold().strip())
    for name in draw(named):
        names = draw(named)
        found = tuple(draw(columns(one, types)) for one in names)
        tables.append(ContractTable(name, found, kind="table"))
    return Contract("shop", Version.parse("1.0.0"), tables=tuple(tables))
