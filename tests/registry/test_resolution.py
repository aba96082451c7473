"""A registry serves resolution as its source."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.registry.builders import bundle, lock_of, publish_all, registry

from hansa.core.release import Deprecation, Locked, ReleaseName
from hansa.core.version import Constraint, Version
from hansa.resolution import dependency_tree, outdated, resolve


def test_from_publishing_to_the_tree(tmp_path: Path) -> None:
    target = registry(tmp_path / "registry")
    publish_all(target, "fleet@1.0.0", "fleet@2.0.0")
    target.publish(bundle("flights@1.0.0", {"fleet": "^1"}, lock_of(target, "fleet@1.0.0")))
    target.publish(bundle("flights@1.1.0", {"fleet": "^2"}, lock_of(target, "fleet@2.0.0")))
    publish_all(target, "flights@1.2.0")
    target.yank(ReleaseName.parse("flights@1.2.0"), "wrong delays")
    ending = Deprecation("fleet", "1", date(2027, 1, 1))
    target.deprecate(ending)
    requires = {"flights": Constraint.parse("^1"), "fleet": Constraint.parse("^1")}

    locked = resolve("late", requires, target)

    one = Version.parse("1.0.0")
    fleet, flights = ReleaseName("fleet", one), ReleaseName("flights", one)
    assert locked == {
        "fleet": Locked(one, target.release(fleet).digest),
        "flights": Locked(one, target.release(flights).digest),
    }
    tree = dependency_tree(requires, locked, target)
    assert [(each.name, [child.name for child in each.children]) for each in tree] == [
        (fleet, []),
        (flights, [fleet]),
    ]
    behind = outdated(requires, locked, target)
    assert [(str(each.newest), each.deprecation) for each in behind] == [
        ("2.0.0", ending),
        ("1.1.0", None),
    ]
