"""Findings: what a rule, a check or an analysis says about a place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hansa.core.level import Level
from hansa.errors import Place

__all__ = ["Diagnostic", "Place", "Severity"]


class Severity(StrEnum):
    """An error makes the command fail; a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: which rule, what it says, where, and how to mend it.

    `message` is one lowercase sentence without full stop. `level` is set on findings about a
    change (what it requires of the version number) and None on all others. `waived` findings
    keep their level but do not count; `reason` is the owner's, of a waiver or a declared fix.
    """

    rule: str
    message: str
    hint: str | None = None
    place: Place | None = None
    severity: Severity = Severity.ERROR
    level: Level | None = None
    table: str | None = None
    column: str | None = None
    waived: bool = False
    reason: str | None = None
