"""Prints the queries and tables of TPC-H and TPC-DS as DuckDB's extensions have them, as JSON.

Runs in `.venv-tpc` (`make install-tpc`), whose DuckDB is the one that the extensions fit.
"""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb


def benchmark(name: str, fill: str) -> dict[str, Any]:
    spec = find_spec(f"duckdb_extension_{name}")
    assert spec is not None
    assert spec.origin is not None
    [extension] = Path(spec.origin).parent.glob("extensions/*/*.duckdb_extension")
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    connection.execute(f"CALL {fill}(sf = 0)")
    names = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    queries = connection.execute(f"SELECT query FROM {name}_queries() ORDER BY query_nr").fetchall()
    return {
        "queries": [query for (query,) in queries],
        "tables": {
            table: {row[0]: row[1] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
            for (table,) in names
        },
    }


json.dump({"tpch": benchmark("tpch", "dbgen"), "tpcds": benchmark("tpcds", "dsdgen")}, sys.stdout)
