"""The two sides of a comparison: a directory, a release, or a git revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hansa.core.facts import ProductFacts
from hansa.core.product import Product
from hansa.core.release import Lockfile, ReleaseName
from hansa.errors import InvalidInput
from hansa.ops.analysis import analyse, prove
from hansa.ops.releases import OpenedRelease
from hansa.ops.workspace import Workspace
from hansa.projects.load import load_product
from hansa.projects.lockfile import read_lockfile
from hansa.projects.tree import GitTree
from hansa.semver.side import Side, side_of
from hansa.sql.analysis import Interface

GIT = "git:"


class UnknownSide(InvalidInput):
    """A text names neither a directory, nor a release, nor a git revision."""

    slug = "unknown-side"
    hint = "write a product directory, product@version, or git:REVISION"

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"`{self.text}` is no product directory, release or git revision"


@dataclass(frozen=True, slots=True)
class LoadedSide:
    """One version of a product, wherever it came from, with what analysis knows of it."""

    label: str
    product: Product
    facts: ProductFacts
    lockfile: Lockfile
    interfaces: Mapping[str, Interface]

    @property
    def side(self) -> Side:
        locked = {name: pin.version for name, pin in self.lockfile.locked.items()}
        return side_of(self.product, self.facts, locked)


def load_side(text: str, workspace: Workspace) -> LoadedSide:
    """The version that `text` names: `git:REV`, `product@1.4.0`, or a directory.

    Raises UnknownSide, and whatever loading that version raises.
    """
    if text.startswith(GIT):
        return _git_side(text.removeprefix(GIT), workspace)
    path = workspace.directory / text
    if path.is_dir():
        other = Workspace(path, workspace.environ, workspace.report)
        return working_side(other, text)
    if "@" in text:
        opened = workspace.store.open_name(ReleaseName.parse(text))
        return release_side(opened)
    raise UnknownSide(text)


def working_side(workspace: Workspace, label: str | None = None) -> LoadedSide:
    """The files of a workspace as a side."""
    product = workspace.product
    return LoadedSide(
        label or product.label,
        product,
        workspace.proven_facts,
        workspace.lockfile,
        workspace.interfaces,
    )


def release_side(opened: OpenedRelease) -> LoadedSide:
    """A published release as a side."""
    return LoadedSide(
        str(opened.name), opened.product, opened.proven_facts, opened.lockfile, opened.interfaces
    )


def _git_side(revision: str, workspace: Workspace) -> LoadedSide:
    product = load_product(GitTree(workspace.directory, revision))
    text = product.files.get("hansa.lock")
    lockfile = read_lockfile(text, f"{GIT}{revision}/hansa.lock") if text else Lockfile()
    interfaces: Mapping[str, Interface] = {
        name: workspace.store.open(name, pin).interface for name, pin in lockfile.locked.items()
    }
    hansa_directory = workspace.directory / ".hansa"
    facts = analyse(product, interfaces, hansa_directory)
    facts = prove(product, facts, interfaces, hansa_directory)
    return LoadedSide(f"{GIT}{revision}", product, facts, lockfile, interfaces)
