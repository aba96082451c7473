"""200 unit tests over the example products: hansa, with and without coverage, dbt and SQLMesh.

The peers are measured where `--dbt PATH` and `--sqlmesh PATH` name their executables. All run the
same tests on the same machine in one run, by turns; ratios are kept beside the seconds in
benchmarks/results/unit_tests.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from unit_test_projects import (
    analyse_examples,
    small_tests,
    write_dbt,
    write_hansa,
    write_sqlmesh,
)

RESULTS = Path(__file__).parent / "results" / "unit_tests.json"


class Cost(NamedTuple):
    """Seconds on the clock, and of processors: the second hardly depends on what else runs."""

    seconds: float
    cpu: float


def cost(command: list[str], cwd: Path) -> Cost:
    """What a command takes; stops when it fails, as then it did not run all tests."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(seconds, used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--dbt", help="the dbt executable to measure beside")
    parser.add_argument("--sqlmesh", help="the SQLMesh executable to measure beside")
    arguments = parser.parse_args()
    products = analyse_examples()
    tests = small_tests(products, arguments.tests)
    hansa = [sys.executable, "-m", "hansa", "test"]
    with tempfile.TemporaryDirectory() as temporary:
        commands: dict[str, tuple[list[str], Path]] = {
            "hansa": (hansa, Path(temporary, "hansa")),
            "hansa_coverage": ([*hansa, "--coverage"], Path(temporary, "hansa")),
        }
        write_hansa(Path(temporary, "hansa"), products, tests)
        if arguments.dbt:
            directory = Path(temporary, "dbt")
            write_dbt(directory, products, tests, arguments.dbt)
            command = [arguments.dbt, "test", "--select", "test_type:unit", "--profiles-dir", "."]
            commands["dbt"] = (command, directory)
        if arguments.sqlmesh:
            directory = Path(temporary, "sqlmesh")
            write_sqlmesh(directory, products, tests)
            commands["sqlmesh"] = ([arguments.sqlmesh, "test"], directory)
        measured: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(arguments.repeat):
            for name, (command, directory) in commands.items():
                measured[name].append(cost(command, directory))
                last = measured[name][-1]
                print(f"{name}: {last.seconds:.2f} s, {last.cpu:.2f} s of CPU", flush=True)
    best = {
        name: Cost(min(one.seconds for one in costs), min(one.cpu for one in costs))
        for name, costs in measured.items()
    }
    ratios = {
        f"{name}_to_hansa": {
            "seconds": found.seconds / best["hansa"].seconds,
            "cpu": found.cpu / best["hansa"].cpu,
        }
        for name, found in best.items()
        if name != "hansa"
    }
    print(json.dumps(ratios, indent=2))
    document = {
        "command": f"python benchmarks/bench_unit_tests.py --tests {arguments.tests}",
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "hansa": version("hansa"),
        "tests": len(tests),
        "distinct": len({(one.model, json.dumps(one.expect)) for one in tests}),
        "seconds": {name: round(one.seconds, 3) for name, one in best.items()},
        "cpu_seconds": {name: round(one.cpu, 3) for name, one in best.items()},
        "ratios": ratios,
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
