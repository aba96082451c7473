"""How run and status tell of the age of data."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

LEVELS = """slaProperties:
  - {property: freshness, value: 1, unit: d}
  - {property: freshness, value: 30, unit: d, element: fct_orders.ordered_on}
"""


@pytest.fixture
def deployed(hansa: Hansa, tmp_path: Path) -> Hansa:
    files = dict(ORDERS)
    contract = files["contract.yaml"]
    date = "      - {name: ordered_on, logicalType: date, physicalType: date}\n"
    files["contract.yaml"] = contract + date + LEVELS
    for model in ("models/staging/stg_orders.sql", "models/fct_orders.sql"):
        files[model] = files[model].replace("amount", "amount, ordered_on", 1)
    files["models/fct_orders.sql"] = files["models/fct_orders.sql"].replace(
        "amount, ", "amount,\n    ", 1
    )
    write_files(tmp_path / "orders", files)
    assert hansa("publish", "orders").code == 0
    assert hansa("deploy", "orders").code == 0
    return hansa


def test_a_run_warns_of_old_data_and_passes(deployed: Hansa) -> None:
    outcome = deployed("run", "orders")
    assert outcome.code == 0
    (line,) = outcome.err.splitlines()
    assert line.startswith(
        "warning: `orders.fct_orders` 1.0.0 promises data at most 30 days old,"
        " and the newest `ordered_on` is "
    )
    assert line.endswith(" days old")
    told = deployed("run --format json", "orders").json
    assert [one["state"] for one in told["freshness"]] == ["met", "late"]
    assert told["warnings"] == [told["freshness"][1]["message"]]


def test_status_shows_promises_and_is_a_gate(deployed: Hansa) -> None:
    shown = deployed("status", "orders")
    assert shown.code == 0
    (published, newest) = [
        line for line in shown.out.splitlines() if line.startswith("orders@1.0.0 fct")
    ]
    assert published.split()[-1] == "met"
    assert newest.startswith("orders@1.0.0 fct_orders.ordered_on  2026-01-28 00:00:00")
    assert newest.split()[-1] == "late"
    assert deployed("status --fail-stale", "orders").code == 1
    told = deployed("status --fail-stale --format json", "orders")
    assert told.code == 1
    first, second = told.json["freshness"]
    assert (first["column"], first["limit_seconds"]) == (None, 86400)
    assert second["age_seconds"] > second["limit_seconds"] == 30 * 86400
