"""Both versions of a product computed over the same inputs, and compared, by `hansa diff`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES

SIZE_CHANGED = {"different": 1, "examples": [{"key": {"id": 2}, "old": "small", "new": "large"}]}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def orders(tmp_path: Path, hansa: Hansa) -> Path:
    """orders@1.0.0 is published and deployed, and large orders now start at 10."""
    directory = write_files(tmp_path / "orders", ORDERS)
    for command in ("publish", "deploy"):
        assert hansa(command, "orders").code == 0
    edit(directory / "models/fct_orders.sql", ">= 100", ">= 10")
    return directory


def unchanged(*columns: str) -> dict[str, Any]:
    return {name: {"different": 0, "examples": []} for name in columns}


def test_fixtures_show_what_a_change_does(orders: Path, hansa: Hansa) -> None:
    outcome = hansa("diff orders@1.0.0 --data --format json", "orders")
    assert outcome.code == 0, outcome.err
    assert (outcome.json["data_from"], outcome.json["data_notes"]) == ("fixtures", [])
    assert outcome.json["data"] == {
        "fct_orders": {
            "rows_old": 2,
            "rows_new": 2,
            "only_old": 0,
            "only_new": 0,
            "changed_rows": 1,
            "columns": unchanged("customer", "amount") | {"size": SIZE_CHANGED},
            "old_name": None,
            "key": ["id"],
            "examples_old": [],
            "examples_new": [],
            "added": [],
            "removed": [],
            "sample": None,
            "note": None,
        }
    }


def test_text_names_each_column_with_an_example(orders: Path, hansa: Hansa) -> None:
    edit(orders / "models/staging/stg_orders.sql", ">= 0", ">= 0 and id > 1")
    outcome = hansa("diff orders@1.0.0 --data", "orders")
    assert (
        outcome.out[outcome.out.index("\ndata of") :]
        == """
data of both versions on fixtures:
  fct_orders: 2 rows before, 1 after, 1 changed, 1 only before
    differs in     rows  for example
    size              1  id=2: small → large
    (only before)     1  id=1
"""
    )


def test_a_target_shows_it_on_its_own_data_and_keeps_nothing(
    tmp_path: Path, orders: Path, hansa: Hansa
) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    before = hashlib.sha256(warehouse.read_bytes()).hexdigest()
    outcome = hansa("diff orders@1.0.0 --target dev --format json", "orders")
    assert outcome.code == 0, outcome.err
    [table] = outcome.json["data"].values()
    # amounts are n * 3 % 250 and a quarter, for 200 orders
    medium = sum(1 for n in range(1, 201) if 10 <= n * 3 % 250 < 100)
    assert (table["rows_old"], table["rows_new"], table["changed_rows"]) == (200, 200, medium)
    assert table["columns"]["size"]["different"] == medium
    assert outcome.json["data_from"].endswith("warehouse.duckdb")
    assert hashlib.sha256(warehouse.read_bytes()).hexdigest() == before
    assert [path.name for path in tmp_path.glob("warehouse*")] == ["warehouse.duckdb"]


def test_a_sample_is_the_same_in_every_run(orders: Path, hansa: Hansa) -> None:
    first, second = (
        hansa("diff orders@1.0.0 --target dev --sample 20 --format json", "orders").json["data"]
        for _ in range(2)
    )
    assert first == second
    table = first["fct_orders"]
    assert (table["sample"], table["rows_old"], table["rows_new"]) == (20, 20, 20)
    assert table["changed_rows"] == table["columns"]["size"]["different"] > 0


def test_renamed_columns_meet_and_others_are_listed(orders: Path, hansa: Hansa) -> None:
    contract = orders / "contract.yaml"
    edit(contract, "name: size", "name: magnitude")
    first = "      - {name: id,"
    extra = "      - {name: cents, logicalType: integer, physicalType: integer}\n"
    edit(contract, first, extra + first)
    edit(orders / "models/fct_orders.sql", "end as size", "end as magnitude, 0::integer as cents")
    edit(orders / "tests/orders.yaml", "size:", "magnitude:")
    [table] = hansa("diff orders@1.0.0 --data --format json", "orders").json["data"].values()
    assert table["columns"]["magnitude"] == SIZE_CHANGED | {"old_name": "size"}
    assert (table["added"], table["removed"]) == (["cents"], [])


def test_requirements_are_stood_in_and_their_own_changes_are_told(
    tmp_path: Path, orders: Path, hansa: Hansa
) -> None:
    sales = write_files(tmp_path / "sales", SALES)
    for command in ("lock", "publish"):
        assert hansa(command, "sales").code == 0
    edit(orders / "contract.yaml", "version: 1.0.0", "version: 1.1.0")
    edit(orders / "models/fct_orders.sql", ">= 10 ", ">= 100 ")
    edit(orders / "models/staging/stg_orders.sql", ">= 0", "> 10")
    assert hansa("version 2.0.0", "orders").code == 0
    assert hansa("publish", "orders").code == 0, hansa("publish", "orders").err
    edit(sales / "product.yaml", "^1.0", "^2.0")
    assert hansa("lock", "sales").code == 0
    outcome = hansa("diff sales@1.0.0 --data", "sales")
    assert (
        outcome.out[outcome.out.index("\ndata of") :]
        == """
data of both versions on fixtures:
  customer_sales: 2 rows before, 1 after, 1 only before
    differs in     rows  for example
    (only before)     1  customer=unknown
"""
    )
    assert outcome.err == (
        "warning: `orders` is read as 1.0.0 before and as 2.0.0 after,"
        " so differences may come from there\n"
    )


def test_a_target_that_lacks_a_pinned_release_is_refused(
    tmp_path: Path, orders: Path, hansa: Hansa
) -> None:
    write_files(tmp_path / "sales", SALES)
    for command in ("lock", "publish"):
        assert hansa(command, "sales").code == 0
    outcome = hansa("diff sales@1.0.0 --target duckdb:///:memory:", "sales")
    assert outcome.code == 1
    assert outcome.err == (
        "error: `sales@1.0.0` pins `orders@1.0.0`, which is not live in `duckdb:///:memory:`\n"
        "hint: run `hansa deploy orders@1.0.0` into that target first\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        ("--data --format sarif", 2, "data is shown as text or JSON"),
        ("--sample 0", 2, "greater than or equal to 1"),
        ("--target nowhere", 2, "there is no target `nowhere`"),
        ("--target duckdb:///missing.duckdb", 3, "there is no such file"),
    ],
)
def test_wrong_options_are_refused(
    orders: Path, hansa: Hansa, arguments: str, code: int, error: str
) -> None:
    outcome = hansa(f"diff orders@1.0.0 {arguments}", "orders")
    assert (outcome.code, error in " ".join(outcome.err.split())) == (code, True), outcome.err


def test_what_fails_on_the_target_is_told_with_its_model(orders: Path, hansa: Hansa) -> None:
    (orders / "data/orders.csv").unlink()
    outcome = hansa("diff orders@1.0.0 --target dev", "orders")
    assert outcome.code == 3
    assert outcome.err.startswith("error: the source `raw.orders` (`data/orders.csv`) cannot be")


def test_sql_with_errors_is_not_computed(orders: Path, hansa: Hansa) -> None:
    edit(orders / "models/fct_orders.sql", "    customer,\n", "    costumer,\n")
    outcome = hansa("diff orders@1.0.0 --data", "orders")
    assert outcome.code == 2
    assert "costumer" in outcome.err


def test_a_target_that_does_not_see_files(orders: Path, hansa: Hansa, postgres_server: str) -> None:
    outcome = hansa(f"diff orders@1.0.0 --target '{postgres_server}'", "orders")
    assert outcome.code == 3
    assert outcome.err.splitlines()[0] == (
        "error: the source `raw.orders` (`data/orders.csv`) cannot be read: PostgreSQL does not see"
        " the files of this machine, and a comparison loads nothing into it; compare on fixtures or"
        " on DuckDB"
    )
