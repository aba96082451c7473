"""Random versions that fold are restored exactly: names, types and bags of rows."""

from __future__ import annotations

import pytest
from tests.sql.fold.soundness import check_pairs


@pytest.mark.parametrize("seed", [1, 2])
def test_random_pairs_are_restored_exactly(seed: int) -> None:
    report = check_pairs(60, seed)
    assert report.failures == []
    # Pairs that fold at all, and pairs that need a query which is neither version's own.
    assert report.folded > 35
    assert report.merged > 8
    assert report.flagged > 0
