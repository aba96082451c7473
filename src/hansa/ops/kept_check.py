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
from importlib.metadata import version
from pathlib import Path

import msgspec

from hansa import __version__
from hansa.core.diagnostic import Diagnostic
from hansa.ops.check_result import CheckResult
from hansa.ops.dbt import find_artifacts
from hansa.ops.progress import Report
from hansa.ops.replacement import replace_file
from hansa.projects.dbt.artifacts import Artifacts
from hansa.projects.decoding import Reader
from hansa.projects.product_file import DbtSettings, read_product_file
from hansa.projects.tree import PRODUCT_FILE, TOP_FILES, DirectoryTree

# Raise it when findings change their meaning while the version stays the same.
_FORMAT = "1"
_FILE = Path(".hansa", "cache", "check.json")


class _Kept(msgspec.Struct):
    """The findings under the digest of what they follow from, and the files read besides."""

    key: str
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
    artifacts: Artifacts
    key: str
    result: CheckResult | None = None
    read: dict[str, str | None] = field(default_factory=dict)

    def find_artifacts(self, settings: DbtSettings) -> Artifacts:  # noqa: ARG002
        return replace(self.artifacts, read=self._noting(self.artifacts.read))

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
    tree = DirectoryTree(directory)
    try:
        reader = Reader(PRODUCT_FILE)
        head = read_product_file((directory / PRODUCT_FILE).read_bytes(), reader)
    except OSError:
        return None
    if reader.findings or head.dbt is None or head.dbt.compiled:
        return None
    artifacts = find_artifacts(directory, head.dbt, environ, report)
    kept = KeptCheck(directory, artifacts, _key(tree, artifacts))
    kept.result = _read(kept)
    return kept


def _key(tree: DirectoryTree, artifacts: Artifacts) -> str:
    """A digest of everything that findings follow from, but for files that are read in passing."""
    parts = [_FORMAT, __version__, version("sqlglot"), tree.label, artifacts.manifest_file]
    parts += [artifacts.folder, *map(str, map(_digest, (artifacts.manifest, artifacts.catalog)))]
    for file in TOP_FILES:
        path = tree.directory / file
        parts += [file, str(_digest(path.read_bytes() if path.is_file() else None))]
    return sha256("\0".join(parts).encode()).hexdigest()


def _digest(data: bytes | None) -> str | None:
    return None if data is None else sha256(data).hexdigest()


def _read(kept: KeptCheck) -> CheckResult | None:
    try:
        found = msgspec.json.decode((kept.directory / _FILE).read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError, ValueError):
        return None
    if found.key != kept.key:
        return None
    if any(_digest(kept.artifacts.read(path)) != digest for path, digest in found.read.items()):
        return None
    return CheckResult(found.product, found.version, found.models, tuple(found.findings))
