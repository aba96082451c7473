"""Verify, pack and publish a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from hansa import __version__
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.facts import ProductFacts
from hansa.core.product import Product
from hansa.core.release import Release, ReleaseName
from hansa.core.version import Level, Version
from hansa.errors import GateRefused
from hansa.ops.baseline import find_baseline
from hansa.ops.changelog import CHANGELOG_FILE, release_changelog
from hansa.ops.check import check
from hansa.ops.check_result import CheckResult
from hansa.ops.checkout import Checkout, read_checkout
from hansa.ops.clock import today
from hansa.ops.figures import Measured, measure, with_mutation
from hansa.ops.workspace import Workspace
from hansa.projects.odcs import validate_odcs
from hansa.registry.bundle import pack
from hansa.registry.manifest import Origin, describe

FACTS_FILE = "facts.json"


class CheckRefused(GateRefused):
    """The product has findings, so it is not published."""

    slug = "publish-check-failed"
    hint = "mend the findings; `hansa check` lists them again"

    def __init__(self, name: ReleaseName, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.name = name
        self.findings = diagnostics
        self.place = diagnostics[0].place

    def __str__(self) -> str:
        first, others = self.findings[0], len(self.findings) - 1
        more = f" (and {others} more)" if others else ""
        return f"`{self.name}` is not published: {first.message}{more}"


class VersionTooLow(GateRefused):
    """The declared version is lower than what the change requires."""

    slug = "version-too-low"

    def __init__(
        self,
        name: ReleaseName,
        baseline: ReleaseName,
        findings: tuple[Diagnostic, ...],
        required: Level,
        needed: Version,
    ) -> None:
        self.name = name
        self.baseline = baseline
        self.findings = findings
        self.required = required
        self.hint = f"run `hansa version --bump` to declare {needed}, or undo what breaks readers"

    def __str__(self) -> str:
        reasons = "; ".join(finding.message for finding in self.findings[:3])
        more = len(self.findings) - 3
        if more > 0:
            reasons += f"; and {more} more"
        return (
            f"`{self.name}` is not published: since {self.baseline.version} the change is "
            f"{self.required} ({reasons})"
        )


class TestsRefused(GateRefused):
    """A unit test fails, so the release is not published."""

    __test__ = False
    slug = "publish-tests-failed"
    hint = "run `hansa test` to see the differences"

    def __init__(self, name: ReleaseName, failed: tuple[str, ...]) -> None:
        self.name = name
        self.failed = failed

    def __str__(self) -> str:
        names = ", ".join(f"`{test}`" for test in self.failed[:3])
        more = f" and {len(self.failed) - 3} more" if len(self.failed) > 3 else ""
        return f"`{self.name}` is not published: unit tests fail: {names}{more}"


class DirtyTree(GateRefused):
    """Files differ from the commit that would be named as the release's origin."""

    slug = "dirty-tree"
    hint = "commit or remove them, or publish with `--allow-dirty`"

    def __init__(self, name: ReleaseName, files: tuple[str, ...]) -> None:
        self.name = name
        self.files = files

    def __str__(self) -> str:
        names = ", ".join(f"`{file}`" for file in self.files[:3])
        more = f" and {len(self.files) - 3} more" if len(self.files) > 3 else ""
        return f"`{self.name}` is not published: not committed: {names}{more}"


@dataclass(frozen=True, slots=True)
class PublishResult:
    """The release as the registry recorded it, and what was verified on the way."""

    release: Release | None
    name: ReleaseName
    check: CheckResult
    measured: Measured
    size: int


def publish(
    workspace: Workspace,
    *,
    allow_dirty: bool = False,
    dry_run: bool = False,
    mutated: bool = False,
    jobs: int = 0,
) -> PublishResult:
    """Publish the version that the contract declares.

    Coverage is always measured; the mutation score with `mutated`, or when `policy.coverage`
    asks for one. Raises CheckRefused, VersionTooLow, TestsRefused, FiguresRefused, DirtyTree,
    NotLocked, or what the registry raises; then nothing was published. With `dry_run`
    everything but the upload happens.
    """
    product = workspace.product
    name = ReleaseName(product.name, product.version)
    workspace.check_lock()
    checkout = read_checkout(workspace.directory)
    if checkout and checkout.changed and not allow_dirty:
        raise DirtyTree(name, checkout.changed)
    workspace.report(f"checking {name}")
    checked = check(workspace)
    _require_check(name, checked, workspace)
    measured = _measured(name, workspace, mutated, jobs)
    files = {
        **bundle_files(product, workspace.proven_facts, measured),
        CHANGELOG_FILE: _changelog(workspace, checked),
    }
    origin = _origin_of(checkout)
    data = pack(files, describe(product, workspace.lockfile, origin, measured.figures))
    workspace.report(f"publishing {name}")
    release = None if dry_run else workspace.registry.publish(data)
    return PublishResult(release, name, checked, measured, len(data))


def _measured(name: ReleaseName, workspace: Workspace, mutated: bool, jobs: int) -> Measured:
    """The figures of the tests, which all pass and reach what the policy asks for."""
    least = workspace.product.policy.coverage
    measured = measure(workspace, jobs)
    failed = tuple(one.name for one in measured.tests.results if one.status != "passed")
    if failed:
        raise TestsRefused(name, failed)
    for refusal in measured.refusals(name, least):
        raise refusal
    if mutated or least.mutation is not None:
        measured = with_mutation(workspace, measured, jobs)
        for refusal in measured.refusals(name, least):
            raise refusal
    return measured


def _require_check(name: ReleaseName, checked: CheckResult, workspace: Workspace) -> None:
    text = workspace.product.files["contract.yaml"]
    invalid = validate_odcs(text, workspace.place_of("contract.yaml").file)
    findings = (*checked.findings, *invalid)
    errors = tuple(finding for finding in findings if finding.severity is Severity.ERROR)
    if errors:
        raise CheckRefused(name, errors)
    comparison, baseline = checked.comparison, checked.baseline
    if comparison is None or baseline is None or comparison.verdict.sufficient:
        return
    if name == baseline:
        # the registry says that it is published already; its message is the better one
        return
    required = comparison.required
    decisive = tuple(c for c in comparison.changes if c.level is required and not c.waived)
    raise VersionTooLow(name, baseline, decisive, required, baseline.version.bump(required))


def bundle_files(
    product: Product, facts: ProductFacts, measured: Measured | None = None
) -> Mapping[str, bytes]:
    """What travels in a release: the product's files, and the facts for readers' convenience."""
    document: dict[str, object] = {"hansa": __version__, "facts": facts}
    if measured is not None:
        document["tests"] = measured.as_facts()
    return {**product.files, FACTS_FILE: msgspec.json.encode(document, order="deterministic")}


def _changelog(workspace: Workspace, checked: CheckResult) -> bytes:
    """The release's own entry above those of the release that it follows."""
    product = workspace.product
    baseline = find_baseline(workspace) if checked.comparison else None
    earlier = baseline.files.get(CHANGELOG_FILE) if baseline else None
    if baseline and baseline.name.version == product.version and earlier:
        # published already: with the same files, the registry is to see the same content
        return earlier
    return release_changelog(product, checked.comparison, earlier, today()).encode("utf-8")


def _origin_of(checkout: Checkout | None) -> Origin | None:
    return Origin(checkout.commit, bool(checkout.changed)) if checkout else None
