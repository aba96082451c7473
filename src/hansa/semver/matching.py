"""Which table and column of the old contract became which of the new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hansa.core.contract import ContractColumn, ContractTable
from hansa.core.facts import Fingerprints
from hansa.semver.side import Side


@dataclass(frozen=True, slots=True)
class ColumnPair:
    """One column before and after. `proven` tells that both compute the same values."""

    old: ContractColumn
    new: ContractColumn
    proven: bool = False

    @property
    def renamed(self) -> bool:
        return self.old.name != self.new.name

    @property
    def recased(self) -> bool:
        return self.renamed and self.old.name.casefold() == self.new.name.casefold()


@dataclass(frozen=True, slots=True)
class TablePair:
    """One table before and after, and what became of its columns."""

    old: ContractTable
    new: ContractTable
    kept: tuple[ColumnPair, ...]
    removed: tuple[ContractColumn, ...]
    added: tuple[ContractColumn, ...]

    @property
    def renamed(self) -> bool:
        return self.old.name != self.new.name

    def new_name(self, column: str) -> str:
        """What an old column is called now; its old name when it is gone."""
        for pair in self.kept:
            if pair.old.name == column:
                return pair.new.name
        return column


@dataclass(frozen=True, slots=True)
class TableMatch:
    """The tables of two contracts: those on both sides, and those on one."""

    kept: tuple[TablePair, ...]
    removed: tuple[ContractTable, ...]
    added: tuple[ContractTable, ...]


def match_tables(old: Side, new: Side) -> TableMatch:
    """Pairs tables by name, then a removed table with an added one of the same content."""
    before = {table.name for table in old.contract.tables}
    after = {table.name: table for table in new.contract.tables}
    removed = [table for table in old.contract.tables if table.name not in after]
    added = [table for table in new.contract.tables if table.name not in before]
    successors: dict[str, ContractTable] = {}
    for table in list(removed):
        successor = _renamed_to(table, added, old, new)
        if successor is not None:
            successors[table.name] = successor
            removed.remove(table)
            added.remove(successor)
    kept: list[TablePair] = []
    for table in old.contract.tables:
        successor = successors.get(table.name) or after.get(table.name)
        if successor is not None:
            prints = (old.fingerprints.get(table.name), new.fingerprints.get(successor.name))
            kept.append(match_columns(table, successor, prints))
    return TableMatch(tuple(kept), tuple(removed), tuple(added))


def _renamed_to(
    table: ContractTable, added: Sequence[ContractTable], old: Side, new: Side
) -> ContractTable | None:
    """The added table of the same columns and content.

    A model that is still there was made private, not renamed; so it is left alone.
    """
    if table.name in new.models or not table.columns:
        return None
    before = old.fingerprints.get(table.name)
    for candidate in added:
        after = new.fingerprints.get(candidate.name)
        if _shape(table) != _shape(candidate) or candidate.name in old.models:
            continue
        if before is None and after is None:
            return candidate
        if before is not None and after is not None and _same_content(before, after):
            return candidate
    return None


def _shape(table: ContractTable) -> list[tuple[str, object]]:
    return [(column.name, column.type) for column in table.columns]


def _same_content(before: Fingerprints, after: Fingerprints) -> bool:
    return before.rows == after.rows and dict(before.columns) == dict(after.columns)


def match_columns(
    old: ContractTable,
    new: ContractTable,
    prints: tuple[Fingerprints | None, Fingerprints | None] = (None, None),
) -> TablePair:
    """Pairs columns by name; then, among those left, by name without letter case, by
    fingerprint, and at last by their place between the same neighbours and their type."""
    renamed = _recased(old, new)
    renamed |= _same_values(_unmatched(old, new, renamed), prints)
    for before, after in _same_position(old, new, renamed):
        renamed[before.name] = ColumnPair(before, after)
    kept: list[ColumnPair] = []
    removed: list[ContractColumn] = []
    by_name = {column.name: column for column in new.columns}
    for column in old.columns:
        same = by_name.get(column.name)
        if same is not None:
            kept.append(ColumnPair(column, same))
        elif column.name in renamed:
            kept.append(renamed[column.name])
        else:
            removed.append(column)
    taken = {pair.new.name for pair in kept}
    added = tuple(column for column in new.columns if column.name not in taken)
    return TablePair(old, new, tuple(kept), tuple(removed), added)


Unmatched = tuple[list[ContractColumn], list[ContractColumn]]


def _unmatched(old: ContractTable, new: ContractTable, renamed: dict[str, ColumnPair]) -> Unmatched:
    before = {column.name for column in old.columns} | {pair.new.name for pair in renamed.values()}
    after = {column.name for column in new.columns} | renamed.keys()
    gone = [column for column in old.columns if column.name not in after]
    came = [column for column in new.columns if column.name not in before]
    return gone, came


def _recased(old: ContractTable, new: ContractTable) -> dict[str, ColumnPair]:
    gone, came = _unmatched(old, new, {})
    by_folded = {column.name.casefold(): column for column in came}
    pairs: dict[str, ColumnPair] = {}
    for column in gone:
        after = by_folded.pop(column.name.casefold(), None)
        if after is not None:
            pairs[column.name] = ColumnPair(column, after)
    return pairs


def _same_values(
    unmatched: Unmatched, prints: tuple[Fingerprints | None, Fingerprints | None]
) -> dict[str, ColumnPair]:
    before, after = prints
    if before is None or after is None or before.opaque or after.opaque:
        return {}
    gone, came = unmatched
    by_print: dict[str, ContractColumn] = {}
    for column in reversed(came):
        if column.name in after.columns:
            by_print[after.columns[column.name]] = column
    pairs: dict[str, ColumnPair] = {}
    for column in gone:
        match = by_print.pop(before.columns.get(column.name, ""), None)
        if match is not None:
            pairs[column.name] = ColumnPair(column, match, proven=True)
    return pairs


def _same_position(
    old: ContractTable, new: ContractTable, renamed: dict[str, ColumnPair]
) -> list[tuple[ContractColumn, ContractColumn]]:
    """Unmatched columns that stand between the same kept columns, as many before as after."""
    gone, came = _unmatched(old, new, renamed)
    names = {pair.old.name: pair.new.name for pair in renamed.values()}
    gaps_before = _gaps(old, {column.name for column in gone}, names)
    gaps_after = _gaps(new, {column.name for column in came}, {})
    pairs: list[tuple[ContractColumn, ContractColumn]] = []
    for place, columns in gaps_before.items():
        others = gaps_after.get(place, [])
        if len(columns) == len(others):
            pairs += [
                (column, other)
                for column, other in zip(columns, others, strict=True)
                if column.type == other.type and column.type.is_known
            ]
    return pairs


def _gaps(
    table: ContractTable, unmatched: set[str], names: dict[str, str]
) -> dict[str, list[ContractColumn]]:
    """The unmatched columns under the name of the kept column that stands before them."""
    gaps: dict[str, list[ContractColumn]] = {}
    previous = ""
    for column in table.columns:
        if column.name in unmatched:
            gaps.setdefault(previous, []).append(column)
        else:
            previous = names.get(column.name, column.name)
    return gaps
