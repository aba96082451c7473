"""Which releases stay live, and which nothing keeps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hansa.core.release import ReleaseName
from hansa.deploy.definition import Pin
from hansa.deploy.liveness import line_head, removable
from hansa.deploy.state import LiveRelease

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def live(text: str, *pins: str, kept: bool = False) -> LiveRelease:
    pinned = [ReleaseName.parse(pin) for pin in pins]
    return LiveRelease(
        name=ReleaseName.parse(text),
        digest="sha256:0",
        deployed_at=NOON,
        kept=kept,
        pins={pin.product: Pin(str(pin.version), "sha256:0") for pin in pinned},
        raw_definition="{}",
    )


CASES = {
    "the newest of every line stays": (
        [live("a@0.3.0"), live("a@0.4.1"), live("a@1.0.0"), live("a@2.1.0")],
        [],
    ),
    "an older one of a line goes": ([live("a@1.0.0"), live("a@1.1.0")], ["a@1.0.0"]),
    "unless a live dependent pins it": (
        [live("a@1.0.0"), live("a@1.1.0"), live("b@1.0.0", "a@1.0.0")],
        [],
    ),
    "or it was kept by hand": ([live("a@1.0.0", kept=True), live("a@1.1.0")], []),
    "a dependent that goes takes its pins along": (
        [
            live("a@1.0.0"),
            live("a@1.1.0"),
            live("b@1.0.0", "a@1.0.0"),
            live("b@1.1.0", "a@1.1.0"),
        ],
        ["b@1.0.0", "a@1.0.0"],
    ),
    "down the whole graph, dependents first": (
        [
            live("a@1.0.0"),
            live("a@1.0.1"),
            live("b@1.0.0", "a@1.0.0"),
            live("b@1.0.1", "a@1.0.1"),
            live("c@1.0.0", "b@1.0.0"),
            live("c@1.0.1", "b@1.0.1"),
        ],
        ["c@1.0.0", "b@1.0.0", "a@1.0.0"],
    ),
    "a prerelease does not push a release out": ([live("a@1.0.0"), live("a@1.1.0-rc.1")], []),
    "the release pushes its prereleases out": (
        [live("a@1.0.0"), live("a@1.1.0-rc.1"), live("a@1.1.0-rc.2"), live("a@1.1.0")],
        ["a@1.0.0", "a@1.1.0-rc.1", "a@1.1.0-rc.2"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_nothing_keeps(case: str) -> None:
    releases, expected = CASES[case]
    assert [str(release.name) for release in removable(releases)] == expected


def test_a_line_shows_a_prerelease_only_without_another() -> None:
    shown = line_head([live("a@1.0.0"), live("a@1.1.0-rc.1")])
    assert shown is not None
    assert str(shown.name) == "a@1.0.0"
    alone = line_head([live("a@1.1.0-rc.1"), live("a@1.1.0-rc.2")])
    assert alone is not None
    assert str(alone.name) == "a@1.1.0-rc.2"
    assert line_head([]) is None
