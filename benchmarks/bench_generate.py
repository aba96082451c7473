"""How many outcomes of the examples' public models `hansa test --generate` reaches from no tests.

    python benchmarks/bench_generate.py

Reachable is what the examples' own tests show of a public model and of the private models that it
reads. Each public model is proposed tests for on its own; the proposals are then read back and run
with coverage. Counts go to benchmarks/results/generate.json; seconds are those of this machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.testing.generation.examples import Bare, bare_products, measured, read_cases  # noqa: E402

from hansa.testing.generation.proposals import propose_tests  # noqa: E402
from hansa.testing.generation.search import Effort  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "generate.json"


def measure(bare: Bare, model: str, seed: int) -> dict[str, Any]:
    """One public model: what is reachable, what the proposals reach, and the time."""
    start, worked = time.perf_counter(), time.process_time()
    found = propose_tests(
        bare.product, bare.facts, bare.interfaces, bare.uncovered, model, Effort(seed)
    )
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - worked
    tests = read_cases(found.cases)
    product = dataclasses.replace(bare.product, tests=tests)
    report, met = measured(product, bare.facts, bare.interfaces)
    failing = sum(result.status != "passed" for result in report.results)
    models = {model} | {goal.model for case in found.cases for goal in case.goals}
    models |= {goal.model for goal in found.missed}
    reachable = {one for one in bare.reachable if one[0] in models}
    return {
        "product": bare.product.name,
        "model": model,
        "reachable": len(reachable),
        "reached": len(reachable & met),
        "cases": len(tests),
        "failing": failing,
        "warnings": len(report.warnings),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "not_reached": [f"{name} {one}" for name, one in sorted(map(shown, reachable - met))],
    }


def shown(outcome: tuple[str, Any]) -> tuple[str, str]:
    name, one = outcome
    return name, f"{one.line}:{one.column} {one.kind} {one.outcome}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    rows = []
    for bare in bare_products():
        for model in sorted(bare.product.models):
            if bare.product.models[model].public and model in (arguments.only or [model]):
                rows.append(measure(bare, model, arguments.seed))
                print("  ".join(f"{key}={value}" for key, value in rows[-1].items()), flush=True)
    reachable, reached = (sum(row[key] for row in rows) for key in ("reachable", "reached"))
    percent = round(100 * reached / reachable, 1)
    print(f"reached {reached} of {reachable}: {percent} %")
    if arguments.only:
        return
    document = {
        "command": "python benchmarks/bench_generate.py",
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "hansa": version("hansa"),
        "reachable": reachable,
        "reached": reached,
        "percent": percent,
        "seconds": round(sum(row["seconds"] for row in rows), 1),
        "cpu_seconds": round(sum(row["cpu_seconds"] for row in rows), 1),
        "rows": rows,
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
