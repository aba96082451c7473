"""A dbt project as it was at a git revision, compiled beside the work tree."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hansa.ops.dbt import compile_command, describe_project, find_dbt, run_dbt
from hansa.ops.progress import Lasting, Report
from hansa.projects.dbt.artifacts import MANIFEST, Artifacts, folder_of, read_artifacts
from hansa.projects.dbt.errors import DbtManifestMissing
from hansa.projects.git import commit_of, list_blobs, read_blobs
from hansa.projects.product_file import DbtSettings

_PACKAGES = ("packages.yml", "dependencies.yml")
_OUTSIDE = re.compile(rb"local:\s*['\"]?\.\.")
_KEPT = "compiled"


@dataclass(frozen=True, slots=True)
class Revision:
    """A product's directory at a revision; `subdir` is another, from the repository's root."""

    directory: Path
    name: str
    subdir: str | None = None


def compiled_revision(
    revision: Revision, settings: DbtSettings, environ: Mapping[str, str], report: Report
) -> Artifacts:
    """What dbt makes of the project at that revision; kept by commit, as it never changes.

    Raises DbtManifestMissing where dbt is not on the PATH, DbtCompileFailed, NotADbtProject,
    and what git raises.
    """
    commit = commit_of(revision.directory, revision.name)
    key = re.sub(r"\W", "_", f"{revision.subdir or ''}_{settings.project}_{settings.target or ''}")
    kept = revision.directory / ".hansa" / "dbt" / f"{commit}{key}"
    folder = folder_of(settings.project)
    shown = f"git:{revision.name}/{MANIFEST}"
    if not (kept / _KEPT / MANIFEST).is_file():
        if find_dbt(environ) is None:
            raise DbtManifestMissing(shown, "dbt is not on the PATH")
        command = compile_command(settings)
        report(Lasting(f"running `{' '.join(command)}` for git:{revision.name}"))
        _compile(revision, settings, environ, kept)
    described = describe_project(kept, settings)
    return read_artifacts(kept, kept / _KEPT, described, folder=folder, shown=shown)


def _compile(
    revision: Revision, settings: DbtSettings, environ: Mapping[str, str], kept: Path
) -> None:
    """Compile in a directory that gets its name when all is done."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as name:
        root = Path(name) / "tree"
        project = _check_out(revision, settings, root)
        described = describe_project(project, settings)
        _keep_profile(revision, settings, project)
        if any((project / file).is_file() for file in _PACKAGES):
            run_dbt(project, ["dbt", "deps"], environ)
        # the environment may send dbt's artifacts to the work tree's own directory
        target = project / described.target_path
        here = {**environ, "DBT_TARGET_PATH": str(described.target_path)}
        run_dbt(project, compile_command(settings), here)
        shutil.copytree(target, project / _KEPT, dirs_exist_ok=True)
        # dbt links local packages by their absolute paths; a copy has their files
        whole = Path(name) / "whole"
        shutil.copytree(project, whole)
        if not kept.exists():
            whole.rename(kept)


def _check_out(revision: Revision, settings: DbtSettings, root: Path) -> Path:
    """Write the project's files; the whole repository where a local package lies outside."""
    product = revision.subdir
    wanted = PurePosixPath(product or ".") / settings.project
    inside = revision.directory / settings.project
    subdir = None if product is None else wanted.as_posix()
    blobs = list_blobs(inside if product is None else revision.directory, revision.name, subdir)
    contents = read_blobs(revision.directory, blobs)
    project = root
    if any(_OUTSIDE.search(contents.get(file, b"")) for file in _PACKAGES):
        whole = list_blobs(revision.directory, revision.name, "")
        own = next(
            (
                path
                for path in whole
                if path.endswith("dbt_project.yml") and whole[path] == blobs.get("dbt_project.yml")
            ),
            "dbt_project.yml",
        )
        contents = read_blobs(revision.directory, whole)
        project = root / PurePosixPath(own).parent
    for path, data in contents.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return project


def _keep_profile(revision: Revision, settings: DbtSettings, project: Path) -> None:
    """The profile of the work tree, where the repository has none."""
    profile = revision.directory / settings.project / "profiles.yml"
    if profile.is_file() and not (project / "profiles.yml").exists():
        shutil.copyfile(profile, project / "profiles.yml")
