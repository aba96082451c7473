from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.core.datatype import BIGINT, DATE, DOUBLE, STRING, UNKNOWN, DataType, Family
from hansa.core.schema import Column, TableSchema
from hansa.core.version import Version
from hansa.projects.contract import read_contract
from hansa.projects.contract_writer import ContractHead
from hansa.projects.edit import infer_contract, sync_contract
from hansa.projects.odcs import validate_odcs

ORDERS = TableSchema(
    (
        Column("day", DATE, False),
        Column("id", BIGINT, False),
        Column("code", STRING, False),
        Column("amount", DataType(Family.DECIMAL, precision=18, scale=3)),
        Column("No", DataType(Family.ARRAY, items=(STRING,))),
    ),
    frozenset({frozenset({"day", "code"}), frozenset({"id"}), frozenset({"code"})}),
)
INFERRED = """\
apiVersion: v3.2.0
kind: DataContract
id: sales
name: sales
version: 1.0.0
status: draft
dataProduct: sales
description:
  purpose: What we sell.
schema:
  - name: orders
    logicalType: object
    physicalType: table
    properties:
      - name: day
        logicalType: date
        physicalType: date
        required: true
      - name: id
        logicalType: integer
        physicalType: bigint
        required: true
        primaryKey: true
        primaryKeyPosition: 1
      - name: code
        logicalType: string
        physicalType: varchar
        required: true
        unique: true
      - name: amount
        logicalType: number
        physicalType: decimal(18,3)
      - name: 'No'
        logicalType: array
        physicalType: varchar[]
team:
  name: sales-data
"""


def _inferred() -> str:
    head = ContractHead(Version.parse("1.0.0"), description="What we sell.", team="sales-data")
    return infer_contract("sales", {"orders": ORDERS}, "duckdb", head=head)


def test_a_contract_is_inferred_from_what_is_known() -> None:
    assert _inferred() == INFERRED


def test_an_inferred_contract_is_valid_and_says_what_the_model_yields() -> None:
    assert validate_odcs(_inferred().encode(), "f") == ()
    schema = read_contract(_inferred().encode(), "f").tables[0].schema
    assert schema.columns == ORDERS.columns
    assert schema.keys == {frozenset({"id"}), frozenset({"code"})}


def test_an_inferred_contract_has_the_version_that_is_asked_for() -> None:
    text = infer_contract("a", {}, "duckdb", "0.3.0")
    assert text.splitlines()[4] == "version: 0.3.0"


def test_an_inferred_contract_needs_no_sync() -> None:
    assert sync_contract(INFERRED, {"orders": ORDERS}, "duckdb", remove=True) == INFERRED


CONTRACT = """\
# our promise
apiVersion: v3.2.0
kind: DataContract
id: sales
version: 1.0.0
schema:
  # the only table
  - name: orders   # public
    properties:
      - name: id
        logicalType: integer
        physicalType: integer   # small shop
        description: >-
          The number
          of the order.
        primaryKey: true

      # retired soon
      - name: old
        physicalType: "varchar"
      - {name: amount, logicalType: number, physicalType: double}
"""
FOUND = TableSchema(
    (
        Column("day", DATE, False),
        Column("id", BIGINT, False),
        Column("status", UNKNOWN),
        Column("amount", DOUBLE),
        Column("note", STRING),
    )
)
SYNCED = """\
# our promise
apiVersion: v3.2.0
kind: DataContract
id: sales
version: 1.0.0
schema:
  # the only table
  - name: orders   # public
    properties:
      - name: day
        logicalType: date
        physicalType: date
        required: true
      - name: id
        logicalType: integer
        physicalType: bigint   # small shop
        description: >-
          The number
          of the order.
        primaryKey: true
      - name: status

      # retired soon
      - name: old
        physicalType: "varchar"
      - {name: amount, logicalType: number, physicalType: double}
      - name: note
        logicalType: string
        physicalType: varchar
"""


def test_sync_adds_columns_and_corrects_types_and_keeps_the_rest() -> None:
    assert sync_contract(CONTRACT, {"orders": FOUND}, "duckdb") == SYNCED


def test_sync_removes_columns_when_asked() -> None:
    only = TableSchema((Column("id", BIGINT, False), Column("amount", DOUBLE)))
    synced = sync_contract(CONTRACT, {"orders": only}, "duckdb", remove=True)
    assert [column.name for column in read_contract(synced.encode(), "f").tables[0].columns] == [
        "id",
        "amount",
    ]
    assert "# our promise" in synced


def test_sync_adds_tables_that_the_contract_lacks() -> None:
    other = TableSchema((Column("a", DATE),))
    synced = sync_contract(CONTRACT, {"other": other}, "duckdb")
    assert synced == CONTRACT + (
        "  - name: other\n"
        "    logicalType: object\n"
        "    physicalType: table\n"
        "    properties:\n"
        "      - name: a\n"
        "        logicalType: date\n"
        "        physicalType: date\n"
    )


def test_sync_writes_a_schema_where_there_is_none() -> None:
    head = CONTRACT[: CONTRACT.index("schema:")]
    synced = sync_contract(head, {"t": TableSchema((Column("a", DATE),))}, "duckdb")
    assert [table.name for table in read_contract(synced.encode(), "f").tables] == ["t"]


def test_sync_leaves_types_that_say_more_than_is_known() -> None:
    text = CONTRACT.replace('"varchar"', "varchar(20)")
    found = TableSchema((Column("old", STRING), Column("id", UNKNOWN)))
    assert sync_contract(text, {"orders": found}, "duckdb") == text


_NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)
_TYPES = st.sampled_from([BIGINT, DATE, STRING, DOUBLE])


@settings(deadline=None)
@given(_NAMES, _NAMES, st.data(), st.booleans(), st.booleans())
def test_after_sync_a_contract_says_what_the_model_yields(
    declared: list[str], found: list[str], data: st.DataObject, flow: bool, remove: bool
) -> None:
    before = TableSchema(tuple(Column(name, data.draw(_TYPES)) for name in declared))
    after = TableSchema(tuple(Column(name, data.draw(_TYPES)) for name in found))
    text = infer_contract("a", {"t": before}, "duckdb")
    if flow:
        text = (
            CONTRACT[: CONTRACT.index("  # the")]
            + "  - {name: t, properties: [{name: z, logicalType: date}]}\n"
        )
    synced = sync_contract(text, {"t": after}, "duckdb", remove=remove)
    columns = {c.name: c.type for c in read_contract(synced.encode(), "f").tables[0].columns}
    assert columns.items() >= {column.name: column.type for column in after.columns}.items()
    kept = set() if remove else ({"z"} if flow else set(declared))
    assert set(columns) == set(found) | kept
    assert sync_contract(synced, {"t": after}, "duckdb", remove=remove) == synced


def test_windows_line_ends_stay() -> None:
    text = CONTRACT.replace("\n", "\r\n")
    assert sync_contract(text, {"orders": FOUND}, "duckdb") == SYNCED.replace("\n", "\r\n")
