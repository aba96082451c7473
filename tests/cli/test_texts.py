"""What verbs say to people, as one long walk; `…` stands for what differs from run to run."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import Hansa, write_files
from tests.docs.readme import matches
from tests.products import ORDERS, SALES

WALK = """
orders: contract sync
contract.yaml is up to date

orders: contract export --to sql
CREATE TABLE "fct_orders" (
  "id" integer NOT NULL,
  "customer" varchar NOT NULL,
  "amount" decimal(10,2),
  "size" varchar NOT NULL,
  PRIMARY KEY ("id"),
  CHECK ("amount" >= 0),
  CHECK ("size" IN ('large', 'small'))
);
COMMENT ON TABLE "fct_orders" IS 'One row per order.';

orders: publish
published orders@1.0.0 to …
…

orders: deploy
deployed orders@1.0.0 to duckdb:///../warehouse.duckdb: read it in orders__v1_0_0
  built   orders__store.fct_orders__…  200 rows  … s

orders: deploy
orders@1.0.0 is live in duckdb:///../warehouse.duckdb already

sales: lock
locked orders 1.0.0

sales: lock
hansa.lock is up to date (1 requirement)

sales: sync
orders@1.0.0: fct_orders
  .hansa/requires/orders

sales: tree
sales 1.0.0
└── orders 1.0.0  (^1.0)

sales: outdated
every requirement is at its newest release

sales: build
stood in for orders in orders__v1_0_0 (2 rows)
built sales in sales__v1_0_0 of .hansa/build.duckdb
table           kind    rows  from
customer_sales  public     2

sales: publish
published sales@1.0.0 to …
…

sales: deploy
deployed sales@1.0.0 to duckdb:///../warehouse.duckdb: read it in sales__v1_0_0
  built   sales__store.customer_sales__…  7 rows  … s

sales: status --mine
live release  read it in     pinned by  why it is live
sales@1.0.0   sales__v1_0_0  -          newest of sales__v1

stored table … serves
sales__store.customer_sales__…     7  … B  sales@1.0.0

removing sales@1.0.0 frees … B

sales  ██████████ 1.00 of one, 1 release

1 stored table, … B

sales: status
live release  read it in      pinned by    why it is live
orders@1.0.0  orders__v1_0_0  sales@1.0.0  newest of orders__v1, pinned
sales@1.0.0   sales__v1_0_0   -            newest of sales__v1

…
2 stored tables, …

orders: dependents
release      requires     pinned  owner    contact
sales@1.0.0  orders ^1.0  1.0.0   finance  finance@example.com

sales: dependents
no release requires sales

orders: deprecate orders@1 --sunset 2999-01-01 --message move
`orders` 1.x is deprecated, sunset 2999-01-01 (in … days): move

orders: deprecate orders@1 --undo
orders@1 is no longer deprecated

orders: yank orders@1.0.0 --reason broken
orders@1.0.0 is yanked

sales: tree
sales 1.0.0
└── orders 1.0.0  (^1.0)  [yanked]

sales: outdated
product  requires  locked  update to  newest  its owner states
orders   ^1.0      1.0.0   -          -       -                 locked release is yanked

orders: yank orders@1.0.0 --undo
orders@1.0.0 is no longer yanked

sales: run
refreshed sales 1.0.0 in duckdb:///../warehouse.duckdb (… s)
  built   sales__store.customer_sales__…  7 rows  … s

sales: retire sales@1
retired sales@1.0.0 in duckdb:///../warehouse.duckdb
  dropped sales__store.customer_sales__…

orders: retire orders@1
retired orders@1.0.0 in duckdb:///../warehouse.duckdb
  dropped orders__store.fct_orders__…

orders: status
nothing is live in duckdb:///../warehouse.duckdb; hansa deploy puts a release there

sales: remove orders
removed orders 1.0.0

sales: sync
this product requires no other

sales: add orders@~1.0.0
product.yaml requires orders ~1.0.0
locked orders 1.0.0

next: hansa sync, then read its public tables in SQL as orders.<table>
"""


def steps() -> list[tuple[str, str, tuple[str, ...]]]:
    """Each command with its directory and its output."""
    found = []
    for part in re.split(r"\n(?=(?:orders|sales): )", WALK.strip()):
        head, *shown = part.rstrip().splitlines()
        place, _, command = head.partition(": ")
        found.append((place, command, tuple(shown)))
    return found


def test_every_verb_says_what_it_did(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    write_files(tmp_path / "sales", SALES)
    for place, command, shown in steps():
        outcome = hansa(command, place)
        assert (outcome.code, outcome.err) == (0, ""), f"{place}: {command}\n{outcome.err}"
        assert matches(shown, outcome.out), f"{place}: {command}\n{outcome.out}"


def test_init_names_what_it_wrote(hansa: Hansa) -> None:
    outcome = hansa("init shop --team checkout --contact checkout@example.com")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        "started the product shop in shop\n"
        "  product.yaml\n"
        "  contract.yaml\n"
        "  models/staging/stg_orders.sql\n"
        "  models/daily_orders.sql\n"
        "  tests/daily_orders.yaml\n"
        "  fixtures/raw.orders.csv\n"
        "  data/orders.csv\n"
        "  README.md\n"
        "  .gitignore\n"
        "\n"
        "next: hansa check, hansa test, then replace the example with your own models\n"
    )
    for command in ("check --no-compare", "test", "build", "publish", "deploy", "run"):
        assert hansa(command, "shop").code == 0, command


def test_update_moves_and_says_so(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    write_files(tmp_path / "sales", SALES)
    assert hansa("publish", "orders").code == 0
    assert hansa("lock", "sales").code == 0
    contract = tmp_path / "orders/contract.yaml"
    contract.write_text(contract.read_text().replace("version: 1.0.0", "version: 1.0.1"))
    assert hansa("publish", "orders").code == 0
    assert hansa("lock", "sales").out == "hansa.lock is up to date (1 requirement)\n"
    assert hansa("outdated", "sales").out == (
        "product  requires  locked  update to  newest  its owner states\n"
        "orders   ^1.0      1.0.0   1.0.1      1.0.1   coverage 86%, asserted 100%\n"
    )
    assert hansa("update", "sales").out == "moved orders 1.0.0 -> 1.0.1\n"


def test_a_contract_follows_the_sql(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    model = tmp_path / "orders/models/fct_orders.sql"
    model.write_text(model.read_text().replace("    amount,\n", "    amount,\n    1 as one,\n"))
    outcome = hansa("contract sync", "orders")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("updated contract.yaml\n  @@ ")
    assert "one" in outcome.out
    assert hansa("check --no-compare", "orders").out == "orders 1.0.0: 2 models, no findings\n"
