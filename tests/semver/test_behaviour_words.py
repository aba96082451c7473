"""How many changed columns a finding names."""

from tests.semver.contracts import column, contract, table

from hansa.core.facts import Fingerprints
from hansa.semver.compare import compare
from hansa.semver.side import Side


def test_a_very_wide_table_is_named_in_part() -> None:
    columns = [f"c{number}" for number in range(5000)]
    sides = [
        Side(
            contract(table("t", *(column(name) for name in columns))),
            {"t": Fingerprints("rows", dict.fromkeys(columns, values))},
        )
        for values in ("before", "after")
    ]
    (finding,) = compare(*sides)
    assert "`c11` and 4988 more columns" in finding.message
    assert len(finding.message) < 400
