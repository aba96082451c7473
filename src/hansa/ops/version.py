"""Show or set the version that the contract declares."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.core.version import Level, Version
from hansa.errors import InvalidInput
from hansa.ops.baseline import find_baseline
from hansa.ops.content import differing_besides_version
from hansa.ops.diff import DiffResult, compare_with
from hansa.ops.workspace import Workspace
from hansa.projects.edit import set_version

CONTRACT_FILE = "contract.yaml"


class NothingToBump(InvalidInput):
    """`--bump` was given and no release exists to start from."""

    slug = "nothing-to-bump"
    hint = "publish the first release as it is, or set a version with `hansa version 1.0.0`"

    def __init__(self, product: str) -> None:
        self.product = product

    def __str__(self) -> str:
        return f"`{self.product}` has no release yet to bump from"


@dataclass(frozen=True, slots=True)
class VersionResult:
    """The declared version before and after; the comparison is there when one was made.

    `files` are those that differ from the release before when nothing else does.
    """

    product: str
    before: Version
    after: Version
    comparison: DiffResult | None = None
    files: tuple[str, ...] = ()


def show_version(workspace: Workspace) -> VersionResult:
    """The version in contract.yaml."""
    version = workspace.product.version
    return VersionResult(workspace.product.name, version, version)


def set_to(workspace: Workspace, version: Version) -> VersionResult:
    """Write that version into contract.yaml, keeping comments."""
    before = workspace.product.version
    _write(workspace, version)
    return VersionResult(workspace.product.name, before, version)


def bump(workspace: Workspace, level: Level | None = None) -> VersionResult:
    """Write the lowest version that the change since the newest release requires.

    With `level`, at least that much. Raises NothingToBump before the first release.
    """
    product = workspace.product
    baseline = find_baseline(workspace)
    if baseline is None:
        raise NothingToBump(product.name)
    comparison = compare_with(workspace, baseline)
    files = _files_alone(comparison)
    # a published version never changes its content, so any other content is another version
    needed = max(comparison.required, level or Level.NONE, Level.PATCH if files else Level.NONE)
    after = baseline.name.version.bump(needed)
    if product.version > baseline.name.version and product.version > after:
        # the owner already chose more than is needed
        after = product.version
    if after != product.version:
        _write(workspace, after)
    return VersionResult(product.name, product.version, after, comparison, files)


def _files_alone(comparison: DiffResult) -> tuple[str, ...]:
    if comparison.required:
        return ()
    return differing_besides_version(comparison.old.product, comparison.new.product)


def _write(workspace: Workspace, version: Version) -> None:
    workspace.write(CONTRACT_FILE, set_version(workspace.read(CONTRACT_FILE), version))
