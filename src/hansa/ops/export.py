"""What a product tells other tools."""

from __future__ import annotations

from typing import Any

from hansa.core.diagnostic import Severity
from hansa.ops.clock import now
from hansa.ops.openlineage import lineage_events
from hansa.ops.workspace import Workspace
from hansa.projects.errors import ProductInvalid


def export_lineage(workspace: Workspace) -> tuple[dict[str, Any], ...]:
    """OpenLineage job events of all public tables; raises ProductInvalid for SQL with errors."""
    product, facts = workspace.product, workspace.facts
    errors = [found for found in facts.diagnostics if found.severity is Severity.ERROR]
    if errors:
        raise ProductInvalid(errors)
    return tuple(lineage_events(product, facts, workspace.lockfile, now()))
