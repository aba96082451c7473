"""One side of a comparison: what a release promises and what is proven about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hansa.core.contract import Contract
from hansa.core.facts import Fingerprints, InputKind, ModelFacts, ProductFacts
from hansa.core.product import Materialization, Owner, Product, SourceTable, UnitTest
from hansa.core.version import Version, line_name


@dataclass(frozen=True, slots=True)
class Side:
    """What `compare` needs to know of one release or working tree.

    `fingerprints` are of the public tables; a table without one is compared by its contract
    alone. `models` names all models, private ones included. `append_only` names the public
    tables whose rows are only ever added. `requires` maps each required product to the major
    line that is locked; `passed_through` names those whose values reach a public column
    unchanged. `pins` are the locked versions. `tests` are the published ones. `sources` maps
    each public table to the sources that it is computed from, by their names in SQL;
    `introspective` to the models below it whose SQL depends on a database, with the reason and
    the SQL.
    """

    contract: Contract
    fingerprints: Mapping[str, Fingerprints] = field(default_factory=dict)
    models: frozenset[str] = frozenset()
    owner: Owner | None = None
    append_only: frozenset[str] = frozenset()
    requires: Mapping[str, str] = field(default_factory=dict)
    passed_through: frozenset[str] = frozenset()
    pins: Mapping[str, Version] = field(default_factory=dict)
    tests: tuple[UnitTest, ...] = ()
    sources: Mapping[str, Mapping[str, SourceTable]] = field(default_factory=dict)
    dialect: str = "duckdb"
    introspective: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)


def side_of(product: Product, facts: ProductFacts, locked: Mapping[str, Version]) -> Side:
    """The side that a loaded and analysed product takes; `locked` are its pinned versions."""
    return Side(
        contract=product.contract,
        fingerprints=facts.fingerprints,
        models=frozenset(product.models),
        owner=product.owner,
        append_only=_append_only(product),
        requires={name: line_name(version.line) for name, version in locked.items()},
        passed_through=_passed_through(product, facts),
        pins=dict(locked),
        tests=_published_tests(product),
        dialect=product.dialect,
        sources={
            table.name: _sources_below(table.name, product, facts)
            for table in product.contract.tables
        },
        introspective={
            table.name: found
            for table in product.contract.tables
            if (found := _introspective(table.name, product, facts))
        },
    )


def _published_tests(product: Product) -> tuple[UnitTest, ...]:
    public = {name for name, model in product.models.items() if model.public}
    return tuple(test for test in product.tests if test.model in public)


def _sources_below(table: str, product: Product, facts: ProductFacts) -> dict[str, SourceTable]:
    found: dict[str, SourceTable] = {}
    for name in _models_below(table, facts):
        model = facts.models.get(name)
        for read in model.inputs if model else ():
            if read.kind is InputKind.SOURCE:
                source = product.sources.get(read.group, {}).get(read.name)
                if source is not None:
                    found[str(read)] = source
    return found


def _introspective(table: str, product: Product, facts: ProductFacts) -> dict[str, tuple[str, str]]:
    models = (product.models.get(name) for name in _models_below(table, facts))
    return {
        model.name: (model.introspection, model.sql)
        for model in models
        if model is not None and model.introspection is not None
    }


def _models_below(table: str, facts: ProductFacts) -> list[str]:
    """The table's model and all models that it is computed from, each once."""
    seen, waiting = {table: None}, [table]
    while waiting:
        model = facts.models.get(waiting.pop())
        for read in model.inputs if model else ():
            if read.kind is InputKind.MODEL and read.name not in seen:
                seen[read.name] = None
                waiting.append(read.name)
    return list(seen)


def _append_only(product: Product) -> frozenset[str]:
    """An incremental model without a unique key never touches rows that it stored before."""
    return frozenset(
        name
        for name, model in product.models.items()
        if model.public
        and model.storage.materialized is Materialization.INCREMENTAL
        and not model.storage.unique_key
    )


def _passed_through(product: Product, facts: ProductFacts) -> frozenset[str]:
    """The required products of which a public column shows a column as it is."""
    passed: dict[str, Mapping[str, frozenset[str]]] = {}
    for name in facts.order:
        model = facts.models.get(name)
        if model is not None:
            passed[name] = _passed_by_model(model, passed)
    return frozenset(
        group
        for table in product.contract.tables
        for groups in passed.get(table.name, {}).values()
        for group in groups
    )


def _passed_by_model(
    model: ModelFacts, below: Mapping[str, Mapping[str, frozenset[str]]]
) -> dict[str, frozenset[str]]:
    passed: dict[str, frozenset[str]] = {}
    for column, origins in model.lineage.items():
        groups: set[str] = set()
        for origin in origins:
            if not origin.direct:
                continue
            if origin.input.kind is InputKind.REQUIRED:
                groups.add(origin.input.group)
            elif origin.input.kind is InputKind.MODEL:
                groups |= below.get(origin.input.name, {}).get(origin.column, frozenset())
        passed[column] = frozenset(groups)
    return passed
