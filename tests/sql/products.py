"""A product of models given as texts, with two sources and one required product."""

from __future__ import annotations

from collections.abc import Mapping

from hansa.core.contract import Contract
from hansa.core.datatype import BIGINT, DOUBLE, STRING, TIMESTAMP
from hansa.core.product import (
    Materialization,
    Model,
    Owner,
    Product,
    Requirement,
    SourceTable,
    Storage,
)
from hansa.core.schema import Column, TableSchema
from hansa.core.version import Constraint, Version
from hansa.sql.analysis import Interface

WEATHER = TableSchema(
    (Column("id", BIGINT), Column("origin", STRING), Column("at", TIMESTAMP), Column("x", DOUBLE))
)
SOURCES = {
    "raw": {
        "weather": SourceTable("weather", path="w.csv", schema=WEATHER, primary_key=("id",)),
        "loose": SourceTable("loose", path="l.csv"),
    }
}
FLIGHTS = TableSchema(
    (Column("id", BIGINT, nullable=False), Column("carrier", STRING)),
    frozenset({frozenset({"id"})}),
)
INTERFACES = {"flights": Interface({"fct_flights": FLIGHTS}, frozenset({"stg_flights"}))}


def product_of(
    models: Mapping[str, str], public: tuple[str, ...] = (), dialect: str = "duckdb"
) -> Product:
    """The product `punctuality` with these models; its files are shown below `demo`."""
    storage = Storage(Materialization.VIEW)
    return Product(
        "punctuality",
        Contract("punctuality", Version.parse("1.0.0")),
        Owner("punctuality"),
        dialect=dialect,
        requires=(Requirement("flights", Constraint.parse("^1.0")),),
        sources=SOURCES,
        models={
            name: Model(name, f"models/{name}.sql", sql, storage, name in public)
            for name, sql in models.items()
        },
        label="demo",
    )
