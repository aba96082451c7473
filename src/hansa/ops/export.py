"""What a product tells other tools."""

from __future__ import annotations

from typing import Any

from hansa.core.diagnostic import Severity
from hansa.deploy.names import interface_schema
from hansa.ops.clock import now
from hansa.ops.openlineage import lineage_events
from hansa.ops.workspace import Workspace
from hansa.projects.errors import ProductInvalid
from hansa.projects.exchange.dbt_export import dbt_text
from hansa.projects.exchange.sqlmesh_export import sqlmesh_text

# the shortest that an engine allows
_NAME_LIMIT = 63


def export_lineage(workspace: Workspace) -> tuple[dict[str, Any], ...]:
    """OpenLineage job events of all public tables; raises ProductInvalid for SQL with errors."""
    product, facts = workspace.product, workspace.facts
    errors = [found for found in facts.diagnostics if found.severity is Severity.ERROR]
    if errors:
        raise ProductInvalid(errors)
    return tuple(lineage_events(product, facts, workspace.lockfile, now()))


def export_dbt(workspace: Workspace, dialect: str | None = None, groups: bool = True) -> str:
    """A properties file of dbt for the public tables, types in that dialect."""
    product = workspace.product
    return dbt_text(product.contract, dialect or product.dialect, groups)


def export_sqlmesh(
    workspace: Workspace, schema: str | None = None, dialect: str | None = None
) -> str:
    """External models of SQLMesh for readers of `schema`; default: the declared version's own."""
    product = workspace.product
    name = schema or interface_schema(product.name, product.version, _NAME_LIMIT)
    return sqlmesh_text(product.contract, name, dialect or product.dialect)
