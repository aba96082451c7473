"""Everything that can be said about a product without its data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.release import ReleaseName
from hansa.core.version import Level
from hansa.errors import OutsideUnreachable
from hansa.ops.baseline import find_baseline
from hansa.ops.content import differing_files
from hansa.ops.dependents import Broken, find_broken, find_current
from hansa.ops.diff import DiffResult, compare_with
from hansa.ops.impact import impact_of_changes, split_by_parts
from hansa.ops.propagation import Propagation
from hansa.ops.workspace import Workspace
from hansa.semver.conformance import check_contract
from hansa.semver.policy import check_policy

_FILES_NAMED = 5


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The findings in the product's own files, and the comparison with the release before.

    `comparison` is None before the first release, and when the registry could not be read:
    then `unreachable` says why. `broken` names the direct dependents that a major change breaks,
    `reached` every table and column that it reaches in them and in their own dependents.
    """

    product: str
    version: str
    models: int
    findings: tuple[Diagnostic, ...]
    comparison: DiffResult | None = None
    baseline: ReleaseName | None = None
    broken: tuple[Broken, ...] = ()
    reached: Propagation | None = None
    unreachable: str | None = None

    @property
    def sufficient(self) -> bool:
        return self.comparison is None or self.comparison.verdict.sufficient

    @property
    def passed(self) -> bool:
        errors = any(finding.severity is Severity.ERROR for finding in self.findings)
        return not errors and self.sufficient


def check(workspace: Workspace, compare: bool = True) -> CheckResult:
    """Check files, SQL, contract, and the declared version against the newest release.

    Raises what loading raises: files that cannot be read have no findings yet.
    """
    product = workspace.product
    facts = workspace.facts
    findings = (
        *product.notices,
        *facts.diagnostics,
        *check_contract(product, facts),
        *check_policy(product.policy, workspace.place_of("product.yaml")),
    )
    result = CheckResult(product.name, str(product.version), len(product.models), findings)
    if not compare or any(finding.severity is Severity.ERROR for finding in facts.diagnostics):
        return result
    try:
        baseline = find_baseline(workspace)
    except OutsideUnreachable as error:
        return replace(result, unreachable=str(error))
    if baseline is None:
        return result
    comparison = compare_with(workspace, baseline)
    findings = (*findings, *_published_otherwise(workspace, comparison))
    result = replace(result, findings=findings, comparison=comparison, baseline=baseline.name)
    if comparison.required is not Level.MAJOR:
        return result
    current = find_current(workspace.registry, product.name)
    line = baseline.name.version.line
    readers = [one for one in current if one.pinned is not None and one.pinned.line == line]
    changes = split_by_parts(comparison)
    broken = find_broken(workspace.store, product, readers, changes)
    reached = impact_of_changes(workspace, baseline.product.contract, changes)
    return replace(result, broken=tuple(broken), reached=reached)


def _published_otherwise(workspace: Workspace, comparison: DiffResult) -> tuple[Diagnostic, ...]:
    """A warning when the declared version is published and holds something else."""
    old, new = comparison.old.product, comparison.new.product
    if old.version != new.version or comparison.required:
        # a change that asks for a higher version says so itself
        return ()
    files = differing_files(old, new)
    if not files:
        return ()
    named = ", ".join(f"`{file}`" for file in files[:_FILES_NAMED])
    more = f" and {len(files) - _FILES_NAMED} more" if len(files) > _FILES_NAMED else ""
    return (
        Diagnostic(
            rule="version_published",
            message=(
                f"version {new.version} is published already and these files differ: {named}{more}"
            ),
            hint="run `hansa version --bump` to declare a new version",
            place=workspace.place_of("contract.yaml"),
            severity=Severity.WARNING,
        ),
    )
