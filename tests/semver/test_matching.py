"""Which columns and tables are taken for the same thing under another name."""

from __future__ import annotations

import pytest
from tests.semver.contracts import column, prints, side, table

from hansa.core.contract import ContractColumn
from hansa.core.datatype import INTEGER
from hansa.core.facts import Fingerprints
from hansa.semver.matching import match_columns, match_tables
from hansa.semver.side import Side


def columns(*names: str) -> list[ContractColumn]:
    """Columns of text; a name that ends in # is of integers."""
    return [
        column(name.rstrip("#"), INTEGER) if name.endswith("#") else column(name) for name in names
    ]


@pytest.mark.parametrize(
    ("old", "new", "renamed", "removed", "added"),
    [
        (["a", "b"], ["a", "b"], {}, [], []),
        (["a", "b"], ["a", "c"], {"b": "c"}, [], []),
        (["a", "b", "c"], ["a", "d", "c"], {"b": "d"}, [], []),
        (["a", "b"], ["a", "c#"], {}, ["b"], ["c"]),
        (["a", "b", "c"], ["a", "d", "e", "c"], {}, ["b"], ["d", "e"]),
        (["a", "b", "c", "d"], ["a", "x", "y", "d"], {"b": "x", "c": "y"}, [], []),
        (["a", "b", "c"], ["a", "c", "d"], {}, ["b"], ["d"]),
        (["a", "b"], ["a", "B"], {"b": "B"}, [], []),
        (["A", "b"], ["a", "b"], {"A": "a"}, [], []),
        (["a", "b"], ["c", "d"], {"a": "c", "b": "d"}, [], []),
        (["a", "b"], ["a"], {}, ["b"], []),
        ([], ["a"], {}, [], ["a"]),
    ],
)
def test_columns_by_name_and_position(
    old: list[str], new: list[str], renamed: dict[str, str], removed: list[str], added: list[str]
) -> None:
    pair = match_columns(table("t", *columns(*old)), table("t", *columns(*new)))
    assert {kept.old.name: kept.new.name for kept in pair.kept if kept.renamed} == renamed
    assert [one.name for one in pair.removed] == removed
    assert [one.name for one in pair.added] == added


@pytest.mark.parametrize(
    ("before", "after", "renamed"),
    [
        (prints("r", a="1", b="2"), prints("r", c="2", a="1", d="7"), {"b": ("c", True)}),
        (prints("r", a="1", b="2"), prints("s", c="2", a="1", d="7"), {"b": ("c", True)}),
        (prints("r", a="1", b="2"), prints("r", c="8", a="1", d="7"), {"b": ("d", False)}),
        (prints("r", a="1", b="2"), prints("r", "PIVOT", c="2", a="1", d="7"), {"b": ("d", False)}),
    ],
)
def test_columns_by_fingerprint(
    before: Fingerprints, after: Fingerprints, renamed: dict[str, tuple[str, bool]]
) -> None:
    pair = match_columns(table("t", "a", "b"), table("t", "c", "a", "d"), (before, after))
    found = {kept.old.name: (kept.new.name, kept.proven) for kept in pair.kept if kept.renamed}
    assert found == renamed


def one(name: str, *columns: str, models: str = "", **values: str) -> Side:
    """A side with one table; `rows` and columns give its fingerprints."""
    rows = values.pop("rows", None)
    proven = {name: prints(rows, **values)} if rows else {}
    return side(table(name, *columns), models=frozenset(models.split()), fingerprints=proven)


@pytest.mark.parametrize(
    ("old", "new", "renamed"),
    [
        (one("t", "a"), one("u", "a"), True),
        (one("t", "a"), one("u", "b"), False),
        (one("t", "a", models="t"), one("u", "a", models="t u"), False),
        (one("t", "a", models="t u"), one("u", "a", models="u"), False),
        (one("t", "a", rows="r", a="1"), one("u", "a", rows="r", a="1"), True),
        (one("t", "a", rows="r", a="1"), one("u", "a", rows="r", a="2"), False),
        (one("t", "a", rows="r", a="1"), one("u", "a", rows="s", a="1"), False),
        (one("t", "a", rows="r", a="1"), one("u", "a"), False),
    ],
    ids=["contract", "shape", "still_there", "was_there", "proven", "values", "rows", "unproven"],
)
def test_tables(old: Side, new: Side, renamed: bool) -> None:
    match = match_tables(old, new)
    assert [(pair.old.name, pair.new.name) for pair in match.kept] == [("t", "u")] * renamed
    assert (len(match.removed), len(match.added)) == ((0, 0) if renamed else (1, 1))
