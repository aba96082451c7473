"""Tables that DuckDB and inference both know, with random rows that honour what is declared."""

from __future__ import annotations

import random
from collections.abc import Iterator

import duckdb
import pytest

from hansa.core.datatype import BIGINT, BOOLEAN, DOUBLE, INTEGER, STRING, TIMESTAMP
from hansa.core.schema import Column, TableSchema

SCHEMAS = {
    "a": TableSchema(
        (
            Column("id", BIGINT, nullable=False),
            Column("k", INTEGER),
            Column("x", DOUBLE),
            Column("s", STRING, nullable=False),
            Column("ts", TIMESTAMP),
            Column("flag", BOOLEAN),
        ),
        frozenset({frozenset({"id"})}),
    ),
    "b": TableSchema(
        (
            Column("id", BIGINT, nullable=False),
            Column("n", INTEGER, nullable=False),
            Column("v", STRING),
        ),
        frozenset({frozenset({"id", "n"})}),
    ),
    "c": TableSchema(
        (Column("id", BIGINT, nullable=False), Column("name", STRING, nullable=False)),
        frozenset({frozenset({"id"}), frozenset({"name"})}),
    ),
}
_DDL = {
    "a": "id BIGINT, k INTEGER, x DOUBLE, s VARCHAR, ts TIMESTAMP, flag BOOLEAN",
    "b": "id BIGINT, n INTEGER, v VARCHAR",
    "c": "id BIGINT, name VARCHAR",
}


def fill(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Replace the rows of a, b and c by random ones; few values, so that rows meet."""
    chance = random.Random(seed)

    def maybe(value: object) -> object:
        return None if chance.random() < 0.3 else value

    names = ["x", "y", "z", "", "1"]
    ids = range(6)
    rows = {
        "a": [
            (
                key,
                maybe(chance.randrange(4)),
                maybe(chance.choice([0.0, 1.5, -2.0])),
                chance.choice(names),
                maybe(f"2024-01-0{chance.randrange(1, 4)} 10:00:00"),
                maybe(chance.random() < 0.5),
            )
            for key in chance.sample(ids, chance.randrange(6))
        ],
        "b": [
            (*key, maybe(chance.choice(names)))
            for key in chance.sample([(i, n) for i in ids for n in range(4)], chance.randrange(10))
        ],
        "c": list(
            zip(
                chance.sample(ids, 5),
                chance.sample(names, 5),
                strict=True,
            )
        )[: chance.randrange(6)],
    }
    for table, values in rows.items():
        connection.execute(f"DELETE FROM {table}")
        if values:
            marks = ", ".join("?" for _ in values[0])
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", values)


@pytest.fixture(scope="session")
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    for table, columns in _DDL.items():
        connection.execute(f"CREATE TABLE {table} ({columns})")
    yield connection
    connection.close()
