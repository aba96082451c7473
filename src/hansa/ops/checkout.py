"""Where a product's files come from: the git commit, and what differs from it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Checkout:
    """A commit, and the files below the product that differ from it."""

    commit: str
    changed: tuple[str, ...]


def read_checkout(directory: Path) -> Checkout | None:
    """None outside a git checkout, before the first commit, and where git is not installed."""
    commit = _git(directory, "rev-parse", "--verify", "--quiet", "HEAD")
    if not commit:
        return None
    status = _git(directory, "status", "--porcelain", "-z", "--untracked-files=all", "--", ".")
    if status is None:
        return None
    return Checkout(commit.strip(), tuple(_changed(status)))


def _changed(status: str) -> list[str]:
    entries = iter(status.split("\0"))
    changed = []
    for entry in entries:
        if not entry:
            continue
        changed.append(entry[3:])
        if entry[0] in "RC":
            # the name before a rename follows as an entry of its own
            next(entries, None)
    return changed


def _git(directory: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
