"""The small product that the prover's tests ask about."""

from __future__ import annotations

from hansa.core.datatype import BOOLEAN, DATE, DOUBLE, INTEGER, STRING, DataType, Family
from hansa.core.facts import Fingerprints, Input, InputKind
from hansa.core.product import Materialization, Model, Storage
from hansa.core.schema import Column, TableSchema
from hansa.sql.canonical import Prover

DECIMAL = DataType(Family.DECIMAL, precision=10, scale=2)


def _schema(*columns: Column, keys: tuple[tuple[str, ...], ...] = ()) -> TableSchema:
    return TableSchema(tuple(columns), frozenset(frozenset(key) for key in keys))


SCHEMAS = {
    Input(InputKind.SOURCE, "t", "raw"): _schema(
        Column("id", INTEGER, False),
        Column("k", INTEGER),
        Column("x", INTEGER),
        Column("s", STRING),
        Column("b", BOOLEAN),
        Column("d", DOUBLE),
        keys=(("id",),),
    ),
    Input(InputKind.SOURCE, "u", "raw"): _schema(
        Column("k", INTEGER, False),
        Column("v", INTEGER),
        Column("s", STRING, False),
        Column("m", DECIMAL),
        Column("day", DATE),
        keys=(("k",),),
    ),
    Input(InputKind.SOURCE, "w", "raw"): _schema(
        Column("a", INTEGER, False),
        Column("c", INTEGER, False),
        Column("x", INTEGER),
        Column("s", STRING),
        keys=(("a", "c"),),
    ),
    Input(InputKind.REQUIRED, "v", "other"): _schema(
        Column("k", INTEGER), Column("x", INTEGER), Column("s", STRING)
    ),
}


def models_of(*texts: str) -> dict[str, Model]:
    """Models `m1`, `m2`, … and, from the last text, `out`."""
    names = [f"m{at}" for at in range(1, len(texts))] + ["out"]
    storage = Storage(Materialization.VIEW)
    return {
        name: Model(name, f"models/{name}.sql", text, storage, True)
        for name, text in zip(names, texts, strict=True)
    }


def fingerprints_of(*texts: str, dialect: str = "duckdb") -> Fingerprints:
    """The fingerprints of the last of the models, which may read those before as m1, m2, …."""
    return Prover(models_of(*texts), SCHEMAS, dialect).fingerprints("out")
