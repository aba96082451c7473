"""What a compiled dbt project left on disk, and whether it is as new as the project's files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT_FILE = "dbt_project.yml"
# the key of dbt_project.yml, the older one, and the default
FOLDERS = (
    ("model-paths", "source-paths", "models"),
    ("macro-paths", "macro-paths", "macros"),
    ("seed-paths", "data-paths", "seeds"),
    ("snapshot-paths", "snapshot-paths", "snapshots"),
    ("test-paths", "test-paths", "tests"),
    ("analysis-paths", "analysis-paths", "analyses"),
)
MANIFEST = "manifest.json"
CATALOG = "catalog.json"
_WATCHED = (".sql", ".yml", ".yaml", ".csv", ".py", ".md")
_TOP_FILES = (PROJECT_FILE, "packages.yml", "dependencies.yml", "package-lock.yml", "profiles.yml")


def nothing(path: str) -> bytes | None:  # noqa: ARG001
    """Reads the files of a project of which only the artifacts are there."""
    return None


@dataclass(frozen=True, slots=True)
class DbtProjectFile:
    """Name and version of a project, and its folders."""

    name: str = ""
    version: str | None = None
    target_path: str = "target"
    packages_path: str = "dbt_packages"
    folders: tuple[str, ...] = field(default=tuple(default for _, _, default in FOLDERS))


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The artifacts of one compiled project.

    `folder` is the project's directory relative to the product's, empty when they are one.
    `manifest_file` names the manifest to people. `read` gives a file of the project by its
    path, None when there is none; `read_template` does so for what the manifest is newer than.
    `packages` is where in the project its packages are installed.
    """

    manifest: bytes
    manifest_file: str
    catalog: bytes | None = None
    folder: str = ""
    read: Callable[[str], bytes | None] = nothing
    read_template: Callable[[str], bytes | None] = nothing
    packages: str = "dbt_packages"

    def path(self, file: str) -> str:
        """A file of the project as a path in the product."""
        return f"{self.folder}/{file}" if self.folder else file


def target_directory(project: Path, settings: DbtProjectFile, environ: Mapping[str, str]) -> Path:
    """Where dbt writes its artifacts."""
    return project / (environ.get("DBT_TARGET_PATH") or settings.target_path)


def folder_of(project: str) -> str:
    """A project's directory, as product.yaml writes it, as a folder of the product."""
    return "" if project in (".", "") else project.strip("/")


def newer_file(project: Path, settings: DbtProjectFile, manifest: Path) -> str | None:
    """A file of the project that was changed after the manifest was written; None without one."""
    written = manifest.stat().st_mtime_ns
    for path in _watched(os.fspath(project), settings):
        try:
            if os.stat(path).st_mtime_ns > written:  # noqa: PTH116
                return Path(path).relative_to(project).as_posix()
        except OSError:
            continue
    return None


def _watched(project: str, settings: DbtProjectFile) -> Iterator[str]:
    # thousands of files are looked at before every check: paths as texts take half the time
    for name in _TOP_FILES:
        yield os.path.join(project, name)  # noqa: PTH118
    for folder in settings.folders:
        for root, folders, files in os.walk(os.path.join(project, folder)):  # noqa: PTH118
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                if name.endswith(_WATCHED):
                    yield f"{root}{os.sep}{name}"


def read_artifacts(
    project: Path,
    target: Path,
    described: DbtProjectFile,
    *,
    folder: str = "",
    shown: str | None = None,
) -> Artifacts:
    """The artifacts in a target directory; its manifest has to be there."""
    catalog = target / CATALOG
    read = _reader(project)
    return Artifacts(
        (target / MANIFEST).read_bytes(),
        shown or (target / MANIFEST).as_posix(),
        catalog.read_bytes() if catalog.is_file() else None,
        folder,
        read,
        read,
        described.packages_path.strip("/"),
    )


def _reader(project: Path) -> Callable[[str], bytes | None]:
    """Reads files of a project, never one outside it, whatever links lead there.

    Every model's template is read so: paths as texts, and each folder looked up once, take a
    third of the time.
    """
    root = os.path.realpath(project)
    inside = root.rstrip(os.sep) + os.sep
    folders: dict[str, str] = {}

    def read(path: str) -> bytes | None:
        if "\0" in path:
            return None
        folder, _, name = path.rpartition("/")
        real = folders.get(folder)
        if real is None:
            real = folders[folder] = os.path.realpath(os.path.join(root, folder))  # noqa: PTH118
        file = os.path.join(real, name)  # noqa: PTH118
        if os.path.islink(file) or name in ("", ".", ".."):  # noqa: PTH114
            file = os.path.realpath(file)
        if not file.startswith(inside):
            return None
        try:
            with open(file, "rb", buffering=0) as opened:  # noqa: PTH123
                return opened.readall()
        except OSError:
            return None

    return read
