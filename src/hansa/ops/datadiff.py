"""How the data of two versions of a product differs, over the same inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hansa.core.contract import ContractColumn
from hansa.core.diagnostic import Severity
from hansa.core.product import Product
from hansa.engines.sandbox import open_sandbox
from hansa.ops.diff import DiffResult
from hansa.ops.releases import OpenedRelease
from hansa.ops.sides import LoadedSide, find_home
from hansa.ops.standins import StandIns, schema_of
from hansa.ops.target import opened, with_expanded_paths
from hansa.ops.target_tables import TargetTables
from hansa.ops.workspace import Workspace
from hansa.projects.errors import ProductInvalid
from hansa.semver.matching import TablePair as Matched
from hansa.semver.matching import match_tables
from hansa.testing.datadiff.compare import compare_data
from hansa.testing.datadiff.inputs import SharedSamples
from hansa.testing.datadiff.queries import EngineQueries, SandboxQueries
from hansa.testing.datadiff.values import (
    ColumnNames,
    Queries,
    Relation,
    TableDifference,
    TablePair,
)

FIXTURES = "fixtures"


@dataclass(frozen=True, slots=True)
class DataOptions:
    """Over which data two versions are compared: a target's, or that of fixtures and tests.

    `sample` is the most keys a table that are compared; None for all.
    """

    target: str | None = None
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class DataDifference:
    """The public tables that both versions have, compared over the same inputs.

    `origin` is `fixtures` or the target's address. `notes` say where the inputs differ after
    all: releases that the versions pin differently, fixtures that fit one version only.
    """

    origin: str
    tables: tuple[TableDifference, ...]
    notes: tuple[str, ...] = ()


def diff_data(
    workspace: Workspace, comparison: DiffResult, options: DataOptions = DataOptions()
) -> DataDifference:
    """Compute both versions and compare each public table that both have.

    On fixtures, a source that both versions read has the rows of the new one, also in the
    releases that they pin. In a target, both versions read its sources and the live releases
    that each pins; nothing in the target is changed. Raises ProductInvalid when the SQL of a
    side has errors, and what computing raises.
    """
    old, new = comparison.old, comparison.new
    for side in (old, new):
        _check_valid(side)
    if options.target is None:
        return _on_fixtures(workspace, old, new, options.sample)
    return _in_target(workspace, old, new, options)


def _check_valid(side: LoadedSide) -> None:
    errors = [found for found in side.facts.diagnostics if found.severity is Severity.ERROR]
    if errors:
        raise ProductInvalid(errors)


# -- on fixtures -----------------------------------------------------------------------


def _on_fixtures(
    workspace: Workspace, old: LoadedSide, new: LoadedSide, sample: int | None
) -> DataDifference:
    samples = SharedSamples([*_products(new), *_products(old)])
    with open_sandbox() as sandbox:
        stand_ins = StandIns(sandbox, workspace.report, samples.sample)
        relations = []
        for name, side in (("old", old), ("new", new)):
            below = {product: stand_ins.add(one) for product, one in side.required.items()}
            workspace.report(f"computing {side.label}")
            schema = f"{schema_of(side.product)}__{name}"
            built = stand_ins.compute(side.product, side.facts, schema, below)
            relations.append({table.name: table.relation for table in built.report.public})
        compared = _compare(
            SandboxQueries(sandbox), (old, new), (relations[0], relations[1]), sample
        )
    return DataDifference(FIXTURES, compared, (*_pin_notes(old, new), *samples.notes))


def _products(side: LoadedSide) -> Iterator[Product]:
    """The side's product, and those of all releases below it."""
    yield side.product
    waiting = list(side.required.values())
    seen: dict[str, OpenedRelease] = {}
    while waiting:
        release = waiting.pop(0)
        if release.digest not in seen:
            seen[release.digest] = release
            yield release.product
            waiting += release.required.values()


# -- in a target -----------------------------------------------------------------------


def _in_target(
    workspace: Workspace, old: LoadedSide, new: LoadedSide, options: DataOptions
) -> DataDifference:
    home = find_home(workspace, new.label, old.label)
    kept = [(pair.old.name, pair.new.name) for pair in match_tables(old.side, new.side).kept]
    with opened(home, options.target, read_only=True) as engine:
        tables = TargetTables(engine, home.directory.absolute(), workspace.report)
        relations = []
        for side, names in ((old, {one for one, _ in kept}), (new, {one for _, one in kept})):
            product = with_expanded_paths(side.product, workspace.environ)
            wanted = frozenset(names & product.models.keys())
            locked = side.lockfile.locked
            relations.append(tables.compute(product, side.facts, locked, wanted))
        sides = (relations[0], relations[1])
        compared = _compare(EngineQueries(engine), (old, new), sides, options.sample)
        return DataDifference(engine.url, compared, _pin_notes(old, new))


# -- both ------------------------------------------------------------------------------


def _pin_notes(old: LoadedSide, new: LoadedSide) -> tuple[str, ...]:
    before, after = old.lockfile.locked, new.lockfile.locked
    return tuple(
        f"`{name}` is read as {before[name].version} before and as {after[name].version} after,"
        " so differences may come from there"
        for name in sorted(before.keys() & after.keys())
        if before[name].digest != after[name].digest
    )


def _compare(
    queries: Queries,
    sides: tuple[LoadedSide, LoadedSide],
    relations: tuple[Mapping[str, Relation], Mapping[str, Relation]],
    sample: int | None,
) -> tuple[TableDifference, ...]:
    old, new = sides
    before, after = relations
    return tuple(
        compare_data(
            queries,
            _pair(queries, matched, before[matched.old.name], after[matched.new.name]),
            sample,
        )
        for matched in match_tables(old.side, new.side).kept
        if matched.old.name in before and matched.new.name in after
    )


def _pair(queries: Queries, matched: Matched, old: Relation, new: Relation) -> TablePair:
    """The columns of both contracts that the SQL yields too, by the names that it gives them."""
    before, after = _Names(queries.types(old)), _Names(queries.types(new))
    columns = [
        ColumnNames(found_old, found_new)
        for pair in matched.kept
        if (found_old := before.find(pair.old)) and (found_new := after.find(pair.new))
    ]
    by_contract = {column.name: after.find(column) for column in matched.new.columns}
    return TablePair(
        matched.new.name,
        old,
        new,
        tuple(columns),
        tuple(by_contract.get(name) or name for name in matched.new.primary_key),
        matched.old.name if matched.renamed else None,
        tuple(column.name for column in matched.added),
        tuple(column.name for column in matched.removed),
    )


class _Names:
    """A relation's columns, found by a contract's names: exactly, else but for letter case."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._exact = set(names)
        self._folded = {name.casefold(): name for name in names}

    def find(self, column: ContractColumn) -> str | None:
        if column.name in self._exact:
            return column.name
        return self._folded.get(column.name.casefold())
