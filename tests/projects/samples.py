"""A small valid product to change in tests, and findings as lines to compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import cleandoc

from hansa.core.diagnostic import Diagnostic
from hansa.core.product import Product
from hansa.projects.errors import ProductInvalid
from hansa.projects.load import load_product
from hansa.projects.tree import MemoryTree

PRODUCT = """\
name: sales
owner: {team: sales-data}
requires:
  customers: ^1.2
sources:
  raw:
    tables:
      orders:
        path: data/orders.csv
        columns:
          id: {type: bigint, required: true}
          amount: double
        primary_key: [id]
"""

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: sales
name: sales
version: 1.0.0
schema:
  - name: orders
    properties:
      - name: id
        physicalType: bigint
        primaryKey: true
      - name: amount
        physicalType: double
"""

TESTS = """\
unit_tests:
  - name: orders_are_kept
    model: orders
    given:
      - input: raw.orders
        rows:
          - {id: 1, amount: 2.5}
    expect:
      rows:
        - {id: 1}
"""

FILES: Mapping[str, str] = {
    "product.yaml": PRODUCT,
    "contract.yaml": CONTRACT,
    "models/orders.sql": "SELECT id, amount FROM stg_orders\n",
    "models/staging/stg_orders.sql": "SELECT id, amount FROM raw.orders\n",
    "tests/orders.yaml": TESTS,
    "README.md": "# Sales\n",
}


def tree(changes: Mapping[str, str | bytes | None] | None = None, label: str = ".") -> MemoryTree:
    """The sample's files with changes; None removes a file."""
    files = {path: text.encode() for path, text in FILES.items()}
    for path, content in (changes or {}).items():
        if content is None:
            files.pop(path, None)
        else:
            files[path] = content if isinstance(content, bytes) else content.encode()
    return MemoryTree(files, label)


def load(changes: Mapping[str, str | bytes | None] | None = None) -> Product:
    return load_product(tree(changes))


def problems(changes: Mapping[str, str | bytes | None]) -> list[str]:
    """What loading the changed sample reports, one line each; empty when it loads."""
    try:
        load(changes)
    except ProductInvalid as error:
        return lines(error.diagnostics)
    return []


def lines(findings: Iterable[Diagnostic]) -> list[str]:
    return [
        f"{finding.place} {finding.rule}: {finding.message} | {finding.hint}"
        for finding in findings
    ]


def text(indented: str) -> str:
    return cleandoc(indented) + "\n"
