"""Mutants per second of `hansa test --mutate`, and how the time grows with the number of tests.

All figures come from one run in one process; results go to benchmarks/results/mutation.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from unit_test_projects import Analysed, analyse_examples

from hansa.core.product import UnitTest
from hansa.testing.mutation import Fate, MutationReport, Sample, measure_mutation

RESULTS = Path(__file__).parent / "results" / "mutation.json"


def times(tests: tuple[UnitTest, ...], factor: int) -> tuple[UnitTest, ...]:
    """The tests, so many times under other names."""
    return tuple(replace(one, name=f"{one.name}_{copy}") for copy in range(factor) for one in tests)


def measure(found: Analysed, factor: int, size: int, jobs: int) -> dict[str, Any]:
    """One product with its tests repeated `factor` times."""
    product = replace(found.product, tests=times(found.product.tests, factor))
    start = time.perf_counter()
    report = measure_mutation(
        product, found.facts, found.interfaces, sample=Sample(size=size, seed=1), jobs=jobs
    )
    return row(report, product.name, len(product.tests), jobs, time.perf_counter() - start)


def row(report: MutationReport, name: str, tests: int, jobs: int, seconds: float) -> dict[str, Any]:
    tried = sum(len(model.mutants) for model in report.models)
    return {
        "product": name,
        "tests": tests,
        "jobs": jobs,
        "mutants": tried,
        "runs": report.runs,
        "survived": report.count(Fate.SURVIVED),
        "seconds": round(seconds, 3),
        "mutants_per_second": round(tried / seconds, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--factors", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--mutants", type=int, default=100)
    parser.add_argument("--product", default="weather")
    arguments = parser.parse_args()
    products = {one.product.name: one for one in analyse_examples()}
    found = products[arguments.product]
    jobs = os.cpu_count() or 1
    rows = []
    for factor, workers in [*((factor, jobs) for factor in arguments.factors), (1, 1)]:
        rows.append(measure(found, factor, arguments.mutants, workers))
        print("  ".join(f"{key}={value}" for key, value in rows[-1].items()), flush=True)
    most, least = rows[len(arguments.factors) - 1], rows[0]
    document = {
        "command": "python benchmarks/bench_mutation.py",
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "hansa": version("hansa"),
        "cores": jobs,
        "rows": rows,
        "ratios": {
            "tests": most["tests"] / least["tests"],
            "seconds": most["seconds"] / least["seconds"],
            "one_worker_to_all": rows[-1]["seconds"] / least["seconds"],
        },
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
