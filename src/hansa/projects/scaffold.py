"""The files of a new product: small, real, and passing check and test from the start."""

from __future__ import annotations

from hansa.errors import InvalidInput
from hansa.projects.names import product_name_problem
from hansa.projects.roundtrip import quote_scalar


class InvalidProductName(InvalidInput):
    """A text cannot name a product."""

    slug = "invalid-product-name"
    hint = "write a name such as sales or customer_orders"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"`{self.name}` cannot name a product: {self.reason}"


def new_product_files(
    name: str, team: str = "my-team", contact: str | None = None, dialect: str = "duckdb"
) -> dict[str, str]:
    """The texts of a new product's files by path. Raises InvalidProductName."""
    problem = product_name_problem(name)
    if problem is not None:
        raise InvalidProductName(name, problem)
    return {
        "product.yaml": _product_yaml(name, team, contact, dialect),
        "contract.yaml": _CONTRACT.format(name=name, team=quote_scalar(team)),
        "models/staging/stg_orders.sql": _STAGING_SQL,
        "models/daily_orders.sql": _MODEL_SQL,
        "tests/daily_orders.yaml": _TESTS,
        "fixtures/raw.orders.csv": _ORDERS_CSV,
        "data/orders.csv": _ORDERS_CSV,
        "README.md": _README.format(name=name),
        ".gitignore": "# what hansa keeps on this machine only\n.hansa/\n",
    }


def _product_yaml(name: str, team: str, contact: str | None, dialect: str) -> str:
    owner = f"  team: {quote_scalar(team)}\n"
    if contact:
        owner += f"  contact: {quote_scalar(contact)}\n"
    chosen = f"dialect: {dialect}\n" if dialect != "duckdb" else ""
    return _PRODUCT.format(name=name, owner=owner, dialect=chosen)


def dbt_product_yaml(
    name: str, owner: tuple[str, str | None], dialect: str, target: str | None = None
) -> str:
    """The product.yaml of a dbt project; `owner` is the team and how to reach it."""
    team, contact = owner
    lines = [
        "# This dbt project as a data product; contract.yaml lists what others may read.",
        f"name: {name}",
        "owner:",
        f"  team: {quote_scalar(team)}",
    ]
    if contact:
        lines.append(f"  contact: {quote_scalar(contact)}")
    if dialect != "duckdb":
        lines.append(f"dialect: {dialect}")
    lines += ["dbt:", "  project: ."]
    if target:
        lines.append(f"  target: {quote_scalar(target)}")
    lines += [
        "",
        "# Other products that this one reads; `hansa add PRODUCT` writes them here.",
        "# requires:",
        "#   customers: ^1.0",
    ]
    return "\n".join(lines) + "\n"


def suggested_name(directory: str) -> str:
    """A product's name made from a directory's, empty when nothing of it can be kept."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in directory)
    return "_".join(kept.lower().split()).lstrip("0123456789_")[:63].rstrip("_")


_PRODUCT = """\
# What this product is, who owns it, and what it reads.
name: {name}
description: Orders per day. Replace this with one sentence on what your product gives.
owner:
{owner}{dialect}
# Raw data that enters from outside. In SQL this table is `raw.orders`.
sources:
  raw:
    tables:
      orders:
        path: data/orders.csv
        columns:
          order_id: {{type: bigint, required: true}}
          ordered_at: {{type: timestamp, required: true}}
          amount: double
          status: {{type: varchar, required: true}}
        primary_key: [order_id]

# Other products that this one reads; `hansa add PRODUCT` writes them here.
# requires:
#   customers: ^1.0

# Databases to deploy to: `hansa deploy --target dev`.
targets:
  dev: duckdb:///.hansa/dev.duckdb
"""

_CONTRACT = """\
# The public interface: only the tables listed here can be read by others, and what they
# promise is checked against the SQL, in unit tests, and on the data of every run.
apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {name}
version: 1.0.0
status: draft
dataProduct: {name}
description:
  purpose: Orders per day, for reports.
schema:
  - name: daily_orders
    logicalType: object
    physicalType: table
    description: Completed orders and their revenue, per day.
    dataGranularityDescription: one row per day with at least one completed order
    properties:
      - name: order_date
        logicalType: date
        physicalType: date
        description: The day, in UTC.
        required: true
        primaryKey: true
        primaryKeyPosition: 1
      - name: order_count
        logicalType: integer
        physicalType: bigint
        description: How many orders were completed.
        required: true
        logicalTypeOptions:
          minimum: 1
      - name: revenue
        logicalType: number
        physicalType: double
        description: Sum of the amounts; an order without an amount counts as 0.
        required: true
      - name: size
        logicalType: string
        physicalType: varchar
        description: Whether the day was `busy` (two orders or more) or `quiet`.
        required: true
        enum:
          - value: busy
          - value: quiet
team:
  name: {team}
"""

_STAGING_SQL = """\
-- A private model: it is not in contract.yaml, so only this product can read it.
SELECT
  order_id,
  CAST(ordered_at AS DATE) AS order_date,
  COALESCE(amount, 0) AS amount,
  status
FROM raw.orders
"""

_MODEL_SQL = """\
-- A public model: contract.yaml lists it.
SELECT
  order_date,
  COUNT(*) AS order_count,
  COALESCE(SUM(amount), 0) AS revenue,
  CASE WHEN COUNT(*) >= 2 THEN 'busy' ELSE 'quiet' END AS size
FROM stg_orders
WHERE status = 'completed'
GROUP BY order_date
"""

_TESTS = """\
# Run with `hansa test`. Columns left out of a row are NULL.
unit_tests:
  - name: only_completed_orders_count
    model: daily_orders
    given:
      - input: raw.orders
        rows:
          - {order_id: 1, ordered_at: 2026-03-01 09:00:00, amount: 10.5, status: completed}
          - {order_id: 2, ordered_at: 2026-03-01 10:00:00, amount: 99.0, status: cancelled}
          - {order_id: 3, ordered_at: 2026-03-02 11:00:00, amount: 4.5, status: completed}
          - {order_id: 4, ordered_at: 2026-03-02 23:59:59, status: completed}
    expect:
      rows:
        - {order_date: 2026-03-01, order_count: 1, revenue: 10.5, size: quiet}
        - {order_date: 2026-03-02, order_count: 2, revenue: 4.5, size: busy}
  - name: a_day_without_completed_orders_has_no_row
    model: daily_orders
    given:
      - input: raw.orders
        rows:
          - {order_id: 1, ordered_at: 2026-03-01 09:00:00, amount: 10.5, status: cancelled}
    expect:
      rows: []
"""

_ORDERS_CSV = """\
order_id,ordered_at,amount,status
1,2026-03-01 08:12:00,24.90,completed
2,2026-03-01 12:40:00,7.50,completed
3,2026-03-01 19:05:00,61.00,cancelled
4,2026-03-02 10:30:00,,completed
5,2026-03-03 09:15:00,18.20,completed
"""

_README = """\
# {name}

What this product is for, in the words of its readers. This page is shown on the documentation
site.

| command | what it does |
|---|---|
| `hansa check` | checks files, SQL, contract and version |
| `hansa test` | runs the unit tests in tests/ |
| `hansa build` | computes the product on its fixtures |
| `hansa publish` | makes a release that others can require |

To begin: put your SQL into models/, describe its public tables in contract.yaml (or run
`hansa contract sync`), and say in tests/ what each of them must do.
"""
