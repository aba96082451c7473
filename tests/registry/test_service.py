"""What a registry does with releases, lines and names."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.registry.builders import bundle, lock_of, other_digest, publish_all, registry

from hansa.core.release import Deprecation, Locked, Release, ReleaseName
from hansa.core.version import Constraint, Version
from hansa.registry.bundle import digest
from hansa.registry.embedded import EmbeddedRegistry
from hansa.registry.errors import (
    DigestMismatch,
    RequirementNotPublished,
    UnknownLine,
    UnknownProduct,
    UnknownRelease,
    VersionAlreadyPublished,
)


@pytest.fixture
def target(tmp_path: Path) -> EmbeddedRegistry:
    return registry(tmp_path / "registry", create=True)


def name(text: str) -> ReleaseName:
    return ReleaseName.parse(text)


def names(releases: list[Release]) -> list[str]:
    return [str(release.name) for release in releases]


def events(target: EmbeddedRegistry) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(Path(target.url) / "registry.db")) as connection:
        query = "SELECT actor, action, product, version, detail FROM events ORDER BY id"
        return list(connection.execute(query))


def test_a_release_is_what_its_bundle_says(target: EmbeddedRegistry) -> None:
    publish_all(target, "flights@1.4.0")
    lock = lock_of(target, "flights@1.4.0")
    data = bundle("punctuality@1.0.0", {"flights": "^1.2"}, lock)

    release = target.publish(data)

    assert release == Release(
        name=name("punctuality@1.0.0"),
        digest=digest(data),
        published_at=datetime(2026, 1, 1, 0, 3, tzinfo=UTC),
        size=len(data),
        description="What flew.",
        team="ops",
        contact="ops@example.com",
        requires={"flights": Constraint.parse("^1.2")},
        locked={"flights": Locked(Version.parse("1.4.0"), lock["flights"][1])},
        origin="0123abc",
    )
    assert target.release(release.name) == release
    assert target.releases("punctuality") == [release]
    assert target.fetch(release.name) == data
    assert target.fetch(release.name, digest(data)) == data


def test_releases_are_in_the_order_of_versions(target: EmbeddedRegistry) -> None:
    publish_all(
        target,
        *("flights@1.10.0", "flights@1.9.0", "flights@2.0.0", "flights@2.0.0-rc.2"),
        *("flights@2.0.0-rc.10", "flights@0.3.0", "weather@1.0.0"),
    )
    assert names(target.releases("flights")) == [
        "flights@0.3.0",
        "flights@1.9.0",
        "flights@1.10.0",
        "flights@2.0.0-rc.2",
        "flights@2.0.0-rc.10",
        "flights@2.0.0",
    ]
    assert target.products() == ["flights", "weather"]
    assert target.releases("fleet") == []


def test_a_version_is_published_once(target: EmbeddedRegistry) -> None:
    (first,) = publish_all(target, "flights@1.0.0")
    with pytest.raises(VersionAlreadyPublished) as same:
        target.publish(first)
    with pytest.raises(VersionAlreadyPublished) as other:
        target.publish(bundle("flights@1.0.0", files={}))

    assert (
        str(same.value)
        == str(other.value)
        == ("`flights@1.0.0` is already published, and a version can be published once")
    )
    assert same.value.hint == "nothing is left to do: the published release has the same content"
    assert other.value.hint == "raise the version with `hansa version --bump` and publish again"
    assert target.fetch(name("flights@1.0.0")) == first


def test_what_is_locked_must_be_published(target: EmbeddedRegistry) -> None:
    publish_all(target, "flights@1.4.0")
    registered = target.release(name("flights@1.4.0")).digest

    def refusal(version: str, value: str) -> str:
        with pytest.raises(RequirementNotPublished) as caught:
            target.publish(bundle("late@1.0.0", {"flights": "^1"}, {"flights": (version, value)}))
        assert (
            caught.value.hint == "run `hansa lock` against this registry, test, and publish again"
        )
        return str(caught.value)

    assert refusal("1.5.0", registered) == (
        "`late@1.0.0` is locked to `flights@1.5.0`, which this registry does not have"
    )
    assert refusal("1.4.0", other_digest()) == (
        "`late@1.0.0` is locked to `flights@1.4.0` with another digest than this registry has, "
        f"`{registered}`"
    )
    assert target.products() == ["flights"]


def test_dependents(target: EmbeddedRegistry) -> None:
    publish_all(target, "flights@1.4.0", "weather@1.0.0")
    flights, weather = lock_of(target, "flights@1.4.0"), lock_of(target, "weather@1.0.0")
    target.publish(bundle("routes@1.0.0", {"flights": "^1"}, flights))
    for version in ("1.10.0", "1.9.0"):
        requires = {"flights": "^1", "weather": "^1"}
        target.publish(bundle(f"late@{version}", requires, flights | weather))
    target.yank(name("late@1.9.0"), None)

    assert names(target.dependents("flights")) == ["late@1.9.0", "late@1.10.0", "routes@1.0.0"]
    assert names(target.dependents("weather")) == ["late@1.9.0", "late@1.10.0"]
    assert target.dependents("weather")[0].requires.keys() == {"flights", "weather"}
    assert target.dependents("routes") == target.dependents("nobody") == []


def test_a_yank_is_idempotent_and_taken_back(target: EmbeddedRegistry) -> None:
    publish_all(target, "flights@1.0.0")
    release = name("flights@1.0.0")

    def state() -> tuple[bool, str | None]:
        found = target.release(release)
        return (found.yanked, found.yank_reason)

    target.unyank(release)
    assert state() == (False, None)
    target.yank(release, "wrong delays")
    target.yank(release, "wrong delays")
    assert state() == (True, "wrong delays")
    target.yank(release, "wrong delays and gates")
    assert state() == (True, "wrong delays and gates")
    target.unyank(release)
    target.unyank(release)
    assert state() == (False, None)
    value = target.release(release).digest
    assert events(target) == [
        ("ada", "publish", "flights", "1.0.0", value),
        ("ada", "yank", "flights", "1.0.0", "wrong delays"),
        ("ada", "yank", "flights", "1.0.0", "wrong delays and gates"),
        ("ada", "unyank", "flights", "1.0.0", None),
    ]


def test_a_deprecation_is_idempotent_changed_and_taken_back(target: EmbeddedRegistry) -> None:
    publish_all(target, "flights@0.3.0", "flights@1.0.0", "flights@2.0.0", "flights@10.0.0")
    soon = Deprecation("flights", "2", date(2027, 1, 1), "move to 10")
    later = Deprecation("flights", "2", date(2027, 6, 1), "move to 10")
    old, bare = Deprecation("flights", "0.3"), Deprecation("flights", "10")

    for each in (bare, soon, soon, old, later):
        target.deprecate(each)
    assert target.deprecations("flights") == [old, later, bare]
    for _ in range(2):
        target.undeprecate("flights", "2")
    assert target.deprecations("flights") == [old, bare]
    assert target.deprecations("nobody") == []
    assert events(target)[4:] == [
        ("ada", "deprecate", "flights", "10", "no sunset"),
        ("ada", "deprecate", "flights", "2", "2027-01-01"),
        ("ada", "deprecate", "flights", "0.3", "no sunset"),
        ("ada", "deprecate", "flights", "2", "2027-06-01"),
        ("ada", "undeprecate", "flights", "2", None),
    ]


def test_unknown_products(target: EmbeddedRegistry) -> None:
    publish_all(target, "flights@1.0.0", "fleet@1.0.0")
    for call in (
        lambda: target.release(name("flihgts@1.0.0")),
        lambda: target.fetch(name("flihgts@1.0.0")),
        lambda: target.yank(name("flihgts@1.0.0"), None),
        lambda: target.unyank(name("flihgts@1.0.0")),
        lambda: target.deprecate(Deprecation("flihgts", "1")),
        lambda: target.undeprecate("flihgts", "1"),
    ):
        with pytest.raises(UnknownProduct) as caught:
            call()
        assert str(caught.value) == f"no product `flihgts` is in the registry `{target.url}`"
        assert caught.value.hint == "did you mean `flights`?"
    with pytest.raises(UnknownProduct) as caught:
        target.release(name("customers@1.0.0"))
    assert caught.value.hint == "look for its name with its owner"


def test_unknown_releases(target: EmbeddedRegistry) -> None:
    publish_all(target, *(f"flights@1.{minor}.0" for minor in range(11)))
    for call in (
        lambda: target.release(name("flights@1.11.0")),
        lambda: target.fetch(name("flights@1.11.0")),
        lambda: target.yank(name("flights@1.11.0"), None),
    ):
        with pytest.raises(UnknownRelease) as caught:
            call()
        assert str(caught.value) == "`flights` has no release `1.11.0`"
        assert caught.value.hint == (
            "the newest versions of `flights` are 1.6.0, 1.7.0, 1.8.0, 1.9.0, 1.10.0"
        )


def test_unknown_lines(target: EmbeddedRegistry) -> None:
    publish_all(target, "flights@0.3.0", "flights@0.3.1", "flights@1.0.0")
    for line in ("0", "0.4", "2", "1.0", "x"):
        with pytest.raises(UnknownLine) as caught:
            target.deprecate(Deprecation("flights", line))
        assert str(caught.value) == f"`flights` has no release of the major line `{line}`"
        assert caught.value.hint == "its major lines are `0.3`, `1`"
    assert target.deprecations("flights") == []


def test_another_digest_than_the_lockfile_says(target: EmbeddedRegistry) -> None:
    publish_all(target, "flights@1.0.0")
    actual = target.release(name("flights@1.0.0")).digest
    with pytest.raises(DigestMismatch) as caught:
        target.fetch(name("flights@1.0.0"), other_digest())
    assert str(caught.value) == (
        f"`flights@1.0.0` was expected to have the digest `{other_digest()}`, but it has `{actual}`"
    )
    assert caught.value.hint == (
        "somebody changed the release or the lockfile: ask the owner, and only if the new content "
        "is right, run `hansa update flights`"
    )


def test_what_happened_cannot_be_rewritten(target: EmbeddedRegistry) -> None:
    publish_all(target, "flights@1.0.0")
    with closing(sqlite3.connect(Path(target.url) / "registry.db")) as connection:
        for change in ("UPDATE events SET actor = 'eve'", "DELETE FROM events"):
            with pytest.raises(sqlite3.IntegrityError, match="events are append-only"):
                connection.execute(change)
