"""Two small products that tests of whole commands use: orders, and sales that requires it."""

from __future__ import annotations

ORDERS = {
    "product.yaml": """name: orders
description: Orders of a shop.
owner: {team: checkout, contact: checkout@example.com}
sources:
  raw:
    tables:
      orders:
        path: data/orders.csv
        columns:
          id: {type: integer, required: true}
          customer: varchar
          amount: decimal(10,2)
          ordered_on: date
        primary_key: [id]
targets:
  dev: duckdb:///../warehouse.duckdb
""",
    "contract.yaml": """apiVersion: v3.2.0
kind: DataContract
id: orders
name: orders
version: 1.0.0
status: active
dataProduct: orders
schema:
  - name: fct_orders
    physicalType: table
    description: One row per order.
    properties:
      - {name: id, logicalType: integer, physicalType: integer, required: true, primaryKey: true}
      - {name: customer, logicalType: string, physicalType: varchar, required: true}
      - {name: amount, logicalType: number, physicalType: "decimal(10,2)", logicalTypeOptions: {minimum: 0}}
      - {name: size, logicalType: string, physicalType: varchar, required: true, enum: [{value: large}, {value: small}]}
""",
    "models/staging/stg_orders.sql": """select
    id,
    coalesce(customer, 'unknown') as customer,
    amount
from raw.orders
where amount >= 0
""",
    "models/fct_orders.sql": """-- one row per order
select
    id,
    customer,
    amount,
    case when amount >= 100 then 'large' else 'small' end as size
from stg_orders
""",
    "tests/orders.yaml": """unit_tests:
  - name: large_orders_start_at_100
    model: fct_orders
    given:
      - input: raw.orders
        rows:
          - {id: 1, customer: ada, amount: 100}
          - {id: 2, amount: 99.99}
          - {id: 3, amount: -1}
    expect:
      rows:
        - {id: 1, customer: ada, amount: 100, size: large}
        - {id: 2, customer: unknown, amount: 99.99, size: small}
""",
    "fixtures/raw.orders.csv": "id,customer,amount,ordered_on\n1,ada,120.50,2026-01-01\n2,,10,2026-01-02\n",
    "data/orders.csv": "id,customer,amount,ordered_on\n"
    + "".join(f"{n},c{n % 7},{n * 3 % 250}.25,2026-01-{n % 28 + 1:02}\n" for n in range(1, 201)),
    "README.md": "# orders\n\nOrders of a shop.\n",
}

SALES = {
    "product.yaml": """name: sales
description: Sales by customer.
owner: {team: finance, contact: finance@example.com}
requires:
  orders: ^1.0
targets:
  dev: duckdb:///../warehouse.duckdb
""",
    "contract.yaml": """apiVersion: v3.2.0
kind: DataContract
id: sales
name: sales
version: 1.0.0
status: active
dataProduct: sales
schema:
  - name: customer_sales
    physicalType: table
    description: One row per customer.
    properties:
      - {name: customer, logicalType: string, physicalType: varchar, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: orders, logicalType: integer, physicalType: bigint, required: true}
      - {name: large_orders, logicalType: integer, physicalType: bigint, required: true}
""",
    "models/customer_sales.sql": """select
    customer,
    count(*) as orders,
    count(*) filter (where size = 'large') as large_orders
from orders.fct_orders
group by customer
""",
    "tests/sales.yaml": """unit_tests:
  - name: orders_are_counted_per_customer
    model: customer_sales
    given:
      - input: orders.fct_orders
        rows:
          - {id: 1, customer: ada, size: large}
          - {id: 2, customer: ada, size: small}
          - {id: 3, customer: bob, size: small}
    expect:
      rows:
        - {customer: ada, orders: 2, large_orders: 1}
        - {customer: bob, orders: 1, large_orders: 0}
""",
    "README.md": "# sales\n",
}

BOARD = {
    "product.yaml": """name: board
description: What the board looks at.
owner: {team: strategy, contact: strategy@example.com}
requires:
  sales: ^1.0
""",
    "contract.yaml": """apiVersion: v3.2.0
kind: DataContract
id: board
name: board
version: 1.0.0
status: active
dataProduct: board
schema:
  - name: overview
    physicalType: table
    description: One row per customer with several orders.
    properties:
      - {name: who, logicalType: string, physicalType: varchar, required: true}
      - {name: large_orders, logicalType: integer, physicalType: bigint, required: true}
""",
    "models/overview.sql": """select
    customer as who,
    large_orders
from sales.customer_sales
where orders > 1
""",
    "README.md": "# board\n",
}
