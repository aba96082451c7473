"""The models' texts at an older version, for coverage of what changed since."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hansa.core.release import ReleaseName
from hansa.errors import HansaError
from hansa.ops.baseline import find_baseline
from hansa.ops.sides import GIT
from hansa.ops.workspace import Workspace
from hansa.projects.tree import GitTree

# stands for the release that the working copy follows
RELEASE = "release"


@dataclass(frozen=True, slots=True)
class ComparedModels:
    """Texts by path, before and now; `label` names the old version, None where there is none."""

    label: str | None
    old: Mapping[str, str]
    new: Mapping[str, str]


def models_since(text: str, workspace: Workspace) -> ComparedModels:
    """The models at a git revision, at `product@1.4.0`, or at the last `release`.

    `git:REV` is the revision also where REV reads as something else. What is not valid SQL or
    no product any more does no harm, as only lines are compared. Raises what the registry and
    git raise for a name that they do not know.
    """
    new = {model.path: model.sql for model in workspace.product.models.values()}
    if text == RELEASE:
        baseline = find_baseline(workspace)
        if baseline is None:
            return ComparedModels(None, {}, new)
        return ComparedModels(str(baseline.name), _models(baseline.files), new)
    name = _release_name(text)
    if name is not None:
        return ComparedModels(str(name), _models(workspace.store.open_name(name).files), new)
    revision = text.removeprefix(GIT)
    tree = GitTree(workspace.directory, revision)
    paths = [path for path in tree.paths() if _is_model(path)]
    old = _models({path: tree.read(path) for path in paths})
    # a repository holds what was written, which is not what a template was compiled to
    written = _models(_files_of(workspace.directory, new))
    return ComparedModels(f"{GIT}{revision}", old, {**new, **written})


def _files_of(directory: Path, paths: Iterable[str]) -> Mapping[str, bytes]:
    """The files as they are on disk; those that cannot be read are left out."""
    found = {}
    for path in paths:
        with contextlib.suppress(OSError):
            found[path] = (directory / path).read_bytes()
    return found


def _release_name(text: str) -> ReleaseName | None:
    """The release that a text names; `HEAD@{1}` is none."""
    if text.startswith(GIT):
        return None
    try:
        return ReleaseName.parse(text)
    except HansaError:
        return None


def _models(files: Mapping[str, bytes]) -> Mapping[str, str]:
    return {
        path: data.decode("utf-8-sig", "replace") for path, data in files.items() if _is_model(path)
    }


def _is_model(path: str) -> bool:
    return path.startswith("models/") and path.lower().endswith(".sql")
