"""What a change of a table or column reaches: in the product, and in all dependents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hansa.core.contract import Contract
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.facts import Input, InputKind
from hansa.core.version import Level
from hansa.ops.baseline import find_baseline
from hansa.ops.dependents import top_column
from hansa.ops.diff import DiffResult
from hansa.ops.lineage import Reach, column_reach, follow, whole_reach
from hansa.ops.propagation import Propagation, ReachedTable, propagate, reached_tables
from hansa.ops.subject import Subject, find_subject
from hansa.ops.workspace import Workspace
from hansa.projects.errors import ProductInvalid

# Rules whose findings are about what a table holds, one for several of its parts.
_ABOUT_CONTENT = frozenset(
    {"behaviour_unproven", "column_values_changed", "published_test_failed", "rows_changed"}
)


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change of `subject` reaches: `own` models of the product, and dependents.

    `subject` is None for all public tables. `line` is the major line whose readers count.
    """

    product: str
    subject: Subject | None
    line: tuple[int, ...]
    own: tuple[ReachedTable, ...]
    dependents: Propagation


def impact(workspace: Workspace, subject: str | None = None) -> Impact:
    """What a change of `TABLE`, of `TABLE.COLUMN`, or of any public table would reach.

    A table is a model, a source's table or a required one, as SQL names it. Readers are those
    of the major line that the declared version continues. Raises NoSuchTable, NoSuchColumn,
    ProductInvalid when the SQL has errors, or what the registry raises.
    """
    product, facts = workspace.product, workspace.facts
    errors = [found for found in facts.diagnostics if found.severity is Severity.ERROR]
    if errors:
        raise ProductInvalid(errors)
    baseline = find_baseline(workspace)
    contracts = [product.contract, *([baseline.product.contract] if baseline else [])]
    line = (baseline.name.version if baseline else product.version).line
    named = find_subject(subject, workspace, contracts) if subject is not None else None
    starts = dict(named.starts) if named else _public_starts(contracts)
    reached = follow(facts, starts)
    public = {table.name for contract in contracts for table in contract.tables}
    exposed = {name: reach for name, reach in reached.items() if name in public}
    for entry, reach in starts.items():
        if entry.kind is InputKind.MODEL and entry.name in public:
            exposed[entry.name] = {**exposed.get(entry.name, {}), **reach}
    others = {
        name: reach for name, reach in reached.items() if Input(InputKind.MODEL, name) not in starts
    }
    dependents = propagate(workspace, (product.name, line), exposed)
    return Impact(product.name, named, line, reached_tables(others, public), dependents)


def _public_starts(contracts: Sequence[Contract]) -> dict[Input, Reach]:
    starts: dict[Input, Reach] = {}
    for contract in contracts:
        for table in contract.tables:
            entry = Input(InputKind.MODEL, table.name)
            reach = whole_reach(table.name, (column.name for column in table.columns))
            starts[entry] = {**starts.get(entry, {}), **reach}
    return starts


def impact_of_changes(
    workspace: Workspace, contract: Contract, changes: Iterable[Diagnostic]
) -> Propagation:
    """What the major changes since the release with that contract reach in its dependents.

    `changes` are findings by parts (see split_by_parts). One of a column concerns its values,
    one of rows only these, any other one of a table all its columns and its rows.
    """
    exposed: dict[str, Reach] = {}
    for change in changes:
        table = contract.table(change.table) if change.table else None
        if table is None or change.waived or change.level is not Level.MAJOR:
            continue
        names = [column.name for column in table.columns]
        if change.column is not None:
            reach = column_reach(table.name, [top_column(change.column, names)])
        elif change.rule in _ABOUT_CONTENT:
            reach = whole_reach(table.name, ())
        else:
            reach = whole_reach(table.name, names)
        exposed[table.name] = {**exposed.get(table.name, {}), **reach}
    return propagate(workspace, (contract.product, contract.version.line), exposed)


def split_by_parts(comparison: DiffResult) -> tuple[Diagnostic, ...]:
    """The changes, with those of a table's content told apart: one finding for each column
    whose values may differ, and one without a column for the rows if they may."""
    found: list[Diagnostic] = []
    for change in comparison.changes:
        parts = _parts(change, comparison) if change.rule in _ABOUT_CONTENT else ()
        found += [replace(change, column=part) for part in parts] or [change]
    return tuple(found)


def _parts(change: Diagnostic, comparison: DiffResult) -> list[str | None]:
    table = change.table or ""
    before = comparison.old.facts.fingerprints.get(table)
    after = comparison.new.facts.fingerprints.get(table)
    if change.column is not None:
        return []
    if before is None or after is None:
        # SQL that is not valid on a side: anything may differ
        known = comparison.old.product.contract.table(table)
        return [None, *(column.name for column in known.columns)] if known else []
    rows: list[str | None] = [None] if before.rows != after.rows else []
    return rows + [
        column
        for column, fingerprint in before.columns.items()
        if after.columns.get(column, fingerprint) != fingerprint
    ]
