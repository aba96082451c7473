"""Manifests: their one form, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.registry.builders import manifest, other_digest

from hansa.core.contract import Contract, ContractTable
from hansa.core.product import Owner, Product, Requirement
from hansa.core.release import Figures, Locked, Lockfile
from hansa.core.version import Constraint, Version
from hansa.registry.errors import BundleInvalid
from hansa.registry.manifest import (
    Manifest,
    Origin,
    PublicTable,
    describe,
    read_manifest,
    write_manifest,
)

LOCK = {"version": "1.4.0", "digest": other_digest()}
FULL = manifest(
    "punctuality@2.0.0-rc.1", {"flights": "^1.2"}, {"flights": (LOCK["version"], LOCK["digest"])}
)
NAME_FAULT = (
    "is not valid: expected `str` matching regex '^[a-z][a-z0-9_]{0,62}\\\\Z' - at `$.name`"
)


def test_the_text_of_a_manifest() -> None:
    assert (
        write_manifest(FULL).decode()
        == """{
  "format": 1,
  "name": "punctuality",
  "version": "2.0.0-rc.1",
  "description": "What flew.",
  "owner": {
    "team": "ops",
    "contact": "ops@example.com"
  },
  "dialect": "duckdb",
  "requires": {
    "flights": "^1.2"
  },
  "locked": {
    "flights": {
      "version": "1.4.0",
      "digest": "sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
    }
  },
  "tables": [
    {
      "name": "fct_flights",
      "kind": "table",
      "description": "One row a flight."
    }
  ],
  "origin": {
    "commit": "0123abc",
    "dirty": false
  },
  "hansa": "0.1.0"
}
"""
    )


def test_a_manifest_survives_its_text() -> None:
    assert read_manifest(write_manifest(FULL)) == FULL
    bare = Manifest("x", Version.parse("0.1.0"))
    assert read_manifest(write_manifest(bare)) == bare


def test_a_product_describes_itself() -> None:
    version = Version.parse("1.4.0")
    tables = (ContractTable("fct_flights", kind="view", description="One row a flight."),)
    product = Product(
        name="flights",
        contract=Contract("flights", version, tables=tables),
        owner=Owner("ops", "ops@example.com"),
        description="What flew.",
        dialect="postgres",
        requires=(Requirement("fleet", Constraint.parse("^1")),),
    )
    pin = Locked(Version.parse("1.0.0"), other_digest())
    described = describe(product, Lockfile({"fleet": pin}), Origin("abc", dirty=True))
    assert described == Manifest(
        name="flights",
        version=version,
        dialect="postgres",
        description="What flew.",
        team="ops",
        contact="ops@example.com",
        requires={"fleet": Constraint.parse("^1")},
        locked={"fleet": pin},
        tables=(PublicTable("fct_flights", "view", "One row a flight."),),
        origin=Origin("abc", dirty=True),
    )
    assert str(described.origin) == "abc-dirty"


def changed(**changes: Any) -> bytes:
    """The full manifest with other values, in canonical form."""
    document = json.loads(write_manifest(FULL)) | changes
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is not valid: input data was truncated"),
        (b"\xff", "is not valid: JSON is malformed: invalid character (byte 0)"),
        (b"[]", "is not valid: expected `object`, got `array`"),
        (b"{}", "is not valid: object missing required field `format`"),
        (changed(format=2), "has format 2, newer than 1"),
        (changed(format=0), "has format 0, which never existed"),
        (changed(extra=1), "is not valid: object contains unknown field `extra`"),
        (changed(name=7), "is not valid: expected `str`, got `int` - at `$.name`"),
        (changed(name="../x"), NAME_FAULT),
        (changed(name="flights\n"), NAME_FAULT),
        (changed(version="1.4.0.0"), "is not valid: `1.4.0.0` is not a semantic version"),
        (changed(version="1.4"), "is not valid: expected `str` of length >= 5 - at `$.version`"),
        (changed(version="1.4.0+build"), "is not valid: `1.4.0+build` is not a semantic version"),
        (changed(requires={"flights": "new"}), "is not valid: `new` is not a version constraint"),
        (
            changed(owner={"team": "x" * 256, "contact": None}),
            "is not valid: expected `str` of length <= 255 - at `$.owner.team`",
        ),
        (
            changed(locked={"flights": LOCK | {"digest": "md5:1"}}),
            "is not valid: expected `str` matching regex '^sha256:[0-9a-f]{64}\\\\Z' "
            "- at `$.locked[...].digest`",
        ),
        (changed(locked={}), "does not lock exactly what it requires: flights"),
        (
            changed(locked={"fleet": LOCK, "flights": LOCK}),
            "does not lock exactly what it requires: fleet",
        ),
        (changed(requires={"flights": "^2"}), "locks flights 1.4.0, which ^2 does not admit"),
        (changed(name="flights"), "requires the product itself"),
        (
            changed(
                tables=[
                    {"name": "T", "kind": None, "description": None},
                    {"name": "t", "kind": None, "description": None},
                ]
            ),
            "lists a table twice",
        ),
        (write_manifest(FULL) + b" ", "is not in canonical form"),
        (
            write_manifest(FULL).replace(b'"0.1.0"', b'"0.1.0", "hansa": "0.1.0"'),
            "is not in canonical form",
        ),
        (changed(requires={"flights": " ^1.2"}), "is not in canonical form"),
    ],
)
def test_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BundleInvalid) as caught:
        read_manifest(data)
    assert str(caught.value) == f"the bundle is not valid: `manifest.json` {reason}"


def test_text_that_is_no_unicode_is_refused() -> None:
    broken = Manifest("x", Version.parse("1.0.0"), description="\ud800")
    with pytest.raises(BundleInvalid) as caught:
        write_manifest(broken)
    assert str(caught.value) == (
        "the bundle is not valid: `manifest.json` holds text that is not Unicode"
    )


@pytest.mark.parametrize("figures", [Figures(100, 99.99), Figures(0, 50.5, 87.25)])
def test_figures_come_back(figures: Figures) -> None:
    stated = replace(FULL, figures=figures)
    assert read_manifest(write_manifest(stated)).figures == figures


@pytest.mark.parametrize("percent", [-0.1, 100.5, "much", None, True])
def test_figures_that_no_measure_gives_are_refused(percent: Any) -> None:
    document = json.loads(write_manifest(replace(FULL, figures=Figures(1, 2))))
    document["figures"]["coverage"] = percent
    with pytest.raises(BundleInvalid, match="coverage"):
        read_manifest((json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
