"""Written pairs: equivalences that must be recognised, and traps that must not be walked into."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.sql.canonical.soundness import databases
from tests.sql.canonical.worlds import fingerprints_of

CORPUS = Path(__file__).parent / "corpus"
Pair = tuple[list[str], list[str]]


def read_pairs(name: str) -> dict[str, Pair]:
    """Pairs of products by title; the models of a product are separated by `;` at a line's end."""
    pairs: dict[str, Pair] = {}
    for section in (CORPUS / name).read_text(encoding="utf-8").split("\n# "):
        title, text = section.lstrip("# ").split("\n", 1)
        old, new = text.split("\n---\n")
        pairs[title] = (old.strip().split(";\n"), new.strip().split(";\n"))
    return pairs


EQUAL = read_pairs("equal.txt")
DIFFERENT = read_pairs("different.txt")


@pytest.fixture(scope="module")
def worlds() -> list[duckdb.DuckDBPyConnection]:
    return databases(seed=4, count=12)


def run(world: duckdb.DuckDBPyConnection, models: list[str]) -> Counter[Any]:
    """The rows of the last model, as a bag of mappings from column to value."""
    text = models[-1]
    hidden = [f"m{at} AS ({model})" for at, model in enumerate(models[:-1], 1)]
    if hidden:
        text = f"WITH {', '.join(hidden)} SELECT * FROM ({text}) AS result"
    found = world.execute(text)
    names = [str(column[0]).lower() for column in found.description]
    return Counter(
        tuple(sorted(zip(names, map(repr, row), strict=True))) for row in found.fetchall()
    )


@pytest.mark.parametrize("title", EQUAL)
def test_equal_pairs_are_proven_equal(title: str, worlds: list[duckdb.DuckDBPyConnection]) -> None:
    old, new = EQUAL[title]
    first, second = fingerprints_of(*old), fingerprints_of(*new)
    assert first.opaque is None
    assert {name.lower(): found for name, found in first.columns.items()} == {
        name.lower(): found for name, found in second.columns.items()
    }
    assert first.rows == second.rows
    for world in worlds:
        assert run(world, old) == run(world, new)


@pytest.mark.parametrize("title", DIFFERENT)
def test_different_pairs_are_not_proven_equal(
    title: str, worlds: list[duckdb.DuckDBPyConnection]
) -> None:
    old, new = DIFFERENT[title]
    first, second = fingerprints_of(*old), fingerprints_of(*new)
    assert first.opaque is None
    columns = {name: second.columns.get(name) for name in first.columns}
    assert first.rows != second.rows or columns != dict(first.columns)
    # The pair is a trap only if some data tell the two apart.
    assert any(run(world, old) != run(world, new) for world in worlds)
