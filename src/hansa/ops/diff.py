"""What changed between two versions of a product, and what that requires."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.core.diagnostic import Diagnostic
from hansa.core.version import Level
from hansa.ops.evidence import gather_evidence
from hansa.ops.sides import LoadedSide, find_home, load_side
from hansa.ops.workspace import Workspace
from hansa.semver.compare import Verdict, compare, judge
from hansa.testing.runner import TestResult


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
    return compare_versions(load_side(old, workspace, home), load_side(new, workspace, home))


def compare_versions(old: LoadedSide, new: LoadedSide) -> DiffResult:
    """The findings under the new version's policy, fixes and waivers."""
    evidence = gather_evidence(old, new)
    changes = compare(
        old.side,
        new.side,
        new.product.policy,
        fixes=new.product.fixes,
        evidence=evidence.parts,
    )
    verdict = judge(old.product.version, new.product.version, changes)
    return DiffResult(new.product.name, old, new, verdict, evidence.failed)
