"""What `hansa export dbt` writes, read by dbt itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import write_files
from tests.projects.exchange.contracts import contract

from hansa.core.contract import ContractTable
from hansa.projects.contract_tables import physical_type
from hansa.projects.exchange.dbt_export import dbt_text

PROJECT = {
    "dbt_project.yml": "name: shop\nversion: 1.0.0\nprofile: shop\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb, path: 'dev.duckdb'}}}\n",
}


def _select(table: ContractTable) -> str:
    """A model that yields the columns of the table, and no row."""
    columns = ", ".join(
        f'cast(null as {one.physical_type}) as "{one.name}"' for one in table.columns
    )
    return f"select {columns} limit 0\n"


def test_dbt_takes_what_is_exported(tmp_path: Path, dbt: Callable[[Path, str], str]) -> None:
    tables = contract().tables
    write_files(tmp_path, PROJECT)
    write_files(tmp_path / "models", {f"{one.name}.sql": _select(one) for one in tables})
    write_files(tmp_path / "models", {"models.yml": dbt_text(contract(), "duckdb")})
    # dbt's warnings, such as those about properties that it will not know, are errors here
    dbt(tmp_path, "--warn-error parse")
    manifest = json.loads((tmp_path / "target/manifest.json").read_text(encoding="utf-8"))
    customers = manifest["nodes"]["model.shop.customers"]
    assert customers["description"] == contract().tables[0].description
    assert (customers["access"], customers["group"]) == ("public", "sales")
    assert customers["contract"]["enforced"] is True
    assert customers["meta"] == {"tier": "gold"}
    assert customers["columns"]["email"]["meta"] == {"contract": {"classification": "private"}}
    kinds = [one["type"] for one in customers["columns"]["id"]["constraints"]]
    assert kinds == ["not_null", "primary_key"]
    old, new = (manifest["nodes"][f"model.shop.orders.v{number}"] for number in (1, 2))
    assert (old["version"], old["latest_version"]) == (1, 2)
    assert old["deprecation_date"].startswith("2027-01-31")
    assert {name: one["data_type"] for name, one in new["columns"].items()} == {
        one.name: physical_type(one.type, "duckdb") for one in tables[2].columns
    }
    assert new["constraints"] == [
        {
            "type": "primary_key",
            "columns": ["line", "id"],
            "name": None,
            "expression": None,
            "warn_unenforced": True,
            "warn_unsupported": True,
            "to": None,
            "to_columns": [],
        }
    ]
    tests = sorted(
        f"{one['test_metadata']['name']} {one['column_name']} of {one['attached_node']}"
        for one in manifest["nodes"].values()
        if one["resource_type"] == "test"
    )
    assert tests == [
        "accepted_values stars of model.shop.orders.v2",
        "accepted_values state of model.shop.customers",
        "not_null customer of model.shop.orders.v2",
        "not_null email of model.shop.customers",
        "not_null id of model.shop.customers",
        "not_null id of model.shop.orders.v1",
        "not_null id of model.shop.orders.v2",
        "not_null line of model.shop.orders.v2",
        "relationships customer of model.shop.orders.v2",
        "unique email of model.shop.customers",
        "unique id of model.shop.customers",
        "unique id of model.shop.orders.v1",
    ]
    # the models are built under the contract that was exported
    dbt(tmp_path, "build")
