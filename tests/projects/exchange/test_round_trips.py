"""What is exported and imported again is the same, as far as the form can say it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import fastavro
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.projects.exchange.contracts import SIMPLE, contract, contracts

from hansa.core.contract import Contract, ContractColumn, ContractTable
from hansa.core.datatype import BIGINT, DOUBLE, INTEGER, STRING, TIMESTAMPTZ, DataType, Family
from hansa.projects.exchange.avro_names import is_avro_name
from hansa.projects.exchange.dbt_export import dbt_text
from hansa.projects.exchange.formats import import_tables
from hansa.projects.exchange.imported import typed
from hansa.projects.export import export_contract

FILES = {"avro": "x.avsc", "jsonschema": "x.json", "sql": "x.sql"}
_OF_DBT = ("versionOf", "latestVersion", "sunset", "group")


def again(found: Contract, form: str) -> tuple[ContractTable, ...]:
    text = dbt_text(found, "duckdb") if form == "dbt" else export_contract(found, form)
    file = FILES.get(form, "models.yml")
    imported = import_tables(text.encode(), file, form, "duckdb", "duckdb")
    assert imported.notes == ()
    return imported.tables


def in_avro(column: ContractColumn) -> ContractColumn:
    """Avro knows neither keys nor limits, and 16 bits are an int."""
    symbols = column.enum or ()
    named = all(isinstance(one, str) and is_avro_name(one) for one in symbols)
    kept = column.enum if column.type == STRING and named and symbols else None
    bare = ContractColumn(
        column.name,
        required=column.required or column.key_position is not None,
        enum=kept,
        description=column.description,
    )
    kind = INTEGER if column.type.bits == 16 else column.type
    return typed(bare, kind, "duckdb")


def _json_type(kind: DataType) -> DataType:
    match kind.family:
        case Family.INTEGER:
            return BIGINT
        case Family.DECIMAL | Family.FLOAT:
            return DOUBLE
        case Family.TIMESTAMP:
            return TIMESTAMPTZ
        case Family.BINARY:
            return STRING
        case Family.ARRAY | Family.MAP:
            return replace(kind, items=tuple(map(_json_type, kind.items)))
        case Family.STRUCT:
            return replace(kind, fields=tuple((n, _json_type(k)) for n, k in kind.fields))
        case _:
            return kind


def in_json(column: ContractColumn) -> ContractColumn:
    """JSON Schema knows no keys, one integer and one number."""
    bare = ContractColumn(
        column.name,
        required=column.required or column.key_position is not None,
        enum=column.enum,
        bounds=column.bounds,
        description=column.description,
        deprecated=column.deprecated,
    )
    return typed(bare, _json_type(column.type), "duckdb")


def in_sql(column: ContractColumn) -> ContractColumn:
    """SQL knows nothing of readers, but keys and limits."""
    bare = replace(column, classification=None, deprecated=False, tags=(), extras=())
    return typed(bare, column.type, "duckdb")


def said(
    tables: tuple[ContractTable, ...], by: Callable[[ContractColumn], ContractColumn]
) -> object:
    return {table.name: tuple(map(by, table.columns)) for table in tables}


BY_FORM = {"avro": in_avro, "jsonschema": in_json, "sql": in_sql}


def same(column: ContractColumn) -> ContractColumn:
    return column


@pytest.mark.parametrize("form", BY_FORM)
def test_a_full_contract_comes_back(form: str) -> None:
    found = contract()
    assert said(again(found, form), same) == said(found.tables, BY_FORM[form])


@pytest.mark.parametrize("form", BY_FORM)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_contract_comes_back(form: str, data: st.DataObject) -> None:
    found = data.draw(contracts())
    if form == "avro":
        validated = json.loads(export_contract(found, "avro"))
        fastavro.parse_schema(validated)
    if form == "jsonschema":
        jsonschema.Draft202012Validator.check_schema(json.loads(export_contract(found, form)))
    assert said(again(found, form), same) == said(found.tables, BY_FORM[form])


def test_what_dbt_says_comes_back_whole() -> None:
    found = contract()
    back = again(found, "dbt")
    assert {one.name: one for one in back} == {
        one.name: replace(one, columns=tuple(typed(c, c.type, "duckdb") for c in one.columns))
        for one in found.tables
    }
    properties = {
        one.name: {
            key: value
            for key, value in dict(one.extras).get("customProperties", {}).items()
            if key in _OF_DBT or key.startswith("meta.")
        }
        for one in (*back, *found.tables)
    }
    assert properties["orders_v2"] == {"versionOf": "orders", "latestVersion": True}
    assert properties["customers"] == {"group": "sales", "meta.tier": "gold"}


@settings(max_examples=60, deadline=None)
@given(contracts(st.sampled_from(SIMPLE)))
def test_any_contract_comes_back_from_dbt(found: Contract) -> None:
    expected = {one.name: one for one in found.tables}
    assert {one.name: one for one in again(found, "dbt")} == expected


def rows_of(schema: object, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    import io

    parsed = fastavro.parse_schema(schema)
    stream = io.BytesIO()
    fastavro.writer(stream, parsed, rows)
    stream.seek(0)
    return list(fastavro.reader(stream))  # type: ignore[arg-type]


def test_rows_are_written_and_read_by_the_avro_schema() -> None:
    from datetime import UTC, date, datetime
    from decimal import Decimal
    from uuid import UUID

    (schema,) = [
        one for one in json.loads(export_contract(contract(), "avro")) if one["name"] == "orders_v2"
    ]
    row = {
        "id": 1,
        "line": 2,
        "customer": 3,
        "amount": Decimal("12.50"),
        "placed_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "stars": 1,
        "lines": [{"sku": "a", "n": None}, None],
        "words": {"a": date(2026, 3, 1)},
        "day_of_week": None,
        "key": UUID("12345678-1234-5678-1234-567812345678"),
    }
    assert rows_of(schema, [row]) == [row]
    with pytest.raises(Exception, match="required on field id"):
        rows_of(schema, [{**row, "id": None}])


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({}, True),
        ({"amount": -1}, False),
        ({"amount": None}, True),
        ({"stars": 3}, False),
        ({"id": None}, False),
        ({"other": 1}, False),
        ({"lines": [{"sku": 1}]}, False),
    ],
)
def test_rows_are_judged_by_the_json_schema(change: dict[str, object], valid: bool) -> None:
    document = json.loads(export_contract(contract(), "jsonschema"))
    schema = {**document, "$ref": "#/$defs/orders_v2"}
    row = {
        "id": 1,
        "line": 2,
        "customer": 3,
        "amount": 12.5,
        "placed_at": "2026-03-01T12:00:00Z",
        "stars": 1,
        "lines": [{"sku": "a", "n": 1}],
        "words": {"a": "2026-03-01"},
        "day of week": None,
        "key": None,
    }
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({**row, **change}) is valid


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_ddl_comes_back_from_another_dialect(dialect: str) -> None:
    found = contract()
    kept = replace(found, tables=tuple(_without_maps(one) for one in found.tables))
    text = export_contract(kept, "sql", dialect)
    imported = import_tables(text.encode(), "x.sql", "sql", "duckdb", dialect)
    assert imported.notes == ()
    assert said(imported.tables, same) == said(kept.tables, in_sql)


def _without_maps(table: ContractTable) -> ContractTable:
    kept = (one for one in table.columns if one.type.family not in (Family.MAP, Family.ARRAY))
    return replace(table, columns=tuple(kept))


def test_ddl_runs() -> None:
    import duckdb

    connection = duckdb.connect()
    connection.execute(export_contract(contract(), "sql", "duckdb"))
    connection.execute("INSERT INTO customers VALUES (1, 'a', 'new')")
    for wrong in ("(1, 'b', 'new')", "(2, 'a', 'new')", "(2, 'b', 'odd')", "(2, NULL, 'new')"):
        with pytest.raises(duckdb.ConstraintException):
            connection.execute(f"INSERT INTO customers VALUES {wrong}")
