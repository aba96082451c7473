"""What a contract says beside its checked facts: custom properties, units, definitions."""

from __future__ import annotations

import re
from typing import Any

from hansa.core.contract import Contract, ContractColumn, ContractTable

Described = Contract | ContractTable | ContractColumn

_UNIT = re.compile(r"(?:unit|currency)\W", re.IGNORECASE)


def extra(item: Described, name: str) -> Any:
    """The value that the document gives under that key; None when it gives none."""
    return dict(item.extras).get(name)


def custom(item: Described, name: str) -> Any:
    """The value of one custom property; None without it."""
    properties = extra(item, "customProperties")
    return properties.get(name) if isinstance(properties, dict) else None


def is_set(item: Described, name: str) -> bool:
    """Whether a custom property is true."""
    return str(custom(item, name)).casefold() in ("true", "yes", "1")


def unit_of(column: ContractColumn) -> str | None:
    """The unit or currency of a column's values, where the contract names one."""
    named = [custom(column, name) for name in ("unit", "currency")]
    semantic = extra(column, "semanticType")
    if isinstance(semantic, str) and _UNIT.match(semantic):
        named.append(semantic)
    return ", ".join(str(value) for value in named if value is not None) or None


def definition_of(item: Described) -> dict[str, Any]:
    """What a table or column means on paper: business name, semantic type, definitions."""
    found = {name: extra(item, name) for name in ("businessName", "authoritativeDefinitions")}
    semantic = extra(item, "semanticType")
    if not (isinstance(semantic, str) and _UNIT.match(semantic)):
        found["semanticType"] = semantic
    return {name: value for name, value in found.items() if value is not None}
