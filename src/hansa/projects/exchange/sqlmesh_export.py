"""Contracts as the external models of SQLMesh."""

from __future__ import annotations

from typing import Any

from hansa.core.contract import Contract, ContractTable
from hansa.projects.contract_tables import physical_type
from hansa.projects.odcs_document import dump_yaml
from hansa.sql.identifiers import quote_path


def sqlmesh_text(contract: Contract, schema: str, dialect: str) -> str:
    """external_models.yaml for readers of that interface schema; `[]` for no table.

    Columns whose type is not known are left out with all others of their table, as SQLMesh
    would take those that are listed for all.
    """
    models = [_model(table, schema, dialect) for table in contract.tables]
    return dump_yaml_list(models)


def dump_yaml_list(items: list[dict[str, Any]]) -> str:
    """The list as YAML text."""
    if not items:
        return "[]\n"
    text = dump_yaml({"items": items})
    lines = text.splitlines(keepends=True)[1:]
    return "".join(line.removeprefix("  ") for line in lines)


def _model(table: ContractTable, schema: str, dialect: str) -> dict[str, Any]:
    kinds = {column.name: physical_type(column.type, dialect) for column in table.columns}
    described = {
        column.name: " ".join(column.description.split())
        for column in table.columns
        if column.description
    }
    typed = all(kinds.values())
    model = {
        "name": quote_path((schema, table.name), dialect),
        "description": table.description,
        "dialect": dialect,
        "columns": kinds if typed else {},
        "column_descriptions": described if typed else {},
        "tags": list(table.tags),
        "grain": [quote_path((name,), dialect) for name in table.primary_key],
    }
    return {key: value for key, value in model.items() if value}
