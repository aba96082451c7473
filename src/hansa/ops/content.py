"""Which files of two versions of a product differ."""

from __future__ import annotations

from collections.abc import Mapping

from hansa.core.product import Product

CONTRACT_FILE = "contract.yaml"


def differing_files(old: Product, new: Product) -> tuple[str, ...]:
    """The paths of all files that a release carries and that are not the same, sorted."""
    return _differing(old.files, new.files)


def differing_besides_version(old: Product, new: Product) -> tuple[str, ...]:
    """The same, where a contract that only declares another version counts as equal."""
    found = _differing(old.files, new.files)
    if CONTRACT_FILE in found and old.version != new.version:
        # the editor of YAML is slow to import, and seldom needed
        from hansa.projects.edit import set_version

        texts = [side.files.get(CONTRACT_FILE, b"").decode("utf-8") for side in (old, new)]
        if texts[0] == set_version(texts[1], old.version):
            return tuple(path for path in found if path != CONTRACT_FILE)
    return found


def _differing(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> tuple[str, ...]:
    return tuple(sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path)))
