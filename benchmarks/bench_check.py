"""Time and memory of `hansa check` at several sizes, beside `dbt parse` of the same models.

Prints seconds and ratios within this one run and keeps them in benchmarks/results/check.json.
dbt is measured where `--dbt PATH` names its executable.
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

from generate import write_dbt_project, write_product

RESULTS = Path(__file__).parent / "results" / "check.json"
# both tools run from compiled modules, as they do wherever they are installed
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def measure(
    command: list[str], cwd: Path, environment: dict[str, str] = ENVIRONMENT
) -> tuple[float, float]:
    """Seconds and peak memory in MB of one process; stops when it fails."""
    script = (
        "import resource,subprocess,sys,time\n"
        "t=time.perf_counter()\n"
        "done=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.PIPE)\n"
        "s=time.perf_counter()-t\n"
        "m=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss/1024\n"
        "sys.stderr.write(done.stderr.decode()) if done.returncode else None\n"
        "print(done.returncode,s,m)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    code, seconds, memory = done.stdout.split()
    if code != "0":
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return float(seconds), float(memory)


def measure_size(models: int, dbt: str | None, repeat: int) -> dict[str, float]:
    """Cold and warm check, and dbt's full parse, each the best of `repeat` runs."""
    hansa = [sys.executable, "-m", "hansa", "check", "--no-compare"]
    with tempfile.TemporaryDirectory() as temporary:
        product, project = Path(temporary, "product"), Path(temporary, "project")
        write_product(product, models)
        cold, warm, parse = [], [], []
        for _ in range(repeat):
            shutil.rmtree(product / ".hansa", ignore_errors=True)
            cold.append(measure(hansa, product))
            warm.append(measure(hansa, product))
        row = {
            "models": models,
            "cold_seconds": min(cold)[0],
            "cold_peak_mb": max(memory for _, memory in cold),
            "warm_seconds": min(warm)[0],
            "warm_peak_mb": max(memory for _, memory in warm),
        }
        row |= measure_compared(product, repeat)
        if dbt:
            write_dbt_project(project, models)
            for _ in range(repeat):
                shutil.rmtree(project / "target", ignore_errors=True)
                parse.append(measure([dbt, "--quiet", "parse", "--no-partial-parse"], project))
            row["dbt_parse_seconds"] = min(parse)[0]
            row["dbt_parse_peak_mb"] = max(memory for _, memory in parse)
            row["cold_to_dbt"] = row["cold_seconds"] / row["dbt_parse_seconds"]
            row["warm_to_dbt"] = row["warm_seconds"] / row["dbt_parse_seconds"]
        return row


def measure_compared(product: Path, repeat: int) -> dict[str, float]:
    """The same with a release to compare with: both sides are proven equal, cold and warm."""
    environment = {**ENVIRONMENT, "HANSA_REGISTRY": str(product.parent / "registry")}
    hansa = [sys.executable, "-m", "hansa"]
    subprocess.run(
        [*hansa, "publish"], cwd=product, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    cold, warm = [], []
    for _ in range(repeat):
        shutil.rmtree(product / ".hansa", ignore_errors=True)
        cold.append(measure([*hansa, "check"], product, environment))
        warm.append(measure([*hansa, "check"], product, environment))
    return {
        "compared_cold_seconds": min(cold)[0],
        "compared_warm_seconds": min(warm)[0],
        "compared_peak_mb": max(memory for _, memory in cold),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--dbt", help="the dbt executable to measure beside; none: only hansa")
    parser.add_argument("--dbt-up-to", type=int, default=1000, help="largest size for dbt")
    parser.add_argument("--repeat", type=int, default=2)
    arguments = parser.parse_args()
    rows = []
    for size in arguments.sizes:
        dbt = arguments.dbt if size <= arguments.dbt_up_to else None
        rows.append(measure_size(size, dbt, arguments.repeat))
        print("  ".join(f"{key}={value:.4g}" for key, value in rows[-1].items()), flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    document = {
        # where a peer is installed says something about a machine, not about the measure
        "command": "python benchmarks/bench_check.py "
        + " ".join(Path(part).name if "/" in part else part for part in sys.argv[1:]),
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "hansa": version("hansa"),
        "sqlglot": version("sqlglot"),
        "dbt": _dbt_version(arguments.dbt),
        "rows": rows,
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


def _dbt_version(dbt: str | None) -> str | None:
    if not dbt:
        return None
    done = subprocess.run([dbt, "--version"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
