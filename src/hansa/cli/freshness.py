"""How the age of data is told to programs."""

from __future__ import annotations

from typing import Any

from hansa.deploy.freshness import Freshness


def freshness_json(one: Freshness) -> dict[str, Any]:
    """The stable JSON of one promise about the age of data; documented in docs/json.md."""
    return {
        "release": str(one.release),
        "table": one.table,
        "column": one.column,
        "state": one.state.value,
        "data_at": one.data_at.isoformat() if one.data_at else None,
        "age_seconds": int(one.age.total_seconds()) if one.age is not None else None,
        "limit_seconds": int(one.limit.total_seconds()) if one.limit else None,
        "message": str(one),
    }
