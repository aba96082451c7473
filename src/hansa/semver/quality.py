"""How the quality checks that a contract promises changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hansa.core.contract import Quality
from hansa.semver.changes import Change
from hansa.semver.ranges import admitted
from hansa.semver.texts import words


def quality_changes(
    table: str, column: str | None, old: Sequence[Quality], new: Sequence[Quality]
) -> Iterator[Change]:
    """What changed in the checks of one table or column; checks in prose promise nothing."""
    pairs, removed, added = _match(_executable(old), _executable(new))
    for check in removed:
        if check.severity == "error":
            yield _change("quality_check_removed", table, column, check)
    for before, after in pairs:
        yield from _compare(table, column, before, after)
    for check in added:
        if check.severity == "error":
            yield _change("quality_check_added", table, column, check)


def _executable(checks: Sequence[Quality]) -> list[Quality]:
    return [check for check in checks if check.kind != "text"]


def _change(rule: str, table: str, column: str | None, check: Quality) -> Change:
    return Change(rule, table, column, words={"check": check_name(check)}, place=check.place)


def check_name(check: Quality) -> str:
    """What a message calls the check: its name, its metric, or the start of its query."""
    if check.name or check.metric:
        return check.name or check.metric or ""
    query = words(check.query)
    return query if len(query) <= 60 else query[:57] + "..."


Matched = tuple[list[tuple[Quality, Quality]], list[Quality], list[Quality]]


def _match(old: list[Quality], new: list[Quality]) -> Matched:
    """Pairs equal checks, then those that measure the same, then those of one name."""
    removed, added = list(old), list(new)
    pairs: list[tuple[Quality, Quality]] = []
    for key in (lambda check: check, _measure, lambda check: check.name):
        for before in list(removed):
            if key(before) is None:
                continue
            after = next((check for check in added if key(check) == key(before)), None)
            if after is not None:
                pairs.append((before, after))
                removed.remove(before)
                added.remove(after)
    return pairs, removed, added


def _measure(check: Quality) -> tuple[object, ...]:
    return check.kind, check.metric, str(check.arguments), words(check.query)


def _compare(table: str, column: str | None, old: Quality, new: Quality) -> Iterator[Change]:
    if old.severity == "error" and new.severity != "error":
        yield _change("quality_severity_lowered", table, column, new)
        return
    if new.severity != "error":
        return
    if old.severity != "error":
        yield _change("quality_check_tightened", table, column, new)
        return
    verdict = _verdict(old, new)
    if verdict is not None:
        yield _change(f"quality_check_{verdict}", table, column, new)


def _verdict(old: Quality, new: Quality) -> str | None:
    if _measure(old) != _measure(new) or old.unit != new.unit:
        # another measurement cannot be shown to be as strict
        return "loosened"
    if dict(old.conditions) == dict(new.conditions):
        return None
    before, after = admitted(old.conditions), admitted(new.conditions)
    if before is None or after is None:
        return "loosened"
    if before == after:
        return None
    return "tightened" if after.within(before) else "loosened"
