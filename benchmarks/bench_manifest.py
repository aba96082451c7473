"""Memory and time of `hansa check` on a manifest of 200 MB, as a large organisation has it.

The manifest is written here in the shape of dbt 1.11's, with wide models, descriptions and tests.
Prints the peak memory of all processes together, and keeps it in benchmarks/results/manifest.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "manifest.json"
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
# columns, how many of them are computed, tests of each model, characters of a description
COLUMNS, COMPUTED, TESTS, WIDTH = 60, 6, 6, 800
MOST_MEGABYTES = 1024
_SECONDS_BETWEEN_LOOKS = 0.1


def write_project(project: Path, megabytes: int) -> int:
    """A compiled project whose manifest has that size; answers how many models it has."""
    (project / "target").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("name: bench\nversion: '1.0'\nprofile: bench\n")
    (project / "product.yaml").write_text("name: bench\nowner: {team: bench}\ndbt: {project: .}\n")
    properties = "".join(
        f"      - {{name: column_{number}, logicalType: integer, physicalType: integer}}\n"
        for number in range(COLUMNS)
    )
    (project / "contract.yaml").write_text(
        "apiVersion: v3.2.0\nkind: DataContract\nid: bench\nversion: 1.0.0\nstatus: active\n"
        f"dataProduct: bench\nschema:\n  - name: m_0\n    properties:\n{properties}"
    )
    models = 0
    with (project / "target" / "manifest.json").open("w", encoding="utf-8") as file:
        metadata = {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "dbt_version": "1.11.0",
            "adapter_type": "duckdb",
            "project_name": "bench",
        }
        file.write(f'{{"metadata": {json.dumps(metadata)}, "nodes": {{')
        while file.tell() < megabytes * 1_000_000:
            nodes = [_model(models), *(_test(models, number) for number in range(TESTS))]
            texts = (f'"{node["unique_id"]}": {json.dumps(node)}' for node in nodes)
            file.write((", " if models else "") + ", ".join(texts))
            models += 1
        file.write('}, "sources": {}, "macros": {}}')
    return models


def _node(kind: str, name: str, path: str) -> dict[str, Any]:
    return {
        "database": "bench",
        "schema": "main",
        "name": name,
        "alias": name,
        "resource_type": kind,
        "package_name": "bench",
        "path": path,
        "original_file_path": f"models/{path}",
        "unique_id": f"{kind}.bench.{name}",
        "fqn": ["bench", name],
        "checksum": {"name": "sha256", "checksum": "0" * 64},
        "tags": ["nightly"],
        "meta": {"owner": "bench"},
        "relation_name": f'"bench"."main"."{name}"',
        "created_at": 1_700_000_000.0,
        "language": "sql",
    }


def _model(number: int) -> dict[str, Any]:
    name = f"m_{number}"
    # a tree: every model but the first reads one above it
    above = (number - 1) // 10
    columns = [
        f"    case when column_{at} > {number % 50} then column_{at} else 0 end as column_{at}"
        if at < COMPUTED
        else f"    column_{at}"
        for at in range(COLUMNS)
    ]
    if number == 0:
        columns = [f"    {at} as column_{at}" for at in range(COLUMNS)]
    select = "select\n" + ",\n".join(columns)
    described = {
        f"column_{at}": {
            "name": f"column_{at}",
            "description": f"What column {at} of {name} means. ".ljust(WIDTH, "x"),
            "meta": {"sensitivity": "internal"},
            "data_type": "integer",
            "constraints": [],
            "quote": None,
            "tags": [],
        }
        for at in range(COLUMNS)
    }
    reads = [] if number == 0 else [f"model.bench.m_{above}"]
    return {
        **_node("model", name, f"area_{number % 20}/{name}.sql"),
        "config": {"materialized": "table", "enabled": True, "tags": ["nightly"]},
        "description": f"The model {name}.",
        "columns": described,
        "depends_on": {"nodes": reads, "macros": []},
        "refs": [{"name": f"m_{above}", "package": None, "version": None}] if reads else [],
        "raw_code": select + (f"\nfrom {{{{ ref('m_{above}') }}}}" if reads else ""),
        "compiled_code": select + (f'\nfrom "bench"."main"."m_{above}"' if reads else ""),
        "compiled": True,
    }


def _test(number: int, at: int) -> dict[str, Any]:
    name = f"not_null_m_{number}_column_{at}"
    return {
        **_node("test", name, f"{name}.sql"),
        "config": {"enabled": True, "severity": "ERROR", "materialized": "test"},
        "depends_on": {
            "nodes": [f"model.bench.m_{number}"],
            "macros": ["macro.dbt.test_not_null", "macro.dbt.get_where_subquery"],
        },
        "test_metadata": {
            "name": "not_null",
            "namespace": None,
            "kwargs": {"column_name": f"column_{at}", "model": f"{{{{ ref('m_{number}') }}}}"},
        },
        "attached_node": f"model.bench.m_{number}",
        "column_name": f"column_{at}",
        "raw_code": "{{ test_not_null(**_dbt_generic_test_kwargs) }}",
        "compiled_code": f'select column_{at} from "bench"."main"."m_{number}" '
        f"where column_{at} is null",
        "compiled": True,
    }


def measure(project: Path) -> dict[str, float]:
    """Seconds, and the peak memory of all processes of a check together; stops when it fails."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "hansa", "check", "--no-compare"]
    with (project / "output").open("w+") as output:
        running = subprocess.Popen(
            command, cwd=project, env=ENVIRONMENT, stdout=output, stderr=subprocess.STDOUT
        )
        peak = 0
        while running.poll() is None:
            peak = max(peak, sum(map(_proportional_kb, _family(running.pid))))
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        output.seek(0)
        if running.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{output.read()}")
    return {"seconds": time.perf_counter() - started, "peak_mb": peak / 1024}


def _family(pid: int) -> list[int]:
    """A process and its children; what ended meanwhile has none."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _family(int(child)))]


def _proportional_kb(pid: int) -> int:
    """What a process holds, with its share of what it shares with others."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary, "project")
        models = write_project(project, arguments.megabytes)
        size = (project / "target" / "manifest.json").stat().st_size / 1_000_000
        row: dict[str, float] = {"models": models, "manifest_mb": size}
        for name in ("cold", "warm"):
            row |= {f"{name}_{key}": value for key, value in measure(project).items()}
    row["at_most_mb"] = MOST_MEGABYTES
    print("  ".join(f"{key}={value:.4g}" for key, value in row.items()))
    document = {
        "command": " ".join([*_processes(), "python benchmarks/bench_manifest.py", *sys.argv[1:]]),
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "hansa": version("hansa"),
        "sqlglot": version("sqlglot"),
        "row": row,
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


def _processes() -> list[str]:
    stated = os.environ.get("HANSA_PROCESSES")
    return [f"HANSA_PROCESSES={stated}"] if stated else []


if __name__ == "__main__":
    main()
