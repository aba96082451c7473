"""The pinned releases as a tree, and which requirements are behind."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.core.release import ReleaseName
from hansa.ops.workspace import Workspace
from hansa.resolution.graph import Dependency, Outdated, dependency_tree
from hansa.resolution.graph import outdated as find_outdated


@dataclass(frozen=True, slots=True)
class TreeResult:
    """The product, and what its lockfile pins, all the way down."""

    product: ReleaseName
    dependencies: tuple[Dependency, ...]


def tree(workspace: Workspace) -> TreeResult:
    """Raises NotLocked or LockOutdated when hansa.lock does not answer the requirements."""
    workspace.check_lock()
    product = workspace.product
    requires = {item.product: item.constraint for item in product.requires}
    pinned = workspace.lockfile.locked
    found = dependency_tree(requires, pinned, workspace.registry) if pinned else ()
    return TreeResult(ReleaseName(product.name, product.version), found)


def outdated(workspace: Workspace) -> tuple[Outdated, ...]:
    """One value for each requirement."""
    requires = {item.product: item.constraint for item in workspace.head.requires}
    if not requires:
        return ()
    return find_outdated(requires, workspace.lockfile.locked, workspace.registry)
