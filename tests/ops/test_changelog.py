"""The changelog that travels in a release."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.products import ORDERS

from hansa.core.diagnostic import Diagnostic
from hansa.core.facts import ProductFacts
from hansa.core.product import Product
from hansa.core.release import Lockfile
from hansa.core.version import Level, Version
from hansa.ops.changelog import release_changelog
from hansa.ops.diff import DiffResult
from hansa.ops.sides import LoadedSide
from hansa.projects.load import load_product
from hansa.projects.tree import MemoryTree
from hansa.semver.compare import judge

DAY = date(2026, 3, 1)
FIRST = "# Changes of orders\n\n## 1.0.0 (2026-03-01)\n\nFirst release.\n"
SECOND = """\
# Changes of orders

## 1.1.0 (2026-03-02)

### New

- Column `d` of `t` is new.

## 1.0.0 (2026-03-01)

First release.
"""


def product(version: str) -> Product:
    loaded = load_product(MemoryTree({name: text.encode() for name, text in ORDERS.items()}))
    return replace(loaded, contract=replace(loaded.contract, version=Version.parse(version)))


def comparison(old: Product, new: Product) -> DiffResult:
    changes = [Diagnostic("column_added", "column `d` of `t` is new", level=Level.MINOR)]
    sides = [LoadedSide("", one, ProductFacts({}), Lockfile(), {}) for one in (old, new)]
    return DiffResult(new.name, sides[0], sides[1], judge(old.version, new.version, changes))


def test_the_first_release_says_so() -> None:
    assert release_changelog(product("1.0.0"), None, None, DAY) == FIRST


def test_a_release_stands_above_the_earlier_ones() -> None:
    old, new = product("1.0.0"), product("1.1.0")
    made = release_changelog(new, comparison(old, new), FIRST.encode(), date(2026, 3, 2))
    assert made == SECOND


def test_an_entry_of_the_same_version_is_replaced() -> None:
    old, new = product("1.0.0"), product("1.1.0")
    made = release_changelog(new, comparison(old, new), SECOND.encode(), date(2026, 3, 2))
    assert made == SECOND


def test_a_release_without_a_changelog_starts_one() -> None:
    old, new = product("1.0.0"), product("1.1.0")
    for earlier in (None, b"", b"\xff\x00 not a changelog"):
        made = release_changelog(new, comparison(old, new), earlier, date(2026, 3, 2))
        assert made == SECOND.partition("## 1.0.0")[0].rstrip() + "\n"
