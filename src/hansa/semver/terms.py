"""How the terms of service changed: levels, support, readers, requirements, wording."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from hansa.core.contract import Contract, ServiceLevel
from hansa.core.duration import seconds_in
from hansa.semver.changes import Change
from hansa.semver.extras import definition_of
from hansa.semver.ranges import number_of
from hansa.semver.side import Side
from hansa.semver.texts import described, description_changes

_LOWER_IS_BETTER = frozenset(
    {
        "freshness",
        "latency",
        "frequency",
        "timetodetect",
        "timetonotify",
        "timetorepair",
        "errorrate",
    }
)
_HIGHER_IS_BETTER = frozenset({"availability", "retention", "throughput", "completeness"})
_SUPPORT_ENDS = frozenset({"endofsupport", "endoflife", "sunset"})


def term_changes(old: Side, new: Side) -> Iterator[Change]:
    """Every change that concerns the product as a whole."""
    if old.contract.product != new.contract.product:
        yield Change(
            "product_renamed",
            old=old.contract.product,
            new=new.contract.product,
            place=new.contract.place,
        )
    yield from _service_changes(old.contract, new.contract)
    yield from _role_changes(old.contract, new.contract)
    yield from _status_changes(old.contract, new.contract)
    yield from _requirement_changes(old, new)
    yield from _wording_changes(old, new)


def _service_changes(old: Contract, new: Contract) -> Iterator[Change]:
    before = {_service_key(level): level for level in old.service_levels}
    after = {_service_key(level): level for level in new.service_levels}
    for key, level in before.items():
        if key in after:
            yield from _compare_service(level, after[key])
        else:
            withdrawn = key[0] in _SUPPORT_ENDS
            rule = "support_end_postponed" if withdrawn else "sla_removed"
            yield _service_change(rule, level, None)
    for key, level in after.items():
        if key not in before:
            # an end that is announced for the first time tells readers more, so they gain
            yield _service_change("sla_added", None, level)


def _service_key(level: ServiceLevel) -> tuple[str, str]:
    name = "".join(letter for letter in level.property.casefold() if letter.isalnum())
    return name, level.element or ""


def _service_change(rule: str, old: ServiceLevel | None, new: ServiceLevel | None) -> Change:
    level = new or old
    assert level is not None
    return Change(
        rule,
        old=_service_text(old),
        new=_service_text(new),
        words={"what": level.property + (f" of {level.element}" if level.element else "")},
        place=level.place,
    )


def _service_text(level: ServiceLevel | None) -> str | None:
    return None if level is None else f"{level.value} {level.unit or ''}".strip()


def _compare_service(old: ServiceLevel, new: ServiceLevel) -> Iterator[Change]:
    if (old.value, old.unit) == (new.value, new.unit):
        return
    name = _service_key(old)[0]
    if name in _SUPPORT_ENDS:
        later = str(new.value) > str(old.value)
        rule = "support_end_postponed" if later else "support_end_advanced"
        yield _service_change(rule, old, new)
        return
    before, after = _quantity(old), _quantity(new)
    if before is None or after is None or before[1] != after[1]:
        # what cannot be compared cannot be shown to be as good
        yield _service_change("sla_worsened", old, new)
        return
    if before[0] == after[0]:
        return
    rises = after[0] > before[0]
    improved = (rises and name in _HIGHER_IS_BETTER) or (not rises and name in _LOWER_IS_BETTER)
    yield _service_change("sla_improved" if improved else "sla_worsened", old, new)


def _quantity(level: ServiceLevel) -> tuple[Decimal, str] | None:
    """A service level as a number in a base unit: seconds for times, else its own unit."""
    number = number_of(level.value)
    if number is None:
        return None
    unit = (level.unit or "").casefold().strip()
    seconds = seconds_in(unit)
    return (number * seconds, "seconds") if seconds else (number, unit)


def _role_changes(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = [{role.name for role in side.roles} for side in (old, new)]
    for role in sorted(before - after):
        yield Change("role_removed", old=role, place=new.place)
    for role in sorted(after - before):
        yield Change("role_added", new=role, place=new.place)


def _status_changes(old: Contract, new: Contract) -> Iterator[Change]:
    if old.status == new.status:
        return
    at = Change("", old=old.status, new=new.status, place=new.place)
    ended = ("deprecated", "retired")
    if new.status in ended and old.status not in ended:
        yield replace(at, rule="deprecated")
    elif old.status in ended and new.status not in ended:
        yield replace(at, rule="undeprecated")
    else:
        yield described(["status"], at)


def _requirement_changes(old: Side, new: Side) -> Iterator[Change]:
    yield from _pin_changes(old, new)
    for product, line in new.requires.items():
        before = old.requires.get(product)
        if before is not None and before != line:
            shown = product in old.passed_through | new.passed_through
            yield Change(
                "requirement_major_changed",
                old=before,
                new=line,
                conditions=frozenset({"passed_through"}) if shown else frozenset(),
                words={"requirement": product},
                place=new.contract.place,
            )


def _pin_changes(old: Side, new: Side) -> Iterator[Change]:
    for product in sorted(old.pins.keys() | new.pins.keys()):
        before, after = old.pins.get(product), new.pins.get(product)
        at = Change(
            "", old=before, new=after, words={"requirement": product}, place=new.contract.place
        )
        if before is None:
            yield replace(at, rule="requirement_added")
        elif after is None:
            yield replace(at, rule="requirement_removed")
        elif before != after and before.line == after.line:
            yield replace(at, rule="requirement_updated")


def _wording_changes(old: Side, new: Side) -> Iterator[Change]:
    at = Change("", place=new.contract.place)
    if definition_of(old.contract) != definition_of(new.contract):
        yield replace(at, rule="definition_changed", words={"what": "`authoritativeDefinitions`"})
    if old.owner is not None and new.owner is not None and old.owner != new.owner:
        yield described(["owner"], at)
    yield from description_changes(old.contract, new.contract, at)
