"""What a command that failed or was killed has built already, and whether it is still valid."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from hansa.deploy.definition import ObjectKind, StoredObject
from hansa.deploy.names import interface_schema
from hansa.deploy.state import TargetState


class Signatures:
    """A text for each relation to build that changes when its rows might.

    It covers the SQL, the files of sources (size and time of change), what required tables
    and shared tables held, and all of that for whatever it is built from. Relations of the
    target that are sources count as unchanged: who resumes a run wants the same run.
    """

    def __init__(
        self, building: Iterable[StoredObject], state: TargetState, product: str, name_limit: int
    ) -> None:
        self._building = {item.relation: item for item in building}
        self._state = state
        self._product = product
        self._limit = name_limit
        self._known: dict[str, str] = {}

    def of(self, item: StoredObject, *, full: bool = False) -> str:
        """The signature; `full` tells that incremental models are computed from the start."""
        if item.relation not in self._known:
            parts = [item.fingerprint, item.sql, item.kind.value]
            if item.source is not None:
                parts += _files(item)
            if item.kind is ObjectKind.INCREMENTAL:
                # new rows are new against what is stored
                parts += [str(full), self._built_at(self._product, item.relation)]
            parts += [self._input(path, full) for path in item.inputs]
            self._known[item.relation] = sha256(repr(parts).encode()).hexdigest()
        return self._known[item.relation]

    def valid(self, found: Mapping[str, str], *, full: bool = False) -> frozenset[str]:
        """The relations among these checkpoints that may be used as they are.

        One whose inputs have to be built again is built again too.
        """
        valid: set[str] = set()
        for relation, item in self._building.items():
            if found.get(relation) == self.of(item, full=full) and all(
                below in valid for below in self._tables_below(item)
            ):
                valid.add(relation)
        return frozenset(valid)

    def _tables_below(self, item: StoredObject) -> Iterator[str]:
        """The nearest relations with rows that are being built too."""
        for path in item.inputs:
            below = self._building.get(path[-1])
            if below is None:
                continue
            if below.kind.holds_rows:
                yield below.relation
            else:
                yield from self._tables_below(below)

    def _input(self, path: tuple[str, ...], full: bool) -> str:
        item = self._building.get(path[-1])
        if item is not None:
            return self.of(item, full=full)
        for release in self._state.releases:
            name = release.name
            if path[0] == interface_schema(name.product, name.version, self._limit):
                public = release.definition.table(path[-1])
                return self._built_at(name.product, public.relation) if public else ""
        return f"{path} {self._built_at(self._product, path[-1])}"

    def _built_at(self, product: str, relation: str) -> str:
        record = self._state.objects.get((product, relation))
        return record.built_at.isoformat() if record else ""


def _files(item: StoredObject) -> list[str]:
    assert item.source is not None
    pattern = item.source.path or ""
    if "://" in pattern:
        return [pattern]
    if not pattern.startswith("/"):
        pattern = f"{glob.escape(item.base)}/{pattern}"
    found = []
    for name in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207
        try:
            stat = Path(name).stat()
        except OSError:
            continue
        found.append(f"{name} {stat.st_size} {stat.st_mtime_ns}")
    return found
