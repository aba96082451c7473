"""Inference of one query over given tables, for tests."""

from __future__ import annotations

from collections.abc import Mapping

from hansa.core.facts import Input, InputKind, ModelFacts
from hansa.core.product import Materialization, Model, Storage
from hansa.core.schema import TableSchema
from hansa.sql.inference import ParsedModel, infer


def facts_of(sql: str, schemas: Mapping[str, TableSchema], dialect: str = "duckdb") -> ModelFacts:
    """Facts about a query in which every bare name is a model with one of these schemas."""
    model = Model("m", "m.sql", sql, Storage(Materialization.VIEW), False)
    return infer(
        ParsedModel(model, dialect, "m.sql"),
        lambda group, name: Input(InputKind.MODEL, name.lower(), group),
        lambda read: schemas.get(read.name),
    )


def schema_of(sql: str, schemas: Mapping[str, TableSchema], dialect: str = "duckdb") -> TableSchema:
    """The query's schema; fails with its findings when there is none."""
    facts = facts_of(sql, schemas, dialect)
    assert facts.schema is not None, facts.diagnostics
    return facts.schema


def show(schema: TableSchema) -> str:
    """Columns, those that can be NULL with a question mark, and keys."""
    columns = " ".join(
        f"{column.name}{'?' if column.nullable else ''}" for column in schema.columns
    )
    keys = sorted(sorted(key) for key in schema.keys)
    return f"{columns} | {' '.join('+'.join(key) for key in keys)}".rstrip(" |")
