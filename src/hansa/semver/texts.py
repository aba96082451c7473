"""What changed in the words that describe a product, a table or a column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hansa.semver.changes import Change
from hansa.semver.extras import Described, extra


def description_changes(old: Described, new: Described, at: Change) -> Iterator[Change]:
    """One change that names every wording that differs; `at` carries where it stands."""
    differing = [
        name
        for name, before, after in (
            ("description", words(old.description), words(new.description)),
            ("tags", sorted(old.tags), sorted(new.tags)),
            ("examples", extra(old, "examples"), extra(new, "examples")),
        )
        if before != after
    ]
    if differing:
        yield described(differing, at)


def described(differing: list[str], at: Change) -> Change:
    """The change of these wordings, at the place that `at` names."""
    return replace(at, rule="description_changed", words={"what": " and ".join(differing)})


def words(text: str | None) -> str:
    """A text without its line breaks and indentation, which say nothing to a reader."""
    return " ".join((text or "").split())
