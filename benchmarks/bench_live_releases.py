"""What keeping k releases of a product live costs, against one.

The product is the flights example; a scripted history changes it nine times, in ways that teams
do. Every release is deployed and kept, then all data is computed anew by `hansa run`, in three
ways: naive copies (each release alone in a target of its own, added up), sharing (equal tables are
stored once), and sharing and folding. Storage is the bytes of all stored tables, compute the CPU
seconds of the run with its audits; ratios are to the first release alone, within this run. The rows
of every interface are compared with those of its release alone.

Needs the data of `pip install "hansa[demo]"`. Keeps benchmarks/results/live_releases.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hansa.core.contract import ContractColumn, ContractTable
from hansa.core.facts import Fingerprints, Input
from hansa.core.product import Policy, Product
from hansa.core.release import Locked
from hansa.core.version import Version
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import DeployOptions, deploy
from hansa.deploy.names import interface_schema
from hansa.deploy.run import run
from hansa.deploy.status import status
from hansa.engines.duckdb import DuckDbEngine, open_file
from hansa.ops.demo_data import unpack_flights_data
from hansa.ops.workspace import Workspace
from hansa.sql.analysis import Interface, analyse_product, prove_product

EXAMPLES = Path(__file__).parents[1] / "examples" / "flights"
RESULTS = Path(__file__).parent / "results" / "live_releases.json"
MOST_STORAGE, MOST_COMPUTE = 1.5, 2
REQUIRED = ("reference", "fleet")

FCT, OUTCOMES, STAGED = "fct_flights", "flight_outcomes", "stg_flights"

# what each release changes: a model, a piece of its SQL, and what takes its place
HISTORY: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("first release", ()),
    (
        "column added",
        (
            (
                FCT,
                "    f.outcome\n",
                "    f.outcome,\n    f.distance_miles * 1.609 AS distance_km\n",
            ),
        ),
    ),
    ("expression fixed", ((OUTCOMES, ">= 15, FALSE", ">= 30, FALSE"),)),
    (
        "join added",
        (
            (FCT, "    f.outcome,\n", "    f.outcome,\n    o.airport_name AS origin_name,\n"),
            (
                FCT,
                "LEFT JOIN fleet.planes",
                "LEFT JOIN reference.airports AS o\n    ON f.origin = o.airport\n"
                "LEFT JOIN fleet.planes",
            ),
        ),
    ),
    ("column renamed", ((FCT, " AS dep_delay,", " AS departure_delay_minutes,"),)),
    ("filter changed", ((STAGED, "FROM raw.flights", "FROM raw.flights\nWHERE distance > 0"),)),
    (
        "refactoring",
        (
            (FCT, "FROM flight_outcomes AS f", "FROM (SELECT * FROM flight_outcomes) AS f"),
            (OUTCOMES, "departure_clock IS NULL AS", "NOT (departure_clock IS NOT NULL) AS"),
        ),
    ),
    (
        "column added",
        ((FCT, "    f.outcome,\n", "    f.outcome,\n    p.manufacturer AS plane_manufacturer,\n"),),
    ),
    ("expression fixed", ((FCT, "* 1.609 AS", "* 1.609344 AS"),)),
    ("column dropped", ((FCT, "    f.air_time_minutes,\n", ""),)),
)


def candidate(
    product: Product, base: Path, pins: Mapping[str, Locked], required: Mapping[str, Product]
) -> Candidate:
    interfaces = {
        name: Interface({table.name: table.schema for table in one.contract.tables}, line="1")
        for name, one in required.items()
    }
    facts = analyse_product(product, interfaces)
    assert not [one for one in facts.diagnostics if one.severity == "error"], facts.diagnostics
    tables = []
    for table in product.contract.tables:
        schema = facts.models[table.name].schema
        assert schema is not None
        tables.append(_with_columns(table, schema.names))
    contract = replace(product.contract, tables=tuple(tables))
    product = replace(product, contract=contract)

    def prove(marks: Mapping[Input, str], models: Collection[str]) -> Mapping[str, Fingerprints]:
        return prove_product(product, facts, interfaces, None, models, marks).fingerprints

    return Candidate(product, facts, f"sha256:{product.version}", pins, base, prove)


def _with_columns(table: ContractTable, names: Sequence[str]) -> ContractTable:
    """The contract of the first release, for the columns that a later one has."""
    known = {column.name: column for column in table.columns}
    columns = tuple(known.get(name, ContractColumn(name)) for name in names)
    return replace(table, columns=columns)


def history(base: Path, folding: bool) -> tuple[list[Candidate], list[Candidate]]:
    """The required releases, and the ten of the product."""
    required = {name: Workspace(base / name).product for name in REQUIRED}
    below = [candidate(product, base / name, {}, {}) for name, product in required.items()]
    pins = {one.product.name: Locked(one.product.version, one.digest) for one in below}
    product = replace(Workspace(base / "flights").product, policy=Policy(folding=folding))
    releases = []
    for number, (_, edits) in enumerate(HISTORY):
        models = dict(product.models)
        for model, old, new in edits:
            assert old in models[model].sql, (number, model, old)
            models[model] = replace(models[model], sql=models[model].sql.replace(old, new))
        contract = replace(product.contract, version=Version.parse(f"1.{number}.0"))
        product = replace(product, models=models, contract=contract)
        releases.append(candidate(product, base / "flights", pins, required))
    return below, releases


def keep_live(
    path: Path, below: Sequence[Candidate], releases: Sequence[Candidate], repeat: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Deploy and keep releases, then run; what that took, and the sums of every interface."""
    with open_file(path, path.name, read_only=False, patience=10) as engine:
        for one in below:
            deploy(engine, one, DeployOptions(keep=True))
        for one in releases:
            start = time.process_time()
            report = deploy(engine, one, DeployOptions(keep=True))
            last_deploy = time.process_time() - start
            assert report.passed, report.findings
        runs = []
        for _ in range(repeat):
            start = time.process_time()
            assert run(engine, "flights").passed
            runs.append(time.process_time() - start)
        tables = [one for one in status(engine, "flights").tables if one.rows is not None]
        cost = {
            "tables": len(tables),
            "bytes": sum(one.bytes or 0 for one in tables),
            "run_cpu_seconds": min(runs),
            "last_deploy_cpu_seconds": last_deploy,
        }
        contents = {str(one.name): _content(engine, one) for one in releases}
    return {**cost, "file_bytes": path.stat().st_size}, contents


def _content(engine: DuckDbEngine, one: Candidate) -> dict[str, Any]:
    """Every table of an interface as a number of rows and a sum of hashes of whole rows."""
    schema = interface_schema("flights", one.product.version, engine.name_limit)
    names = [table.name for table in one.product.contract.tables]
    sums = "SELECT count(*), sum(hash(t)::HUGEINT)::VARCHAR FROM"
    return {name: engine.query(f'{sums} "{schema}"."{name}" AS t').rows[0] for name in names}


def measure(base: Path, sizes: Sequence[int], repeat: int) -> list[dict[str, Any]]:
    below, folded = history(base, folding=True)
    _, shared = history(base, folding=False)
    singles, contents = [], {}
    for number, release in enumerate(shared[: max(sizes)]):
        cost, found = keep_live(base / f"alone_{number}.duckdb", below, [release], repeat)
        singles.append(cost)
        contents |= found
        tell({"release": number, "change": HISTORY[number][0], **cost})
    rows = [ratios({"releases": 1, "way": "one", **singles[0]}, singles[0])]
    for size in sizes:
        alone = {name: sum(one[name] for one in singles[:size]) for name in singles[0]}
        alone["last_deploy_cpu_seconds"] = singles[size - 1]["last_deploy_cpu_seconds"]
        rows.append(ratios({"releases": size, "way": "naive copies", **alone}, singles[0]))
        tell(rows[-1])
        for way, releases in (("sharing", shared), ("sharing and folding", folded)):
            path = base / f"{way.replace(' ', '_')}_{size}.duckdb"
            cost, found = keep_live(path, below, releases[:size], repeat)
            assert all(found[name] == contents[name] for name in found), "an interface differs"
            rows.append(ratios({"releases": size, "way": way, **cost}, singles[0]))
            tell(rows[-1])
    return rows


def ratios(row: dict[str, Any], one: Mapping[str, float]) -> dict[str, Any]:
    return row | {
        "storage_ratio": row["bytes"] / one["bytes"],
        "compute_ratio": row["run_cpu_seconds"] / one["run_cpu_seconds"],
    }


def tell(row: Mapping[str, Any]) -> None:
    parts = (
        f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}"
        for key, value in row.items()
    )
    print("  ".join(parts), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, nargs="+", default=[2, 3, 5, 10])
    parser.add_argument("--repeat", type=int, default=2, help="runs, of which the best counts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        base = Path(directory)
        unpack_flights_data(base / "data")
        for name in (*REQUIRED, "flights"):
            shutil.copytree(EXAMPLES / name, base / name)
        rows = measure(base, options.releases, options.repeat)
    document = {
        "command": " ".join(["python benchmarks/bench_live_releases.py", *sys.argv[1:]]),
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "hansa": version("hansa"),
        "duckdb": version("duckdb"),
        "sqlglot": version("sqlglot"),
        "storage_at_most": MOST_STORAGE,
        "compute_at_most": MOST_COMPUTE,
        "rows": rows,
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
