"""Small manifests made by hand, in the shape that dbt writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hansa.projects.dbt.artifacts import Artifacts
from hansa.projects.dbt.load import DbtProject, load_dbt_project

SCHEMA = "https://schemas.getdbt.com/dbt/manifest/{}.json"


def model(name: str, sql: str | None, **more: Any) -> dict[str, Any]:
    """A model of the project `shop`, compiled to `sql`; `more` replaces keys."""
    node: dict[str, Any] = {
        "unique_id": f"model.shop.{name}",
        "name": name,
        "resource_type": "model",
        "package_name": "shop",
        "original_file_path": f"models/{name}.sql",
        "database": "db",
        "schema": "main",
        "alias": name,
        "relation_name": f'"db"."main"."{name}"',
        "config": {"materialized": "table"},
        "raw_code": sql or "select 1 as x",
        "compiled_code": sql,
        "depends_on": {"nodes": [], "macros": []},
    }
    return {**node, **more}


def source(group: str, name: str, **more: Any) -> dict[str, Any]:
    """A source table of the project `shop`."""
    node: dict[str, Any] = {
        "unique_id": f"source.shop.{group}.{name}",
        "name": name,
        "source_name": group,
        "package_name": "shop",
        "original_file_path": "models/sources.yml",
        "database": "db",
        "schema": "landing",
        "identifier": name,
        "relation_name": f'"db"."landing"."{name}"',
        "columns": {"id": {"name": "id", "data_type": "integer"}},
    }
    return {**node, **more}


def generic_test(name: str, node: str, column: str, **more: Any) -> dict[str, Any]:
    """A generic test of one column."""
    test: dict[str, Any] = {
        "unique_id": f"test.shop.{name}_{node}_{column}",
        "name": f"{name}_{node}_{column}",
        "resource_type": "test",
        "package_name": "shop",
        "test_metadata": {"name": name, "kwargs": {}, "namespace": None},
        "attached_node": node,
        "column_name": column,
        "config": {"severity": "ERROR", "error_if": "!= 0"},
        "depends_on": {"nodes": [node], "macros": []},
    }
    return {**test, **more}


def manifest(*nodes: Mapping[str, Any], version: str = "v12", **more: Any) -> dict[str, Any]:
    """A manifest of these nodes; sources are told by their `source_name`."""
    return {
        "metadata": {
            "dbt_schema_version": SCHEMA.format(version),
            "dbt_version": "1.11.0",
            "adapter_type": "duckdb",
            "project_name": "shop",
        },
        "nodes": {node["unique_id"]: node for node in nodes if "source_name" not in node},
        "sources": {node["unique_id"]: node for node in nodes if "source_name" in node},
        "macros": {},
        **more,
    }


def load(
    document: Mapping[str, Any],
    required: tuple[str, ...] = (),
    files: Mapping[str, bytes] | None = None,
    catalog: Mapping[str, Any] | None = None,
) -> DbtProject:
    """The project that a manifest describes."""
    artifacts = Artifacts(
        json.dumps(document).encode(),
        "target/manifest.json",
        json.dumps(catalog).encode() if catalog else None,
        read=(files or {}).get,
    )
    return load_dbt_project(artifacts, required)


def sql_of(project: DbtProject, name: str) -> str:
    """A model's SQL, with the space between words made one."""
    return " ".join(project.translated.models[name].sql.split())
