"""The share of outcomes of the TPC-H and TPC-DS queries that coverage cannot measure.

    make install-tpc
    python benchmarks/bench_coverage_shapes.py

Instruments all 121 queries, runs every probe in DuckDB over a few generated rows, and writes the
counts to benchmarks/results/coverage_shapes.json. Seconds are those of this machine.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.sql.coverage.shapes import benchmarks, filled, instrumented, unmeasurable  # noqa: E402


def measure(name: str) -> dict[str, Any]:
    """Counts of one benchmark, and how long its slowest query took."""
    benchmark = benchmarks()[name]
    obligations, lost, seconds = 0, 0, []
    with filled(benchmark.tables) as sandbox:
        for query in benchmark.queries:
            start = time.perf_counter()
            found = instrumented(query, benchmark.tables)
            lost += len(unmeasurable(found, sandbox))
            obligations += len(found.obligations)
            seconds.append(time.perf_counter() - start)
    return {
        "queries": len(benchmark.queries),
        "obligations": obligations,
        "unmeasurable": lost,
        "unmeasurable_percent": round(100 * lost / obligations, 2),
        "seconds": round(sum(seconds), 1),
        "slowest_seconds": round(max(seconds), 2),
        "slowest_query": seconds.index(max(seconds)) + 1,
    }


def main() -> None:
    if not benchmarks():
        sys.exit("the TPC queries are not installed: make install-tpc")
    results = {name: measure(name) for name in benchmarks()}
    for name, counts in results.items():
        print(name, *(f"{key}={value}" for key, value in counts.items()))
    target = ROOT / "benchmarks/results/coverage_shapes.json"
    target.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
