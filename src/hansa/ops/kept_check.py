"""Findings of a dbt project's own files, kept on disk until any of the files changes.

What a dbt project is stands in its artifacts and in few files beside them, so their digests
say whether the findings of the last check are still those of this one. Nothing of what makes a
check slow is imported for that.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from hansa import __version__
from hansa.core.diagnostic import Diagnostic
from hansa.ops.check_result import CheckResult
from hansa.ops.progress import Report
from hansa.ops.replacement import replace_file
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
from hansa.projects.tree import PRODUCT_FILE, TOP_FILES, DirectoryTree

if TYPE_CHECKING:
    from hansa.projects.product_file import DbtSettings

# Raise it when findings change their meaning while the version stays the same.
_FORMAT = "2"
_FILE = Path(".hansa", "cache", "check.json")


class _Kept(msgspec.Struct):
    """The findings under the digest of what they follow from, and the files read besides.

    `project` is the dbt project's directory and `described` what dbt_project.yml said, while
    `head` is the digest of that file and product.yaml.
    """

    key: str
    head: str
    project: str
    described: DbtProjectFile
    read: dict[str, str | None]
    product: str
    version: str
    models: int
    findings: list[Diagnostic]


@dataclass(slots=True)
class KeptCheck:
    """The last check of a dbt project: `result` when nothing changed since, else None.

    `find_artifacts` gives the artifacts again to whoever loads the product then, and notes which
    files of the project are read besides; `keep` is for what that check finds.
    """

    directory: Path
    project: str
    described: DbtProjectFile
    artifacts: Artifacts
    key: str
    result: CheckResult | None = None
    read: dict[str, str | None] = field(default_factory=dict)

    def find_artifacts(self, settings: DbtSettings) -> Artifacts:  # noqa: ARG002
        given = replace(self.artifacts, read=self._noting(self.artifacts.read))
        if not given.manifest:
            given = replace(given, manifest=Path(given.manifest_file).read_bytes())
        # it may be large: whoever loads the product has it from now on
        self.artifacts = replace(self.artifacts, manifest=b"")
        return given

    def _noting(self, read: Callable[[str], bytes | None]) -> Callable[[str], bytes | None]:
        def noted(path: str) -> bytes | None:
            data = read(path)
            self.read[path] = _digest(data)
            return data

        return noted

    def keep(self, result: CheckResult) -> None:
        """Keep the findings of the files alone: not what a comparison adds."""
        kept = _Kept(
            self.key,
            _head(self.directory, self.project),
            self.project,
            self.described,
            self.read,
            result.product,
            result.version,
            result.models,
            list(result.findings),
        )
        path = self.directory / _FILE
        # a directory that cannot be written costs time, not correctness
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, msgspec.json.encode(kept))


def find_kept_check(
    directory: Path, environ: Mapping[str, str], report: Report
) -> KeptCheck | None:
    """The last check of the dbt project in a directory; None where there is no such project.

    Raises what finding its artifacts raises.
    """
    last = _last(directory)
    current = None if last is None else _current(directory, last, environ)
    if current is not None:
        return current
    # what reads files anew is imported when it is needed: a check that has nothing to do is quick
    from hansa.ops.dbt import describe_project, find_artifacts
    from hansa.projects.decoding import Reader
    from hansa.projects.product_file import read_product_file

    try:
        reader = Reader(PRODUCT_FILE)
        head = read_product_file((directory / PRODUCT_FILE).read_bytes(), reader)
    except OSError:
        return None
    if reader.findings or head.dbt is None or head.dbt.compiled:
        return None
    artifacts = find_artifacts(directory, head.dbt, environ, report)
    described = describe_project(directory / head.dbt.project, head.dbt)
    kept = KeptCheck(directory, head.dbt.project, described, artifacts, _key(directory, artifacts))
    kept.result = None if last is None else _result(kept, last)
    return kept


def find_unchanged(directory: Path, environ: Mapping[str, str]) -> CheckResult | None:
    """What the last check found, while all files are as they were then; None otherwise."""
    last = _last(directory)
    current = None if last is None else _current(directory, last, environ)
    return None if current is None else current.result


def _current(directory: Path, last: _Kept, environ: Mapping[str, str]) -> KeptCheck | None:
    """The project as its files describe it still, with the last findings if they hold.

    None when what describes it changed, or dbt has to compile it first.
    """
    if _head(directory, last.project) != last.head:
        return None
    project = directory / last.project
    target = target_directory(project, last.described, environ)
    manifest = target / MANIFEST
    if not manifest.is_file() or newer_file(project, last.described, manifest) is not None:
        return None
    artifacts = read_artifacts(project, target, last.described, folder=folder_of(last.project))
    kept = KeptCheck(directory, last.project, last.described, artifacts, _key(directory, artifacts))
    kept.result = _result(kept, last)
    return kept


def _head(directory: Path, project: str) -> str:
    """A digest of the two files that say where the dbt project is and what is in it."""
    files = (directory / PRODUCT_FILE, directory / project / PROJECT_FILE)
    return " ".join(str(_digest(file.read_bytes() if file.is_file() else None)) for file in files)


def _key(directory: Path, artifacts: Artifacts) -> str:
    """A digest of everything that findings follow from, but for files that are read in passing."""
    tree = DirectoryTree(directory)
    parts = [_FORMAT, __version__, _parser_version(), tree.label, artifacts.manifest_file]
    parts += [artifacts.folder, *map(str, map(_digest, (artifacts.manifest, artifacts.catalog)))]
    for file in TOP_FILES:
        path = tree.directory / file
        parts += [file, str(_digest(path.read_bytes() if path.is_file() else None))]
    return sha256("\0".join(parts).encode()).hexdigest()


def _parser_version() -> str:
    """Which release of the parser is installed, told by a file of it without importing it."""
    found = find_spec("sqlglot")
    assert found is not None
    assert found.origin is not None
    file = Path(found.origin).with_name("_version.py")
    if file.is_file():
        return str(_digest(file.read_bytes()))
    from importlib import metadata  # slow to import, like the parser

    return metadata.version("sqlglot")


def _digest(data: bytes | None) -> str | None:
    return None if data is None else sha256(data).hexdigest()


def _last(directory: Path) -> _Kept | None:
    try:
        return msgspec.json.decode((directory / _FILE).read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError, ValueError):
        return None


def _result(kept: KeptCheck, last: _Kept) -> CheckResult | None:
    """What the last check found, if it looked at the same."""
    if last.key != kept.key:
        return None
    if any(_digest(kept.artifacts.read(path)) != digest for path, digest in last.read.items()):
        return None
    return CheckResult(last.product, last.version, last.models, tuple(last.findings))
