"""A dbt project as the plain files that a release carries, so that no reader needs dbt."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from hansa.core.contract import Contract
from hansa.core.product import Model, SourceTable, UnitTest
from hansa.projects.contract_tables import physical_type
from hansa.projects.odcs_document import document_of, dump_yaml

CONTRACT_FILE = "contract.yaml"
PRODUCT_FILE = "product.yaml"
TESTS_FILE = "tests/unit_tests.yaml"

# JSON is YAML, but for these characters that YAML wants escaped
_CONTROL = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


class LaterFiles(Mapping[str, bytes]):
    """Files that are written when first asked for: few verbs look into a release."""

    def __init__(self, write: Callable[[], Mapping[str, bytes]]) -> None:
        self._write = write

    @cached_property
    def _files(self) -> Mapping[str, bytes]:
        return dict(sorted(self._write().items()))

    def __getitem__(self, path: str) -> bytes:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def release_files(
    document: Mapping[str, Any],
    contract: bytes | Contract,
    models: Mapping[str, Model],
    sources: Mapping[str, Mapping[str, SourceTable]],
    tests: tuple[UnitTest, ...],
    dialect: str,
) -> dict[str, bytes]:
    """Every generated file by its path; `document` is what product.yaml says."""
    files = {
        PRODUCT_FILE: dump_yaml(_product(document, models, sources, dialect)).encode(),
        CONTRACT_FILE: (
            contract if isinstance(contract, bytes) else dump_yaml(document_of(contract)).encode()
        ),
    }
    for name, model in models.items():
        files[f"models/{name}.sql"] = model.sql.encode("utf-8", "replace")
    if tests:
        files[TESTS_FILE] = _tests(tests).encode()
    return files


def _product(
    document: Mapping[str, Any],
    models: Mapping[str, Model],
    sources: Mapping[str, Mapping[str, SourceTable]],
    dialect: str,
) -> dict[str, Any]:
    given = {
        key: value for key, value in document.items() if key not in ("dbt", "sources", "models")
    }
    written = {**given, "dialect": dialect, "dbt": {"compiled": True}}
    if sources:
        written["sources"] = {
            group: {"tables": {name: _source(table, dialect) for name, table in tables.items()}}
            for group, tables in sorted(sources.items())
        }
    if models:
        written["models"] = {name: _settings(model) for name, model in sorted(models.items())}
    return written


def _source(table: SourceTable, dialect: str) -> dict[str, Any]:
    written: dict[str, Any] = {"path": table.path} if table.path else {"relation": table.relation}
    if table.schema is not None:
        columns: dict[str, Any] = {}
        for column in table.schema.columns:
            kind = physical_type(column.type, dialect) if column.type.is_known else None
            columns[column.name] = {"type": kind or "unknown"}
            if not column.nullable:
                columns[column.name]["required"] = True
        written["columns"] = columns
    if table.primary_key:
        written["primary_key"] = list(table.primary_key)
    csv = {"null": table.csv.null, "delimiter": table.csv.delimiter}
    given = {key: value for key, value in csv.items() if value is not None}
    return {**written, "csv": given} if given else written


def _settings(model: Model) -> dict[str, Any]:
    written: dict[str, Any] = {"materialized": str(model.storage.materialized)}
    if model.storage.unique_key:
        written["unique_key"] = list(model.storage.unique_key)
    if model.storage.cursor:
        written["cursor"] = model.storage.cursor
    if model.storage.lookback is not None:
        written["lookback"] = model.storage.lookback
    if model.introspection:
        written["introspection"] = model.introspection
    return written


def _tests(tests: tuple[UnitTest, ...]) -> str:
    """The unit tests, one row a line; the values as JSON, so that every text stays a text."""
    lines = ["unit_tests:"]
    for test in tests:
        lines += [f"  - name: {_json(test.name)}"]
        if test.description:
            lines += [f"    description: {_json(test.description)}"]
        lines += [f"    model: {_json(test.model)}"]
        if test.given:
            lines += ["    given:"]
        for given in test.given:
            lines += [f"      - input: {_json(given.input)}", *_rows("        ", given.rows)]
        lines += ["    expect:", *_rows("      ", test.expect)]
    return "\n".join(lines) + "\n"


def _rows(indent: str, rows: tuple[Mapping[str, Any], ...]) -> list[str]:
    if not rows:
        return [f"{indent}rows: []"]
    return [f"{indent}rows:", *(f"{indent}  - {_json(row)}" for row in rows)]


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
