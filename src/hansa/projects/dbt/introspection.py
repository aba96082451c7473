"""Which models ask the warehouse while they are compiled, so that their SQL depends on its data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hansa.projects.dbt.manifest import DbtNode, Macro

_ASKS = re.compile(
    r"\b(run_query|load_result|get_column_values|get_query_results_as_dict|get_single_value|"
    r"get_relations_by_pattern|get_relations_by_prefix|get_filtered_columns_in_relation|"
    r"adapter\s*\.\s*(?:get_columns_in_relation|get_relation|get_missing_columns|check_schema_exists|"
    r"list_relations\w*|execute|dispatch\(\s*['\"]get_columns\w*))"
)
_STATEMENT = re.compile(r"\{%-?\s*call\s+(statement)\b")
# macros of dbt itself that ask when a project's own code calls them
_ASKING = frozenset(
    {
        "run_query",
        "statement",
        "get_columns_in_relation",
        "load_relation",
        "get_column_values",
        "check_schema_exists",
    }
)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def introspection_of(node: DbtNode, macros: Mapping[str, Macro]) -> str | None:
    """What in the model's template asks the warehouse, in words; None when nothing does."""
    found = _asks(node.raw_code)
    if found:
        return f"its template calls {found}"
    for macro in _called(node, macros):
        if _is_internal(macro):
            if macro.name in _ASKING:
                return f"its template calls {macro.name}"
            continue
        found = _asks(macro.macro_sql)
        if found:
            return f"the macro {macro.name} calls {found}"
    return None


def _asks(code: str) -> str | None:
    text = _COMMENT.sub("", code)
    found = _ASKS.search(text) or _STATEMENT.search(text)
    return re.sub(r"\s|\(.*", "", found[1]) if found else None


def _called(node: DbtNode, macros: Mapping[str, Macro]) -> Iterator[Macro]:
    """All macros below a model; what dbt's own macros call is not followed."""
    waiting = list(reversed(node.depends_on.macros))
    seen = set(waiting)
    while waiting:
        macro = macros.get(waiting.pop())
        if macro is None:
            continue
        yield macro
        if not _is_internal(macro):
            for name in macro.depends_on.macros:
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)


def _is_internal(macro: Macro) -> bool:
    """Whether the macro is of dbt or an adapter, and not of a package such as dbt_utils."""
    return macro.package_name == "dbt" or macro.package_name in _ADAPTERS


_ADAPTERS = frozenset(
    f"dbt_{adapter}"
    for adapter in (
        *("athena", "bigquery", "clickhouse", "databricks", "duckdb", "fabric", "mysql", "oracle"),
        *("postgres", "redshift", "snowflake", "spark", "sqlserver", "teradata", "trino"),
    )
)
