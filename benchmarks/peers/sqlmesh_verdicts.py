"""What SQLMesh says of each model of two projects; runs in an environment that has SQLMesh.

    python sqlmesh_verdicts.py OLD NEW MODEL…

prints JSON: for each model `equal` (it has the same fingerprint), `non-breaking`, `breaking`,
or `undecided` where the categoriser leaves the question to a person.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from sqlmesh import Context
from sqlmesh.core.config import CategorizerConfig
from sqlmesh.core.config.categorizer import AutoCategorizationMode
from sqlmesh.core.snapshot import Snapshot, SnapshotChangeCategory
from sqlmesh.core.snapshot.categorizer import categorize_change

# only what it decides itself: another mode calls everything else breaking
CONFIG = CategorizerConfig(sql=AutoCategorizationMode.SEMI)
WORDS = {
    SnapshotChangeCategory.NON_BREAKING: "non-breaking",
    SnapshotChangeCategory.BREAKING: "breaking",
    None: "undecided",
}


def main() -> None:
    old_path, new_path, *models = sys.argv[1:]
    old, new = by_name(old_path), by_name(new_path)
    json.dump({model: verdict(model, old, new) for model in models}, sys.stdout)


def by_name(path: str) -> dict[str, Snapshot]:
    snapshots = Context(paths=[path]).snapshots.values()
    return {plain(snapshot.name): snapshot for snapshot in snapshots}


def plain(name: str) -> str:
    """The last two parts of a name such as `"db"."p1"."out"`."""
    return ".".join(name.replace('"', "").split(".")[-2:])


def verdict(model: str, old: Mapping[str, Snapshot], new: Mapping[str, Snapshot]) -> str:
    """A model that was not touched itself is as its changed parents are."""
    before, after = old.get(model), new.get(model)
    if before is None or after is None:
        return "undecided"
    one, other = before.fingerprint, after.fingerprint
    if one.data_hash != other.data_hash:
        return WORDS[categorize_change(after, before, CONFIG)]
    if one.parent_data_hash == other.parent_data_hash:
        return "equal"
    parents = {verdict(plain(parent.name), old, new) for parent in after.parents} - {"equal"}
    return "non-breaking" if parents <= {"non-breaking"} else "undecided"


if __name__ == "__main__":
    main()
