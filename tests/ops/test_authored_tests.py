"""Tests with files, errors, frozen times and tolerances, from disk through release to diff."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from tests.conftest import write_files

from hansa.ops.diff import diff
from hansa.ops.publish import publish
from hansa.ops.test import test as run_all
from hansa.ops.workspace import Workspace
from hansa.projects.errors import ProductInvalid
from hansa.testing.selection import Selection

PRODUCT = """name: shop
owner: {team: shop}
sources:
  raw:
    tables:
      orders:
        path: data/orders.csv
        columns: {id: {type: integer, required: true}, amount: double, day: date, note: varchar}
        primary_key: [id]
"""

CONTRACT = """apiVersion: v3.2.0
kind: DataContract
id: shop
name: shop
version: 1.0.0
status: active
schema:
  - name: totals
    properties:
      - {name: id, physicalType: integer, required: true}
      - {name: share, physicalType: double}
      - {name: days, physicalType: bigint}
      - {name: code, physicalType: integer}
"""

TOTALS = """select
    id,
    amount / 3 as share,
    current_date - day as days,
    cast(note as integer) as code
from raw.orders
where amount is not null
order by id desc
"""

TESTS = """unit_tests:
  - name: shares_are_thirds
    model: totals
    given: [{input: raw.orders, file: orders.parquet}]
    tolerance: 0.01
    expect: {file: shares.csv}
  - name: days_since_the_order
    model: totals
    frozen_time: 2024-01-31T10:00:00
    given: [{input: raw.orders, file: orders.csv}]
    expect:
      rows:
        - {id: 2, days: 1}
        - {id: 1, days: 30}
  - name: a_note_that_is_no_number_is_refused
    model: totals
    given: [{input: raw.orders, rows: [{id: 1, amount: 1, note: none}]}]
    expect: {error: could not convert}
"""

FILES = {
    "product.yaml": PRODUCT,
    "contract.yaml": CONTRACT,
    "models/totals.sql": TOTALS,
    "tests/totals.yaml": TESTS,
    "tests/orders.csv": "id,amount,day,note\n1,3,2024-01-01,\n2,6,2024-01-30,7\n",
    "fixtures/shares.csv": "id,share\n2,0.67\n1,0.33\n",
    "data/orders.csv": "id,amount,day,note\n",
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HANSA_REGISTRY", str(tmp_path / "registry"))
    folder = tmp_path / "shop"
    write_files(folder, FILES)
    write_parquet(folder, "select 1 as id, 1.0::double as amount union all select 2, 2.0")
    return folder


def write_parquet(folder: Path, select: str) -> None:
    file = folder / "tests/orders.parquet"
    duckdb.sql(f"copy ({select}) to '{file}' (format parquet)")


def ends(folder: Path) -> dict[str, tuple[str, str | None, str]]:
    results = run_all(Workspace(folder), Selection(), 0).results
    return {one.name: (str(one.status), one.message, str(one.place)) for one in results}


def test_all_of_them_pass(shop: Path) -> None:
    assert {end[:2] for end in ends(shop).values()} == {("passed", None)}


@pytest.mark.parametrize(
    ("select", "message"),
    [
        (
            "select 1.5::double as id, 1 as amount",
            "test `shares_are_thirds`: row 1 of `raw.orders`, column `id`: `1.5` is not an integer",
        ),
        (
            "select 1 as id, 'x' as amount",
            "test `shares_are_thirds`: row 1 of `raw.orders`, column `amount`: `x` is not a double",
        ),
        (
            "select 1 as idd",
            "test `shares_are_thirds`: row 1 of `raw.orders` has a column `idd`, which does not "
            "exist there",
        ),
    ],
)
def test_a_value_in_parquet_is_held_against_the_inputs_schema(
    shop: Path, select: str, message: str
) -> None:
    write_parquet(shop, select)
    status, found, place = ends(shop)["shares_are_thirds"]
    assert (status, found) == ("error", message)
    assert place.endswith("tests/orders.parquet")


def test_a_value_in_csv_is_held_against_the_inputs_schema(shop: Path) -> None:
    (shop / "tests/orders.csv").write_text("id,amount,day,note\n1,3,2024-01-01,\n2,6,soon,7\n")
    status, found, place = ends(shop)["days_since_the_order"]
    assert (status, found) == (
        "error",
        "test `days_since_the_order`: row 2 of `raw.orders`, column `day`: `soon` is not a date",
    )
    assert place.endswith("tests/orders.csv:3")


IDENTITY = """  - name: all_types
    model: kept
    given: [{input: raw.things, file: things.parquet}]
    expect: {file: things.parquet}
  - name: without_rows
    model: kept
    given: [{input: raw.things, file: nothing.parquet}]
    expect: {rows: []}
"""
THINGS = """select 1 as n, 1.50::decimal(9, 2) as price, 0.1::double as share, true as flag,
    date '2024-01-01' as day, timestamp '2024-01-01 10:00:00' as seen, [1, 2] as list,
    {'a': 1} as pair, 'x' as word, null::integer as nothing"""


def test_parquet_gives_the_types_where_nothing_else_does(shop: Path) -> None:
    undeclared = PRODUCT + "      things: {path: data/things.parquet}\n"
    write_files(
        shop,
        {
            "product.yaml": undeclared,
            "models/kept.sql": "select * from raw.things where n + 1 > 1 and share < 1 and flag\n"
            "and list[1] = 1 and day < seen and price > 1\n",
            "tests/totals.yaml": TESTS + IDENTITY,
        },
    )
    for name, rows in (("things", THINGS), ("nothing", f"select * from ({THINGS}) where false")):
        file = shop / f"tests/{name}.parquet"
        duckdb.sql(f"copy ({rows}) to '{file}' (format parquet)")
    found = ends(shop)
    assert {name: found[name][:2] for name in ("all_types", "without_rows")} == {
        "all_types": ("passed", None),
        "without_rows": ("passed", None),
    }


def test_a_file_that_is_no_parquet_is_told(shop: Path) -> None:
    (shop / "tests/orders.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(ProductInvalid) as caught:
        ends(shop)
    (finding,) = caught.value.diagnostics
    assert finding.rule == "unreadable_fixture"
    assert finding.message.startswith("the file cannot be read as Parquet: ")
    assert "/tmp" not in finding.message
    assert str(finding.place).endswith("tests/orders.parquet")


def test_they_travel_in_a_release_and_run_against_new_code(shop: Path) -> None:
    published = publish(Workspace(shop))
    assert published.release is not None
    same = diff(Workspace(shop), "shop@1.0.0", ".")
    assert [change.rule for change in same.changes] == []
    changed = TOTALS.replace("amount / 3", "amount * 2 / 6.0").replace("as integer", "as bigint")
    changed = changed.replace("cast(note as bigint)", "try_cast(note as integer)")
    (shop / "models/totals.sql").write_text(changed)
    found = diff(Workspace(shop), "shop@1.0.0", ".")
    assert [one.name for one in found.failed_tests] == ["a_note_that_is_no_number_is_refused"]
    assert "published_test_failed" in {change.rule for change in found.changes}


def test_a_published_test_that_is_weakened_was_withdrawn(shop: Path) -> None:
    publish(Workspace(shop))
    kept = TESTS.replace("tolerance: 0.01", "tolerance: 0.005")
    (shop / "tests/totals.yaml").write_text(kept)
    rules = {change.rule for change in diff(Workspace(shop), "shop@1.0.0", ".").changes}
    assert "published_test_removed" not in rules
    (shop / "tests/totals.yaml").write_text(TESTS.replace("tolerance: 0.01", "tolerance: 0.1"))
    found = diff(Workspace(shop), "shop@1.0.0", ".").changes
    (removed,) = [change for change in found if change.rule == "published_test_removed"]
    assert "`shares_are_thirds`" in removed.message
    assert "days_since" not in removed.message
    # the same rows in a file of another format are the same test
    (shop / "tests/totals.yaml").write_text(TESTS.replace("orders.parquet", "first.csv"))
    (shop / "tests/first.csv").write_text("id,amount\n1,1.0\n2,2.0\n")
    found = diff(Workspace(shop), "shop@1.0.0", ".").changes
    assert [change.rule for change in found if change.rule == "published_test_removed"] == []
