"""Bad input through the command line: a clear error, no traceback, nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES

MODEL = "models/fct_orders.sql"

BROKEN = {
    "malformed YAML": (
        {"product.yaml": "name: orders\nowner: {team: x\nrequires: [\n"},
        2,
        "product.yaml:",
    ),
    "unknown key": (
        {"product.yaml": ORDERS["product.yaml"].replace("owner:", "ownr:")},
        2,
        "did you mean `owner`?",
    ),
    "malformed SQL": ({MODEL: "select id,\nfrom from stg_orders where\n"}, 1, f"{MODEL}:2:"),
    "binary model": ({MODEL: b"\x00\x01\xff\xfe binary"}, 2, MODEL),
    "binary contract": ({"contract.yaml": b"\xff\xfe\x00\x00\x9f"}, 2, "contract.yaml"),
    "two models of one name": (
        {"models/staging/fct_orders.sql": "select 1 as id"},
        2,
        "models/staging/fct_orders.sql",
    ),
    "empty contract": (
        {"contract.yaml": ORDERS["contract.yaml"].split("schema:")[0] + "schema: []\n"},
        2,
        "hansa contract infer",
    ),
    "not a SELECT": ({MODEL: "delete from stg_orders"}, 1, f"{MODEL}:1:1"),
    "two statements": ({MODEL: "select 1 as id; drop table x"}, 1, f"{MODEL}:1:"),
    "a cycle": (
        {"models/staging/stg_orders.sql": "select id, customer, amount from fct_orders"},
        1,
        "`fct_orders -> stg_orders -> fct_orders`",
    ),
    "path out of the product": (
        {
            "tests/orders.yaml": ORDERS["tests/orders.yaml"].replace(
                "        rows:\n          - {id: 1, customer: ada, amount: 100}\n"
                "          - {id: 2, amount: 99.99}\n          - {id: 3, amount: -1}\n",
                "        file: ../../../../etc/passwd\n",
            )
        },
        2,
        "tests/orders.yaml:",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_are_named_with_their_place(case: str, tmp_path: Path, hansa: Hansa) -> None:
    changes, code, said = BROKEN[case]
    write_files(tmp_path / "orders", ORDERS)
    for name, content in changes.items():
        path = tmp_path / "orders" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = {path: path.read_bytes() for path in (tmp_path / "orders").rglob("*.*")}
    outcome = hansa("check --no-compare", "orders")
    everything = outcome.out + outcome.err
    assert (outcome.code, said in everything) == (code, True), everything
    assert "Traceback" not in everything
    assert {path: path.read_bytes() for path in before} == before


def test_a_directory_without_a_product_says_how_to_start(tmp_path: Path, hansa: Hansa) -> None:
    outcome = hansa("check")
    assert outcome.code == 2
    assert "hansa init" in outcome.err


def test_a_missing_directory_is_named(hansa: Hansa) -> None:
    outcome = hansa("check -C nowhere")
    assert outcome.code == 2
    assert "nowhere" in outcome.err


def test_reserved_words_quotes_and_unicode_are_names_like_others(
    tmp_path: Path, hansa: Hansa
) -> None:
    files = {
        "product.yaml": ORDERS["product.yaml"].replace("customer: varchar", '"group": varchar'),
        "contract.yaml": ORDERS["contract.yaml"].split("schema:")[0]
        + """schema:
  - name: größe
    physicalType: table
    properties:
      - {name: id, logicalType: integer, physicalType: integer, required: true, primaryKey: true}
      - {name: 'say "hi"', logicalType: string, physicalType: varchar}
      - {name: select, logicalType: string, physicalType: varchar}
      - {name: zürich, logicalType: number, physicalType: "decimal(10,2)"}
""",
        "models/order.sql": 'select id, "group" as "select", amount as zürich from raw.orders',
        "models/größe.sql": 'select id, \'x\' as "say ""hi""", "select", zürich from "order"',
        "tests/t.yaml": """unit_tests:
  - name: names_are_kept
    model: größe
    given:
      - input: order
        rows: [{id: 1, select: a, zürich: 1.5}]
    expect:
      rows: [{id: 1, 'say "hi"': x, select: a, zürich: 1.50}]
""",
        "data/orders.csv": "id,group,amount,ordered_on\n1,ada,120.50,2026-01-01\n",
    }
    write_files(tmp_path / "orders", files)
    assert hansa("check --no-compare", "orders").out == "orders 1.0.0: 2 models, no findings\n"
    assert hansa("test", "orders").out == "1 passed\n"
    assert hansa("build", "orders").code == 0
    assert hansa("publish", "orders").code == 0
    assert hansa("deploy", "orders").code == 0
    assert hansa("run", "orders").code == 0


def test_a_damaged_cache_is_rebuilt(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    first = hansa("check", "orders")
    cache = tmp_path / "orders/.hansa/cache/facts.db"
    assert cache.exists()
    cache.write_bytes(b"garbage" * 100)
    assert hansa("check", "orders") == first
    assert hansa("check", "orders") == first


def test_a_cache_that_cannot_be_written_costs_nothing(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    (tmp_path / "orders/.hansa").write_text("a file where a directory should be")
    assert hansa("check --no-compare", "orders").code == 0


def test_a_damaged_bundle_is_refused_and_fetched_again(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    write_files(tmp_path / "sales", SALES)
    assert hansa("publish", "orders").code == 0
    assert hansa("lock", "sales").code == 0
    assert hansa("sync", "sales").code == 0
    (kept,) = (tmp_path / "sales/.hansa/releases").glob("*.tar.zst")
    kept.write_bytes(kept.read_bytes()[:-9] + b"tampered!")
    assert hansa("check", "sales").code == 0
    for blob in (tmp_path / "registry/blobs").rglob("*.tar.zst"):
        blob.chmod(0o644)
        blob.write_bytes(blob.read_bytes()[:-9] + b"tampered!")
    shutil.rmtree(tmp_path / "sales/.hansa")
    refused = hansa("check", "sales")
    assert refused.code in (1, 3)
    assert "orders@1.0.0" in refused.err


def test_a_registry_that_cannot_be_written_is_named(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    (tmp_path / "registry").write_text("a file where a directory should be")
    outcome = hansa("publish", "orders")
    assert outcome.code == 3
    assert str(tmp_path / "registry") in outcome.err


def test_a_target_that_cannot_be_opened_is_named(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    assert hansa("publish", "orders").code == 0
    (tmp_path / "warehouse.duckdb").write_bytes(b"no database at all" * 1000)
    outcome = hansa("deploy", "orders")
    assert outcome.code == 3
    assert "warehouse.duckdb" in outcome.err


def test_ten_megabytes_of_sql_end_with_a_clear_error(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    columns = ",\n".join(f"'{'x' * 1000}' as c{n}" for n in range(10_000))
    (tmp_path / "orders" / MODEL).write_text(f"select {columns}")
    outcome = hansa("check --no-compare", "orders")
    assert outcome.code in (1, 2)
    assert MODEL in outcome.out + outcome.err


@pytest.mark.parametrize("levels", [50, 500, 5000])
def test_deep_nesting_ends_with_a_result_or_a_clear_error(levels: int, tmp_path: Path) -> None:
    write_files(tmp_path / "orders", ORDERS)
    nested = "(" * levels + "amount" + ")" * levels
    deep = f"select id, customer, {nested} as amount, 'small' as size from stg_orders"
    (tmp_path / "orders" / MODEL).write_text(deep)
    # a process of its own, as a crash of the interpreter is what this test is about
    done = subprocess.run(
        [sys.executable, "-m", "hansa", "check", "--no-compare"],
        cwd=tmp_path / "orders",
        env={**os.environ, "HANSA_REGISTRY": str(tmp_path / "registry")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in (0, 1, 2), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert MODEL in done.stdout + done.stderr
