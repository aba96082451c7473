"""Put a published release into a target."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from uuid import uuid4

from hansa.core.release import ReleaseName
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import DeployOptions
from hansa.deploy.deploy import deploy as deploy_release
from hansa.deploy.deploy import plan as plan_release
from hansa.deploy.plan import DeployPlan
from hansa.deploy.reports import DeployReport
from hansa.engines.duckdb import open_memory
from hansa.engines.errors import TargetMissing
from hansa.errors import GateRefused
from hansa.ops.clock import today
from hansa.ops.sunset import sunset_warnings
from hansa.ops.target import opened, with_expanded_paths
from hansa.ops.telling import described, telling
from hansa.ops.workspace import Workspace


class NotPublished(GateRefused):
    """What is to be deployed is in no registry yet."""

    slug = "not-published"
    hint = "run `hansa publish`; `hansa build` computes a working copy without a release"

    def __init__(self, name: ReleaseName) -> None:
        self.name = name

    def __str__(self) -> str:
        return f"`{self.name}` is not published, and only releases are deployed"


@dataclass(frozen=True, slots=True)
class PlannedDeployment:
    """What deploying would do to the target of that address."""

    target: str
    plan: DeployPlan


def deploy(
    workspace: Workspace,
    release: str | None,
    target: str | None,
    options: DeployOptions,
    events: str | None = None,
) -> DeployReport:
    """Deploy `product@version`, by default the version that the contract declares.

    Files of sources are read from the workspace's directory. `events` is where run events go,
    beside what the environment says. Raises NotPublished, NoTarget, UnknownTarget, and what
    the target raises.
    """
    candidate = _candidate(workspace, release)
    name = candidate.product.name
    with (
        opened(workspace, target) as engine,
        telling(workspace, events, f"hansa deploy {name}", uuid4()) as told,
    ):
        told.begin(name, engine.url, lambda: described(workspace, candidate.name))
        report = deploy_release(engine, candidate, options, listener=told.listener)
        told.end(report)
    pins = [ReleaseName(name, pin.version) for name, pin in candidate.locked.items()]
    sunsets = sunset_warnings(lambda: workspace.registry, pins, today())
    return replace(report, warnings=(*told.warnings, *sunsets))


def plan(
    workspace: Workspace, release: str | None, target: str | None, keep: bool = False
) -> PlannedDeployment:
    """What `deploy` with the same arguments would do now; reads only, and makes no target."""
    candidate = _candidate(workspace, release)
    options = DeployOptions(keep=keep)
    try:
        with opened(workspace, target, read_only=True) as engine:
            return PlannedDeployment(engine.url, plan_release(engine, candidate, options))
    except TargetMissing as missing:
        # a target that deploying would make is as empty as one in memory
        with closing(open_memory()) as empty:
            return PlannedDeployment(missing.url, plan_release(empty, candidate, options))


def _candidate(workspace: Workspace, release: str | None) -> Candidate:
    product = workspace.product
    if release is None:
        name = ReleaseName(product.name, product.version)
    elif "@" in release:
        name = ReleaseName.parse(release)
    else:
        name = ReleaseName.parse(f"{product.name}@{release}")
    known = [found.name for found in workspace.registry.releases(name.product)]
    if name not in known:
        raise NotPublished(name)
    chosen = workspace.store.open_name(name)
    return Candidate(
        product=with_expanded_paths(chosen.product, workspace.environ),
        facts=chosen.facts,
        digest=chosen.digest,
        locked=chosen.lockfile.locked,
        base=workspace.directory.absolute(),
        prove=chosen.prove,
    )
