"""Everything that can be said about a product without its data."""

from __future__ import annotations

from dataclasses import replace

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.version import Level, Version
from hansa.errors import OutsideUnreachable
from hansa.ops.baseline import find_baseline
from hansa.ops.check_result import CheckResult
from hansa.ops.content import differing_files
from hansa.ops.dependents import find_broken, find_current
from hansa.ops.diff import DiffResult, compare_with
from hansa.ops.impact import impact_of_changes, split_by_parts
from hansa.ops.kept_check import KeptCheck
from hansa.ops.workspace import Workspace
from hansa.semver.conformance import check_contract
from hansa.semver.policy import check_policy

_FILES_NAMED = 5


def check(workspace: Workspace, compare: bool = True, kept: KeptCheck | None = None) -> CheckResult:
    """Check files, SQL, contract, and the declared version against the newest release.

    `kept` is the last check of a dbt project: what it found is not looked for again. Raises what
    loading raises: files that cannot be read have no findings yet.
    """
    if kept is not None:
        workspace.find_artifacts = kept.find_artifacts
    result = kept.result if kept is not None else None
    if result is None:
        result = _own_findings(workspace, kept)
    findings = result.findings
    if not compare or _is_broken(workspace, result, kept):
        return result
    try:
        baseline = find_baseline(workspace, Version.parse(result.version))
    except OutsideUnreachable as error:
        return replace(result, unreachable=str(error))
    if baseline is None:
        return result
    comparison = compare_with(workspace, baseline)
    findings = (*findings, *_published_otherwise(workspace, comparison))
    result = replace(result, findings=findings, comparison=comparison, baseline=baseline.name)
    if comparison.required is not Level.MAJOR:
        return result
    current = find_current(workspace.registry, result.product)
    line = baseline.name.version.line
    readers = [one for one in current if one.pinned is not None and one.pinned.line == line]
    changes = split_by_parts(comparison)
    broken = find_broken(workspace.store, workspace.product, readers, changes)
    reached = impact_of_changes(workspace, baseline.product.contract, changes)
    return replace(result, broken=tuple(broken), reached=reached)


def _own_findings(workspace: Workspace, kept: KeptCheck | None) -> CheckResult:
    """What the files say without a release to compare with."""
    product = workspace.product
    facts = workspace.facts
    findings = (
        *product.notices,
        *facts.diagnostics,
        *check_contract(product, facts),
        *check_policy(product.policy, workspace.place_of("product.yaml")),
    )
    result = CheckResult(product.name, str(product.version), len(product.models), findings)
    if kept is not None:
        kept.keep(result)
    return result


def _is_broken(workspace: Workspace, result: CheckResult, kept: KeptCheck | None) -> bool:
    """Whether the SQL itself has errors, so that it cannot be compared."""
    if kept is not None and not any(one.severity is Severity.ERROR for one in result.findings):
        return False
    return any(one.severity is Severity.ERROR for one in workspace.facts.diagnostics)


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
