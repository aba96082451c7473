"""Start a product in a dbt project, without changing anything in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from hansa.core.facts import InputKind, ProductFacts
from hansa.core.product import Product
from hansa.core.version import Version
from hansa.errors import HansaError, InvalidInput
from hansa.ops.contract import NoPublicModel, declared_schemas
from hansa.ops.dbt import describe_project, find_artifacts
from hansa.ops.init import AlreadyAProduct, InitResult
from hansa.ops.progress import Report, silent
from hansa.ops.replacement import replace_file
from hansa.ops.workspace import Workspace
from hansa.projects.contract_writer import ContractHead, infer_contract
from hansa.projects.dbt.artifacts import PROJECT_FILE, Artifacts, DbtProjectFile
from hansa.projects.dbt.load import DbtProject, load_dbt_project
from hansa.projects.dbt.proposal import Candidate, propose
from hansa.projects.names import product_name_problem
from hansa.projects.product_file import DbtSettings
from hansa.projects.scaffold import InvalidProductName, dbt_product_yaml, suggested_name
from hansa.projects.tree import MemoryTree

_FILES = ("product.yaml", "contract.yaml")
_FIRST_VERSION = Version.parse("1.0.0")

# Picks the models to make public among the proposed ones.
Choose = Callable[[Sequence[Candidate]], Sequence[str]]


class NothingToPublish(InvalidInput):
    """A dbt project has no model that could be public."""

    slug = "nothing-to-publish"
    hint = "add a model that is not ephemeral"

    def __str__(self) -> str:
        return "the dbt project has no model of its own that others could read"


@dataclass(frozen=True, slots=True)
class Identity:
    """What the person says about a new product; None is taken from the dbt project."""

    name: str | None = None
    team: str | None = None
    contact: str | None = None
    target: str | None = None


def is_dbt_project(directory: Path) -> bool:
    """Whether the directory holds a dbt project."""
    return (directory / PROJECT_FILE).is_file()


def init_dbt(
    directory: Path,
    identity: Identity,
    public: Sequence[str],
    choose: Choose,
    environ: Mapping[str, str],
    report: Report = silent,
) -> InitResult:
    """Write product.yaml and contract.yaml beside dbt_project.yml.

    Public become the models that match a name or glob of `public`; without any, those that
    `choose` picks among the proposed ones. Raises AlreadyAProduct, InvalidProductName,
    NoPublicModel, NothingToPublish, and what reading artifacts raises; then nothing is written.
    """
    for file in _FILES:
        if (directory / file).exists():
            raise AlreadyAProduct(directory / file)
    settings = DbtSettings(target=identity.target)
    described = describe_project(directory, settings)
    name = _product_name(identity.name, described, directory)
    artifacts = find_artifacts(directory, settings, environ, report)
    project = load_dbt_project(artifacts, ())
    owner = _owner(identity, project)
    text = dbt_product_yaml(name, owner, project.dialect, identity.target)
    product, facts = _loaded(directory, text, artifacts, environ, report)
    candidates = propose(project, _read_by(facts))
    if not candidates:
        raise NothingToPublish
    chosen = _matching(public, candidates) if public else tuple(choose(candidates))
    if not chosen:
        raise NoPublicModel(public, [one.name for one in candidates])
    head = ContractHead(_version(described), "draft", product.description, owner[0])
    contract = infer_contract(
        name, declared_schemas(chosen, facts, product), product.dialect, head=head
    )
    for file, content in zip(_FILES, (text, contract), strict=True):
        replace_file(directory / file, content.encode())
    return InitResult(name, directory, _FILES, chosen)


def _loaded(
    directory: Path, text: str, artifacts: Artifacts, environ: Mapping[str, str], report: Report
) -> tuple[Product, ProductFacts]:
    """The product that the files will describe, before they are there."""
    tree = MemoryTree({"product.yaml": text.encode()})
    workspace = Workspace(
        directory,
        environ,
        report,
        tree,
        require_interface=False,
        find_artifacts=lambda _: artifacts,
    )
    return workspace.product, workspace.facts


def _product_name(given: str | None, described: DbtProjectFile, directory: Path) -> str:
    if given is not None:
        problem = product_name_problem(given)
        if problem is not None:
            raise InvalidProductName(given, problem)
        return given
    for text in (described.name, suggested_name(described.name)):
        if product_name_problem(text) is None:
            return text
    suggested = suggested_name(directory.absolute().name)
    problem = product_name_problem(suggested)
    if problem is not None:
        raise InvalidProductName(described.name, problem)
    return suggested


def _owner(identity: Identity, project: DbtProject) -> tuple[str, str | None]:
    """The owner of the only group, where nobody else is named."""
    groups = list(project.manifest.groups.values())
    if identity.team is None and len(groups) == 1:
        owner = groups[0].owner
        email = owner.email if isinstance(owner.email, str) else None
        return groups[0].name, identity.contact or email
    return identity.team or "my-team", identity.contact


def _version(described: DbtProjectFile) -> Version:
    """The version of dbt_project.yml, which may lack parts or be no version at all."""
    parts = (described.version or "").strip().split(".")
    for text in (described.version or "", ".".join([*parts, "0", "0"][:3])):
        try:
            return Version.parse(text.strip())
        except HansaError:
            continue
    return _FIRST_VERSION


def _read_by(facts: ProductFacts) -> frozenset[str]:
    """The models that other models read."""
    return frozenset(
        entry.name
        for model in facts.models.values()
        for entry in model.inputs
        if entry.kind is InputKind.MODEL
    )


def _matching(globs: Sequence[str], candidates: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(
        one.name for one in candidates if any(fnmatchcase(one.name, glob) for glob in globs)
    )
