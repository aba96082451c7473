from __future__ import annotations

from typing import Any

import pytest
from tests.projects.samples import lines

from hansa.core.contract import (
    Bounds,
    Contract,
    ContractColumn,
    ContractTable,
    Quality,
    Relationship,
    Role,
    ServiceLevel,
)
from hansa.core.datatype import BIGINT, DATE, DOUBLE, STRING, TIMESTAMPTZ, DataType, Family
from hansa.core.version import Version
from hansa.errors import Place
from hansa.projects.contract import read_contract
from hansa.projects.errors import ProductInvalid

HEAD = """\
apiVersion: v3.2.0
kind: DataContract
id: shop
version: 1.4.0
"""

FULL = """\
apiVersion: v3.2.0
kind: DataContract
id: "53581432"
name: Shop contract
dataProduct: shop
version: 1.4.0
status: active
domain: sales
tags: [gold]
description:
  purpose: What the shop sells.
  limitations: No refunds.
customProperties:
  - {property: tier, value: 1}
schema:
  - name: orders
    id: orders_tbl
    physicalType: VIEW
    description: Orders.
    dataGranularityDescription: one row per order
    businessName: Orders
    deprecated: true
    tags: [a, b]
    properties:
      - name: id
        logicalType: integer
        physicalType: hugeint
        primaryKey: true
        primaryKeyPosition: 2
        required: true
      - name: day
        logicalType: date
        primaryKey: true
        primaryKeyPosition: 1
        logicalTypeOptions: {minimum: '2020-01-01', exclusiveMaximum: '2100-01-01'}
      - name: customer
        logicalType: string
        unique: true
        classification: restricted
        deprecated: true
        description: Who.
        tags: [pii]
        semanticType: identifier
        examples: [a1]
        partitioned: true
        customProperties:
          - {property: masking, value: hash}
        logicalTypeOptions: {minLength: 1, maxLength: 9, pattern: '^a', format: uuid}
        relationships:
          - {type: foreignKey, to: customers.people.id}
        quality:
          - {metric: missingValues, arguments: {missingValues: [null, '']}, mustBe: 0}
      - name: at
        logicalType: timestamp
        logicalTypeOptions: {timezone: true, defaultTimezone: Europe/Berlin}
      - name: size
        logicalType: string
        enum: [{value: small}, {value: large, label: Large}]
      - name: amount
        logicalType: number
        logicalTypeOptions: {multipleOf: 0.01, exclusiveMinimum: 0, maximum: 10}
      - name: lines
        logicalType: array
        items:
          logicalType: object
          properties:
            - {name: sku, logicalType: string, required: true}
            - {name: n, logicalType: integer, logicalTypeOptions: {format: i32}}
      - name: notes
        logicalType: map
        map: {key: {logicalType: string}, value: {logicalType: date}}
    relationships:
      - from: [orders.id, orders.day]
        to: [items.order_id, items.day]
      - {from: schema/orders_tbl/properties/id, to: schema/items_tbl/properties/item_id}
      - {from: orders.id, to: 'https://example.com/other.yaml#schema/a/properties/b'}
    quality:
      - metric: rowCount
        mustBeBetween: [1, 100]
        unit: rows
        severity: warning
        name: filled
      - type: sql
        query: SELECT COUNT(*) FROM orders
        mustBeGreaterThan: 0
        description: not empty
      - {type: text, description: Looks right.}
      - {type: custom, engine: soda, implementation: 'x: 1'}
  - name: items
    id: items_tbl
    physicalType: table
    properties:
      - {name: order_id, id: item_id, physicalType: BIGINT}
      - {name: day, physicalType: date}
slaProperties:
  - {property: freshness, value: 2, unit: d, element: orders.day}
  - {property: availability, value: 99.9%}
roles:
  - {role: analyst, access: read}
  - {role: auditor}
team:
  name: shop
"""


def test_every_promise_of_a_contract_is_read() -> None:
    contract = read_contract(FULL.encode(), "contract.yaml")
    expected = Contract(
        product="shop",
        version=Version.parse("1.4.0"),
        status="active",
        description="What the shop sells.",
        tags=("gold",),
        service_levels=(
            ServiceLevel("freshness", 2, "d", "orders.day"),
            ServiceLevel("availability", "99.9%"),
        ),
        roles=(Role("analyst", "read"), Role("auditor")),
        tables=(
            ContractTable(
                name="orders",
                kind="view",
                description="Orders.",
                granularity="one row per order",
                deprecated=True,
                tags=("a", "b"),
                columns=_ORDER_COLUMNS,
                relationships=(
                    Relationship(("id", "day"), "items", ("order_id", "day")),
                    Relationship(("id",), "items", ("order_id",)),
                ),
                quality=(
                    Quality(
                        "library",
                        name="filled",
                        metric="rowCount",
                        conditions=(("mustBeBetween", (1, 100)),),
                        unit="rows",
                        severity="warning",
                    ),
                    Quality(
                        "sql",
                        query="SELECT COUNT(*) FROM orders",
                        conditions=(("mustBeGreaterThan", 0),),
                        description="not empty",
                    ),
                    Quality("text", description="Looks right."),
                    Quality("custom"),
                ),
            ),
            ContractTable(
                name="items",
                kind="table",
                columns=(
                    ContractColumn("order_id", BIGINT, "BIGINT"),
                    ContractColumn("day", DATE, "date"),
                ),
            ),
        ),
    )
    assert contract == expected


_SKU = ContractColumn("sku", STRING, logical_type="string", required=True)
_COUNT = ContractColumn(
    "n", DataType(Family.INTEGER, bits=32), logical_type="integer", format="i32"
)
_LINE = DataType(Family.STRUCT, fields=(("sku", STRING), ("n", DataType(Family.INTEGER, bits=32))))
_ORDER_COLUMNS = (
    ContractColumn(
        "id",
        DataType(Family.INTEGER, bits=128),
        "hugeint",
        "integer",
        required=True,
        key_position=2,
    ),
    ContractColumn(
        "day",
        DATE,
        logical_type="date",
        key_position=1,
        bounds=Bounds(minimum="2020-01-01", exclusive_maximum="2100-01-01"),
    ),
    ContractColumn(
        "customer",
        STRING,
        logical_type="string",
        unique=True,
        classification="restricted",
        deprecated=True,
        description="Who.",
        tags=("pii",),
        bounds=Bounds(min_length=1, max_length=9),
        pattern="^a",
        format="uuid",
        relationships=(Relationship(("customer",), "customers.people", ("id",)),),
        quality=(
            Quality(
                "library",
                metric="missingValues",
                arguments=(("missingValues", [None, ""]),),
                conditions=(("mustBe", 0),),
            ),
        ),
    ),
    ContractColumn("at", TIMESTAMPTZ, logical_type="timestamp", timezone="Europe/Berlin"),
    ContractColumn("size", STRING, logical_type="string", enum=("small", "large")),
    ContractColumn(
        "amount",
        DOUBLE,
        logical_type="number",
        bounds=Bounds(exclusive_minimum=0, maximum=10, multiple_of=0.01),
    ),
    ContractColumn(
        "lines",
        DataType(Family.ARRAY, items=(_LINE,)),
        logical_type="array",
        fields=(ContractColumn("items", _LINE, logical_type="object", fields=(_SKU, _COUNT)),),
    ),
    ContractColumn(
        "notes",
        DataType(Family.MAP, items=(STRING, DATE)),
        logical_type="map",
        fields=(
            ContractColumn("key", STRING, logical_type="string"),
            ContractColumn("value", DATE, logical_type="date"),
        ),
    ),
)


def test_the_primary_key_is_in_its_order() -> None:
    contract = read_contract(FULL.encode(), "contract.yaml")
    assert contract.tables[0].primary_key == ("day", "id")


def test_places_point_to_names() -> None:
    contract = read_contract(FULL.encode(), "a/contract.yaml")
    orders = contract.tables[0]
    assert contract.place == Place("a/contract.yaml", 6, 10)
    assert orders.place == Place("a/contract.yaml", 16, 11)
    assert orders.columns[1].place == Place("a/contract.yaml", 31, 15)
    assert orders.quality[1].place == Place("a/contract.yaml", 83, 9)
    assert orders.relationships[0].place == Place("a/contract.yaml", 73, 9)
    assert contract.service_levels[1].place == Place("a/contract.yaml", 97, 5)


def test_what_has_no_meaning_for_checks_is_kept() -> None:
    contract = read_contract(FULL.encode(), "contract.yaml")
    assert dict(contract.extras) == {
        "apiVersion": "v3.2.0",
        "id": "53581432",
        "name": "Shop contract",
        "description": {"purpose": "What the shop sells.", "limitations": "No refunds."},
        "domain": "sales",
        "team": {"name": "shop"},
        "customProperties": {"tier": 1},
    }
    assert dict(contract.tables[0].extras) == {
        "id": "orders_tbl",
        "physicalType": "VIEW",
        "businessName": "Orders",
    }
    assert dict(contract.tables[0].columns[2].extras) == {
        "semanticType": "identifier",
        "customProperties": {"masking": "hash"},
        "examples": ["a1"],
        "partitioned": True,
    }


def _column(text: str, api_version: str = "v3.2.0") -> ContractColumn:
    head = HEAD.replace("v3.2.0", api_version)
    document = f"{head}schema:\n  - name: t\n    properties:\n      - {text}\n"
    return read_contract(document.encode(), "f").tables[0].columns[0]


@pytest.mark.parametrize(
    ("api_version", "column"),
    [
        ("v3.2.0", "{name: c, logicalType: string, enum: [{value: a}, {value: b}]}"),
        ("v3.1.0", "{name: c, logicalType: string, logicalTypeOptions: {enum: [a, b]}}"),
        (
            "v3.0.2",
            "{name: c, logicalType: string, customProperties: [{property: enum, value: [a, b]}]}",
        ),
        (
            "v3.0.1",
            "{name: c, logicalType: string, quality: [{type: library, rule: validValues, "
            "validValues: [a, b], mustBe: 0}]}",
        ),
        (
            "v3.1.0",
            "{name: c, logicalType: string, quality: [{metric: invalidValues, "
            "arguments: {validValues: [a, b]}, mustBe: 0}]}",
        ),
    ],
)
def test_an_enum_is_read_as_each_version_writes_it(api_version: str, column: str) -> None:
    assert _column(column, api_version).enum == ("a", "b")


@pytest.mark.parametrize(
    "column",
    [
        "{name: c, logicalType: string, quality: [{metric: invalidValues, "
        "arguments: {validValues: [a, b]}, mustBeLessThan: 5}]}",
        "{name: c, logicalType: string}",
    ],
)
def test_a_tolerated_share_of_invalid_values_is_no_enum(column: str) -> None:
    assert _column(column, "v3.1.0").enum is None


def test_the_library_rules_of_3_0_are_the_metrics_of_3_2() -> None:
    column = _column(
        "{name: c, logicalType: string, quality: [{rule: duplicateCount, mustBe: 0}]}", "v3.0.2"
    )
    assert column.quality == (
        Quality("library", metric="duplicateValues", conditions=(("mustBe", 0),)),
    )


def test_a_team_may_be_a_list_of_members_as_in_3_0() -> None:
    text = HEAD.replace("v3.2.0", "v3.0.0") + "team:\n  - {username: a, role: owner}\n"
    extras = dict(read_contract(text.encode(), "f").extras)
    assert extras["team"] == [{"username": "a", "role": "owner"}]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{minimum: 1, exclusiveMinimum: true}", Bounds(exclusive_minimum=1)),
        ("{maximum: 1, exclusiveMaximum: false}", Bounds(maximum=1)),
        ("{minimum: 1, maximum: 2}", Bounds(minimum=1, maximum=2)),
    ],
)
def test_exclusive_bounds_may_be_truth_values(options: str, expected: Bounds) -> None:
    column = _column(f"{{name: c, logicalType: integer, logicalTypeOptions: {options}}}")
    assert column.bounds == expected


TYPES: dict[str, tuple[str, DataType]] = {
    "physical wins": (
        "logicalType: number, physicalType: 'decimal(9,2)'",
        DataType(Family.DECIMAL, precision=9, scale=2),
    ),
    "string": ("logicalType: string", STRING),
    "integer": ("logicalType: integer", BIGINT),
    "u16": (
        "logicalType: integer, logicalTypeOptions: {format: u16}",
        DataType(Family.INTEGER, bits=16, signed=False),
    ),
    "number": ("logicalType: number", DOUBLE),
    "f32": (
        "logicalType: number, logicalTypeOptions: {format: f32}",
        DataType(Family.FLOAT, bits=32),
    ),
    "time": ("logicalType: time", DataType(Family.TIME)),
    "vector": (
        "logicalType: vector, logicalTypeOptions: {dimensions: 3}",
        DataType(Family.ARRAY, items=(DataType(Family.FLOAT, bits=32),)),
    ),
}


@pytest.mark.parametrize("case", TYPES)
def test_types_come_from_the_physical_else_the_logical_type(case: str) -> None:
    text, expected = TYPES[case]
    assert _column(f"{{name: c, {text}}}").type == expected


def test_physical_types_are_read_in_the_dialect() -> None:
    text = f"{HEAD}schema:\n  - name: t\n    properties: [{{name: c, physicalType: timestamp}}]\n"
    assert read_contract(text.encode(), "f", "spark").tables[0].columns[0].type == TIMESTAMPTZ


def test_keys_without_position_follow_those_with_one() -> None:
    text = (
        HEAD
        + "schema:\n  - name: t\n    properties:\n"
        + "".join(
            f"      - {{name: {name}, logicalType: date, primaryKey: true{position}}}\n"
            for name, position in [("a", ""), ("b", ", primaryKeyPosition: 1"), ("c", "")]
        )
    )
    assert read_contract(text.encode(), "f").tables[0].primary_key == ("b", "a", "c")


TABLE = "schema:\n  - name: t\n    properties:\n      - {name: a, logicalType: string}\n"
COLUMN = "schema:\n  - name: t\n    properties:\n      - name: a\n        logicalType: string\n"
PROBLEMS: dict[str, tuple[str, list[str]]] = {
    "empty": (
        "",
        [
            "f:1:1 wrong_type: contract.yaml is a mapping of keys, and this is empty | begin with "
            "`apiVersion: v3.2.0` and `kind: DataContract`"
        ],
    ),
    "missing keys": (
        "kind: DataContract\n",
        [
            "f:1:1 missing_key: contract.yaml has no `apiVersion` | add `apiVersion: …`",
            "f:1:1 missing_key: contract.yaml has no `id` | add `id: …`",
            "f:1:1 missing_key: contract.yaml has no `version` | add `version: …`",
        ],
    ),
    "newer": (
        HEAD.replace("v3.2.0", "v4.0.0"),
        [
            "f:1:13 unsupported_api_version: `v4.0.0` is not a version of ODCS that can be read: "
            "v3.0.0 to v3.2.0 are supported | write `apiVersion: v3.2.0`"
        ],
    ),
    "older": (
        HEAD.replace("v3.2.0", "2.2.2"),
        [
            "f:1:13 unsupported_api_version: `2.2.2` is not a version of ODCS that can be read: "
            "v3.0.0 to v3.2.0 are supported | rewrite the document for `apiVersion: v3.2.0`: in "
            "3.x, `dataset` became `schema`"
        ],
    ),
    "version": (
        HEAD.replace("1.4.0", "1.4"),
        [
            "f:4:10 invalid_version: `1.4` is not a semantic version | write three numbers, such "
            "as 1.4.0 or 2.0.0-rc.1"
        ],
    ),
    "unknown keys": (
        HEAD + "shema: []\n" + TABLE.replace("logicalType", "logicaltype"),
        [
            "f:5:1 unknown_key: `shema` is not a key of contract.yaml | did you mean `schema`?",
            "f:9:19 unknown_key: `logicaltype` is not a key of a property | did you mean "
            "`logicalType` or `logicalTypeOptions` or `physicalType`?",
            "f:9:9 missing_key: the column `a` has no type | add `physicalType: …`",
        ],
    ),
    "description as text": (
        HEAD + "description: Things.\n",
        [
            "f:5:14 wrong_type: the description is a mapping of keys, and this is `Things.` | "
            "write `description: {purpose: …}`"
        ],
    ),
    "unknown logical type": (
        HEAD + TABLE.replace("string", "text"),
        [
            "f:8:32 wrong_type: the value is one of `string`, `integer`, `number`, `boolean`, "
            "`date`, `timestamp`, `time`, `object`, `array`, `map`, `vector`, and this is `text` "
            "| None"
        ],
    ),
    "unknown physical type": (
        HEAD + TABLE.replace("logicalType: string", "physicalType: strng"),
        [
            "f:8:33 invalid_type: `strng` is not a type in duckdb | did you mean `string` or "
            "`bitstring`?"
        ],
    ),
    "quoted name": (
        HEAD + TABLE.replace("name: t", "name: 'my \"t\"'"),
        [
            'f:6:11 invalid_name: `my "t"` is not a valid name: a name has letters, digits and '
            "underscores, and begins with no digit | rename it"
        ],
    ),
    "two tables of one name": (
        HEAD + TABLE + "  - {name: T}\n",
        [
            "f:9:12 duplicate_table: the tables `t` and `T` differ only by letter case | keep one "
            "of them"
        ],
    ),
    "two columns of one name": (
        HEAD + TABLE + "      - {name: a, logicalType: date}\n",
        ["f:9:16 duplicate_column: the column `a` of `t` stands twice | keep one of them"],
    ),
    "two keys of one position": (
        HEAD
        + "schema:\n  - name: t\n    properties:\n"
        + "      - {name: a, logicalType: date, primaryKey: true, primaryKeyPosition: 1}\n"
        + "      - {name: b, logicalType: date, primaryKey: true, primaryKeyPosition: 1}\n",
        [
            "f:9:76 duplicate_key_position: two columns of the primary key have the position 1 | "
            "number them 1, 2, …"
        ],
    ),
    "enum of plain values": (
        HEAD + COLUMN + "        enum: [x]\n",
        [
            "f:10:16 wrong_type: an enum's item is a mapping with the key `value`, and this is `x` "
            "| write `- value: x`"
        ],
    ),
    "library check without metric": (
        HEAD + COLUMN + "        quality: [{mustBe: 0}]\n",
        [
            "f:10:19 missing_key: a library check has no `metric` | add `metric:` with one of "
            "nullValues, missingValues, invalidValues, duplicateValues, rowCount"
        ],
    ),
    "query without type": (
        HEAD + COLUMN + "        quality: [{query: SELECT 1, mustBe: 1}]\n",
        ["f:10:19 missing_key: a library check has no `metric` | add `type: sql`"],
    ),
    "sql check without query": (
        HEAD + COLUMN + "        quality: [{type: sql, mustBe: 1}]\n",
        ["f:10:19 missing_key: an sql check has no `query` | add `query: SELECT …`"],
    ),
    "unknown metric": (
        HEAD + COLUMN + "        quality: [{metric: rowCont, mustBe: 1}]\n",
        [
            "f:10:28 unknown_metric: `rowCont` is not a metric of the standard | did you mean "
            "`rowCount`?"
        ],
    ),
    "check without comparison": (
        HEAD + COLUMN + "        quality: [{metric: rowCount}]\n",
        [
            "f:10:19 missing_key: the check does not say what its result must be | add a "
            "comparison such as `mustBe: 0` or `mustBeGreaterThan: 0`"
        ],
    ),
    "check with two comparisons": (
        HEAD + COLUMN + "        quality: [{metric: rowCount, mustBe: 1, mustBeLessThan: 9}]\n",
        [
            "f:10:19 conflicting_keys: the check has 2 comparisons, and the standard allows one | "
            "write one check for each, or use `mustBeBetween`"
        ],
    ),
    "range upside down": (
        HEAD + COLUMN + "        quality: [{metric: rowCount, mustBeBetween: [9, 1]}]\n",
        [
            "f:10:53 wrong_type: a range is a list of two numbers, the smaller first, and this is "
            "a list | None"
        ],
    ),
    "relationship to an unknown table": (
        HEAD + COLUMN + "        relationships: [{to: s.id}]\n",
        [
            "f:10:30 unknown_table: the relationship points to `s`, which is no table of this "
            "contract | write `table.column`, or `product.table.column` for a required product"
        ],
    ),
    "relationship to an unknown column": (
        HEAD + COLUMN + "        relationships: [{to: t.aa}]\n",
        ["f:10:30 unknown_column: the table `t` has no column `aa` | did you mean `a`?"],
    ),
    "relationship of unequal length": (
        HEAD + TABLE + "    relationships: [{from: [t.a, t.a], to: [t.a]}]\n",
        [
            "f:9:21 invalid_relationship: a relationship pairs as many columns of one table as of "
            "the other | write `from` and `to` as lists of the same length"
        ],
    ),
    "relationship without from": (
        HEAD + TABLE + "    relationships: [{to: t.a}]\n",
        ["f:9:21 missing_key: a relationship of a table has no `from` | add `from: t.…`"],
    ),
    "relationship of a column with from": (
        HEAD + COLUMN + "        relationships: [{from: t.a, to: t.a}]\n",
        ["f:10:32 conflicting_keys: a relationship of a column has a `from` | remove `from`"],
    ),
    "relationship of another table": (
        HEAD + TABLE + "    relationships: [{from: u.a, to: t.a}]\n",
        ["f:9:28 invalid_relationship: the relationship of `t` begins at `u` | write `t.…`"],
    ),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_problems_of_contracts_are_told_at_their_place(case: str) -> None:
    text, expected = PROBLEMS[case]
    with pytest.raises(ProductInvalid) as caught:
        read_contract(text.encode(), "f")
    assert lines(caught.value.diagnostics) == expected


@pytest.mark.parametrize(
    ("keys", "product"),
    [
        ("dataProduct: a\nname: b\n", "a"),
        ("name: b\n", "b"),
        ("", "shop"),
    ],
)
def test_the_product_is_named_by_data_product_else_name_else_id(keys: str, product: str) -> None:
    contract: Any = read_contract((HEAD + keys).encode(), "f")
    assert contract.product == product
