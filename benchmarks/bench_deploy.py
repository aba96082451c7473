"""What a deploy takes beside running the same SQL by hand in the engine.

The product is the flights example with its flights several times over, a year apart. By hand, the
text of every model is run in a session as it stands: CREATE VIEW for private models, CREATE TABLE
for public ones, CHECKPOINT. The deploy is a first one: it analyses, plans, builds, checks contract
and sources, publishes and measures. Its overhead is told over the bare SQL, over the SQL with the
same checks made by hand, and for a deploy whose checks are left out of the count. One run with a
thousand rows shows what is fixed. All figures are CPU seconds, the best of several rounds in turn;
ratios are within this run.

Needs the data of `pip install "hansa[demo]"`. Keeps benchmarks/results/deploy.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench_live_releases import EXAMPLES, REQUIRED, candidate, tell

from hansa.core.product import Product, SourceTable
from hansa.core.release import Locked
from hansa.deploy import inspection
from hansa.deploy.audit import audit
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import deploy
from hansa.deploy.names import interface_schema
from hansa.engines.duckdb import DuckDbEngine, open_file
from hansa.ops.demo_data import unpack_flights_data
from hansa.ops.workspace import Workspace

RESULTS = Path(__file__).parent / "results" / "deploy.json"
MOST = 0.1
FLIGHTS = 336_776
TABLES = ("fct_flights", "dim_routes")
VIEWS = ("stg_flights", "flight_outcomes")


def write_data(base: Path, rows: int, kind: str) -> SourceTable:
    """Flights of many years in one file; what the product says of it."""
    file = base / "data" / f"flights_{rows}.{kind}"
    options = "FORMAT parquet" if kind == "parquet" else "FORMAT csv, HEADER, NULLSTR 'NA'"
    with open_file(base / "data.duckdb", "data", read_only=False, patience=10) as engine:
        engine.execute(
            f"COPY (SELECT f.* REPLACE (year + c.range AS year) FROM"
            f" read_csv('{base}/data/flights.csv', nullstr = 'NA') AS f,"
            f" range({-(-rows // FLIGHTS)}) AS c LIMIT {rows}) TO '{file}' ({options})"
        )
    source = Workspace(base / "flights").product.sources["raw"]["flights"]
    return replace(source, path=f"../data/{file.name}")


def prepare(base: Path) -> tuple[Path, dict[str, Product]]:
    """A target in which what the product requires is live."""
    path = base / "prepared.duckdb"
    required = {name: Workspace(base / name).product for name in REQUIRED}
    with open_file(path, path.name, read_only=False, patience=10) as engine:
        for name, product in required.items():
            deploy(engine, candidate(product, base / name, {}, {}))
    return path, required


def release(base: Path, source: SourceTable, required: Mapping[str, Product]) -> Candidate:
    """Analysed anew each time, as a command does."""
    product = Workspace(base / "flights").product
    product = replace(product, sources={"raw": {"flights": source}})
    pins = {name: Locked(one.version, f"sha256:{one.version}") for name, one in required.items()}
    return candidate(product, base / "flights", pins, required)


def by_hand(
    engine: DuckDbEngine, product: Product, base: Path, required: Mapping[str, Product]
) -> None:
    for name, one in required.items():
        engine.execute(f"CREATE SCHEMA {name}")
        live = interface_schema(name, one.version, engine.name_limit)
        for table in one.contract.tables:
            engine.execute(f"CREATE VIEW {name}.{table.name} AS FROM {live}.{table.name}")
    engine.execute("CREATE SCHEMA raw")
    rows = engine.scan_sql(product.sources["raw"]["flights"], base)
    engine.execute(f"CREATE VIEW raw.flights AS {rows}")
    for name in (*VIEWS, *TABLES):
        kind = "VIEW" if name in VIEWS else "TABLE"
        engine.execute(f"CREATE {kind} {name} AS {product.models[name].sql}")
    engine.execute("CHECKPOINT")


@contextmanager
def fresh(prepared: Path) -> Iterator[DuckDbEngine]:
    path = prepared.with_name("fresh.duckdb")
    shutil.copy(prepared, path)
    with open_file(path, path.name, read_only=False, patience=10) as engine:
        yield engine
    path.unlink()


@contextmanager
def timed_audits(spent: list[float]) -> Iterator[None]:
    def timing(*given: Any) -> Any:
        start = time.process_time()
        try:
            return audit(*given)
        finally:
            spent.append(time.process_time() - start)

    with patch.object(inspection, "audit", timing):
        yield


def measure(base: Path, rows: int, kind: str, repeat: int) -> dict[str, Any]:
    source = write_data(base, rows, kind)
    prepared, required = prepare(base)
    found: dict[str, list[float]] = {
        name: [] for name in ("hand", "checks", "deploy", "without_checks")
    }
    for _ in range(repeat):
        product = release(base, source, required).product
        with fresh(prepared) as engine:
            start = time.process_time()
            by_hand(engine, product, base / "flights", required)
            found["hand"].append(time.process_time() - start)
            counts = [engine.query(f"SELECT count(*) FROM {name}").scalar for name in TABLES]
        spent: list[float] = []
        with fresh(prepared) as engine, timed_audits(spent):
            start = time.process_time()
            report = deploy(engine, release(base, source, required))
            total = time.process_time() - start
        assert report.passed, report.findings
        assert {one.rows for one in report.objects if one.rows is not None} == set(counts)
        found["deploy"].append(total)
        found["checks"].append(sum(spent))
        found["without_checks"].append(total - sum(spent))
    prepared.unlink()
    row: dict[str, Any] = {"source": kind, "rows": rows}
    row |= {f"{name}_cpu_seconds": min(times) for name, times in found.items()}
    hand, checks = row["hand_cpu_seconds"], row["checks_cpu_seconds"]
    row["overhead_over_sql"] = row["deploy_cpu_seconds"] / hand - 1
    row["overhead_over_sql_and_checks"] = row["deploy_cpu_seconds"] / (hand + checks) - 1
    row["overhead_without_checks"] = row["without_checks_cpu_seconds"] / hand - 1
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 1_000_000, 4_000_000])
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        base = Path(directory)
        unpack_flights_data(base / "data")
        for name in (*REQUIRED, "flights"):
            shutil.copytree(EXAMPLES / name, base / name)
        for kind in ("parquet", "csv"):
            for count in options.rows:
                rows.append(measure(base, count, kind, options.repeat))
                tell(rows[-1])
    document = {
        "command": " ".join(["python benchmarks/bench_deploy.py", *sys.argv[1:]]),
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "hansa": version("hansa"),
        "duckdb": version("duckdb"),
        "overhead_at_most": MOST,
        "rows": rows,
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
