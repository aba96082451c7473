"""The changelog that travels in a release: its own entry above those of earlier releases."""

from __future__ import annotations

from datetime import date

from hansa.core.product import Product
from hansa.ops.diff import DiffResult
from hansa.semver.changelog import changelog_entry

CHANGELOG_FILE = "CHANGELOG.md"
_FIRST = "First release."


def release_changelog(
    product: Product, comparison: DiffResult | None, earlier: bytes | None, day: date
) -> str:
    """The changelog of a release of `product` that is published on that day.

    `comparison` is with the release before, None for the first one; `earlier` is that release's
    own changelog, None when it has none. Entries of the same version are replaced.
    """
    if comparison is None:
        entry = f"## {product.version} ({day.isoformat()})\n\n{_FIRST}"
    else:
        entry = changelog_entry(product.version, comparison.changes, product.fixes, day)
    heading = f"# Changes of {product.name}"
    kept = [old for old in _entries(earlier or b"") if _version_of(old) != str(product.version)]
    return "\n\n".join(part.strip() for part in (heading, entry, *kept)) + "\n"


def _entries(changelog: bytes) -> list[str]:
    """The entries of a changelog, newest first; what stands above the first one is left out."""
    text = changelog.decode("utf-8", "replace")
    found: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("## "):
            found.append([])
        if found:
            found[-1].append(line)
    return ["\n".join(lines) for lines in found]


def _version_of(entry: str) -> str:
    words = entry.split("\n", 1)[0].split()
    return words[1] if len(words) > 1 else ""
