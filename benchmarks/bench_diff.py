"""Time of `hansa diff` between two releases of a large product with 20 changed models.

Prints seconds of a whole process, cold and warm, and memory; keeps them in
benchmarks/results/diff.json and .md. A full load of the same models in an SQLMesh `Context`,
without the time of its imports, stands beside where `--sqlmesh PYTHON` names an interpreter
that has SQLMesh.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from bench_check import ENVIRONMENT, measure
from generate import LAYERS, write_product, write_sqlmesh_project

RESULTS = Path(__file__).parent / "results"
PEER = Path(__file__).parent / "peers" / "sqlmesh_load.py"
CHANGED = 20

Row = dict[str, float]


def write_releases(directory: Path, models: int) -> tuple[Path, Path]:
    """The product twice, the second time with changed models spread over all layers."""
    old, new = directory / "old", directory / "new"
    for product in (old, new):
        write_product(product, models)
    width = models // LAYERS
    for number in range(CHANGED):
        layer, index = number % LAYERS, (number // LAYERS * 4 + 3) % width
        path = new / "models" / f"layer_{layer}" / f"m_{layer}_{index}.sql"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("recency <= 10", "recency <= 11"), encoding="utf-8")
    return old, new


def measure_hansa(directory: Path, models: int, repeat: int) -> Row:
    """A first comparison, and later ones with nothing changed, each the best of `repeat`."""
    old, new = write_releases(directory, models)
    command = [sys.executable, "-m", "hansa", "diff", str(old), str(new), "--format", "json"]
    cold, warm = [], []
    for _ in range(repeat):
        for product in (old, new):
            shutil.rmtree(product / ".hansa", ignore_errors=True)
        cold.append(measure(command, directory))
        warm.append(measure(command, directory))
    return {
        "models": models,
        "cold_seconds": min(cold)[0],
        "cold_peak_mb": max(memory for _, memory in cold),
        "warm_seconds": min(warm)[0],
        "warm_peak_mb": max(memory for _, memory in warm),
    }


def measure_sqlmesh(python: str, directory: Path, models: int, repeat: int) -> Row:
    """A full load without SQLMesh's own cache, and one with it, each the best of `repeat`."""
    project = directory / "sqlmesh"
    write_sqlmesh_project(project, models)
    full, cached = [], []
    for _ in range(repeat):
        shutil.rmtree(project / ".cache", ignore_errors=True)
        full.append(load_seconds(python, project, models))
        cached.append(load_seconds(python, project, models))
    return {"sqlmesh_load_seconds": min(full), "sqlmesh_cached_load_seconds": min(cached)}


def load_seconds(python: str, project: Path, models: int) -> float:
    done = subprocess.run(
        [python, str(PEER), str(project)], env=ENVIRONMENT, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"SQLMesh failed:\n{done.stderr[-2000:]}")
    seconds, loaded = done.stdout.split()[-2:]
    if int(loaded) < models:
        sys.exit(f"SQLMesh loaded {loaded} of {models} models")
    return float(seconds)


def markdown(rows: list[Row]) -> str:
    lines = [
        "# Comparing two releases",
        "",
        f"Two releases with {CHANGED} changed models; seconds of a whole `hansa diff` process,",
        "beside the seconds that SQLMesh's `Context` takes to load one of them, imports left out.",
        "",
        "| models | diff, first | diff, again | peak MB | SQLMesh load | load / diff again |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        load = row.get("sqlmesh_load_seconds")
        peer = [f"{load:.1f}", f"{load / row['warm_seconds']:.1f}"] if load else ["", ""]
        numbers = [f"{row['cold_seconds']:.1f}", f"{row['warm_seconds']:.2f}"]
        memory = f"{row['cold_peak_mb']:.0f}"
        lines.append(f"| {row['models']} | {' | '.join([*numbers, memory, *peer])} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--sqlmesh", metavar="PYTHON", help="the interpreter that has SQLMesh")
    parser.add_argument("--sqlmesh-up-to", type=int, default=1000, help="largest size for it")
    parser.add_argument("--repeat", type=int, default=2)
    arguments = parser.parse_args()
    rows: list[Row] = []
    for models in arguments.sizes:
        with tempfile.TemporaryDirectory() as temporary:
            row = measure_hansa(Path(temporary), models, arguments.repeat)
            if arguments.sqlmesh and models <= arguments.sqlmesh_up_to:
                directory = Path(temporary)
                row |= measure_sqlmesh(arguments.sqlmesh, directory, models, arguments.repeat)
        rows.append(row)
        print("  ".join(f"{key}={value:.4g}" for key, value in row.items()), flush=True)
    RESULTS.mkdir(exist_ok=True)
    document = {
        "command": "python benchmarks/bench_diff.py " + " ".join(sys.argv[1:]),
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "sqlglot": version("sqlglot"),
        "rows": rows,
    }
    (RESULTS / "diff.json").write_text(json.dumps(document, indent=2) + "\n")
    (RESULTS / "diff.md").write_text(markdown(rows))


if __name__ == "__main__":
    main()
