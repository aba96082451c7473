"""How long `hansa --help` takes, as a multiple of `python -c "import typer"`."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "startup.json"
RUNS = 15
# compiled modules, as they are wherever hansa is installed
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def seconds(*arguments: str) -> float:
    """The best of several runs of one command."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT
        )
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    baseline = seconds("-c", "import typer")
    rows = {"import typer": baseline, "hansa --help": seconds("-m", "hansa", "--help")}
    for name, value in rows.items():
        print(f"{name:14} {value:.3f} s  {value / baseline:.2f} x")
    RESULTS.parent.mkdir(exist_ok=True)
    document = {
        "command": "python benchmarks/bench_startup.py",
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "typer": version("typer"),
        "seconds": rows,
        "ratio": rows["hansa --help"] / baseline,
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
