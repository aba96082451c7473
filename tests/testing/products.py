"""Product values for tests, made from few words."""

from __future__ import annotations

from collections.abc import Mapping

from hansa.core.contract import Contract, ContractTable
from hansa.core.facts import Input, InputKind, ModelFacts, ProductFacts
from hansa.core.product import (
    Given,
    Materialization,
    Model,
    Owner,
    Product,
    Requirement,
    SourceTable,
    Storage,
    UnitTest,
)
from hansa.core.schema import Column, TableSchema
from hansa.core.version import Constraint, Version
from hansa.errors import Place
from hansa.sql.types import parse_type


def make_schema(*columns: str, keys: tuple[tuple[str, ...], ...] = ()) -> TableSchema:
    """Columns written as `name type`, with `!` at the end for required ones."""
    made = []
    for text in columns:
        name, kind = text.rstrip("!").split(" ", 1)
        made.append(Column(name, parse_type(kind, "duckdb"), not text.endswith("!")))
    return TableSchema(tuple(made), frozenset(frozenset(key) for key in keys))


def make_source(
    name: str, *columns: str, primary_key: tuple[str, ...] = (), **options: object
) -> SourceTable:
    schema = make_schema(*columns) if columns else None
    return SourceTable(name, f"data/{name}.csv", None, schema, primary_key, **options)  # type: ignore[arg-type]


def make_test(
    name: str,
    model: str,
    given: Mapping[str, list[dict[str, object]]],
    expect: list[dict[str, object]],
) -> UnitTest:
    line = 10
    inputs = []
    for read, rows in given.items():
        places = tuple(Place("tests/t.yaml", line + 1 + number) for number in range(len(rows)))
        inputs.append(Given(read, tuple(rows), Place("tests/t.yaml", line), places))
        line += 10
    places = tuple(Place("tests/t.yaml", 100 + number) for number in range(len(expect)))
    return UnitTest(
        name, model, tuple(inputs), tuple(expect), None, Place("tests/t.yaml", 2), places
    )


def make_product(
    models: Mapping[str, str],
    public: tuple[str, ...] = (),
    sources: Mapping[str, Mapping[str, SourceTable]] | None = None,
    tests: tuple[UnitTest, ...] = (),
    dialect: str = "duckdb",
    files: Mapping[str, bytes] | None = None,
    requires: tuple[str, ...] = (),
) -> Product:
    made = {
        name: Model(name, f"models/{name}.sql", sql, Storage(Materialization.VIEW), name in public)
        for name, sql in models.items()
    }
    contract = Contract(
        "p", Version.parse("1.0.0"), tables=tuple(ContractTable(name) for name in public)
    )
    return Product(
        "p",
        contract,
        Owner("team"),
        dialect=dialect,
        requires=tuple(Requirement(name, Constraint.parse("^1")) for name in requires),
        sources=sources or {},
        models=made,
        tests=tests,
        files=files or {},
    )


def make_input(text: str, sources: Mapping[str, object]) -> Input:
    """`raw.flights` is a source when `raw` is one, else of a required product."""
    group, _, name = text.rpartition(".")
    if not group:
        return Input(InputKind.MODEL, name)
    return Input(InputKind.SOURCE if group in sources else InputKind.REQUIRED, name, group)


def make_facts(
    product: Product,
    reads: Mapping[str, tuple[str, ...]],
    schemas: Mapping[str, TableSchema] | None = None,
) -> ProductFacts:
    """Facts in which each model reads the named inputs; models stand in their order."""
    facts = {
        name: ModelFacts(
            name,
            tuple(make_input(one, product.sources) for one in inputs),
            schema=(schemas or {}).get(name),
        )
        for name, inputs in reads.items()
    }
    return ProductFacts(facts, tuple(reads))
