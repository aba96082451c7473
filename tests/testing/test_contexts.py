"""What each test covers that no other test does."""

from __future__ import annotations

from tests.cli.reports.samples import REPORT

from hansa.sql.coverage import Obligation
from hansa.testing.contexts import Context, contexts_of


def test_what_two_tests_meet_is_of_neither() -> None:
    assert contexts_of(REPORT, ["b", "idle", "a", "b"]) == (
        Context("b", 2, (("big", Obligation(2, 20, "case", "else")),)),
        Context("idle", 0, ()),
        Context("a", 2, (("big", Obligation(4, 1, "limit", "cut")),)),
    )
