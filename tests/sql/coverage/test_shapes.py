"""Queries of many shapes: all are instrumented, and nearly every outcome can be asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.sql.conftest import SCHEMAS

from hansa.core.schema import TableSchema
from hansa.engines.sandbox import Sandbox

from .shapes import benchmarks, filled, instrumented, unmeasurable

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
