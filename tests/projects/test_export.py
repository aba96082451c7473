from __future__ import annotations

import json

import pytest
from tests.projects import test_contract

from hansa.core.contract import Contract
from hansa.projects.contract import read_contract
from hansa.projects.export import FORMATS, UnknownExportFormat, export_contract
from hansa.projects.odcs import validate_odcs

CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: shop
version: 1.4.0
status: active
description: {purpose: What the shop sells.}
schema:
  - name: order
    description: Orders.
    dataGranularityDescription: one row per order
    properties:
      - name: id
        physicalType: bigint
        primaryKey: true
      - name: size
        logicalType: string
        description: Small | large.
        logicalTypeOptions: {enum: [small, large], maxLength: 5}
      - name: amount
        physicalType: decimal(10,2)
        required: true
        unique: true
        deprecated: true
        logicalTypeOptions: {minimum: 0}
      - name: days
        logicalType: array
        items: {logicalType: date}
team:
  - {username: a}
"""

EXPECTED = {
    "odcs": """\
apiVersion: v3.2.0
kind: DataContract
id: shop
name: shop
version: 1.4.0
status: active
dataProduct: shop
description:
  purpose: What the shop sells.
schema:
  - name: order
    logicalType: object
    description: Orders.
    dataGranularityDescription: one row per order
    properties:
      - name: id
        logicalType: integer
        physicalType: bigint
        primaryKey: true
        primaryKeyPosition: 1
      - name: size
        logicalType: string
        description: Small | large.
        enum:
          - value: small
          - value: large
        logicalTypeOptions:
          maxLength: 5
      - name: amount
        logicalType: number
        physicalType: decimal(10,2)
        deprecated: true
        required: true
        unique: true
        logicalTypeOptions:
          minimum: 0
      - name: days
        logicalType: array
        items:
          logicalType: date
team:
  members:
    - username: a
""",
    "sql": """\
CREATE TABLE "order" (
  "id" bigint NOT NULL,
  "size" varchar,
  "amount" decimal(10,2) NOT NULL UNIQUE,
  "days" date[],
  PRIMARY KEY ("id"),
  CHECK ("size" IN ('small', 'large')),
  CHECK ("amount" >= 0)
);
COMMENT ON TABLE "order" IS 'Orders.';
COMMENT ON COLUMN "order"."size" IS 'Small | large.';
""",
    "markdown": """\
# shop 1.4.0

What the shop sells.

## order

Orders.

Granularity: one row per order

| column | type | promises | description |
|---|---|---|---|
| id | bigint | primary key |  |
| size | string | one of small, large | Small \\| large. |
| amount | decimal(10,2) | required, unique, deprecated |  |
| days | array |  |  |
""",
}
JSON_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "shop",
    "version": "1.4.0",
    "description": "What the shop sells.",
    "$defs": {
        "order": {
            "type": "object",
            "description": "Orders.",
            "properties": {
                "id": {"type": "integer"},
                "size": {
                    "type": ["string", "null"],
                    "enum": ["small", "large", None],
                    "maxLength": 5,
                    "description": "Small | large.",
                },
                "amount": {"type": "number", "minimum": 0, "deprecated": True},
                "days": {
                    "type": ["array", "null"],
                    "items": {"type": "string", "format": "date"},
                },
            },
            "required": ["id", "size", "amount", "days"],
            "additionalProperties": False,
        }
    },
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return read_contract(CONTRACT.encode(), "contract.yaml")


@pytest.mark.parametrize("form", EXPECTED)
def test_a_contract_is_exported(form: str, contract: Contract) -> None:
    assert export_contract(contract, form) == EXPECTED[form]


def test_a_contract_is_exported_as_json_schema(contract: Contract) -> None:
    assert json.loads(export_contract(contract, "jsonschema")) == JSON_SCHEMA


def test_ddl_is_written_in_the_dialect(contract: Contract) -> None:
    first = export_contract(contract, "sql", "bigquery").splitlines()[:2]
    assert first == ["CREATE TABLE `order` (", "  `id` int64 NOT NULL,"]


@pytest.mark.parametrize("text", [CONTRACT, test_contract.FULL], ids=["3.0", "full"])
def test_an_exported_document_is_valid_and_says_the_same(text: str) -> None:
    before = read_contract(text.encode(), "f")
    exported = export_contract(before, "odcs").encode()
    assert validate_odcs(exported, "f") == ()
    after = read_contract(exported, "f")
    assert _semantics(after) == _semantics(before)
    assert export_contract(after, "odcs").encode() == exported


def _semantics(contract: Contract) -> object:
    return (
        [
            (
                table.name,
                table.kind,
                table.primary_key,
                table.relationships,
                [(c.name, c.type, c.enum, c.bounds, c.pattern, c.timezone) for c in table.columns],
            )
            for table in contract.tables
        ],
        contract.service_levels,
        contract.roles,
    )


def test_an_unknown_format_is_told(contract: Contract) -> None:
    with pytest.raises(UnknownExportFormat) as caught:
        export_contract(contract, "markdwn")
    assert str(caught.value) == "`markdwn` is not a format for contracts"
    assert caught.value.hint == "did you mean `markdown`?"
    with pytest.raises(UnknownExportFormat) as caught:
        export_contract(contract, "x")
    assert caught.value.hint == "the formats are " + ", ".join(FORMATS)
