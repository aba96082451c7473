"""What keeping k releases of a product live costs, against one.

The product is the flights example; a scripted history changes it nine times, in ways that teams
do. Every release is deployed and kept, then all data is computed anew by a run, in three ways:
sharing (equal tables are stored once), folding, and naive copies, which cost k times one release.
Storage is the bytes of all stored tables, compute the CPU seconds of the run with its audits. All
ratios are within one run. The rows of every interface are compared with its release alone.

Needs the data of `pip install "hansa[demo]"`. Keeps benchmarks/results/live_releases.json and .md.
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
RESULTS = Path(__file__).parent / "results"
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
    known = {column.name: column for column in table.columns}
    columns = tuple(known.get(name, ContractColumn(name)) for name in names)
    # a check of its own may name a column that a later release renamed
    return replace(table, columns=columns, quality=())


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


def keep_live(path: Path, below: Sequence[Candidate], releases: Sequence[Candidate]) -> Any:
    """Deploy and keep releases, run once; what that took, and the sums of every interface."""
    with open_file(path, path.name, read_only=False, patience=10) as engine:
        start = time.process_time()
        for one in (*below, *releases):
            report = deploy(engine, one, DeployOptions(keep=True))
            assert report.passed, report.findings
        deployed, cpu, wall = time.process_time() - start, time.process_time(), time.perf_counter()
        report = run(engine, "flights")
        assert report.passed, report.findings
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        tables = [one for one in status(engine, "flights").tables if one.rows is not None]
        return {
            "bytes": sum(one.bytes or 0 for one in tables),
            "tables": len(tables),
            "run_cpu_seconds": cpu,
            "run_wall_seconds": wall,
            "deploy_cpu_seconds": deployed,
        }, {str(one.name): _content(engine, one) for one in releases}


def _content(engine: DuckDbEngine, one: Candidate) -> dict[str, Any]:
    """Every table of an interface as a number of rows and a sum of hashes of whole rows."""
    schema = interface_schema("flights", one.product.version, engine.name_limit)
    names = [table.name for table in one.product.contract.tables]
    sums = "SELECT count(*), sum(hash(t)::HUGEINT)::VARCHAR FROM"
    return {name: engine.query(f'{sums} "{schema}"."{name}" AS t').rows[0] for name in names}


def measure(base: Path, sizes: Sequence[int]) -> list[dict[str, Any]]:
    below, folded = history(base, folding=True)
    _, shared = history(base, folding=False)
    one, first = keep_live(base / "one.duckdb", below, folded[:1])
    rows = [{"releases": 1, "way": "one", **one}]
    alone = dict(first)
    for number, release in enumerate(shared[1 : max(sizes)], start=1):
        _, found = keep_live(base / f"alone_{number}.duckdb", below, [release])
        alone |= found
    for size in sizes:
        rows.append({"releases": size, "way": "naive", "bytes_ratio": size, "cpu_ratio": size})
        for way, releases in (("sharing", shared), ("folding", folded)):
            cost, found = keep_live(base / f"{way}_{size}.duckdb", below, releases[:size])
            assert all(found[name] == alone[name] for name in found), "an interface differs"
            ratios = {
                "bytes_ratio": cost["bytes"] / one["bytes"],
                "cpu_ratio": cost["run_cpu_seconds"] / one["run_cpu_seconds"],
            }
            rows.append({"releases": size, "way": way, **cost, **ratios})
            sys.stdout.write(f"{rows[-1]}\n")
            sys.stdout.flush()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, nargs="+", default=[2, 3, 5, 10])
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        base = Path(directory)
        unpack_flights_data(base / "data")
        for name in (*REQUIRED, "flights"):
            shutil.copytree(EXAMPLES / name, base / name)
        rows = measure(base, options.releases)
    found = {"python": platform.python_version(), "machine": platform.machine(), "rows": rows}
    options.output.mkdir(exist_ok=True)
    (options.output / "live_releases.json").write_text(json.dumps(found, indent=2) + "\n")
    lines = [
        "| releases | way | tables | storage of one | compute of one |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['releases']} | {row['way']} | {row.get('tables', '')} |"
        f" {row['bytes_ratio']:.2f} | {row['cpu_ratio']:.2f} |"
        for row in rows[1:]
    ]
    (options.output / "live_releases.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
