"""A comparison as Markdown for the people who read the tables."""

from __future__ import annotations

from datetime import date

from hansa.cli.formats.findings import verdict_sentence
from hansa.ops.diff import DiffResult
from hansa.semver.changelog import changelog_entry, sentence


def markdown_text(result: DiffResult, day: date) -> str:
    """The changes grouped by level, gravest first, and the verdict; ends with a line break."""
    product = result.new.product
    entry = changelog_entry(product.version, result.changes, product.fixes, day)
    verdict = sentence(verdict_sentence(result), capital=False)
    return f"# {result.product}\n\n{entry.rstrip()}\n\n{verdict}\n"
