"""How findings about behaviour are worded."""

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


def test_another_dialect_is_named_as_the_reason() -> None:
    sides = [
        Side(
            contract(table("t", column("c"))),
            {"t": Fingerprints(rows, {"c": rows})},
            dialect=dialect,
        )
        for rows, dialect in (("before", "duckdb"), ("after", "postgres"))
    ]
    (finding,) = compare(*sides)
    assert "the old SQL is written for duckdb and the new for postgres" in finding.message
