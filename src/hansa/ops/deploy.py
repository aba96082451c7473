"""Put a published release into a target."""

from __future__ import annotations

from hansa.core.release import ReleaseName
from hansa.deploy.define import Candidate
from hansa.deploy.deploy import DeployOptions
from hansa.deploy.deploy import deploy as deploy_release
from hansa.deploy.reports import DeployReport
from hansa.errors import GateRefused
from hansa.ops.target import opened, with_expanded_paths
from hansa.ops.workspace import Workspace


class NotPublished(GateRefused):
    """What is to be deployed is in no registry yet."""

    slug = "not-published"
    hint = "run `hansa publish`; `hansa build` computes a working copy without a release"

    def __init__(self, name: ReleaseName) -> None:
        self.name = name

    def __str__(self) -> str:
        return f"`{self.name}` is not published, and only releases are deployed"


def deploy(
    workspace: Workspace, release: str | None, target: str | None, keep: bool = False
) -> DeployReport:
    """Deploy `product@version`, by default the version that the contract declares.

    Files of sources are read from the workspace's directory. Raises NotPublished, NoTarget,
    UnknownTarget, and what the target raises.
    """
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
    candidate = Candidate(
        product=with_expanded_paths(chosen.product, workspace.environ),
        facts=chosen.facts,
        digest=chosen.digest,
        locked=chosen.lockfile.locked,
        base=workspace.directory.absolute(),
        prove=chosen.prove,
    )
    with opened(workspace, target) as engine:
        return deploy_release(
            engine, candidate, DeployOptions(keep=keep), progress=workspace.report
        )
