"""Write docs/errors.md anew from the lines in docs/errors/, one section for each exit code.

python scripts/errors_page.py
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]

PAGE = ROOT / "docs" / "errors.md"
LINES = ROOT / "docs" / "errors"
LINE = re.compile(r"- `([a-z][a-z0-9-]*)`: (\S.*[.!?`)])\Z")
# runs only under alembic
SKIPPED = ("hansa.__main__", "hansa.registry.migrations.env")

INTRODUCTION = """\
# Errors

This page is made from the lines in `docs/errors/` by `scripts/errors_page.py`. Every error is
printed on standard error as one sentence, with the place where it has one, and most often a
second line, `hint:`, that says how to mend it. What a rule reports is no error but a finding:
`hansa explain RULE` tells about it, and so does [rules.md](rules.md).
"""
SECTIONS = {
    1: ("Refused", "The exit code is 1. A check, test or gate said no, and nothing was changed."),
    2: (
        "Invalid input",
        "The exit code is 2. Files or options are not valid; nothing was changed.",
    ),
    3: (
        "Something outside",
        "The exit code is 3. A registry, a target or the disk could not be used.",
    ),
}


def read_lines() -> dict[str, list[str]]:
    """What the lines say about each slug; a slug that two packages share has several texts."""
    found: dict[str, list[str]] = {}
    for path in sorted(LINES.glob("*.md")):
        for line in path.read_text(encoding="utf-8").splitlines():
            match = LINE.match(line)
            if match is None:
                raise SystemExit(f"{path.name}: not of the form - `slug`: text.: {line}")
            found.setdefault(match[1], []).append(match[2])
    return found


def error_classes() -> list[type]:
    """Every kind of error that a user can meet: those that are no base of others."""
    import hansa
    from hansa.errors import HansaError

    for module in pkgutil.walk_packages(hansa.__path__, "hansa."):
        if module.name not in SKIPPED and ".versions." not in module.name:
            importlib.import_module(module.name)
    known = {cls for cls in _below(HansaError) if cls.__module__.startswith("hansa.")}
    leaves = [cls for cls in known if not any(sub in known for sub in cls.__subclasses__())]
    return sorted(leaves, key=lambda cls: (cls.slug, cls.__module__))  # type: ignore[attr-defined]


def _below(base: type) -> Iterator[type]:
    for cls in base.__subclasses__():
        yield cls
        yield from _below(cls)


def errors_page() -> str:
    """`docs/errors.md`: the errors of each exit code, by slug."""
    lines = read_lines()
    codes: dict[str, int] = {cls.slug: cls.exit_code for cls in error_classes()}  # type: ignore[attr-defined]
    parts = [INTRODUCTION]
    for code, (title, sentence) in SECTIONS.items():
        parts.append(f"## {title}\n\n{sentence}\n")
        for slug in sorted(slug for slug, one in codes.items() if one == code and slug in lines):
            parts.append(f"### {slug}\n\n" + "\n\n".join(map(capitalize, lines[slug])) + "\n")
    return "\n".join(parts)


def capitalize(text: str) -> str:
    """The text as a sentence of its own; a name in backticks or of a file begins as it is."""
    first = text.split(" ", 1)[0]
    return text if "." in first or not first[0].isalpha() else text[0].upper() + text[1:]


if __name__ == "__main__":
    PAGE.write_text(errors_page(), encoding="utf-8")
