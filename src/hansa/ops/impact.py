"""What a change of a table or column reaches: in the product, and in all dependents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hansa.core.contract import Contract
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.facts import Input, InputKind
from hansa.core.version import Level
from hansa.ops.baseline import find_baseline
from hansa.ops.dependents import top_column
from hansa.ops.lineage import Reach, column_reach, follow, whole_reach
from hansa.ops.propagation import Propagation, ReachedTable, propagate, reached_tables
from hansa.ops.subject import Subject, find_subject
from hansa.ops.workspace import Workspace
from hansa.projects.errors import ProductInvalid


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

    A change of a column concerns its values; a change of a table all its columns and its rows.
    """
    exposed: dict[str, Reach] = {}
    for change in changes:
        table = contract.table(change.table) if change.table else None
        if table is None or change.waived or change.level is not Level.MAJOR:
            continue
        names = [column.name for column in table.columns]
        if change.column is None:
            reach = whole_reach(table.name, names)
        else:
            reach = column_reach(table.name, [top_column(change.column, names)])
        exposed[table.name] = {**exposed.get(table.name, {}), **reach}
    return propagate(workspace, (contract.product, contract.version.line), exposed)
