"""Products of any size for measuring: ten layers of models with CTEs, joins, CASE and windows."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping
from pathlib import Path

LAYERS = 10
COLUMNS = ("customer_id", "region", "amount", "quantity", "ordered_at")
KINDS = ("integer", "varchar", "integer", "integer", "timestamp")


def write_product(directory: Path, models: int, seed: int = 1) -> None:
    """A Hansa product of `models` models in ten layers; the last layer is public."""
    names = _layer_names(models)
    for layer, layer_names in enumerate(names):
        for index, name in enumerate(layer_names):
            parents = _parents(names, layer, index, random.Random(f"{seed}/{name}"))
            _write(
                directory / "models" / f"layer_{layer}" / f"{name}.sql", model_sql(name, parents)
            )
    _write(directory / "product.yaml", _product_yaml())
    _write(directory / "contract.yaml", _contract_yaml(names[-1]))
    _write(directory / "README.md", "# generated\n")


def write_dbt_project(directory: Path, models: int, seed: int = 1) -> None:
    """The same models as a dbt project, with refs and a source."""
    names = _layer_names(models)
    for layer, layer_names in enumerate(names):
        for index, name in enumerate(layer_names):
            parents = _parents(names, layer, index, random.Random(f"{seed}/{name}"))
            refs = [
                "{{ source('raw', 'orders') }}"
                if parent == "raw.orders"
                else f"{{{{ ref('{parent}') }}}}"
                for parent in parents
            ]
            _write(directory / "models" / f"layer_{layer}" / f"{name}.sql", model_sql(name, refs))
    _write(directory / "models" / "sources.yml", _DBT_SOURCES)
    _write(directory / "dbt_project.yml", "name: bench\nversion: '1.0'\nprofile: bench\n")
    _write(
        directory / "profiles.yml",
        "bench:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: bench.duckdb}\n",
    )


def write_dbt_product(directory: Path, models: int, seed: int = 1) -> None:
    """The dbt project as a product, whose last layer is public."""
    write_dbt_project(directory, models, seed)
    _write(directory / "product.yaml", "name: bench\nowner: {team: bench}\ndbt: {project: .}\n")
    _write(directory / "contract.yaml", _contract_yaml(_layer_names(models)[-1]))


def write_sqlmesh_project(directory: Path, models: int, seed: int = 1) -> None:
    """The same models as an SQLMesh project, reading a declared external table."""
    names = _layer_names(models)
    texts = {}
    for layer, layer_names in enumerate(names):
        for index, name in enumerate(layer_names):
            parents = _parents(names, layer, index, random.Random(f"{seed}/{name}"))
            full = [parent if "." in parent else f"bench.{parent}" for parent in parents]
            texts[f"bench.{name}"] = model_sql(name, full)
    write_sqlmesh_files(directory, texts, {"raw.orders": dict(zip(COLUMNS, KINDS, strict=True))})


def write_sqlmesh_files(
    directory: Path, models: Mapping[str, str], external: Mapping[str, Mapping[str, str]]
) -> None:
    """An SQLMesh project of these models and external tables, all by their full names."""
    for name, sql in models.items():
        quoted = ".".join(f'"{part}"' for part in name.split("."))
        text = f"MODEL (name {quoted}, kind FULL);\n\n{sql}"
        _write(directory / "models" / f"{name.replace('.', '__')}.sql", text)
    tables = [{"name": name, "columns": dict(columns)} for name, columns in external.items()]
    _write(directory / "external_models.yaml", json.dumps(tables, indent=1))
    _write(
        directory / "config.yaml",
        "gateways: {local: {connection: {type: duckdb}}}\ndefault_gateway: local\n"
        "model_defaults: {dialect: duckdb, start: 2026-01-01}\n"
        "disable_anonymized_analytics: true\n",
    )


def model_sql(name: str, parents: list[str]) -> str:
    """About forty lines: staging CTEs, a join, CASE, aggregation and a window."""
    first = parents[0]
    second = parents[1] if len(parents) > 1 else parents[0]
    threshold = sum(map(ord, name)) % 90 + 10
    return f"""-- {name}: generated for measuring
with orders as (

    select
        customer_id,
        region,
        amount,
        quantity,
        ordered_at
    from {first}
    where amount is not null

),

regions as (

    select
        region,
        count(*) as orders,
        max(amount) as largest
    from {second}
    group by region

),

joined as (

    select
        orders.customer_id,
        orders.region,
        orders.ordered_at,
        orders.amount,
        orders.quantity,
        case
            when orders.amount > {threshold} and regions.orders > 1 then 'large'
            when orders.amount > {threshold // 2} then 'medium'
            else 'small'
        end as size,
        row_number() over (
            partition by orders.customer_id order by orders.ordered_at desc
        ) as recency
    from orders
    left join regions on regions.region = orders.region

)

select
    customer_id,
    region,
    amount + coalesce(quantity, 0) as amount,
    case when size = 'small' then 1 else quantity end as quantity,
    ordered_at
from joined
where recency <= 10
"""


def _layer_names(models: int) -> list[list[str]]:
    width = max(models // LAYERS, 1)
    return [[f"m_{layer}_{index}" for index in range(width)] for layer in range(LAYERS)]


def _parents(names: list[list[str]], layer: int, index: int, draw: random.Random) -> list[str]:
    if layer == 0:
        return ["raw.orders"]
    below = names[layer - 1]
    return [below[index % len(below)], draw.choice(below)]


def _product_yaml() -> str:
    columns = "\n".join(
        f"          {column}: {kind}" for column, kind in zip(COLUMNS, KINDS, strict=True)
    )
    return f"""name: bench
description: Generated for measuring.
owner:
  team: bench
  contact: bench@example.com
sources:
  raw:
    tables:
      orders:
        relation: landing.orders
        columns:
{columns}
"""


def _contract_yaml(public: list[str]) -> str:
    kinds = {
        "customer_id": ("integer", "integer"),
        "region": ("string", "varchar"),
        "amount": ("integer", "integer"),
        "quantity": ("integer", "integer"),
        "ordered_at": ("timestamp", "timestamp"),
    }
    columns = "\n".join(
        f"      - {{name: {column}, logicalType: {logical}, physicalType: {physical}}}"
        for column, (logical, physical) in kinds.items()
    )
    tables = "\n".join(
        f"  - name: {name}\n    physicalType: table\n    properties:\n{columns}" for name in public
    )
    return f"""apiVersion: v3.2.0
kind: DataContract
id: bench
name: bench
version: 1.0.0
status: active
dataProduct: bench
schema:
{tables}
"""


_DBT_SOURCES = """version: 2
sources:
  - name: raw
    tables:
      - name: orders
"""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--dbt", action="store_true", help="write a dbt project instead")
    arguments = parser.parse_args()
    write = write_dbt_project if arguments.dbt else write_product
    write(arguments.directory, arguments.models)
