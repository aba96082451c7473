"""Random queries over random rows: nothing that is inferred may be contradicted."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sql.conftest import SCHEMAS, fill
from tests.sql.inferring import schema_of
from tests.sql.test_queries import contradictions

from hansa.sql.types import parse_type

NUMBERS = {"id", "k", "n", "cnt0", "cnt1", "cnt2"}


@dataclass(frozen=True)
class Drawn:
    """A query and the names of its columns."""

    sql: str
    columns: tuple[str, ...]


TABLES = {name: Drawn(name, schema.names) for name, schema in SCHEMAS.items()}
JOINS = ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]


@st.composite
def relations(draw: st.DrawFn, depth: int) -> Drawn:
    """A table, or a query in its place."""
    if depth == 0 or draw(st.integers(0, 2)) > 0:
        return draw(st.sampled_from(list(TABLES.values())))
    inner = draw(queries(depth - 1))
    return Drawn(f"({inner.sql})", inner.columns)


@st.composite
def conditions(draw: st.DrawFn, columns: list[str]) -> str:
    """A condition over columns, each written with its source."""
    column = draw(st.sampled_from(columns))
    number = column.rsplit(".", 1)[1] in NUMBERS
    value = draw(st.sampled_from(["1", "2"] if number else ["'x'", "'1'"]))
    others = [other for other in columns if (other.rsplit(".", 1)[1] in NUMBERS) == number]
    other = draw(st.sampled_from(others))
    is_text = column.rsplit(".", 1)[1] in {"s", "v", "name"}
    compared = f"{column}::VARCHAR" if not number and not is_text else column
    condition = draw(
        st.sampled_from(
            [
                f"{column} IS NOT NULL",
                f"{column} IS NULL",
                f"{compared} = {value}",
                f"{compared} <> {value}",
                f"{compared} IN ({value}, {value})",
                f"{compared} IS DISTINCT FROM {value}",
                f"{column} = {other}" if number else f"{column} IS NOT NULL",
            ]
        )
    )
    shape = draw(st.integers(0, 5))
    if shape == 0:
        return f"NOT ({condition})"
    if shape == 1:
        return f"({condition} OR {draw(conditions(columns))})"
    if shape == 2:
        return f"({condition} AND {draw(conditions(columns))})"
    return condition


@st.composite
def froms(draw: st.DrawFn, depth: int) -> tuple[str, list[str]]:
    """FROM with up to two joins, and all columns written with their sources."""
    first = draw(relations(depth))
    text, columns = f"{first.sql} AS q0", [f"q0.{name}" for name in first.columns]
    for number in range(1, 1 + draw(st.integers(0, 2))):
        joined = draw(relations(depth))
        own = [f"q{number}.{name}" for name in joined.columns]
        left = [name for name in columns if name.rsplit(".", 1)[1] in NUMBERS]
        right = [name for name in own if name.rsplit(".", 1)[1] in NUMBERS]
        parts = []
        if left and right:
            parts.append(f"{draw(st.sampled_from(left))} = {draw(st.sampled_from(right))}")
        if not parts or draw(st.integers(0, 3)) == 0:
            parts.append(draw(conditions(own)))
        kind = draw(st.sampled_from(JOINS))
        text += f" {kind} {joined.sql} AS q{number} ON {' AND '.join(parts)}"
        columns += own
    return text, columns


@st.composite
def queries(draw: st.DrawFn, depth: int = 2) -> Drawn:
    """A SELECT, plain or grouped, perhaps DISTINCT, QUALIFY or in a UNION with itself."""
    source, columns = draw(froms(depth))
    filtered = f" WHERE {draw(conditions(columns))}" if draw(st.booleans()) else ""
    picked = draw(st.lists(st.sampled_from(columns), min_size=1, max_size=4, unique=True))
    names = list(dict.fromkeys(column.rsplit(".", 1)[1] for column in picked))
    chosen = {column.rsplit(".", 1)[1]: column for column in picked}
    items = [f"{chosen[name]} AS {name}" for name in names]
    shape = draw(st.integers(0, 7))
    if shape == 0:
        keys = ", ".join(chosen[name] for name in names)
        items.append(f"max({draw(st.sampled_from(columns))}) AS top{depth}, count(*) AS cnt{depth}")
        sql = f"SELECT {', '.join(items)} FROM {source}{filtered} GROUP BY {keys}"
        return Drawn(sql, (*names, f"cnt{depth}"))
    if shape == 1:
        return Drawn(f"SELECT DISTINCT {', '.join(items)} FROM {source}{filtered}", tuple(names))
    if shape == 2:
        numbered = f"row_number() OVER (PARTITION BY {picked[0]}) = 1"
        sql = f"SELECT {', '.join(items)} FROM {source}{filtered} QUALIFY {numbered}"
        return Drawn(sql, tuple(names))
    sql = f"SELECT {', '.join(items)} FROM {source}{filtered}"
    if shape == 3:
        kind = draw(st.sampled_from(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]))
        return Drawn(f"{sql} {kind} {sql}", tuple(names))
    return Drawn(sql, tuple(names))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=queries(), seed=st.integers(0, 40))
def test_random_queries(query: Drawn, seed: int, tables: duckdb.DuckDBPyConnection) -> None:
    schema = schema_of(query.sql, SCHEMAS)
    described = tables.execute(f"DESCRIBE {query.sql}").fetchall()
    assert [(column.name, column.type) for column in schema.columns] == [
        (name, parse_type(kind, "duckdb")) for name, kind, *_ in described
    ]
    for data in range(seed, seed + 4):
        fill(tables, data)
        assert contradictions(schema, tables.execute(query.sql).fetchall()) == []
