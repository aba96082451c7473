"""Folds random versions and compares what is restored with what each version computes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from tests.sql.canonical import edits_of_queries, edits_of_values, edits_that_change
from tests.sql.canonical.edits import CHANGING, PRESERVING
from tests.sql.canonical.generator import Generator
from tests.sql.canonical.soundness import databases
from tests.sql.canonical.worlds import SCHEMAS
from tests.sql.fold.edits_of_versions import VERSION_EDITS

from hansa.sql.fold import FoldedTable, Folding, FoldInput, Version, fold

# Importing these modules fills the lists of edits.
EDITS = (edits_of_queries, edits_of_values, edits_that_change)
RELATIONS = {str(found): FoldInput(str(found), schema) for found, schema in SCHEMAS.items()}

Result = tuple[tuple[tuple[str, str], ...], Counter[tuple[Any, ...]]]


@dataclass
class Failure:
    """Versions of which one was not restored, on the data set of that number."""

    versions: tuple[str, ...]
    folded: str
    label: str
    data: int
    what: str


@dataclass
class Report:
    """What came out of many pairs of versions.

    `folded` pairs share a table, `merged` ones by a query that is neither version's own,
    `flagged` ones with flags that tell the rows of each.
    """

    pairs: int = 0
    folded: int = 0
    merged: int = 0
    flagged: int = 0
    broken: int = 0
    failures: list[Failure] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    apart: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[str, str]] = field(default_factory=dict)


def version_of(label: str, text: str) -> Version:
    """The query as deploying compiles it: relations are numbered inputs."""
    tree = sqlglot.parse_one(text, read="duckdb")
    inputs: list[FoldInput] = []
    for table in tree.find_all(exp.Table):
        if not table.db:
            continue
        read = RELATIONS[f"{table.db}.{table.name}"]
        if read not in inputs:
            inputs.append(read)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=table.this.copy()))
        table.set("this", exp.to_identifier(str(inputs.index(read)), quoted=True))
        table.set("db", exp.to_identifier("input"))
    return Version(label, tree.sql("duckdb"), tuple(inputs))


def bound(sql: str, inputs: Sequence[FoldInput], stored: dict[str, str] | None = None) -> str:
    """The SQL over the relations that its inputs are, or those that are stored under others."""
    for number, read in enumerate(inputs):
        path = (stored or {}).get(read.relation, read.relation)
        if read.columns is not None:
            shown = ", ".join(f'"{old}" AS "{new}"' for new, old in read.columns.items())
            where = f' WHERE "{read.flag}"' if read.flag is not None else ""
            path = f"(SELECT {shown} FROM {path}{where})"
        for text in (f'"input"."{number}"', f'input."{number}"'):
            sql = sql.replace(text, path)
    return sql


def result_of(world: duckdb.DuckDBPyConnection, sql: str) -> Result | None:
    """Names, types and bag of rows; None where the query fails."""
    try:
        found = world.execute(sql)
        shape = tuple((str(name), str(kind)) for name, kind, *_ in found.description)
        return shape, Counter(tuple(map(repr, row)) for row in found.fetchall())
    except duckdb.Error:
        return None


def check_folding(
    report: Report,
    folding: Folding,
    texts: dict[str, str],
    worlds: Sequence[duckdb.DuckDBPyConnection],
) -> None:
    """Compares every version that shares a table with its own query."""
    for table in folding.tables:
        if len(table.versions) > 1:
            check_table(report, table, texts, worlds)


def check_table(
    report: Report,
    table: FoldedTable,
    texts: dict[str, str],
    worlds: Sequence[duckdb.DuckDBPyConnection],
) -> None:
    for number, world in enumerate(worlds):
        direct = {label: result_of(world, texts[label]) for label in table.versions}
        if None in direct.values():
            report.broken += 1
            continue
        folded = bound(table.sql, table.inputs)
        try:
            world.execute(f"CREATE OR REPLACE TEMP TABLE stored AS {folded}")
        except duckdb.Error as error:
            report.failures.append(
                Failure(tuple(texts.values()), folded, "", number, f"it fails: {error}")
            )
            return
        for label, projection in table.projections.items():
            restore = projection.sql(("stored",), "duckdb") if projection else "FROM stored"
            found = result_of(world, restore)
            if found != direct[label]:
                what = f"{found} and {direct[label]}"
                report.failures.append(Failure(tuple(texts.values()), folded, label, number, what))
                return


def check_pairs(pairs: int, seed: int) -> Report:
    """Draws pairs of versions, folds them, and finds those that are not restored."""
    report, rng = Report(), Random(seed)
    worlds: list[duckdb.DuckDBPyConnection] = []
    for number in range(pairs):
        if number % 500 == 0:
            worlds = databases(rng.randrange(10**9))
        old, new, edits = random_pair(rng)
        versions = [version_of("old", old), version_of("new", new)]
        folding = fold(versions, "duckdb")
        report.pairs += 1
        report.tried.update(edits)
        if len(folding.tables) == 1:
            report.folded += 1
            picks = folding.tables[0].projections.values()
            report.flagged += any(pick is not None and pick.flag is not None for pick in picks)
            report.merged += folding.tables[0].sql not in [one.sql for one in versions]
        else:
            report.apart.update(edits)
            report.reasons.update(set(folding.reasons.values()))
            if len(edits) == 1 and len(report.examples.get(edits[0], (old * 9,))[0]) > len(old):
                report.examples[edits[0]] = (old, new)
        # An empty and a large data set, or two of middling size.
        drawn = worlds[::3] if number % 2 else worlds[1:3]
        check_folding(report, folding, {"old": old, "new": new}, drawn)
    return report


def random_pair(rng: Random) -> tuple[str, str, tuple[str, ...]]:
    """Two versions, and the names of the edits between them."""
    old = sqlglot.parse_one(Generator(rng).any().sql, read="duckdb")
    plan = [VERSION_EDITS] * rng.choice((1, 1, 2, 3))
    roll = rng.random()
    if roll < 0.4:
        plan.append(PRESERVING)
    elif roll < 0.5:
        plan.append(CHANGING)
    rng.shuffle(plan)
    # Columns that only one of the versions has make both sides of a merge grow.
    first, tree = old, old.copy()
    if rng.random() < 0.3:
        first = _edited(first.copy(), [VERSION_EDITS], rng)[0]
    tree, names = _edited(tree, plan, rng)
    return first.sql("duckdb"), tree.sql("duckdb"), names


def _edited(
    tree: exp.Expr, plan: Sequence[dict[str, Any]], rng: Random
) -> tuple[exp.Expr, tuple[str, ...]]:
    names: list[str] = []
    for edits in plan:
        for _ in range(8):
            name = rng.choice(sorted(edits))
            edited = edits[name](tree.copy(), rng)
            if edited is not None:
                tree = edited
                names.append(name)
                break
    return tree, tuple(names)
