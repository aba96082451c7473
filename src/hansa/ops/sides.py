"""The two sides of a comparison: a directory, a release, or a git revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hansa.core.facts import ProductFacts
from hansa.core.product import Product
from hansa.core.release import Lockfile, ReleaseName
from hansa.errors import InvalidInput
from hansa.ops.analysis import analyse, prove
from hansa.ops.dbt_revision import Revision, compiled_revision
from hansa.ops.releases import OpenedRelease
from hansa.ops.workspace import Workspace
from hansa.projects.dbt.artifacts import Artifacts
from hansa.projects.product_file import DbtSettings
from hansa.projects.tree import PRODUCT_FILE, GitTree
from hansa.semver.side import Side, side_of
from hansa.sql.analysis import Interface

GIT = "git:"


class UnknownSide(InvalidInput):
    """A text names neither a directory, nor a release, nor a git revision."""

    slug = "unknown-side"
    hint = "write a product directory, product@version, git:REVISION, or git:REVISION:DIRECTORY"

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"`{self.text}` is no product directory, release or git revision"


@dataclass(frozen=True, slots=True)
class LoadedSide:
    """One version of a product, wherever it came from, with what analysis knows of it.

    `required` are the releases that its lockfile pins.
    """

    label: str
    product: Product
    facts: ProductFacts
    lockfile: Lockfile
    interfaces: Mapping[str, Interface]
    required: Mapping[str, OpenedRelease] = field(default_factory=dict)

    @property
    def side(self) -> Side:
        locked = {name: pin.version for name, pin in self.lockfile.locked.items()}
        return side_of(self.product, self.facts, locked)


def find_home(workspace: Workspace, *texts: str) -> Workspace:
    """The product that releases and revisions among `texts` are looked up for.

    That is the workspace's own when its directory holds a product, else the first side that is
    a product directory, so that `hansa diff git:main products/orders` works from anywhere.
    """
    if (workspace.directory / PRODUCT_FILE).exists():
        return workspace
    for text in texts:
        if (workspace.directory / text / PRODUCT_FILE).exists():
            return Workspace(workspace.directory / text, workspace.environ, workspace.report)
    return workspace


def load_side(text: str, workspace: Workspace, home: Workspace | None = None) -> LoadedSide:
    """The version that `text` names: `git:REV`, `git:REV:DIR`, `product@1.4.0`, or a directory.

    Directories are relative to the workspace's, DIR to the repository's root. Releases come
    from the registry of `home`, revisions from its repository; default: the workspace. Raises
    UnknownSide, and whatever loading that version raises.
    """
    home = home or workspace
    if text.startswith(GIT):
        return _git_side(text.removeprefix(GIT), home)
    path = workspace.directory / text
    if path.is_dir():
        if path == home.directory:
            return working_side(home, text)
        return working_side(Workspace(path, workspace.environ, workspace.report), text)
    if "@" in text:
        return release_side(home.store.open_name(ReleaseName.parse(text)))
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
        workspace.required,
    )


def release_side(opened: OpenedRelease) -> LoadedSide:
    """A published release as a side."""
    return LoadedSide(
        str(opened.name),
        opened.product,
        opened.proven_facts,
        opened.lockfile,
        opened.interfaces,
        opened.required,
    )


def _git_side(text: str, home: Workspace) -> LoadedSide:
    """A revision's files with its own lockfile; nothing is checked out."""
    revision, _, subdir = text.partition(":")
    tree = GitTree(home.directory, revision, subdir or None)

    def find_artifacts(settings: DbtSettings) -> Artifacts:
        origin = Revision(home.directory, revision, subdir or None)
        return compiled_revision(origin, settings, home.environ, home.report)

    at = Workspace(home.directory, home.environ, home.report, tree, find_artifacts=find_artifacts)
    product, lockfile = at.product, at.lockfile
    # the registry of today's product, as an old revision may name one that is gone
    store = home.store if (home.directory / PRODUCT_FILE).exists() else at.store
    required = {name: store.open(name, pin) for name, pin in lockfile.locked.items()}
    interfaces: Mapping[str, Interface] = {
        name: opened.interface for name, opened in required.items()
    }
    hansa_directory = home.directory / ".hansa"
    facts = analyse(product, interfaces, hansa_directory)
    facts = prove(product, facts, interfaces, hansa_directory)
    return LoadedSide(f"{GIT}{text}", product, facts, lockfile, interfaces, required)
