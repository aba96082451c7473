"""What a change reaches in other products, through whole commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Hansa, write_files
from tests.products import BOARD, ORDERS, SALES


@pytest.fixture
def chain(tmp_path: Path, hansa: Hansa) -> Hansa:
    """orders, sales that reads orders, and board that reads sales; all published as 1.0.0."""
    for name, files in (("orders", ORDERS), ("sales", SALES), ("board", BOARD)):
        write_files(tmp_path / name, files)
        for command in ("lock", "publish"):
            outcome = hansa(command, name)
            assert outcome.code == 0, outcome.err
    return hansa


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def release(directory: Path, version: str, hansa: Hansa) -> None:
    contract = directory / "contract.yaml"
    lines = contract.read_text().splitlines()
    kept = [f"version: {version}" if line.startswith("version:") else line for line in lines]
    contract.write_text("\n".join(kept) + "\n")
    outcome = hansa("publish", directory)
    assert outcome.code == 0, outcome.err


TEXTS = {
    "fct_orders.customer": """\
fct_orders.customer of orders 1.x: reaches 2 products, 2 tables, 2 columns

sales@1.0.0, owned by finance (finance@example.com): passes it through, decides rows by it
  pins orders@1.0.0
  customer_sales.customer   passes    orders.fct_orders.customer
  customer_sales, its rows  rows      orders.fct_orders.customer

board@1.0.0, owned by strategy (strategy@example.com): passes it through, decides rows by it
  pins sales@1.0.0
  overview.who        passes    sales.customer_sales.customer
  overview, its rows  rows      sales.customer_sales
""",
    "fct_orders.size": """\
fct_orders.size of orders 1.x: reaches 2 products, 2 tables, 2 columns

sales@1.0.0, owned by finance (finance@example.com): computes with it
  pins orders@1.0.0
  customer_sales.large_orders  computes  orders.fct_orders.size

board@1.0.0, owned by strategy (strategy@example.com): computes with it
  pins sales@1.0.0
  overview.large_orders  computes  sales.customer_sales.large_orders
""",
    "FCT_ORDERS.amount": """\
fct_orders.amount of orders 1.x: no dependent is reached

not reached: sales@1.0.0
""",
    "stg_orders.amount": """\
stg_orders.amount of orders 1.x: reaches 2 products, 2 tables, 2 columns

orders, this product
  fct_orders.amount  passes    stg_orders.amount
  fct_orders.size    computes  stg_orders.amount

sales@1.0.0, owned by finance (finance@example.com): computes with it
  pins orders@1.0.0
  customer_sales.large_orders  computes  orders.fct_orders.size

board@1.0.0, owned by strategy (strategy@example.com): computes with it
  pins sales@1.0.0
  overview.large_orders  computes  sales.customer_sales.large_orders
""",
    "raw.orders.id": """\
raw.orders.id of orders 1.x: no dependent is reached

orders, this product
  fct_orders.id  passes    raw.orders.id

not reached: sales@1.0.0
""",
    "fct_orders": """\
fct_orders of orders 1.x: reaches 2 products, 2 tables, 4 columns

sales@1.0.0, owned by finance (finance@example.com): passes it through, computes with it, \
decides rows by it
  pins orders@1.0.0
  customer_sales.customer      passes    orders.fct_orders.customer
  customer_sales.large_orders  computes  orders.fct_orders.size
  customer_sales, its rows     rows      orders.fct_orders, orders.fct_orders.customer

board@1.0.0, owned by strategy (strategy@example.com): passes it through, computes with it, \
decides rows by it
  pins sales@1.0.0
  overview.who           passes    sales.customer_sales.customer
  overview.large_orders  computes  sales.customer_sales.large_orders
  overview, its rows     rows      sales.customer_sales
""",
}


def test_the_text_names_products_owners_tables_columns_and_how(chain: Hansa) -> None:
    answers = {subject: chain(f"impact {subject}", "orders").out for subject in TEXTS}
    assert answers == TEXTS


def test_the_json_tells_everything(chain: Hansa) -> None:
    found = chain("impact orders.fct_orders.size --format json", "sales").json
    assert found == {
        "product": "sales",
        "subject": "orders.fct_orders.size",
        "line": "1",
        "own": [
            {
                "table": "customer_sales",
                "public": True,
                "reached": [
                    {
                        "column": "large_orders",
                        "effect": "computes",
                        "through": ["orders.fct_orders.size"],
                    }
                ],
            }
        ],
        "reached": [
            {
                "release": "board@1.0.0",
                "owner": "strategy",
                "contact": "strategy@example.com",
                "distance": 1,
                "pins": ["sales@1.0.0"],
                "effects": ["computes"],
                "tables": [
                    {
                        "table": "overview",
                        "public": True,
                        "reached": [
                            {
                                "column": "large_orders",
                                "effect": "computes",
                                "through": ["sales.customer_sales.large_orders"],
                            }
                        ],
                    }
                ],
            }
        ],
        "untouched": [],
        "elsewhere": [],
        "unreadable": [],
    }


def reached(found: Any) -> list[str]:
    return [one["release"] for one in found["reached"]]


def test_only_the_newest_release_of_each_line_counts(chain: Hansa, tmp_path: Path) -> None:
    sales = tmp_path / "sales"
    release(sales, "1.0.1", chain)
    release(sales, "2.0.0", chain)
    release(sales, "2.0.1", chain)
    assert chain("yank sales@2.0.1", sales).code == 0
    found = chain("impact fct_orders.size --format json", "orders").json
    assert reached(found) == ["sales@1.0.1", "sales@2.0.0", "board@1.0.0"]


def test_readers_of_another_line_are_told_apart(chain: Hansa, tmp_path: Path) -> None:
    orders, sales = tmp_path / "orders", tmp_path / "sales"
    release(orders, "2.0.0", chain)
    edit(sales / "product.yaml", "orders: ^1.0", "orders: ^2.0")
    assert chain("lock", sales).code == 0
    release(sales, "2.0.0", chain)
    found = chain("impact fct_orders.size --format json", orders).json
    assert (found["line"], reached(found), found["elsewhere"]) == (
        "2",
        ["sales@2.0.0"],
        [{"release": "sales@1.0.0", "pinned": "1.0.0"}],
    )
    assert chain("impact fct_orders.amount", orders).out == (
        "fct_orders.amount of orders 2.x: no dependent is reached\n\n"
        "not reached: sales@2.0.0\n"
        "on another major line of orders: sales@1.0.0 (1.0.0)\n"
    )


def test_a_product_that_dropped_the_requirement_is_not_reached(
    chain: Hansa, tmp_path: Path
) -> None:
    board = tmp_path / "board"
    edit(board / "product.yaml", "requires:\n  sales: ^1.0\n", "")
    edit(board / "models/overview.sql", "from sales.customer_sales\nwhere orders > 1\n", "")
    edit(
        board / "models/overview.sql",
        "customer as who,\n    large_orders",
        "'x' as who, 1::bigint as large_orders",
    )
    assert chain("lock", board).code == 0
    release(board, "2.0.0", chain)
    assert chain("yank board@1.0.0", board).code == 0
    found = chain("impact fct_orders.size --format json", "orders").json
    assert reached(found) == ["sales@1.0.0"]


def test_a_private_model_is_named_where_the_change_ends(chain: Hansa, tmp_path: Path) -> None:
    sales = tmp_path / "sales"
    write_files(
        sales, {"models/amounts.sql": "select amount * 2 as twice from orders.fct_orders\n"}
    )
    release(sales, "1.0.1", chain)
    assert chain("impact fct_orders.amount", "orders").out == (
        "fct_orders.amount of orders 1.x: reaches 1 product, 1 table, 1 column\n\n"
        "sales@1.0.1, owned by finance (finance@example.com): computes with it\n"
        "  pins orders@1.0.0\n"
        "  amounts.twice  computes  orders.fct_orders.amount (private)\n"
    )


def test_one_damaged_release_does_not_hide_the_others(chain: Hansa, tmp_path: Path) -> None:
    release(tmp_path / "board", "2.0.0", chain)
    bundles = (tmp_path / "registry").rglob("*.tar.zst")
    max(bundles, key=lambda path: path.stat().st_mtime_ns).write_bytes(b"damaged")
    found = chain("impact fct_orders.size --format json", "orders").json
    assert reached(found) == ["sales@1.0.0", "board@1.0.0"]
    assert [one["release"] for one in found["unreadable"]] == ["board@2.0.0"]


ERRORS = {
    "fct_order": (
        "error: there is no table `fct_order` in this product or its inputs\n"
        "hint: did you mean `fct_orders` or `stg_orders`?\n"
    ),
    "zzz.q": (
        "error: there is no table `zzz.q` in this product or its inputs\n"
        "hint: write TABLE or TABLE.COLUMN, as SQL names them\n"
    ),
    "fct_orders.siz": ("error: `fct_orders` has no column `siz`\nhint: did you mean `size`?\n"),
    "raw.orders.zzz": (
        "error: `raw.orders` has no column `zzz`\n"
        "hint: its columns are: `id`, `customer`, `amount`, `ordered_on`\n"
    ),
}


def test_unknown_subjects_name_the_nearest(chain: Hansa) -> None:
    for subject, expected in ERRORS.items():
        outcome = chain(f"impact {subject}", "orders")
        assert (outcome.code, outcome.out, outcome.err) == (2, "", expected)


def remove_size(orders: Path) -> None:
    contract = orders / "contract.yaml"
    lines = contract.read_text().splitlines()
    contract.write_text("\n".join(line for line in lines if "name: size" not in line) + "\n")
    case = ",\n    case when amount >= 100 then 'large' else 'small' end as size"
    edit(orders / "models/fct_orders.sql", case, "")
    edit(orders / "tests/orders.yaml", ", size: large", "")
    edit(orders / "tests/orders.yaml", ", size: small", "")


def test_check_names_all_that_a_breaking_change_reaches(chain: Hansa, tmp_path: Path) -> None:
    remove_size(tmp_path / "orders")
    checked = chain("check", "orders")
    lines = checked.out.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("breaks "))
    assert checked.code == 1
    assert lines[start : start + 6] == [
        "breaks sales@1.0.0, owned by finance (finance@example.com): it reads fct_orders.size; "
        "it stays on 1.0.0 until it updates",
        "  sales@1.0.0/models/customer_sales.sql:4:28: `size` is not a column of anything here",
        "  customer_sales.large_orders  computes  orders.fct_orders.size",
        "reaches board@1.0.0, owned by strategy (strategy@example.com): computes with it",
        "  pins sales@1.0.0",
        "  overview.large_orders  computes  sales.customer_sales.large_orders",
    ]
    data = chain("check --format json", "orders").json
    assert [one["release"] for one in data["dependents"]] == ["sales@1.0.0"]
    assert reached(data) == ["sales@1.0.0", "board@1.0.0"]


def test_a_removed_column_can_still_be_asked_about(chain: Hansa, tmp_path: Path) -> None:
    remove_size(tmp_path / "orders")
    found = chain("impact fct_orders.size --format json", "orders").json
    assert reached(found) == ["sales@1.0.0", "board@1.0.0"]


def test_a_mention_that_makes_no_value_breaks_too(chain: Hansa, tmp_path: Path) -> None:
    sales = tmp_path / "sales"
    edit(sales / "models/customer_sales.sql", "size = 'large'", "amount >= 100")
    edit(sales / "models/customer_sales.sql", "customer\n", "customer\norder by max(size)\n")
    edit(sales / "tests/sales.yaml", "size: large", "amount: 100")
    edit(sales / "tests/sales.yaml", "size: small", "amount: 1")
    release(sales, "2.0.0", chain)
    assert chain("yank sales@1.0.0", sales).code == 0
    remove_size(tmp_path / "orders")
    lines = chain("check", "orders").out.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("breaks "))
    assert lines[start:][:2] == [
        "breaks sales@2.0.0, owned by finance (finance@example.com): its SQL fails; "
        "it stays on 1.0.0 until it updates",
        "  sales@2.0.0/models/customer_sales.sql:7:14: `size` is not a column of anything here",
    ]
    (broken,) = chain("check --format json", "orders").json["dependents"]
    assert [failure["place"] for failure in broken["failures"]] == [
        {"file": "sales@2.0.0/models/customer_sales.sql", "line": 7, "column": 14}
    ]


def test_a_change_of_some_values_reaches_only_these(chain: Hansa, tmp_path: Path) -> None:
    orders = tmp_path / "orders"
    edit(orders / "models/fct_orders.sql", "amount >= 100", "amount >= 200")
    edit(orders / "models/fct_orders.sql", "    amount,\n", "    amount * 2 as amount,\n")
    edit(orders / "contract.yaml", "decimal(10,2)", "decimal(12,2)")
    data = chain("check --format json", orders).json
    assert [change["rule"] for change in data["changes"] if change["level"] == "major"] == [
        "published_test_failed"
    ]
    (sales, board) = data["reached"]
    assert (sales["release"], sales["effects"]) == ("sales@1.0.0", ["computes"])
    assert (board["release"], board["effects"]) == ("board@1.0.0", ["computes"])
    assert [(one["uses"], one["failures"]) for one in data["dependents"]] == [
        (["fct_orders.size"], [])
    ]


def test_a_change_of_rows_reaches_the_rows_of_readers(chain: Hansa, tmp_path: Path) -> None:
    orders = tmp_path / "orders"
    edit(orders / "models/staging/stg_orders.sql", "amount >= 0", "amount > 100")
    data = chain("check --format json", orders).json
    assert [(one["release"], one["effects"]) for one in data["reached"]] == [
        ("sales@1.0.0", ["rows"]),
        ("board@1.0.0", ["rows"]),
    ]
