"""Finds what dbt compiled, and has dbt compile what it has not."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from hansa.ops.progress import Lasting, Report
from hansa.projects.dbt.artifacts import (
    MANIFEST,
    PROJECT_FILE,
    Artifacts,
    DbtProjectFile,
    folder_of,
    newer_file,
    read_artifacts,
    target_directory,
)
from hansa.projects.dbt.errors import (
    DbtCompileFailed,
    DbtManifestMissing,
    DbtManifestStale,
    NotADbtProject,
)
from hansa.projects.dbt.project_file import read_project_file
from hansa.projects.product_file import DbtSettings

_OUTPUT_LINES = 12


def find_artifacts(
    directory: Path, settings: DbtSettings, environ: Mapping[str, str], report: Report
) -> Artifacts:
    """The artifacts of a product's dbt project, compiled now when they are missing or too old.

    Raises NotADbtProject, DbtManifestMissing or DbtManifestStale where dbt is not on the PATH,
    and DbtCompileFailed.
    """
    project = directory / settings.project
    described = describe_project(project, settings)
    target = target_directory(project, described, environ)
    manifest = target / MANIFEST
    newer = newer_file(project, described, manifest) if manifest.is_file() else None
    if newer is not None or not manifest.is_file():
        command = compile_command(settings)
        if find_dbt(environ) is None:
            shown, why = manifest.as_posix(), "dbt is not on the PATH"
            if newer is not None:
                raise DbtManifestStale(shown, newer, why, " ".join(command))
            raise DbtManifestMissing(shown, why, " ".join(command))
        reason = f"`{newer}` is newer than the manifest" if newer else "there is no manifest"
        report(Lasting(f"running `{' '.join(command)}`, as {reason}"))
        run_dbt(project, command, environ)
    return read_artifacts(project, target, described, folder=folder_of(settings.project))


def describe_project(project: Path, settings: DbtSettings) -> DbtProjectFile:
    """What dbt_project.yml says. Raises NotADbtProject."""
    file = project / PROJECT_FILE
    if not file.is_file():
        raise NotADbtProject(str(project), settings.place)
    return read_project_file(file.read_bytes(), file.as_posix())


def find_dbt(environ: Mapping[str, str]) -> str | None:
    """The dbt on the PATH, None without one."""
    return shutil.which("dbt", path=environ.get("PATH"))


def compile_command(settings: DbtSettings) -> list[str]:
    """How a project is compiled: as if nothing had run before, so that it does not matter."""
    command = ["dbt", "compile", "--full-refresh"]
    return [*command, "--target", settings.target] if settings.target else command


def run_dbt(project: Path, command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run dbt in a project's directory. Raises DbtCompileFailed with the end of its output."""
    program = find_dbt(environ) or command[0]
    done = subprocess.run(
        [program, *command[1:]],
        cwd=project,
        env={**environ, "DBT_USE_COLORS": "false"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        raise DbtCompileFailed(str(project), " ".join(command), " ".join(lines[-_OUTPUT_LINES:]))
