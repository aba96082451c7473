"""Written versions: what must fold, and traps that folding must not walk into."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from tests.sql.canonical.soundness import databases
from tests.sql.fold.soundness import Report, check_folding, result_of, version_of

from hansa.sql.fold import Folding, fold

CORPUS = Path(__file__).parent / "corpus"


def read_versions(name: str) -> dict[str, list[str]]:
    """The texts of a model's versions, oldest first, by title."""
    found: dict[str, list[str]] = {}
    for section in (CORPUS / name).read_text(encoding="utf-8").split("\n# "):
        title, text = section.lstrip("# ").split("\n", 1)
        found[title] = [version.strip() for version in text.split("\n---\n")]
    return found


FOLDS = read_versions("folds.txt")
APART = read_versions("apart.txt")


@pytest.fixture(scope="module")
def worlds() -> list[duckdb.DuckDBPyConnection]:
    return databases(seed=7, count=6)


def folding_of(texts: list[str]) -> Folding:
    return fold([version_of(f"v{at}", text) for at, text in enumerate(texts, 1)], "duckdb")


@pytest.mark.parametrize("title", FOLDS)
def test_versions_fold_and_are_restored_exactly(
    title: str, worlds: list[duckdb.DuckDBPyConnection]
) -> None:
    texts = {f"v{at}": text for at, text in enumerate(FOLDS[title], 1)}
    folding = folding_of(FOLDS[title])
    assert folding.reasons == {}
    assert [table.versions for table in folding.tables] == [tuple(texts)]
    report = Report()
    check_folding(report, folding, texts, worlds)
    assert report.failures == []
    assert report.broken == 0
    assert any(result_of(worlds[-1], text) for text in texts.values())


@pytest.mark.parametrize("title", APART)
def test_traps_are_stored_apart(title: str) -> None:
    folding = folding_of(APART[title])
    assert len(folding.tables) == len(APART[title])
    assert set(folding.reasons) == {"v1", "v2"}
    assert [table.sql for table in folding.tables] == [
        version_of("", text).sql for text in APART[title]
    ]
