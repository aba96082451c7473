"""Which SQL dialect a dbt adapter speaks."""

from __future__ import annotations

from hansa.projects.dbt.errors import DbtAdapterUnknown
from hansa.sql.dialects import DIALECTS

_OTHER_NAMES = {
    "fabricspark": "spark",
    "glue": "spark",
    "postgresql": "postgres",
    "singlestore": "mysql",
    "sqlserver": "tsql",
    "synapse": "tsql",
    "tidb": "mysql",
}


def dialect_of_adapter(adapter: str | None, file: str) -> str:
    """The dialect's name. Raises DbtAdapterUnknown."""
    name = (adapter or "").lower()
    found = _OTHER_NAMES.get(name, name)
    if found not in DIALECTS:
        raise DbtAdapterUnknown(file, adapter or "none")
    return found
