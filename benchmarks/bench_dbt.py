"""Time of `hansa check` on a compiled dbt project, beside `dbt parse` of the same project.

Prints CPU and wall seconds and ratios within this one run, and keeps them in
benchmarks/results/dbt.json. CPU seconds say more than wall seconds where other work runs; they
count what all processes of a check take together, where dbt has one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from generate import write_dbt_product

INSTALLED = Path(__file__).parents[1] / ".venv-dbt" / "bin" / "dbt"
RESULTS = Path(__file__).parent / "results" / "dbt.json"
# both tools run from compiled modules, as they do wherever they are installed
ENVIRONMENT = {
    **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
    "DBT_PROFILES_DIR": ".",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}
MOST_COLD, MOST_WARM = 1 / 5, 1 / 30


def measure(command: list[str], cwd: Path) -> tuple[float, float]:
    """CPU and wall seconds of one process; stops when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall


def measure_project(project: Path, dbt: str, repeat: int) -> dict[str, tuple[float, float]]:
    """The best of `repeat` runs of each: dbt's full parse, a first check, and one after it."""
    hansa = [sys.executable, "-m", "hansa", "check", "--no-compare"]
    runs: dict[str, list[tuple[float, float]]] = {"dbt_parse": [], "cold": [], "warm": []}
    for _ in range(repeat):
        # parsing writes a manifest without SQL, so it works on a copy
        copy = project.with_name("parsed")
        shutil.copytree(project, copy, ignore=shutil.ignore_patterns("target", ".hansa"))
        runs["dbt_parse"].append(measure([dbt, "--quiet", "parse", "--no-partial-parse"], copy))
        shutil.rmtree(copy)
        shutil.rmtree(project / ".hansa", ignore_errors=True)
        runs["cold"].append(measure(hansa, project))
        runs["warm"] += [measure(hansa, project) for _ in range(3)]
    return {name: (min(cpu), min(wall)) for name, (cpu, wall) in _columns(runs).items()}


def _columns(
    runs: dict[str, list[tuple[float, float]]],
) -> dict[str, tuple[list[float], list[float]]]:
    return {
        name: ([cpu for cpu, _ in found], [wall for _, wall in found])
        for name, found in runs.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dbt", help="the dbt executable; default: the one of `make install-dbt`")
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=2)
    arguments = parser.parse_args()
    dbt = arguments.dbt or (str(INSTALLED) if INSTALLED.is_file() else None)
    if dbt is None:
        print("not measured: run `make install-dbt`, or name a dbt with --dbt")
        return
    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary, "project")
        write_dbt_product(project, arguments.models)
        measure([dbt, "--quiet", "compile", "--full-refresh"], project)
        found = measure_project(project, dbt, arguments.repeat)
    row: dict[str, float] = {"models": arguments.models}
    for name, (cpu, wall) in found.items():
        row |= {f"{name}_cpu_seconds": cpu, f"{name}_wall_seconds": wall}
    for name, most in (("cold", MOST_COLD), ("warm", MOST_WARM)):
        row[f"{name}_to_dbt"] = found[name][0] / found["dbt_parse"][0]
        row[f"{name}_wall_to_dbt"] = found[name][1] / found["dbt_parse"][1]
        row[f"{name}_at_most"] = most
    print("  ".join(f"{key}={value:.4g}" for key, value in row.items()))
    document = {
        "command": "python benchmarks/bench_dbt.py "
        + " ".join(Path(part).name if "/" in part else part for part in sys.argv[1:]),
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "hansa": version("hansa"),
        "sqlglot": version("sqlglot"),
        "row": row,
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
