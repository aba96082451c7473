"""Products in dbt projects, of which only what dbt wrote is there: no test needs dbt itself."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.conftest import write_files

LONG_AGO = 1_700_000_000

# Columns by table, each as `name: physical type`.
Tables = Mapping[str, Mapping[str, str]]

_LOGICAL = {"integer": "integer", "varchar": "string", "double": "number", "boolean": "boolean"}


def write_project(
    directory: Path,
    document: Mapping[str, Any],
    tables: Tables,
    *,
    version: str = "1.0.0",
    files: Mapping[str, str] | None = None,
    product: Sequence[str] = (),
) -> Path:
    """A product `shop` whose project was compiled to `document`; `tables` are public.

    `product` are further lines of product.yaml, `files` those of the project.
    """
    head = ["name: shop", "owner: {team: sales}", "dbt: {project: .}", *product]
    written = {
        "product.yaml": "\n".join(head) + "\n",
        "contract.yaml": contract(tables, version),
        "dbt_project.yml": "name: shop\nversion: 1.0.0\n",
        **(files or {}),
    }
    write_files(directory, written)
    for file in written:
        os.utime(directory / file, (LONG_AGO, LONG_AGO))
    write_files(directory, {"target/manifest.json": json.dumps(document)})
    return directory


def contract(tables: Tables, version: str) -> str:
    """A contract of these tables."""
    lines = [
        "apiVersion: v3.2.0",
        "kind: DataContract",
        "id: shop",
        f"version: {version}",
        "status: active",
        "dataProduct: shop",
        "schema:",
    ]
    for table, columns in tables.items():
        lines += [f"  - name: {table}", "    physicalType: table", "    properties:"]
        lines += [
            f"      - {{name: {name}, logicalType: {_LOGICAL[kind]}, physicalType: {kind}}}"
            for name, kind in columns.items()
        ]
    return "\n".join(lines) + "\n"
