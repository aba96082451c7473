"""A release's changes in words for readers."""

from __future__ import annotations

from datetime import date

from hansa.core.diagnostic import Diagnostic
from hansa.core.product import DeclaredFix
from hansa.core.version import Level, Version
from hansa.semver.changelog import changelog_entry

VERSION = Version.parse("2.0.0")
DAY = date(2026, 3, 1)


def test_findings_are_grouped_by_level() -> None:
    findings = [
        Diagnostic("column_removed", "column `b` of `t` is gone", level=Level.MAJOR),
        Diagnostic(
            "column_removed",
            "column `c` of `t` is gone",
            level=Level.MAJOR,
            waived=True,
            reason="never\n  filled",
        ),
        Diagnostic("column_added", "column `d` of `t` is new", level=Level.MINOR),
        Diagnostic("description_changed", "the description of `t` changed", level=Level.PATCH),
        Diagnostic("column_values_changed", "values of `a` changed", level=Level.PATCH, reason="x"),
        Diagnostic("waiver_unmatched", "a waiver meets nothing", level=Level.NONE),
    ]
    fixes = [
        DeclaredFix(VERSION, "t", ("a", "b"), "Diverted flights counted twice."),
        DeclaredFix(VERSION, "u", (), "empty rows"),
        DeclaredFix(Version.parse("1.9.0"), "t", (), "an older fix"),
    ]
    assert (
        changelog_entry(VERSION, findings, fixes, DAY)
        == """\
## 2.0.0 (2026-03-01)

### Breaking changes

- Column `b` of `t` is gone.

### Accepted by the owner

- Column `c` of `t` is gone. Reason: Never filled.

### New

- Column `d` of `t` is new.

### Small changes

- The description of `t` changed.

### Fixes

- `a`, `b` of `t`: Diverted flights counted twice.
- `u`: empty rows.
"""
    )


def test_a_release_without_changes_says_so() -> None:
    assert (
        changelog_entry(VERSION, [], [], DAY)
        == """\
## 2.0.0 (2026-03-01)

No change that readers can tell.
"""
    )
