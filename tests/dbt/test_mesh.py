"""SQL and dbt projects that rely on each other, from end to end with dbt itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from tests.conftest import Hansa, write_files

MESH = Path(__file__).parents[2] / "examples" / "mesh"
Dbt = Callable[[Path, str], str]

# Another team's dbt project, which reads versions of a dbt model.
MARKETING = {
    "product.yaml": "name: marketing\nowner: {team: marketing}\ndbt: {project: .}\n"
    "requires: {customers: ^1.0}\n",
    "dbt_project.yml": "name: marketing\nversion: 1.0.0\nprofile: marketing\n"
    "models: {marketing: {+materialized: table}}\n",
    "profiles.yml": "marketing:\n  target: dev\n  outputs:\n"
    "    dev: {type: duckdb, path: target/dev.duckdb}\n",
    "models/gold.sql": "SELECT n.customer_id, n.joined_in, o.first_order\n"
    "FROM {{ ref('customers', 'dim_customers') }} AS n\n"
    "JOIN {{ ref('customers', 'dim_customers', v=1) }} AS o ON o.customer_id = n.customer_id\n"
    "WHERE n.tier = 'gold'\n",
}


@pytest.fixture
def mesh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dbt: Dbt) -> Path:
    shutil.copytree(MESH, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("MESH_WAREHOUSE", str(tmp_path / "warehouse.duckdb"))
    (tmp_path / "registry").mkdir()
    return tmp_path


def query(file: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def publish(hansa: Hansa, product: str) -> None:
    published = hansa("publish --allow-dirty", product)
    assert published.code == 0, published.err


def test_a_mesh_of_sql_and_dbt(mesh: Path, hansa: Hansa, dbt: Dbt) -> None:
    publish(hansa, "orders")

    # the consumer builds on the embedded stand-in: nothing of the producer is deployed
    assert hansa("lock", "customers").code == 0
    synced = hansa("sync --format json", "customers")
    assert synced.code == 0, synced.err
    assert synced.json["dbt"]["target"] is None
    dbt(mesh / "customers", "deps")
    dbt(mesh / "customers", "build --target dev")
    built = mesh / "customers" / "target" / "dev.duckdb"
    assert query(built, "SELECT customer_id, tier FROM dim_customers_v2 ORDER BY 1") == [
        (1, "standard"),
        (2, "standard"),
        (3, "gold"),
    ]
    for command in ("check", "test"):
        outcome = hansa(f"{command} --format json", "customers")
        assert outcome.code == 0, outcome.out + outcome.err
    publish(hansa, "customers")

    # a SQL product on top of the dbt one
    assert hansa("lock", "retention").code == 0
    assert hansa("test", "retention").code == 0
    publish(hansa, "retention")

    # the same models, in a warehouse
    assert hansa("deploy", "orders").code == 0
    before = {file: file.read_bytes() for file in (mesh / "customers/models").iterdir()}
    synced = hansa("sync --target prod --format json", "customers")
    assert synced.json["dbt"]["target"] == "duckdb:///${MESH_WAREHOUSE}"
    dbt(mesh / "customers", "build --target prod")
    assert {file: file.read_bytes() for file in (mesh / "customers/models").iterdir()} == before
    assert hansa("deploy", "customers").code == 0
    assert hansa("deploy", "retention").code == 0
    assert query(
        mesh / "warehouse.duckdb",
        "SELECT CAST(joined_in AS VARCHAR), customers, came_back "
        "FROM retention__v1_0_0.monthly_retention",
    ) == [("2026-01-01", 2, 2), ("2026-03-01", 1, 0)]


def test_one_release_whatever_the_target(mesh: Path, hansa: Hansa, dbt: Dbt) -> None:
    publish(hansa, "orders")
    hansa("deploy", "orders")
    hansa("lock", "customers")
    hansa("sync", "customers")
    dbt(mesh / "customers", "deps")
    dbt(mesh / "customers", "compile --full-refresh --target dev")
    publish(hansa, "customers")

    hansa("sync --target prod", "customers")
    dbt(mesh / "customers", "compile --full-refresh --target prod")
    compared = hansa("diff customers@1.0.0 . --format json", "customers")
    assert compared.json["changes"] == [], compared.out


def test_versions_and_private_models(mesh: Path, hansa: Hansa, dbt: Dbt) -> None:
    publish(hansa, "orders")
    hansa("lock", "customers")
    hansa("sync", "customers")
    dbt(mesh / "customers", "deps")
    dbt(mesh / "customers", "compile --full-refresh")
    publish(hansa, "customers")

    marketing = write_files(mesh / "marketing", MARKETING)
    assert hansa("lock", "marketing").code == 0
    assert hansa("sync", "marketing").code == 0
    dbt(marketing, "deps")
    dbt(marketing, "build")
    assert query(marketing / "target/dev.duckdb", "SELECT customer_id FROM gold") == [(3,)]
    manifest = json.loads((marketing / "target/manifest.json").read_text("utf-8"))
    read = manifest["nodes"]["model.marketing.gold"]["depends_on"]["nodes"]
    assert read == ["model.customers.dim_customers.v2", "model.customers.dim_customers.v1"]
    assert not any("stg_purchases" in node for node in manifest["nodes"])

    inferred = hansa("contract infer --public gold", "marketing")
    assert inferred.code == 0, inferred.err
    reached = hansa("export lineage", "marketing")
    assert "dim_customers_v1" in reached.out
    assert hansa("check --format json", "marketing").code == 0


def test_what_was_edited_by_hand_is_not_replaced(mesh: Path, hansa: Hansa) -> None:
    publish(hansa, "orders")
    hansa("lock", "customers")
    hansa("sync", "customers")
    model = mesh / "customers/.hansa/dbt/orders/models/fct_orders.sql"
    model.write_text("SELECT 1 AS mine\n", "utf-8")

    refused = hansa("sync", "customers")
    assert refused.code == 2
    assert refused.err == (
        "error: `.hansa/dbt/orders` is not replaced, as `models/fct_orders.sql` in it was edited "
        "by hand\nhint: move what you need elsewhere, delete the directory, and sync again\n"
    )
    assert model.read_text("utf-8") == "SELECT 1 AS mine\n"


def test_a_target_for_a_product_without_dbt_is_refused(mesh: Path, hansa: Hansa) -> None:
    refused = hansa("sync --target prod", "orders")

    assert refused.code == 2
    assert refused.err.startswith("error: product.yaml: `--target` is for the packages of a dbt")


def test_packages_of_dropped_requirements_go(mesh: Path, hansa: Hansa) -> None:
    publish(hansa, "orders")
    hansa("lock", "customers")
    hansa("sync", "customers")
    assert hansa("remove orders", "customers").code == 0
    assert hansa("sync", "customers").code == 0

    assert not (mesh / "customers/.hansa/dbt/orders").exists()
    listed = (mesh / "customers/packages.yml").read_text("utf-8")
    assert ".hansa" not in listed.split("\n", 1)[1]
    assert listed.startswith("# hansa sync keeps")
