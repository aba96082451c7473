"""The prover against DuckDB: what is proven equal gives the same rows, on any data drawn.

`make soundness` draws many more.
"""

from __future__ import annotations

import pytest
from tests.sql.canonical.soundness import check_pairs, check_small_queries


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_pairs_proven_equal_give_equal_results(seed: int) -> None:
    report = check_pairs(80, seed)
    assert report.failures == []
    assert report.opaque == 0
    # Most edits that keep the meaning are seen to; the rest only costs an owner a test.
    assert report.share > 0.9


def test_small_queries_with_equal_fingerprints_give_equal_results() -> None:
    report = check_small_queries(700, seed=5)
    assert report.failures == []
    assert report.pairs > 140
