"""Which tests a change of a product's files touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hansa.core.facts import InputKind, ModelFacts
from hansa.core.product import Product
from hansa.errors import HansaError
from hansa.ops.workspace import Workspace
from hansa.projects.tree import DirectoryTree

Stamp = tuple[int, int, int]

# files that decide nothing but what the tests read from them say
_TEST_FILES = (".yaml", ".yml", ".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of a product directory with what tells a changed file from the old one."""

    stamps: Mapping[str, Stamp]

    def changed(self, other: Snapshot) -> tuple[str, ...]:
        """The files that differ, or that one of the two lacks."""
        paths = self.stamps.keys() | other.stamps.keys()
        return tuple(
            sorted(path for path in paths if self.stamps.get(path) != other.stamps.get(path))
        )


def take_snapshot(directory: Path) -> Snapshot:
    """The files as they are now; a directory that is gone for a moment has none."""
    try:
        paths = DirectoryTree(directory).paths()
    except (HansaError, OSError):
        return Snapshot({})
    stamps = {}
    for path in paths:
        try:
            found = (directory / path).stat()
        except OSError:
            continue  # removed while we looked: the next snapshot tells
        stamps[path] = (found.st_mtime_ns, found.st_size, found.st_ino)
    return Snapshot(stamps)


def touched_tests(before: Workspace, after: Workspace, files: tuple[str, ...]) -> frozenset[str]:
    """The names of the tests that may end otherwise than before these files changed.

    Those are tests that say something else now, and tests whose model is computed, at any
    depth, from a model that changed. A change of anything else may touch all tests.
    """
    old, new = before.product, after.product
    everything = frozenset(test.name for test in new.tests)
    if any(_decides_all(path) for path in files):
        return everything
    earlier = {test.name: test for test in old.tests}
    rewritten = {test.name for test in new.tests if earlier.get(test.name) != test}
    models = _changed_models(old, new)
    reached = {test.name for test in new.tests if _closure(test.model, after.facts.models) & models}
    return frozenset(rewritten | reached)


def _decides_all(path: str) -> bool:
    folder = path.partition("/")[0]
    if folder in ("tests", "fixtures"):
        return not path.lower().endswith(_TEST_FILES)
    return folder != "models" and path != "README.md"


def _changed_models(old: Product, new: Product) -> set[str]:
    names = old.models.keys() | new.models.keys()
    return {name for name in names if old.models.get(name) != new.models.get(name)}


def _closure(model: str, facts: Mapping[str, ModelFacts]) -> set[str]:
    """A model and all models that it is computed from."""
    found, waiting = {model}, [model]
    while waiting:
        known = facts.get(waiting.pop())
        for read in known.inputs if known else ():
            if read.kind is InputKind.MODEL and read.name not in found:
                found.add(read.name)
                waiting.append(read.name)
    return found
