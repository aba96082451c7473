"""How the limits on a column's values changed: enums, bounds, patterns, formats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hansa.core.contract import Bounds, ContractColumn, Scalar
from hansa.semver.changes import Change, show_values
from hansa.semver.extras import is_set, unit_of
from hansa.semver.ranges import number_of

_ALTERNATIVES = re.compile(r"\^\((?:\?:)?([\w |-]+)\)\$")


def limit_changes(
    table: str, old: ContractColumn, new: ContractColumn, path: str
) -> Iterator[Change]:
    """What changed in the values that one column may have."""
    yield from _enum_changes(table, old, new, path)
    yield from _bound_changes(table, old, new, path)
    yield from _pattern_changes(table, old, new, path)
    before, after = (old.format, old.timezone), (new.format, new.timezone)
    if before != after:
        yield Change(
            "format_changed", table, path, _joined(before), _joined(after), place=new.place
        )
    if unit_of(old) is not None and unit_of(old) != unit_of(new):
        yield Change("unit_changed", table, path, unit_of(old), unit_of(new), place=new.place)


def _joined(values: tuple[str | None, ...]) -> str | None:
    return ", ".join(value for value in values if value is not None) or None


def _enum_changes(
    table: str, old: ContractColumn, new: ContractColumn, path: str
) -> Iterator[Change]:
    if old.enum is None and new.enum is None:
        return
    if old.enum is None:
        yield Change(
            "enum_added", table, path, None, new.enum, place=new.place, words=_words(new.enum or ())
        )
        return
    if new.enum is None:
        yield Change(
            "enum_removed", table, path, old.enum, None, place=new.place, words=_words(old.enum)
        )
        return
    # 1, 1.0 and true are equal in Python but not the same value to a reader
    before = {_identity(value): value for value in old.enum}
    after = {_identity(value): value for value in new.enum}
    added = tuple(value for key, value in after.items() if key not in before)
    removed = tuple(value for key, value in before.items() if key not in after)
    if added:
        # only what the old contract said lets its readers expect more values
        conditions = frozenset({"open_enum"}) if is_set(old, "open_enum") else frozenset()
        words = _words(added)
        yield Change("enum_value_added", table, path, None, added, conditions, words, new.place)
    if removed:
        yield Change(
            "enum_value_removed", table, path, removed, words=_words(removed), place=new.place
        )


def _words(values: tuple[Scalar, ...]) -> dict[str, str]:
    return {"values": show_values(values)} if values else {"values": "no value"}


def _identity(value: Scalar) -> tuple[str, Scalar]:
    return type(value).__name__, value


def _bound_changes(
    table: str, old: ContractColumn, new: ContractColumn, path: str
) -> Iterator[Change]:
    for name, (before, after, verdict) in _compare_bounds(old.bounds, new.bounds).items():
        yield Change(
            f"bound_{verdict}",
            table,
            path,
            before,
            after,
            words={"bound": name},
            place=new.place,
        )


def _compare_bounds(old: Bounds, new: Bounds) -> dict[str, tuple[Any, Any, str]]:
    """Each limit that differs, with `loosened` or `tightened`.

    A limit and its exclusive twin act as one: the stricter of the two counts.
    """
    found: dict[str, tuple[Any, Any, str]] = {}
    sides = {
        "minimum": (_lower(old), _lower(new), 1),
        "maximum": (_upper(old), _upper(new), -1),
        "minimum length": ((old.min_length, 0), (new.min_length, 0), 1),
        "maximum length": ((old.max_length, 0), (new.max_length, 0), -1),
    }
    for name, (before, after, direction) in sides.items():
        if before == after:
            continue
        verdict = "tightened" if _stricter(before, after, direction) else "loosened"
        found[name] = (_bound_text(before), _bound_text(after), verdict)
    if old.multiple_of != new.multiple_of:
        verdict = "tightened" if _divides(old.multiple_of, new.multiple_of) else "loosened"
        found["multiple of"] = (old.multiple_of, new.multiple_of, verdict)
    return found


# A limit's value and 1 when the value itself is excluded.
Limit = tuple[Scalar, int]


def _lower(bounds: Bounds) -> Limit:
    plain, exclusive = (bounds.minimum, 0), (bounds.exclusive_minimum, 1)
    if bounds.exclusive_minimum is None:
        return plain
    return exclusive if bounds.minimum is None or _order(exclusive, plain) != -1 else plain


def _upper(bounds: Bounds) -> Limit:
    plain, exclusive = (bounds.maximum, 0), (bounds.exclusive_maximum, 1)
    if bounds.exclusive_maximum is None:
        return plain
    return exclusive if bounds.maximum is None or _order(exclusive, plain) != 1 else plain


def _order(left: Limit, right: Limit) -> int | None:
    """-1, 0 or 1 as the values compare; None when they cannot be compared."""
    one, other = number_of(left[0]), number_of(right[0])
    if one is not None and other is not None:
        return (one > other) - (one < other)
    before, after = left[0], right[0]
    if isinstance(before, str) and isinstance(after, str) and len(before) == len(after):
        # dates and times in ISO form are in order as texts when equally long
        return (before > after) - (before < after)
    return None


def _stricter(old: Limit, new: Limit, direction: int) -> bool:
    if old[0] is None:
        return True
    if new[0] is None:
        return False
    order = _order(new, old)
    return order == direction or (order == 0 and new[1] >= old[1])


def _bound_text(limit: Limit) -> str | None:
    value, excluded = limit
    return None if value is None else f"{value} (excluded)" if excluded else str(value)


def _divides(old: float | None, new: float | None) -> bool:
    if old is None:
        return True
    before, after = number_of(old), number_of(new)
    return bool(before and after and after % before == 0)


def _pattern_changes(
    table: str, old: ContractColumn, new: ContractColumn, path: str
) -> Iterator[Change]:
    if old.pattern == new.pattern:
        return
    tightened = old.pattern is None or _pattern_within(new.pattern, old.pattern)
    rule = "pattern_tightened" if tightened else "pattern_loosened"
    words = {
        side: f"`{text}`" for side, text in (("old", old.pattern), ("new", new.pattern)) if text
    }
    yield Change(rule, table, path, old.pattern, new.pattern, words=words, place=new.place)


def _pattern_within(new: str | None, old: str) -> bool:
    """Proves it for lists of literal words only; patterns of others are never run."""
    if new is None:
        return False
    after, before = _ALTERNATIVES.fullmatch(new), _ALTERNATIVES.fullmatch(old)
    if after is None or before is None:
        return False
    return set(after[1].split("|")) <= set(before[1].split("|"))
