"""The JSON shapes that the design fixes, whole; what differs from run to run is redacted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES

TIMES = ("seconds", "deployed_at", "data_from", "built_at")


def redact(data: Any) -> Any:
    """The document with times, sizes, digests and hashes in names replaced."""
    if isinstance(data, dict):
        return {
            key: f"<{key}>" if key in (*TIMES, "bytes", "bytes_of_one") else redact(value)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [redact(item) for item in data]
    if isinstance(data, str):
        text = re.sub(r"sha256:[0-9a-f]{64}", "sha256:<digest>", data)
        return re.sub(r"__[0-9a-f]{10}$", "__<hash>", text)
    return data


@pytest.fixture
def shop(tmp_path: Path, hansa: Hansa) -> Hansa:
    """Both products, orders 1.0.0 published."""
    write_files(tmp_path / "orders", ORDERS)
    write_files(tmp_path / "sales", SALES)
    assert hansa("publish", "orders").code == 0
    return hansa


def test_lock(shop: Hansa) -> None:
    first = shop("lock --format json", "sales")
    pinned = {"orders": {"version": "1.0.0", "digest": "sha256:<digest>"}}
    assert redact(first.json) == {
        "locked": pinned,
        "changed": [{"product": "orders", "from": None, "to": "1.0.0"}],
        "warnings": [],
    }
    second = shop("lock --locked --format json", "sales")
    assert redact(second.json) == {"locked": pinned, "changed": [], "warnings": []}


def test_test(shop: Hansa, tmp_path: Path) -> None:
    path = tmp_path / "orders/models/fct_orders.sql"
    path.write_text(path.read_text().replace(">= 100", "> 100"))
    outcome = shop("test --format json", "orders")
    assert outcome.code == 1
    assert redact(outcome.json) == {
        "tests": [
            {
                "name": "large_orders_start_at_100",
                "model": "fct_orders",
                "status": "failed",
                "message": "1 row changed",
                "hint": None,
                "difference": [
                    "~ expected → actual, - missing, + unexpected",
                    "  id | customer | amount | size",
                    "~ 1  | ada      | 100.00 | large → small",
                ],
                "seconds": "<seconds>",
            }
        ],
        "warnings": [],
        "not_run": 0,
    }


def test_diff(shop: Hansa, tmp_path: Path) -> None:
    path = tmp_path / "orders/contract.yaml"
    path.write_text(path.read_text().replace("minimum: 0", "minimum: -5"))
    assert shop("diff orders@1.0.0 --format json", "orders").json == {
        "product": "orders",
        "old": "1.0.0",
        "new": "1.0.0",
        "required": "major",
        "sufficient": False,
        "changes": [
            {
                "rule": "bound_loosened",
                "level": "major",
                "table": "fct_orders",
                "column": "amount",
                "message": "the minimum of `amount` in `fct_orders` was 0 and is -5; values may "
                "appear that no reader expects",
                "hint": "keep the minimum 0 and filter or clip in the SQL",
                "place": {"file": "contract.yaml", "line": 15, "column": 16},
                "waived": False,
                "reason": None,
            }
        ],
    }


def test_status(shop: Hansa) -> None:
    for command, place in (
        ("deploy", "orders"),
        ("lock", "sales"),
        ("publish", "sales"),
        ("deploy", "sales"),
    ):
        assert shop(command, place).code == 0
    assert redact(shop("status --format json", "sales").json) == {
        "target": "duckdb:///../warehouse.duckdb",
        "releases": [
            {
                "product": "orders",
                "version": "1.0.0",
                "live": True,
                "pinned_by": ["sales@1.0.0"],
                "pins": [],
                "schema": "orders__v1_0_0",
                "line_schema": "orders__v1",
                "team": "checkout",
                "kept": False,
                "frees": {
                    "releases": [],
                    "tables": ["orders__store.fct_orders__<hash>"],
                    "bytes": "<bytes>",
                },
                "deployed_at": "<deployed_at>",
                "data_from": "<data_from>",
            },
            {
                "product": "sales",
                "version": "1.0.0",
                "live": True,
                "pinned_by": [],
                "pins": ["orders@1.0.0"],
                "schema": "sales__v1_0_0",
                "line_schema": "sales__v1",
                "team": "finance",
                "kept": False,
                "frees": {
                    "releases": [],
                    "tables": ["sales__store.customer_sales__<hash>"],
                    "bytes": "<bytes>",
                },
                "deployed_at": "<deployed_at>",
                "data_from": "<data_from>",
            },
        ],
        "products": [
            {
                "product": product,
                "releases": 1,
                "bytes": "<bytes>",
                "bytes_of_one": "<bytes_of_one>",
                "ratio": 1.0,
            }
            for product in ("orders", "sales")
        ],
        "tables": [
            {
                "name": "orders__store.fct_orders__<hash>",
                "model": "fct_orders",
                "rows": 200,
                "bytes": "<bytes>",
                "serves": ["orders@1.0.0"],
                "built_at": "<built_at>",
            },
            {
                "name": "sales__store.customer_sales__<hash>",
                "model": "customer_sales",
                "rows": 7,
                "bytes": "<bytes>",
                "serves": ["sales@1.0.0"],
                "built_at": "<built_at>",
            },
        ],
        "freshness": [],
    }
