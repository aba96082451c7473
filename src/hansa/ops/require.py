"""Add or remove a required product: product.yaml and hansa.lock change together or not at all."""

from __future__ import annotations

from hansa.core.version import Constraint
from hansa.ops.lock import LockResult, NotRequired, lock
from hansa.ops.workspace import Workspace
from hansa.projects.edit import add_requirement, remove_requirement
from hansa.registry.errors import UnknownProduct

PRODUCT_FILE = "product.yaml"


def add(workspace: Workspace, requirement: str) -> LockResult:
    """Require `flights` or `flights@^1.2`; without a constraint, the newest release's line.

    Raises UnknownProduct, InvalidConstraint or ResolutionFailed and leaves both files as
    they were.
    """
    name, _, constraint = requirement.partition("@")
    releases = workspace.registry.releases(name)
    if not releases:
        raise UnknownProduct(name, workspace.registry.products(), workspace.registry.url)
    if not constraint:
        usable = [r for r in releases if not r.yanked] or releases
        stable = [r for r in usable if not r.name.version.prerelease] or usable
        newest = stable[-1].name.version
        constraint = str(newest) if newest.prerelease else f"^{newest.major}.{newest.minor}"
    Constraint.parse(constraint)
    edited = add_requirement(workspace.read(PRODUCT_FILE), name, constraint)
    return _relock(workspace, edited)


def remove(workspace: Workspace, name: str) -> LockResult:
    """Stop requiring a product. Raises NotRequired when it is not required."""
    required = tuple(item.product for item in workspace.head.requires)
    if name not in required:
        raise NotRequired(name, required)
    return _relock(workspace, remove_requirement(workspace.read(PRODUCT_FILE), name))


def _relock(workspace: Workspace, edited: str) -> LockResult:
    original = workspace.read(PRODUCT_FILE)
    workspace.write(PRODUCT_FILE, edited)
    try:
        return lock(Workspace(workspace.directory, workspace.environ, workspace.report))
    except BaseException:
        workspace.write(PRODUCT_FILE, original)
        raise
