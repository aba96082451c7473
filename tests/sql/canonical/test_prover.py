"""Fingerprints of small products: what may differ without a change, and what may not."""

from __future__ import annotations

from tests.sql.canonical.worlds import fingerprints_of


def test_an_added_column_leaves_rows_and_other_columns_alone() -> None:
    old = fingerprints_of("select id, x + 1 as y from raw.t")
    new = fingerprints_of("select id, x + 1 as y, k as z from raw.t")
    assert old.rows == new.rows
    assert {name: new.columns[name] for name in old.columns} == dict(old.columns)
    assert list(new.columns) == ["id", "y", "z"]
