"""Write required products as local dbt packages, and name them in packages.yml."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hansa.deploy.names import interface_schema
from hansa.engines.sandbox import open_sandbox
from hansa.engines.targets import hide_secrets, target_dialect
from hansa.errors import InvalidInput
from hansa.ops.replacement import replace_file
from hansa.ops.standins import StandIns
from hansa.ops.target import DEFAULT, target_url
from hansa.ops.workspace import Workspace
from hansa.projects.dbt.package import MARKER, Location, edited_files, package_files
from hansa.projects.dbt.packages_file import (
    DEPENDENCIES_FILE,
    PACKAGES_FILE,
    lists_packages,
    set_local_packages,
)
from hansa.projects.variables import expand_variables

# DuckDB sets no limit; this is what every engine takes
_NAME_LIMIT = 63
_DATABASE = "hansa_standins"


class DbtPackageEdited(InvalidInput):
    """A directory that `hansa sync` would replace holds what hansa did not write."""

    slug = "dbt-package-edited"

    def __init__(self, directory: Path, files: tuple[str, ...]) -> None:
        self.directory = directory
        self.files = files
        self.hint = "move what you need elsewhere, delete the directory, and sync again"

    def __str__(self) -> str:
        named = ", ".join(f"`{file}`" for file in self.files[:5])
        what = f"{named} in it was edited by hand" if named else "hansa did not write it"
        return f"`{self.directory}` is not replaced, as {what}"


@dataclass(frozen=True, slots=True)
class WrittenPackages:
    """The packages by product, the file that names them, and where their tables are read.

    `target` is the address of a target without secrets, None for the embedded stand-in.
    """

    directories: Mapping[str, Path]
    listed_in: Path
    target: str | None


def write_packages(workspace: Workspace, target: str | None) -> WrittenPackages:
    """Write one package a required product into `.hansa/dbt`, all or none.

    Its models select from the interface schema of the pinned release in the target. Without
    one, `dev` is meant: unless product.yaml gives it an address outside `.hansa`, that is the
    embedded stand-in. Every pinned release is then computed from its own bundle into
    `.hansa/standins.duckdb`, which dbt attaches. Packages of products no longer required are
    removed, here and in the file.
    Raises DbtPackageEdited, UnknownTarget, UneditableFile, and what computing raises.
    """
    root = workspace.directory / ".hansa" / "dbt"
    _check_ours(root)
    locations, url = _locations(workspace, target)
    directories = {}
    for name, opened in workspace.required.items():
        workspace.report(f"writing the dbt package of {opened.name}")
        files = package_files(opened.product.contract, opened.digest, locations[name])
        directories[name] = root / name
        _write(root / name, files)
    for stale in root.iterdir() if root.is_dir() else ():
        if stale.name not in directories:
            shutil.rmtree(stale)
    return WrittenPackages(directories, _list(workspace, directories), url)


def _check_ours(root: Path) -> None:
    for directory in sorted(root.iterdir()) if root.is_dir() else ():
        files = {
            path.relative_to(directory).as_posix(): path.read_bytes()
            for path in directory.rglob("*")
            if path.is_file()
        }
        edited = edited_files(files)
        if files and (edited is None or edited):
            raise DbtPackageEdited(directory, edited or ())


def _locations(
    workspace: Workspace, target: str | None
) -> tuple[Mapping[str, Location], str | None]:
    required = workspace.required
    name = target or DEFAULT
    if _is_stand_in(workspace, name):
        file = workspace.directory / ".hansa" / "standins.duckdb"
        schemas = _stand_in(workspace, file)
        attach = str(file.resolve())
        return {
            name: Location(schemas[name], "duckdb", _DATABASE, attach) for name in required
        }, None
    url = target_url(workspace, name)
    dialect = target_dialect(expand_variables(url, workspace.environ))
    return {
        name: Location(interface_schema(name, opened.name.version, _NAME_LIMIT), dialect)
        for name, opened in required.items()
    }, hide_secrets(url)


def _is_stand_in(workspace: Workspace, target: str) -> bool:
    """Whether a target is where nobody deploys to: `dev`, without an address of its own."""
    return target == DEFAULT and "/.hansa/" in workspace.head.targets.get(DEFAULT, "/.hansa/")


def _stand_in(workspace: Workspace, file: Path) -> Mapping[str, str]:
    """Compute every required release into a new file, and put it in the old one's place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    try:
        with open_sandbox(beside) as sandbox:
            stand_ins = StandIns(sandbox, workspace.report)
            schemas = {name: stand_ins.add(one) for name, one in workspace.required.items()}
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
        beside.with_name(f"{beside.name}.wal").unlink(missing_ok=True)
    return schemas


def _write(directory: Path, files: Mapping[str, bytes]) -> None:
    """The marker comes first, so that what a crash leaves is known to be ours."""
    if directory.exists():
        shutil.rmtree(directory)
    for path in (MARKER, *sorted(set(files) - {MARKER})):
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, files[path])


def _list(workspace: Workspace, directories: Mapping[str, Path]) -> Path:
    settings = workspace.head.dbt
    project = workspace.directory / (settings.project if settings else ".")
    file = project / PACKAGES_FILE
    other = project / DEPENDENCIES_FILE
    if not file.exists() and other.exists():
        text = other.read_text(encoding="utf-8")
        if lists_packages(text, DEPENDENCIES_FILE):
            file = other
    folder = Path(os.path.relpath(workspace.directory / ".hansa" / "dbt", project)).as_posix()
    paths = [f"{folder}/{name}" for name in directories]
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    edited = set_local_packages(text, file.name, folder, paths)
    if edited != text:
        replace_file(file, edited.encode())
    return file
