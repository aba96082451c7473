"""Columns of sources that nobody declared: those that some model reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hansa.core.contract import Contract
from hansa.core.facts import InputKind, ProductFacts
from hansa.core.product import Model, Owner, Product
from hansa.core.schema import Column, TableSchema
from hansa.core.version import Version
from hansa.projects.dbt.nodes import Translated
from hansa.projects.dbt.relations import Target
from hansa.sql.analysis import analyse_product

_NO_VERSION = Version.parse("0.0.0")


def complete_sources(translated: Translated) -> None:
    """Give each source without columns those that the SQL names; their types are not known.

    So `SELECT *` from a source, with which most dbt projects begin, stands for something.
    """
    undeclared = {
        Target(name, group)
        for group, tables in translated.sources.items()
        for name, table in tables.items()
        if table.schema is None and table.path is None
    }
    readers = _readers(translated, undeclared)
    if not undeclared or not readers:
        return
    product = Product(
        "unnamed",
        Contract("unnamed", _NO_VERSION),
        Owner(""),
        dialect=translated.dialect,
        sources=translated.sources,
        models=readers,
    )
    for target, columns in _columns_read(analyse_product(product, {})).items():
        if target in undeclared:
            tables = translated.sources[target.group]
            schema = TableSchema(tuple(Column(name) for name in columns))
            tables[target.name] = replace(tables[target.name], schema=schema)


def _readers(translated: Translated, undeclared: set[Target]) -> Mapping[str, Model]:
    """The models that read one of these sources, and what they are computed from."""
    reads = translated.reads
    waiting = [name for name, targets in reads.items() if targets & undeclared]
    found = set(waiting)
    while waiting:
        for target in reads.get(waiting.pop(), ()):
            if not target.group and target.name not in found:
                found.add(target.name)
                waiting.append(target.name)
    return {name: model for name, model in translated.models.items() if name in found}


def _columns_read(facts: ProductFacts) -> Mapping[Target, list[str]]:
    """The columns of every source that lineage leads to, each once, in a fixed order."""
    found: dict[Target, dict[str, str]] = {}
    for model in facts.models.values():
        for origins in (*model.lineage.values(), model.row_origins):
            for origin in origins:
                if origin.input.kind is InputKind.SOURCE:
                    columns = found.setdefault(Target(origin.input.name, origin.input.group), {})
                    columns.setdefault(origin.column.casefold(), origin.column)
    return {target: sorted(columns.values()) for target, columns in found.items()}
