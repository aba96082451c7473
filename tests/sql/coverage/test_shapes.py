"""Queries of many shapes: all are instrumented, and nearly every outcome can be asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.sql.conftest import SCHEMAS

from hansa.core.schema import TableSchema
from hansa.engines.sandbox import Sandbox

from .shapes import benchmarks, compiled, filled, instrumented, schema_of, unmeasurable

TRADE = Path(__file__).with_name("trade_shapes.sql")
# The tables of `trade_shapes.sql`; the slash stands between key and rest.
TABLES = {
    "area": "area/name",
    "country": "country/name area",
    "maker": "maker/name country phone funds note",
    "buyer": "buyer/name country phone funds trade",
    "part": "part/name brand kind size",
    "offer": "part maker/stock cost",
    "sale": "sale/buyer state placed urgency note",
    "item_line": "sale line/part maker qty price rebate tax returned open sent due got way",
}
TYPES = {
    **dict.fromkeys(["area", "country", "maker", "buyer", "part", "sale", "line"], "integer"),
    **dict.fromkeys(["size", "stock"], "integer"),
    **dict.fromkeys(["funds", "cost", "qty", "price", "rebate", "tax"], "decimal(15,2)"),
    **dict.fromkeys(["placed", "sent", "due", "got"], "date"),
}
QUERIES = Path(__file__).parents[1] / "queries.sql"
TPC = [("tpch", number) for number in range(1, 23)] + [
    ("tpcds", number) for number in range(1, 100)
]


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[Mapping[str, Sandbox]]:
    if not benchmarks():
        pytest.skip("the TPC queries are not installed: make install-tpc")
    with (
        filled(benchmarks()["tpch"].tables) as tpch,
        filled(benchmarks()["tpcds"].tables) as tpcds,
    ):
        yield {"tpch": tpch, "tpcds": tpcds}


@pytest.mark.parametrize(("name", "number"), TPC)
def test_every_probe_of_a_benchmark_query_runs(
    name: str, number: int, sandboxes: Mapping[str, Sandbox]
) -> None:
    benchmark = benchmarks()[name]
    found = instrumented(benchmark.queries[number - 1], benchmark.tables)
    assert found.obligations
    assert unmeasurable(found, sandboxes[name]) == []


def test_no_query_of_a_benchmark_is_left_out() -> None:
    if not benchmarks():
        pytest.skip("the TPC queries are not installed: make install-tpc")
    assert [len(benchmarks()[name].queries) for name in ("tpch", "tpcds")] == [22, 99]


def test_every_probe_of_a_shape_of_trade_runs() -> None:
    schemas = {
        name: schema_of(
            {column: TYPES.get(column, "varchar") for column in columns.replace("/", " ").split()}
        )
        for name, columns in TABLES.items()
    }
    queries = TRADE.read_text(encoding="utf-8").split(";")
    assert len(queries) == 22
    with filled(schemas) as sandbox:
        for query in queries:
            sandbox.query(compiled(query))
            found = instrumented(query, schemas)
            assert found.obligations, query
            assert unmeasurable(found, sandbox) == [], query


def test_fewer_than_three_in_a_hundred_cannot_be_measured() -> None:
    schemas: dict[str, TableSchema] = dict(SCHEMAS)
    total, missing = 0, []
    with filled(schemas) as sandbox:
        for query in QUERIES.read_text(encoding="utf-8").splitlines():
            if query.strip():
                found = instrumented(query, schemas)
                total += len(found.obligations)
                missing += [f"{one}: {query}" for one in unmeasurable(found, sandbox)]
    assert total > 100
    assert len(missing) < 0.03 * total, missing
