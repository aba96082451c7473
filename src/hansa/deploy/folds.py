"""What folding is told of a target, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.schema import TableSchema
from hansa.deploy.definition import Definition
from hansa.deploy.folding import FoldRules
from hansa.deploy.names import interface_schema
from hansa.deploy.state import TargetState
from hansa.engines.protocol import Engine
from hansa.sql.analysis import shape_of_source
from hansa.sql.views import Path

# for engines that set no limit
_LONGEST_COLUMN = 255


def fold_rules(
    engine: Engine,
    state: TargetState,
    definitions: Iterable[Definition],
    apart: Mapping[str, str],
) -> FoldRules:
    """How versions fold in this target; `definitions` are releases that are not live yet."""
    shapes: dict[Path, TableSchema | None] = {}
    live = [release.definition for release in state.releases]
    for definition in (*live, *definitions):
        for table in definition.tables:
            schema = interface_schema(
                definition.product, definition.name.version, engine.name_limit
            )
            shapes[schema, table.contract.name] = table.contract.schema
        for source in definition.sources:
            shapes.setdefault(source.path, shape_of_source(source.source))
    return FoldRules(
        engine.dialect,
        engine.name_limit,
        engine.column_limit or _LONGEST_COLUMN,
        shapes.get,
        dict(apart),
    )


def refused(label: str, reason: str) -> Diagnostic:
    """Tells that versions of a model are stored apart, as their folded table failed."""
    return Diagnostic(
        rule="folded_table_failed",
        message=f"versions of `{label}` are stored apart, as the target could not compute the"
        f" table that holds them all: {reason}",
        hint="nothing has to be done; the next deployment tries again",
        severity=Severity.WARNING,
    )
