"""`hansa deploy --plan`, as a person reads it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES


def redact(text: str) -> str:
    text = re.sub(r"__[0-9a-f]{10}\b", "__#", text)
    return re.sub(r" +", " ", re.sub(r"\d+(\.\d)? [kM]?B", "N B", text))


def test_a_plan_before_there_is_a_target(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    assert hansa("publish", "orders").code == 0
    shown = hansa("deploy --plan", "orders")
    assert shown.code == 0
    assert redact(shown.out) == (
        "deploying orders@1.0.0 to duckdb:///../warehouse.duckdb would\n"
        "\n"
        "do stored table rows size note\n"
        "build orders__store.fct_orders__# ? ? nothing there tells its size\n"
        "\n"
        " show orders__v1_0_0.fct_orders as of orders@1.0.0\n"
        " show orders__v1.fct_orders as of orders@1.0.0\n"
        "\n"
        "builds 1 table, shares 0, drops 0\n"
    )
    assert not (tmp_path / "warehouse.duckdb").exists()


def test_a_plan_of_the_next_release(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    write_files(tmp_path / "sales", SALES)
    for command, place in (
        ("publish", "orders"),
        ("deploy", "orders"),
        ("lock", "sales"),
        ("publish", "sales"),
        ("deploy", "sales"),
    ):
        assert hansa(command, place).code == 0
    contract = tmp_path / "orders/contract.yaml"
    contract.write_text(contract.read_text().replace("version: 1.0.0", "version: 2.0.0"))
    model = tmp_path / "orders/models/fct_orders.sql"
    model.write_text(model.read_text().replace(">= 100", "> 100"))
    test = tmp_path / "orders/tests/orders.yaml"
    test.write_text(test.read_text().replace("amount: 100", "amount: 101"))
    assert hansa("publish", "orders").code == 0
    shown = hansa("deploy --plan", "orders")
    assert redact(shown.out) == (
        "deploying orders@2.0.0 to duckdb:///../warehouse.duckdb would\n"
        "\n"
        "do stored table rows size note\n"
        "build orders__store.fct_orders__# ~200 ~N B holds 2 versions of fct_orders; "
        "estimated from orders__store.fct_orders__#\n"
        "drop orders__store.fct_orders__# 200 N B becomes a view of a folded table\n"
        "\n"
        " show orders__v2_0_0.fct_orders as of orders@2.0.0\n"
        " show orders__v2.fct_orders as of orders@2.0.0\n"
        "\n"
        "builds 1 table (about N B), shares 0, drops 1 (about N B)\n"
    )
    assert hansa("deploy", "orders").code == 0
    again = hansa("deploy --plan", "orders")
    assert again.out == (
        "orders@2.0.0 is live in duckdb:///../warehouse.duckdb already; nothing would change\n"
    )
