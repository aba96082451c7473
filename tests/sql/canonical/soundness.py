"""Runs pairs of queries on random data and compares what the prover says with what happens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import duckdb
import sqlglot
from tests.sql.canonical import edits_of_queries, edits_of_values, edits_that_change
from tests.sql.canonical.edits import CHANGING, PRESERVING
from tests.sql.canonical.generator import Generator
from tests.sql.canonical.worlds import SCHEMAS, models_of

from hansa.core.facts import Fingerprints
from hansa.sql.canonical import Prover

# Importing these modules fills the lists of edits.
EDITS = (edits_of_queries, edits_of_values, edits_that_change)

DDL = """
CREATE SCHEMA raw; CREATE SCHEMA other;
CREATE TABLE raw.t (id INTEGER NOT NULL, k INTEGER, x INTEGER, s VARCHAR, b BOOLEAN, d DOUBLE);
CREATE TABLE raw.u (k INTEGER NOT NULL, v INTEGER, s VARCHAR NOT NULL, m DECIMAL(10,2), day DATE);
CREATE TABLE raw.w (a INTEGER NOT NULL, c INTEGER NOT NULL, x INTEGER, s VARCHAR);
CREATE TABLE other.v (k INTEGER, x INTEGER, s VARCHAR);
"""


@dataclass
class Failure:
    """Two queries that were proven equal and are not, on the data set of that number."""

    edits: tuple[str, ...]
    old: str
    new: str
    data: int
    what: str


@dataclass
class Report:
    """What came out of many pairs."""

    pairs: int = 0
    preserving: int = 0
    recognised: int = 0
    proven_changes: int = 0
    opaque: int = 0
    broken: int = 0
    failures: list[Failure] = field(default_factory=list)
    missed: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Meaning-preserving pairs that were recognised as such."""
        return self.recognised / max(1, self.preserving)


def databases(seed: int, count: int = 4) -> list[duckdb.DuckDBPyConnection]:
    """Databases with random rows that honour the declared keys, types and NOT NULLs."""
    rng = Random(seed)
    made = []
    for number in range(count):
        connection = duckdb.connect(":memory:", config={"threads": 1})
        connection.execute(DDL)
        size = (0, 4, 8, 12)[number % 4]
        for table, rows in _rows(rng, size).items():
            marks = ", ".join(f"({', '.join('?' for _ in row)})" for row in rows)
            if rows:
                values = [cell for row in rows for cell in row]
                connection.execute(f"INSERT INTO {table} VALUES {marks}", values)
        made.append(connection)
    return made


def _rows(rng: Random, size: int) -> dict[str, list[tuple[Any, ...]]]:
    def number(nullable: bool = True) -> int | None:
        return None if nullable and rng.random() < 0.3 else rng.randint(0, 3)

    def text(nullable: bool = True) -> str | None:
        return None if nullable and rng.random() < 0.3 else rng.choice(("a", "b", "ab", ""))

    keys = rng.sample(range(6), min(size, 6))
    pairs = rng.sample([(a, c) for a in range(4) for c in range(4)], size)
    return {
        "raw.t": [
            (
                at,
                number(),
                number(),
                text(),
                rng.choice((True, False, None)),
                rng.choice((0.0, 0.5, 1.0, 2.0, None)),
            )
            for at in range(size)
        ],
        "raw.u": [
            (
                key,
                number(),
                text(False),
                rng.choice((0, 1, 2, None)),
                rng.choice(("2020-01-01", "2020-01-02", None)),
            )
            for key in keys
        ],
        "raw.w": [(a, c, number(), text()) for a, c in pairs],
        "other.v": [(number(), number(), text()) for _ in range(size)],
    }


def fingerprint(text: str) -> Fingerprints:
    return Prover(models_of(text), SCHEMAS, "duckdb").fingerprints("out")


def check_pairs(pairs: int, seed: int) -> Report:
    """Draws pairs, and finds those that were proven equal and are not."""
    report = Report()
    rng = Random(seed)
    worlds: list[duckdb.DuckDBPyConnection] = []
    for number in range(pairs):
        if number % 500 == 0:
            worlds = databases(rng.randrange(10**9))
        _check_pair(report, rng, worlds)
    return report


def _check_pair(report: Report, rng: Random, worlds: list[duckdb.DuckDBPyConnection]) -> None:
    old = sqlglot.parse_one(Generator(rng).any().sql, read="duckdb")
    text = old.sql("duckdb")
    tree, edits = _edited(old.copy(), rng)
    other = tree.sql("duckdb")
    report.pairs += 1
    preserving = bool(edits) and all(name in PRESERVING for name in edits)
    first, second = fingerprint(text), fingerprint(other)
    report.opaque += first.opaque is not None
    same = first.rows == second.rows
    shared = [name for name, print_ in first.columns.items() if second.columns.get(name) == print_]
    equal = same and len(shared) == len(first.columns)
    if preserving and equal:
        report.recognised += 1
    if preserving:
        report.preserving += 1
        report.tried.update(set(edits))
        if not equal:
            report.missed.update(set(edits))
            for name in edits if len(edits) == 1 else ():
                known = report.examples.get(name)
                if known is None or len(known[0]) > len(text):
                    report.examples[name] = (text, other)
    if same:
        report.proven_changes += not preserving
        _compare(report, (edits, text, other), shared, worlds)


def check_small_queries(count: int, seed: int) -> Report:
    """Draws many small queries, and compares all those whose fingerprints are equal."""
    report = Report()
    rng = Random(seed)
    worlds = databases(seed)
    seen: dict[tuple[str, ...], tuple[str, list[str]]] = {}
    for _ in range(count):
        query = Generator(rng).small()
        found = fingerprint(query.sql)
        report.opaque += found.opaque is not None
        names = sorted(found.columns, key=lambda name: (found.columns[name], name))
        for key, shown in (
            ((found.rows,), []),
            ((found.rows, *(found.columns[name] for name in names)), names),
        ):
            other, columns = seen.setdefault(key, (query.sql, shown))
            if other != query.sql:
                report.pairs += 1
                _compare_ordered(report, (other, query.sql), (columns, shown), worlds)
    return report


def _compare_ordered(
    report: Report,
    queries: tuple[str, str],
    columns: tuple[list[str], list[str]],
    worlds: list[duckdb.DuckDBPyConnection],
) -> None:
    for number, world in enumerate(worlds):
        bags = [_bag(world, *pair) for pair in zip(queries, columns, strict=True)]
        if None in bags:
            report.broken += 1
        elif bags[0] != bags[1]:
            report.failures.append(Failure((), *queries, number, f"{bags[0]} and {bags[1]}"))
            return


def _edited(tree: sqlglot.exp.Expr, rng: Random) -> tuple[sqlglot.exp.Expr, tuple[str, ...]]:
    names: list[str] = []
    plan = [PRESERVING] * rng.choice((1, 1, 2, 3))
    if rng.random() < 0.5:
        plan[rng.randrange(len(plan))] = CHANGING
    for edits in plan:
        for _ in range(8):
            name = rng.choice(sorted(edits))
            edited = edits[name](tree.copy(), rng)
            if edited is not None:
                tree = edited
                names.append(name)
                break
    return tree, tuple(names)


def _compare(
    report: Report,
    pair: tuple[tuple[str, ...], str, str],
    shared: list[str],
    worlds: list[duckdb.DuckDBPyConnection],
) -> None:
    edits, old, new = pair
    for number, world in enumerate(worlds):
        results = [_bag(world, query, shared) for query in (old, new)]
        if None in results:
            report.broken += 1
            continue
        if results[0] != results[1]:
            what = f"{shared}: {results[0]} and {results[1]}"
            report.failures.append(Failure(edits, old, new, number, what))
            return


def _bag(
    world: duckdb.DuckDBPyConnection, query: str, columns: list[str]
) -> Counter[tuple[Any, ...]] | None:
    shown = ", ".join(f'"{name}"' for name in columns) or "1"
    try:
        return Counter(world.execute(f"SELECT {shown} FROM ({query}) AS result").fetchall())
    except duckdb.Error:
        return None
