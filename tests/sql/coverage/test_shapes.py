"""Queries of many shapes: all are instrumented, and nearly every outcome can be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.sql.conftest import SCHEMAS

from hansa.core.facts import Input, InputKind
from hansa.core.schema import Column, TableSchema
from hansa.engines.sandbox import Sandbox, SandboxError, open_sandbox
from hansa.sql.coverage import instrument
from hansa.sql.types import parse_type, type_sql

HERE = Path(__file__).parent
TPCH = {
    "lineitem": "l_orderkey int, l_partkey int, l_suppkey int, l_quantity double, "
    "l_extendedprice double, l_discount double, l_returnflag varchar, l_linestatus varchar, "
    "l_shipdate date, l_commitdate date, l_receiptdate date, l_shipmode varchar",
    "orders": "o_orderkey int, o_custkey int, o_orderdate date, o_orderpriority varchar, "
    "o_comment varchar",
    "customer": "c_custkey int, c_name varchar, c_nationkey int, c_mktsegment varchar, "
    "c_phone varchar, c_acctbal double",
    "part": "p_partkey int, p_name varchar, p_brand varchar, p_type varchar, p_size int, "
    "p_container varchar",
    "partsupp": "ps_partkey int, ps_suppkey int, ps_supplycost double, ps_availqty int",
    "supplier": "s_suppkey int, s_name varchar, s_nationkey int, s_acctbal double, "
    "s_comment varchar",
    "nation": "n_nationkey int, n_name varchar, n_regionkey int",
    "region": "r_regionkey int, r_name varchar",
}


def schema_of(columns: str) -> TableSchema:
    made = [one.strip().split(" ") for one in columns.split(",")]
    return TableSchema(tuple(Column(name, parse_type(kind, "duckdb")) for name, kind in made))


TPCH_SCHEMAS = {name: schema_of(columns) for name, columns in TPCH.items()}


def unmeasurable(
    query: str, schemas: dict[str, TableSchema], sandbox: Sandbox
) -> tuple[int, list[str]]:
    """How many obligations a query has, and those that no probe of it can ask for."""
    found = instrument(
        query,
        "duckdb",
        "q.sql",
        lambda read: ("given", read.name),
        lambda group, name: Input(InputKind.SOURCE, name, group or "raw"),
        lambda read: schemas.get(read.name),
    )
    asked = {
        number
        for probe in found.probes
        if any(runs(text, sandbox) for text in probe.queries)
        for number in probe.obligations
    }
    missing = [
        f"{one.kind} {one.outcome}"
        for number, one in enumerate(found.obligations)
        if number not in asked
    ]
    return len(found.obligations), missing


def runs(query: str, sandbox: Sandbox) -> bool:
    try:
        sandbox.query(query)
    except SandboxError:
        return False
    return True


@pytest.mark.parametrize(
    ("path", "schemas"),
    [
        pytest.param(HERE.parent / "queries.sql", dict(SCHEMAS), id="queries"),
        pytest.param(HERE / "shapes/tpch.sql", TPCH_SCHEMAS, id="tpch"),
    ],
)
def test_fewer_than_three_in_a_hundred_cannot_be_measured(
    path: Path, schemas: dict[str, TableSchema]
) -> None:
    total, missing = 0, []
    with open_sandbox() as sandbox:
        sandbox.create_schema("given")
        for name, schema in schemas.items():
            columns = (f'"{one.name}" {type_sql(one.type, "duckdb")}' for one in schema.columns)
            sandbox.execute(f'CREATE TABLE given."{name}" ({", ".join(columns)})')
        for query in path.read_text(encoding="utf-8").splitlines():
            if query.strip():
                count, lost = unmeasurable(query, schemas, sandbox)
                total += count
                missing += [f"{one}: {query}" for one in lost]
    assert total > 100
    assert len(missing) < 0.03 * total, missing
