"""Which findings a report has, and where they stand in the working tree."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.errors import Place
from hansa.ops.diff import DiffResult
from hansa.ops.sides import LoadedSide
from hansa.projects.tree import shown

CONTRACT_FILE = "contract.yaml"
TOO_LOW = "version_too_low"


def comparison_findings(result: DiffResult) -> list[Diagnostic]:
    """The changes, each placed in the new version's files, and the verdict when it is no.

    What is gone has its place in the old version, which is not there to be looked at: such a
    finding moves to the new contract as a whole.
    """
    contract = shown(result.new.product.label, CONTRACT_FILE)
    found = [
        change if _stands_in(change.place, result) else replace(change, place=Place(contract))
        for change in result.changes
    ]
    if not result.verdict.sufficient:
        found.append(_too_low(result, Place(contract)))
    return found


def _too_low(result: DiffResult, place: Place) -> Diagnostic:
    return Diagnostic(
        rule=TOO_LOW,
        message=verdict_sentence(result),
        hint="run `hansa version --bump`, or undo what breaks readers",
        place=place,
        severity=Severity.ERROR,
    )


def verdict_sentence(result: DiffResult) -> str:
    """What the change requires, and whether the declared version is enough for it."""
    old, new = result.old.product.version, result.new.product.version
    name, required = result.product, result.required
    if not required:
        return f"{name}: nothing changed since {old}"
    if result.verdict.sufficient:
        return f"{name}: the change since {old} is {required}, and {new} is high enough for it"
    lowest = result.verdict.lowest
    return (
        f"{name}: the change since {old} is {required}, so {new} is too low: it requires {lowest}"
    )


def _stands_in(place: Place | None, result: DiffResult) -> bool:
    """Whether a place is in the new side's files."""
    if place is None:
        return False
    if _has_prefix(result.new):
        return place.file.startswith(_prefix(result.new))
    return not (_has_prefix(result.old) and place.file.startswith(_prefix(result.old)))


def _has_prefix(side: LoadedSide) -> bool:
    return side.product.label not in ("", ".")


def _prefix(side: LoadedSide) -> str:
    return side.product.label.rstrip("/") + "/"


def in_repository(
    findings: Sequence[Diagnostic], directory: Path, environ: Mapping[str, str] = os.environ
) -> list[Diagnostic]:
    """The findings with files named as a repository's pages name them.

    Paths are made relative to GITHUB_WORKSPACE, or to the current `directory` elsewhere; files
    outside it stay as they are.
    """
    root = Path(os.path.realpath(environ.get("GITHUB_WORKSPACE") or directory))
    return [
        replace(finding, place=_below(finding.place, root, directory)) if finding.place else finding
        for finding in findings
    ]


def _below(place: Place, root: Path, directory: Path) -> Place:
    path = Path(os.path.realpath(directory / place.file))
    if not path.exists() or not path.is_relative_to(root):
        return place
    return replace(place, file=path.relative_to(root).as_posix())
