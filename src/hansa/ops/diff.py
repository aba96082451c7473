"""What changed between two versions of a product, and what that requires."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hansa.core.contract import Contract
from hansa.core.diagnostic import Diagnostic
from hansa.core.version import Level
from hansa.ops.baseline import earlier_contracts
from hansa.ops.evidence import gather_evidence
from hansa.ops.releases import OpenedRelease
from hansa.ops.sides import LoadedSide, find_home, load_side, release_side, working_side
from hansa.ops.workspace import Workspace
from hansa.semver.compare import Verdict, compare, judge

if TYPE_CHECKING:
    from hansa.testing.runner import TestResult

# Gives the contracts of earlier releases of the old side's major line, oldest first.
History = Callable[[], Sequence[Contract]]


@dataclass(frozen=True, slots=True)
class DiffResult:
    """A comparison: the findings, the level that they require, and whether the new number is
    high enough for it. `failed_tests` are tests of the old release that fail on the new code."""

    product: str
    old: LoadedSide
    new: LoadedSide
    verdict: Verdict
    failed_tests: tuple[TestResult, ...] = ()

    @property
    def changes(self) -> tuple[Diagnostic, ...]:
        return self.verdict.changes

    @property
    def required(self) -> Level:
        return self.verdict.required


def diff(workspace: Workspace, old: str, new: str) -> DiffResult:
    """Compare two sides, each a directory, `product@version`, `git:REV` or `git:REV:DIR`."""
    home = find_home(workspace, new, old)
    before, after = load_side(old, workspace, home), load_side(new, workspace, home)
    return compare_versions(before, after, lambda: earlier_contracts(home, before.product.version))


def compare_with(workspace: Workspace, baseline: OpenedRelease) -> DiffResult:
    """The working copy compared with one of its releases."""
    before, after = release_side(baseline), working_side(workspace)
    return compare_versions(
        before, after, lambda: earlier_contracts(workspace, baseline.name.version)
    )


def compare_versions(
    old: LoadedSide, new: LoadedSide, history: History | None = None
) -> DiffResult:
    """The findings under the new version's policy, fixes and waivers.

    `history` is asked only when a column came, as its name may have been used before.
    """
    evidence = gather_evidence(old, new)
    earlier = history() if history and _gained_column(old, new) else ()
    changes = compare(
        old.side,
        new.side,
        new.product.policy,
        fixes=new.product.fixes,
        evidence=evidence.parts,
        history=earlier,
    )
    verdict = judge(old.product.version, new.product.version, changes)
    return DiffResult(new.product.name, old, new, verdict, evidence.failed)


def _gained_column(old: LoadedSide, new: LoadedSide) -> bool:
    for table in new.product.contract.tables:
        before = old.product.contract.table(table.name)
        known = {column.name for column in before.columns} if before else None
        if known is not None and any(column.name not in known for column in table.columns):
            return True
    return False
