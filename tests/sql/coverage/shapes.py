"""Queries of many shapes, and which of their outcomes can be asked for on generated rows."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hansa.core.datatype import Family
from hansa.core.facts import Input, InputKind
from hansa.core.schema import Column, TableSchema
from hansa.engines.sandbox import Sandbox, SandboxError, open_sandbox
from hansa.sql.compile import compile_model
from hansa.sql.coverage import Instrumented, instrument
from hansa.sql.types import parse_type, type_sql

_ROWS = 7
_ROOT = Path(__file__).parents[3]
# Small values, so that rows meet in joins, and some of each kind are NULL or repeat.
_VALUES = {
    Family.INTEGER: "i % 3 + 1",
    Family.DECIMAL: "i * 1.5",
    Family.FLOAT: "i * 1.5",
    Family.DATE: "DATE '2000-01-01' + (i * 10)::INTEGER",
    Family.TIME: "TIME '08:00:00'",
    Family.STRING: "'v' || (i % 3)",
}


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The queries of one benchmark, and the tables that they read."""

    queries: tuple[str, ...]
    tables: Mapping[str, TableSchema]


@cache
def benchmarks() -> Mapping[str, Benchmark]:
    """TPC-H and TPC-DS by name; none where `make install-tpc` has not run."""
    python = Path(os.environ.get("HANSA_TEST_TPC", _ROOT / ".venv-tpc/bin/python"))
    if not python.exists():
        return {}
    script = Path(__file__).with_name("tpc_queries.py")
    found = subprocess.run([python, script], capture_output=True, text=True, check=True)
    return {
        name: Benchmark(
            tuple(content["queries"]),
            {table: schema_of(columns) for table, columns in content["tables"].items()},
        )
        for name, content in json.loads(found.stdout).items()
    }


def schema_of(columns: Mapping[str, str]) -> TableSchema:
    """A schema of columns by name, in DuckDB's words for types."""
    made = (Column(name, parse_type(kind, "duckdb")) for name, kind in columns.items())
    return TableSchema(tuple(made))


@contextmanager
def filled(schemas: Mapping[str, TableSchema]) -> Iterator[Sandbox]:
    """A sandbox with the tables in its schema `given`, each with a few rows."""
    with open_sandbox() as sandbox:
        sandbox.create_schema("given")
        for name, schema in schemas.items():
            shown = ", ".join(_generated(column) for column in schema.columns)
            sandbox.execute(
                f'CREATE TABLE given."{name}" AS SELECT {shown} FROM range({_ROWS}) AS r(i)'
            )
        yield sandbox


def _generated(column: Column) -> str:
    value = _VALUES.get(column.type.family, "NULL")
    kind = type_sql(column.type, "duckdb")
    return f'CASE WHEN i > 0 THEN ({value})::{kind} END AS "{column.name}"'


def instrumented(query: str, schemas: Mapping[str, TableSchema]) -> Instrumented:
    """The obligations of a query over tables of the schema `given`."""
    return instrument(
        query,
        "duckdb",
        "q.sql",
        lambda read: ("given", read.name),
        lambda group, name: Input(InputKind.SOURCE, name, group or "raw"),
        lambda read: schemas.get(read.name),
    )


def compiled(query: str) -> str:
    """The query itself, reading tables of the schema `given`."""
    return compile_model(
        query,
        "duckdb",
        "q.sql",
        lambda read: ("given", read.name),
        lambda group, name: Input(InputKind.SOURCE, name, group or "raw"),
        "duckdb",
    )


def unmeasurable(found: Instrumented, sandbox: Sandbox) -> list[str]:
    """The obligations that no probe can ask for, in words."""
    asked = {
        number
        for probe in found.probes
        if any(_runs(text, sandbox) for text in probe.queries)
        for number in probe.obligations
    }
    return [
        f"{one.line}:{one.column} {one.kind} {one.outcome}"
        for number, one in enumerate(found.obligations)
        if number not in asked
    ]


def _runs(query: str, sandbox: Sandbox) -> bool:
    try:
        sandbox.query(query)
    except SandboxError:
        return False
    return True
