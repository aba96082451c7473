"""What changed in a release, in words for the people who read its tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from hansa.core.diagnostic import Diagnostic
from hansa.core.product import DeclaredFix
from hansa.core.version import Level, Version

_HEADINGS = (
    (Level.MAJOR, "Breaking changes"),
    (Level.MINOR, "New"),
    (Level.PATCH, "Small changes"),
)


def changelog_entry(
    version: Version,
    findings: Sequence[Diagnostic],
    fixes: Sequence[DeclaredFix],
    day: date,
) -> str:
    """One entry of a changelog as Markdown: fixes and changes by level, gravest first.

    `findings` are those of `compare`. Waived ones stand apart, each with the owner's reason.
    `fixes` are the declared ones; those for other versions are left out.
    """
    parts = [f"## {version} ({day.isoformat()})", ""]
    counted = [finding for finding in findings if not finding.waived and not finding.reason]
    for level, heading in _HEADINGS:
        texts = [sentence(finding.message) for finding in counted if finding.level is level]
        parts += _group(heading, texts)
        if level is Level.MAJOR:
            waived = [finding for finding in findings if finding.waived]
            parts += _group("Accepted by the owner", map(_waived_text, waived))
    mended = [_fix_text(fix) for fix in fixes if fix.version == version]
    parts += _group("Fixes", mended)
    if len(parts) == 2:
        parts += ["No change that readers can tell.", ""]
    return "\n".join(parts)


def _group(heading: str, texts: Iterable[str]) -> list[str]:
    lines = [f"- {text}" for text in texts]
    return [f"### {heading}", "", *lines, ""] if lines else []


def _waived_text(finding: Diagnostic) -> str:
    return f"{sentence(finding.message)} Reason: {sentence(finding.reason or 'none given')}"


def _fix_text(fix: DeclaredFix) -> str:
    columns = ", ".join(f"`{column}`" for column in fix.columns)
    subject = f"{columns} of `{fix.table}`" if columns else f"`{fix.table}`"
    return f"{subject}: {sentence(fix.reason, capital=False)}"


def sentence(text: str, capital: bool = True) -> str:
    """A message as a sentence of prose, in one line: a capital first and a full stop last."""
    flat = " ".join(text.split())
    if capital and flat:
        flat = flat[0].upper() + flat[1:]
    return flat if flat.endswith((".", "!", "?")) else flat + "."
