"""Public tables that are versions of one model, and which of them follows which."""

from __future__ import annotations

import re

from hansa.core.contract import Contract, ContractTable
from hansa.semver.extras import custom, is_set

_DIGITS = re.compile(r"(\d+)")


def successor_remark(table: ContractTable, new: Contract) -> str:
    """What readers of a version that goes shall read instead; empty for other tables."""
    others = _versions_like(table, new)
    if not others:
        return ""
    latest = next((one for one in others if is_set(one, "latestVersion")), others[-1])
    return f"read `{latest.name}` instead, the latest version of `{custom(table, 'versionOf')}`"


def predecessor_remark(table: ContractTable, old: Contract) -> str:
    """Which version a new one follows; empty for other tables, and for a first version."""
    earlier = [one for one in _versions_like(table, old) if _order(one) < _order(table)]
    if not earlier:
        return ""
    model = custom(table, "versionOf")
    return f"it is the version of `{model}` that follows `{earlier[-1].name}`"


def _versions_like(table: ContractTable, contract: Contract) -> list[ContractTable]:
    """The other versions of the same model, oldest first."""
    model = custom(table, "versionOf")
    if not model:
        return []
    found = [
        one
        for one in contract.tables
        if custom(one, "versionOf") == model and one.name != table.name
    ]
    return sorted(found, key=_order)


def _order(table: ContractTable) -> list[tuple[int, str]]:
    """Versions by their numbers: v10 comes after v9."""
    parts = _DIGITS.split(table.name)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]
