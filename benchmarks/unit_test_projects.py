"""The unit tests of the example products as one project of hansa, of dbt and of SQLMesh.

Each test is cut into tests of single models, which is all that dbt's unit tests know: the rows of
the model's direct inputs go in, and every column of every row has to come out.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from hansa.core.facts import Input, InputKind, ProductFacts
from hansa.core.product import Product
from hansa.core.schema import TableSchema
from hansa.engines.sandbox import Sandbox, open_sandbox
from hansa.projects.load import load_product
from hansa.projects.tree import DirectoryTree
from hansa.sql.analysis import Interface, analyse_product, schema_of_input
from hansa.sql.compile import compile_model
from hansa.sql.identifiers import quote_path
from hansa.sql.references import classify
from hansa.testing.plan import TestPlan
from hansa.testing.runner import Bench, relation_of

EXAMPLES = Path(__file__).parents[1] / "examples" / "flights"
PRODUCTS = ("reference", "fleet", "weather", "flights", "punctuality")

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: flying
name: flying
version: 1.0.0
status: active
schema:
"""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class SmallTest:
    """A test of one model by the rows of its direct inputs."""

    name: str
    model: str
    given: Mapping[Input, list[Row]]
    expect: list[Row]


@dataclass(frozen=True)
class Analysed:
    """A product, and what it may read of others."""

    product: Product
    facts: ProductFacts
    interfaces: Mapping[str, Interface]

    def schema(self, read: Input) -> TableSchema | None:
        return schema_of_input(read, self.product, self.facts.models, self.interfaces)


def analyse_examples() -> list[Analysed]:
    """The example products, against the contracts of those that they require."""
    analysed: dict[str, Analysed] = {}
    for name in PRODUCTS:
        product = load_product(DirectoryTree(EXAMPLES / name))
        interfaces = {
            one.product: Interface(
                {
                    table.name: table.schema
                    for table in analysed[one.product].product.contract.tables
                },
                frozenset(),
            )
            for one in product.requires
        }
        facts = analyse_product(product, interfaces)
        analysed[name] = Analysed(product, facts, interfaces)
    return list(analysed.values())


def small_tests(products: list[Analysed], count: int) -> list[SmallTest]:
    """So many tests; the distinct ones are repeated under other names where they are fewer."""
    distinct = [test for one in products for test in _cut(one)]
    return [
        SmallTest(f"{one.name}_{number // len(distinct)}", one.model, one.given, one.expect)
        for number in range(count)
        for one in [distinct[number % len(distinct)]]
    ]


class _Cutter:
    """Cuts what tests compute into one test for each model, with rows of its own inputs."""

    def __init__(self, analysed: Analysed) -> None:
        self._analysed = analysed
        self.found: list[SmallTest] = []

    def observe(self, sandbox: Sandbox, plan: TestPlan) -> list[SmallTest]:
        return list(self._cut(sandbox, plan))

    def note(self, seen: list[SmallTest]) -> None:
        self.found += seen

    def _cut(self, sandbox: Sandbox, plan: TestPlan) -> Iterator[SmallTest]:
        for model in plan.models:
            reads = self._analysed.facts.models[model].inputs
            given = {read: _rows(sandbox, read) for read in reads}
            expect = _rows(sandbox, Input(InputKind.MODEL, model))
            if expect and all(given.values()):
                yield SmallTest(f"{plan.test.name}_{model}", model, given, expect)


def _cut(analysed: Analysed) -> list[SmallTest]:
    cutter = _Cutter(analysed)
    bench = Bench(analysed.product, analysed.facts, analysed.interfaces, observe=cutter)
    with open_sandbox() as sandbox:
        for test in analysed.product.tests:
            bench.run(sandbox, test)
    return cutter.found


def _rows(sandbox: Sandbox, read: Input) -> list[Row]:
    answer = sandbox.query(f"SELECT * FROM {quote_path(relation_of(read), 'duckdb')}")
    return [
        {name: _plain(value) for name, value in zip(answer.columns, row, strict=True)}
        for row in answer.rows
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return str(value) if isinstance(value, date | datetime) else value


def _sources(products: list[Analysed]) -> dict[Input, TableSchema]:
    """Everything that the models read and none of them makes, or that another product makes."""
    found: dict[Input, TableSchema] = {}
    for one in products:
        for model in one.facts.models.values():
            for read in model.inputs:
                schema = one.schema(read)
                if read.kind is not InputKind.MODEL and schema is not None:
                    found[read] = schema
    return found


def _models(products: list[Analysed]) -> Iterator[tuple[Analysed, str]]:
    for one in products:
        for name in one.product.models:
            yield one, name


def _json_lines(values: list[Row], indent: str) -> str:
    return "".join(f"{indent}- {json.dumps(value, ensure_ascii=False)}\n" for value in values)


def write_hansa(directory: Path, products: list[Analysed], tests: list[SmallTest]) -> None:
    """One product whose sources are all that comes from outside."""
    groups: dict[str, str] = {}
    for read, schema in sorted(_sources(products).items()):
        columns = {column.name: str(column.type) for column in schema.columns}
        groups[read.group] = groups.get(read.group, "") + (
            f"      {read.name}: {{relation: landing.{read.group}_{read.name}, "
            f"columns: {json.dumps(columns)}}}\n"
        )
    sources = "".join(f"  {group}:\n    tables:\n{text}" for group, text in groups.items())
    product = f"name: flying\ndescription: d\nowner: {{team: t}}\nsources:\n{sources}"
    _write(directory / "product.yaml", product)
    tables = [
        {
            "name": table.name,
            "physicalType": "table",
            "properties": [
                {"name": column.name, "physicalType": str(column.type)}
                for column in table.schema.columns
            ],
        }
        for one in products
        for table in one.product.contract.tables
    ]
    _write(directory / "contract.yaml", CONTRACT + _json_lines(tables, "  "))
    for one, name in _models(products):
        _write(directory / f"models/{name}.sql", one.product.models[name].sql)
    text = "unit_tests:\n"
    for test in tests:
        text += f"  - name: {test.name}\n    model: {test.model}\n    given:\n"
        for read, rows in test.given.items():
            text += f"      - input: {read}\n        rows:\n" + _json_lines(rows, " " * 10)
        text += "    expect:\n      rows:\n" + _json_lines(test.expect, " " * 8)
    _write(directory / "tests/all.yaml", text)


def _rewritten(one: Analysed, name: str, words: Mapping[InputKind, str]) -> str:
    """A model's SQL with each relation as another tool writes it."""
    model, input_of = one.product.models[name], classify(one.product)
    sql = compile_model(
        model.sql,
        "duckdb",
        model.path,
        lambda read: (f"@{read.kind}/{read.group}/{read.name}@",),
        input_of,
        "duckdb",
    )

    def word(match: re.Match[str]) -> str:
        return words[InputKind(match[1])].format(group=match[2], name=match[3])

    return re.sub(r'"@(\w+)/(\w*)/(\w+)@"', word, sql)


_DBT = {
    InputKind.MODEL: "{{{{ ref('{name}') }}}}",
    InputKind.SOURCE: "{{{{ source('{group}', '{name}') }}}}",
    InputKind.REQUIRED: "{{{{ source('{group}', '{name}') }}}}",
}


def write_dbt(directory: Path, products: list[Analysed], tests: list[SmallTest], dbt: str) -> None:
    """A dbt project whose relations are there and empty, as its unit tests ask for them."""
    _write(
        directory / "dbt_project.yml",
        "name: flying\nversion: '1.0'\nprofile: flying\nmodel-paths: [models]\n",
    )
    _write(
        directory / "profiles.yml",
        "flying: {target: dev, outputs: {dev: {type: duckdb, path: flying.duckdb, threads: 4}}}\n",
    )
    found = sorted(_sources(products).items())
    groups: dict[str, list[str]] = {}
    for read, _ in found:
        groups.setdefault(read.group, []).append(read.name)
    sources = [
        {"name": group, "schema": group, "tables": [{"name": name} for name in names]}
        for group, names in groups.items()
    ]
    unit_tests = [
        {
            "name": test.name,
            "model": test.model,
            "given": [
                {
                    "input": f"ref('{read.name}')"
                    if read.kind is InputKind.MODEL
                    else f"source('{read.group}', '{read.name}')",
                    "rows": rows,
                }
                for read, rows in test.given.items()
            ],
            "expect": {"rows": test.expect},
        }
        for test in tests
    ]
    _write(directory / "models/sources.yml", json.dumps({"version": 2, "sources": sources}))
    _write(directory / "models/tests.yml", json.dumps({"version": 2, "unit_tests": unit_tests}))
    for one, name in _models(products):
        _write(directory / f"models/{name}.sql", _rewritten(one, name, _DBT))
    _create_sources(directory / "flying.duckdb", dict(found))
    command = [dbt, "--quiet", "run", "--empty", "--profiles-dir", "."]
    subprocess.run(command, cwd=directory, check=True)


def _create_sources(file: Path, sources: Mapping[Input, TableSchema]) -> None:
    import duckdb

    with duckdb.connect(str(file)) as connection:
        for read, schema in sources.items():
            columns = ", ".join(f'"{one.name}" {one.type}' for one in schema.columns)
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{read.group}"')
            connection.execute(f'CREATE TABLE "{read.group}"."{read.name}" ({columns})')


_SQLMESH = {
    InputKind.MODEL: "made.{name}",
    InputKind.SOURCE: "{group}.{name}",
    InputKind.REQUIRED: "{group}.{name}",
}


def write_sqlmesh(directory: Path, products: list[Analysed], tests: list[SmallTest]) -> None:
    """A SQLMesh project; its own tests take the same rows."""
    _write(
        directory / "config.yaml",
        "gateways: {local: {connection: {type: duckdb}}}\n"
        "default_gateway: local\nmodel_defaults: {dialect: duckdb}\n",
    )
    external = [
        {
            "name": f"{read.group}.{read.name}",
            "columns": {one.name: str(one.type) for one in schema.columns},
        }
        for read, schema in sorted(_sources(products).items())
    ]
    _write(directory / "external_models.yaml", json.dumps(external))
    for one, name in _models(products):
        sql = _rewritten(one, name, _SQLMESH)
        _write(directory / f"models/{name}.sql", f"MODEL (name made.{name}, kind FULL);\n\n{sql}\n")
    schemas = _sources(products) | {
        Input(InputKind.MODEL, name): facts.schema
        for one in products
        for name, facts in one.facts.models.items()
        if facts.schema is not None
    }

    def given(read: Input, rows: list[Row]) -> dict[str, Any]:
        # without types SQLMesh guesses them from the values, and computes something else
        columns = {column.name: str(column.type) for column in schemas[read].columns}
        return {"columns": columns, "rows": rows}

    document = {
        f"test_{test.name}": {
            "model": f"made.{test.model}",
            "inputs": {
                f"made.{read.name}" if read.kind is InputKind.MODEL else str(read): given(
                    read, rows
                )
                for read, rows in test.given.items()
            },
            "outputs": {"partial": True, "query": {"rows": test.expect}},
        }
        for test in tests
    }
    _write(directory / "tests/test_all.yaml", json.dumps(document))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
