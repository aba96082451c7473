"""How reports name the product's files: as other tools on the same machine find them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hansa.projects.tree import shown


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """Names files relative to `root`, which is the repository or the current directory."""

    root: Path
    label: str

    def name(self, path: str) -> str:
        """A file of the product, relative to the root; absolute where it is outside."""
        return self.place(shown(self.label, path))

    def place(self, file: str) -> str:
        """A file as a place names it, relative to the root."""
        found = Path(os.path.realpath(file))
        return found.relative_to(self.root).as_posix() if self._holds(found) else found.as_posix()

    def _holds(self, path: Path) -> bool:
        return path.is_relative_to(self.root)


def report_paths(label: str, environ: Mapping[str, str] = os.environ) -> ReportPaths:
    """Paths below GITHUB_WORKSPACE, or else below the current directory."""
    return ReportPaths(Path(os.path.realpath(environ.get("GITHUB_WORKSPACE") or Path())), label)
