"""Whole dbt projects, compiled by dbt itself, as products."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.conftest import Hansa
from tests.dbt.conftest import Project

from hansa.projects.contract import read_contract


def git(directory: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def rules(findings: list[dict[str, Any]]) -> list[str]:
    return [finding["rule"] for finding in findings]


def test_init_takes_what_the_project_says(hansa: Hansa, project: Project) -> None:
    shop = project("shop")
    started = hansa("init --format json", "shop")
    assert started.code == 0, started.err
    assert started.json["product"] == "shop"
    assert started.json["public"] == [
        "dim_customers_v1",
        "dim_customers_v2",
        "fct_orders",
        "order_events",
        "revenue_by_size",
    ]
    assert "version: 1.2.0" in (shop / "contract.yaml").read_text("utf-8")
    assert "team: sales" in (shop / "product.yaml").read_text("utf-8")
    assert hansa("init", "shop").code == 2


def test_check_test_and_coverage_work_in_the_lines_of_templates(
    hansa: Hansa, project: Project
) -> None:
    project("shop")
    hansa("init --public fct_* --public dim_*", "shop")
    checked = hansa("check --no-compare --format json", "shop")
    assert checked.code == 0, checked.out
    assert rules(checked.json["findings"]) == ["dbt_unit_test_left_out"]
    tested = hansa("test --coverage --format json", "shop")
    assert tested.code == 0, tested.err
    (left_out,) = tested.json["warnings"]
    assert left_out.startswith("the unit test `only_newer_orders_are_added` overrides macros")
    assert {test["name"]: test["status"] for test in tested.json["tests"]} == {
        "a_customer_without_country_is_kept": "passed",
        "customers_with_an_address": "passed",
        "orders_of_100_are_large": "passed",
    }
    models = tested.json["coverage"]["models"]
    assert models["fct_orders"]["path"] == "models/marts/fct_orders.sql"
    arms = [one for one in models["fct_orders"]["obligations"] if one["kind"] == "case"]
    template = Path("models/marts/fct_orders.sql").read_text("utf-8").splitlines()
    assert {template[arm["line"] - 1].strip() for arm in arms} == {
        "{{ order_size('o.amount') }} as size,"
    }
    # a loop has no one line for each of its columns
    assert models["revenue_by_size"]["path"].startswith("target/compiled/")


def test_the_contract_has_what_dbt_tests_and_describes(hansa: Hansa, project: Project) -> None:
    project("shop")
    hansa("init --public fct_* --public dim_*", "shop")
    exported = hansa("contract export --to odcs", "shop").out
    contract = read_contract(exported.encode(), "contract.yaml")
    orders = contract.table("fct_orders")
    assert orders is not None
    assert orders.description == "One row per order that was not cancelled."
    assert orders.primary_key == ("order_id",)
    size, customer = orders.column("size"), orders.column("customer_id")
    assert size is not None
    assert size.enum == ("large", "small")
    assert customer is not None
    assert [one.to_table for one in customer.relationships] == ["dim_customers_v2"]
    assert [check.name for check in orders.quality] == ["amounts_are_not_negative"]
    assert [role.name for role in contract.roles] == ["reporting"]
    properties = dict(orders.extras)["customProperties"]
    assert properties["group"] == "sales"
    assert properties["exposures"] == ["sales_board (dashboard) https://boards.example.com/sales"]
    assert {level.element: level.value for level in contract.service_levels} == {
        "raw.customers": 24,
        "raw.orders": 24,
    }


def test_a_release_is_deployed_where_there_is_no_dbt(
    hansa: Hansa, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project("shop")
    hansa("init", "shop")
    published = hansa("publish", "shop")
    assert published.code == 0, published.err
    assert hansa("check --format json", "shop").json["required"] == "none"
    assert hansa("diff shop@1.2.0 . --format json", "shop").json["changes"] == []

    monkeypatch.setenv("PATH", os.defpath)
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(SOURCES)
    hansa("init elsewhere")
    target = f"--target duckdb:///{warehouse}"
    deployed = hansa(f"deploy shop@1.2.0 {target}", "elsewhere")
    assert deployed.code == 0, deployed.err
    ran = hansa(f"run {target}", "shop")
    assert ran.code == 0, ran.err
    with duckdb.connect(str(warehouse)) as connection:
        rows = connection.execute(
            "select order_id, size, country_name, gross from shop__v1_2_0.fct_orders"
        ).fetchall()
        sizes = connection.execute("select * from shop__v1_2_0.revenue_by_size").fetchall()
    assert [(number, size, name, float(gross)) for number, size, name, gross in rows] == [
        (1, "large", "France", 144.0)
    ]
    assert [country for country, *_ in sizes] == ["FR"]


SOURCES = """
create schema landing;
create table landing.till_orders as
    select 1 as id, 7 as customer, 120.00::decimal(10,2) as amount, 'paid' as status,
        timestamp '2026-03-01' as ordered_at, timestamp '2026-03-02' as loaded_at;
create table landing.customers as
    select 7 as id, 'a@example.com' as email, 'FR' as country,
        timestamp '2026-03-01' as updated_at, timestamp '2026-03-02' as loaded_at;
"""


def test_a_git_revision_is_compiled_too(hansa: Hansa, project: Project, tmp_path: Path) -> None:
    ledger = project("ledger")
    hansa("init", "ledger")
    git(ledger, "init", "-q", "-b", "main")
    git(ledger, "add", "-A")
    git(ledger, "commit", "-qm", "first")
    edit(ledger / "models/base/base_postings.sql", "else null", "else 0")
    changed = hansa("diff git:main . --format json", "ledger")
    assert changed.code in (0, 1), changed.err
    assert [change["column"] for change in changed.json["changes"]] == ["balance"]
    assert "note: running `dbt compile --full-refresh`, as `models/base/" in changed.err
    assert "note: running `dbt compile --full-refresh` for git:main" in changed.err
    again = hansa("diff git:main . --format json", "ledger")
    assert again.json == changed.json
    assert "git:main" not in again.err
    edit(ledger / "models/base/base_postings.sql", "else 0", "else null")
    assert hansa("diff git:main . --format json", "ledger").json["changes"] == []


def test_dbt_parse_is_recognised_and_a_stale_manifest_without_dbt_is_an_error(
    hansa: Hansa, project: Project, dbt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = project("shop")
    hansa("init", "shop")
    dbt(shop, "parse")
    checked = hansa("check", "shop")
    assert checked.code == 2
    assert "the manifest holds no compiled SQL" in checked.err
    assert "hint: run `dbt compile --full-refresh`" in checked.err
    monkeypatch.setenv("PATH", os.defpath)
    (shop / "models/marts/fct_orders.sql").touch()
    checked = hansa("check", "shop")
    assert checked.code == 2
    assert "was changed after dbt wrote the manifest, and dbt is not on the PATH" in checked.err
    shutil.rmtree(shop / "target")
    assert "has no manifest, and dbt is not on the PATH" in hansa("check", "shop").err


def test_two_targets_give_the_same_product(hansa: Hansa, project: Project, dbt: Any) -> None:
    shop = project("shop")
    hansa("init", "shop")
    assert hansa("publish", "shop").code == 0
    dbt(shop, "compile --full-refresh --target prod")
    manifest = json.loads((shop / "target" / "manifest.json").read_text("utf-8"))
    assert manifest["nodes"]["model.shop.fct_orders"]["schema"] == "analytics"
    compared = hansa("check --format json", "shop").json
    assert compared["required"] == "none"
    assert rules(compared["findings"]) == ["dbt_unit_test_left_out"]


def test_ephemeral_models_compare_equal_to_views(hansa: Hansa, project: Project) -> None:
    shop = project("shop")
    hansa("init", "shop")
    assert hansa("publish", "shop").code == 0
    edit(shop / "dbt_project.yml", "+materialized: ephemeral", "+materialized: view")
    compared = hansa("check --format json", "shop").json
    assert compared["required"] == "none", compared["changes"]


def test_mutants_of_compiled_sql_are_noticed(hansa: Hansa, project: Project) -> None:
    project("ledger")
    hansa("init", "ledger")
    result = hansa("test --mutate --format json", "ledger")
    assert result.code == 0, result.err
    assert result.json["mutation"]["models"]["base_postings"]
