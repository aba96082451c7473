"""Coverage of models that were never run, for tests of what is made of it."""

from __future__ import annotations

from hansa.sql.coverage import Obligation
from hansa.testing.coverage import Coverage, CoverageReport, Measured, ModelCoverage

MET, UNMET, UNMEASURABLE = Coverage.MET, Coverage.UNMET, Coverage.UNMEASURABLE


def measured(
    line: int, column: int, kind: str, outcome: str, *tests: str, status: Coverage | None = None
) -> Measured:
    """One obligation; met when it has tests, unless a status is given."""
    found = status or (MET if tests else UNMET)
    return Measured(Obligation(line, column, kind, outcome), found, tests)


BIG = ModelCoverage(
    "big",
    "models/big.sql",
    (
        measured(2, 8, "where", "true", "a", "b"),
        measured(2, 8, "where", "false"),
        measured(2, 20, "case", "else", "b"),
        measured(4, 1, "limit", "cut", "a"),
        measured(4, 1, "limit", "odd", status=UNMEASURABLE),
    ),
    excluded=1,
)
EMPTY = ModelCoverage("empty", "models/empty.sql", ())
SMALL = ModelCoverage("small", "models/deep/small.sql", (measured(1, 1, "distinct", "duplicate"),))
REPORT = CoverageReport((BIG, EMPTY, SMALL))

HOSTILE_NAME = "<&\x1b\udcff'\">"
HOSTILE = CoverageReport(
    (ModelCoverage(HOSTILE_NAME, f"models/{HOSTILE_NAME}.sql", (measured(1, 1, "like", "match"),)),)
)
