"""How the columns of one public table changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hansa.core.contract import Contract, ContractColumn
from hansa.semver.changes import Change
from hansa.semver.extras import definition_of, extra, unit_of
from hansa.semver.limits import limit_changes
from hansa.semver.matching import ColumnPair, TablePair
from hansa.semver.quality import quality_changes
from hansa.semver.texts import description_changes
from hansa.semver.types import type_changes

_RESTRICTION = {
    "public": 0,
    "open": 0,
    "internal": 1,
    "private": 2,
    "restricted": 2,
    "confidential": 2,
    "sensitive": 2,
    "pii": 2,
    "secret": 3,
    "highly confidential": 3,
    "highly restricted": 3,
    "top secret": 4,
}


def column_changes(pair: TablePair, history: Sequence[Contract]) -> Iterator[Change]:
    """Every change of the table's columns, in the order of the old contract, added ones last."""
    table = pair.new.name
    for column in pair.removed:
        yield Change("column_removed", table, column.name, column.type, place=column.place)
    for kept in pair.kept:
        yield from _renaming(table, kept)
        yield from _kept_changes(pair, kept)
    for column in pair.added:
        yield _addition(table, column, history)
    yield from _reordering(pair)


def _renaming(table: str, pair: ColumnPair) -> Iterator[Change]:
    if not pair.renamed:
        return
    rule = "column_case_changed" if pair.recased else "column_renamed"
    yield Change(
        rule,
        table,
        pair.old.name,
        pair.old.name,
        pair.new.name,
        frozenset({"proven"}) if pair.proven else frozenset(),
        place=pair.new.place,
    )


def _kept_changes(pair: TablePair, kept: ColumnPair) -> Iterator[Change]:
    table, old, new = pair.new.name, kept.old, kept.new
    yield from type_changes(table, old, new, new.name)
    yield from _guarantee_changes(table, old, new, new.name)
    yield from _uniqueness_changes(pair, kept)
    yield from limit_changes(table, old, new, new.name)
    yield from quality_changes(table, new.name, old.quality, new.quality)
    yield from _meaning_changes(table, old, new, new.name)
    yield from _field_changes(table, old, new, new.name)


def _guarantee_changes(
    table: str, old: ContractColumn, new: ContractColumn, path: str
) -> Iterator[Change]:
    before, after = is_filled(old), is_filled(new)
    if before and not after:
        yield Change("column_became_nullable", table, path, place=new.place)
    if after and not before:
        yield Change("column_became_required", table, path, place=new.place)


def is_filled(column: ContractColumn) -> bool:
    """Whether the contract promises that the column is never NULL."""
    return column.required or column.key_position is not None


def _uniqueness_changes(pair: TablePair, kept: ColumnPair) -> Iterator[Change]:
    """A column that alone is the primary key is unique without saying so."""
    table, old, new = pair.new.name, kept.old, kept.new
    if old.unique and not new.unique and pair.new.primary_key != (new.name,):
        yield Change("unique_removed", table, new.name, place=new.place)
    if new.unique and not old.unique and pair.old.primary_key != (old.name,):
        yield Change("unique_added", table, new.name, place=new.place)


def _meaning_changes(
    table: str, old: ContractColumn, new: ContractColumn, path: str
) -> Iterator[Change]:
    yield from _classification_changes(table, old, new, path)
    if old.deprecated != new.deprecated:
        rule = "deprecated" if new.deprecated else "undeprecated"
        yield Change(rule, table, path, place=new.place)
    partitioned = ("partitioned", "partitionKeyPosition")
    before, after = ([extra(side, key) for key in partitioned] for side in (old, new))
    if before != after:
        yield Change("partitioning_changed", table, path, place=new.place)
    yield from _definition_changes(table, old, new, path)
    yield from description_changes(old, new, Change("", table, path, place=new.place))


def _definition_changes(
    table: str, old: ContractColumn, new: ContractColumn, path: str
) -> Iterator[Change]:
    before, after = definition_of(old), definition_of(new)
    changed = sorted(
        key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
    )
    if unit_of(old) is None and unit_of(new) is not None:
        changed.append("unit")
    if old.type == new.type and old.logical_type != new.logical_type:
        changed.append("logicalType")
    if changed:
        yield Change(
            "definition_changed",
            table,
            path,
            words={"what": ", ".join(f"`{name}`" for name in changed)},
            place=new.place,
        )


def _classification_changes(
    table: str, old: ContractColumn, new: ContractColumn, path: str
) -> Iterator[Change]:
    before, after = old.classification, new.classification
    if before == after:
        return
    one, other = _restriction(before), _restriction(after)
    if one is not None and one == other:
        return
    lowered = after is None or (one is not None and other is not None and other < one)
    rule = "classification_lowered" if lowered else "classification_raised"
    yield Change(rule, table, path, before, after, place=new.place)


def _restriction(word: str | None) -> int | None:
    """How far a classification shuts readers out; None for a word that is not known."""
    if word is None:
        return 0
    return _RESTRICTION.get(" ".join(word.casefold().replace("_", " ").split()))


def _field_changes(
    table: str, old: ContractColumn, new: ContractColumn, path: str
) -> Iterator[Change]:
    """What changed in nested fields that the contract describes, beside their types."""
    before = {field.name: field for field in old.fields}
    for field in new.fields:
        earlier = before.get(field.name)
        if earlier is None:
            continue
        step = f"{path}.{field.name}"
        yield from _guarantee_changes(table, earlier, field, step)
        yield from limit_changes(table, earlier, field, step)
        yield from _meaning_changes(table, earlier, field, step)
        yield from _field_changes(table, earlier, field, step)


def _addition(table: str, column: ContractColumn, history: Sequence[Contract]) -> Change:
    """A new column; or an old name that comes back meaning something else."""
    for contract in reversed(history):
        earlier_table = contract.table(table)
        earlier = earlier_table.column(column.name) if earlier_table else None
        if earlier is None:
            continue
        if _means(earlier) != _means(column):
            return Change(
                "column_name_reused",
                table,
                column.name,
                earlier.type,
                column.type,
                words={"version": str(contract.version)},
                place=column.place,
            )
        break
    return Change("column_added", table, column.name, None, column.type, place=column.place)


def _means(column: ContractColumn) -> tuple[object, ...]:
    words = " ".join((column.description or "").casefold().split())
    return column.type, unit_of(column), words, definition_of(column)


def _reordering(pair: TablePair) -> Iterator[Change]:
    """Columns that stand in another order; or, for readers by position, one that pushes in."""
    names = [kept.new.name for kept in pair.kept]
    taken = set(names)
    now = [column.name for column in pair.new.columns]
    order_now = [name for name in now if name in taken]
    if order_now != names:
        yield Change(
            "column_reordered",
            pair.new.name,
            old=tuple(names),
            new=tuple(order_now),
            place=pair.new.place,
        )
    elif pair.added and now[: len(names)] != names:
        yield Change(
            "column_reordered",
            pair.new.name,
            old=tuple(names),
            new=tuple(now),
            conditions=frozenset({"pushed_in"}),
            place=pair.new.place,
        )
