"""Two versions of a product get the same rows for the sources that both read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.testing.products import make_product, make_source, make_test

from hansa.core.version import Version
from hansa.testing.datadiff.inputs import SharedSamples


def version(number, *columns, rows=(), fixture=None, name="p"):
    product = make_product(
        {"m": "select * from raw.t"},
        ("m",),
        {"raw": {"t": make_source("t", *columns)}},
        (make_test("one", "m", {"raw.t": list(rows)}, []),) if rows else (),
        files={"fixtures/raw.t.csv": fixture.encode()} if fixture else {},
    )
    contract = replace(product.contract, version=Version.parse(number))
    return replace(product, name=name, contract=contract)


CASES = {
    "the new version's rows": (
        version("1.0.0", "a integer", rows=[{"a": 1}]),
        version("2.0.0", "a integer", rows=[{"a": 2}]),
        [{"a": "2"}],
        [{"a": "2"}],
        [],
    ),
    "each under its own columns and types": (
        version("1.0.0", "a varchar", "gone integer", rows=[{"a": "x"}]),
        version("2.0.0", "a integer", "come integer", rows=[{"a": 2, "come": 3}]),
        [{"a": "2", "gone": None}],
        [{"a": "2", "come": "3"}],
        [],
    ),
    "a file's cells for a column that only the old one declares": (
        version("1.0.0", "a integer", "gone integer"),
        version("2.0.0", "a integer", fixture="a,gone\n1,\n2,5\n"),
        [{"a": "1", "gone": None}, {"a": "2", "gone": "5"}],
        [{"a": "1"}, {"a": "2"}],
        [],
    ),
    "the old rows where the new version has none": (
        version("1.0.0", "a integer", rows=[{"a": 1}]),
        version("2.0.0", "a integer", "come integer"),
        [{"a": "1"}],
        [{"a": "1", "come": None}],
        [],
    ),
    "rows that do not fit the old types": (
        version("1.0.0", "a integer", rows=[{"a": 1}]),
        version("2.0.0", "a varchar", rows=[{"a": "x"}]),
        [{"a": "1"}],
        [{"a": "x"}],
        [
            "`raw.t` has rows of its own in 1.0.0: unit tests: row 1 of `raw.t`, column `a`:"
            " `x` is not an integer"
        ],
    ),
    "another product's source of the same name": (
        version("1.0.0", "a integer", rows=[{"a": 1}]),
        version("2.0.0", "a integer", rows=[{"a": 2}], name="q"),
        [{"a": "1"}],
        [{"a": "2"}],
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_sources_have_the_same_rows(name):
    old, new, old_rows, new_rows, notes = CASES[name]
    samples = SharedSamples([new, old])
    assert (rows_of(samples, old), rows_of(samples, new)) == (old_rows, new_rows)
    assert samples.notes == notes


def rows_of(samples, product):
    table = samples.sample(product, "raw", product.sources["raw"]["t"]).table
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*table.texts, strict=True)]
