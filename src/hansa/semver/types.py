"""How a column's type changed, at any depth of nesting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hansa.core.contract import Bounds, ContractColumn
from hansa.core.datatype import DataType, Family, holds
from hansa.semver.changes import Change
from hansa.semver.extras import custom

_NESTED = (Family.ARRAY, Family.MAP)
_Shown = DataType | str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class _Where:
    """The spot whose types are compared: the column and the path below it."""

    table: str
    column: ContractColumn
    path: str

    def below(self, step: str) -> _Where:
        return replace(self, path=self.path + step)

    def change(self, rule: str, old: _Shown, new: _Shown) -> Change:
        return Change(rule, self.table, self.path, old, new, place=self.column.place)


def type_changes(
    table: str, old: ContractColumn, new: ContractColumn, path: str
) -> Iterator[Change]:
    """What changed in the type of one column that both contracts have."""
    where = _Where(table, new, path)
    if not (old.type.is_known and new.type.is_known):
        # what could not be read is compared as it is written
        before, after = (_spelling(old), _spelling(new))
        if old.type != new.type or before != after:
            yield where.change("column_type_changed", before, after)
        return
    yield from _compare(where, old.type, new.type)
    if custom(old, "collation") != custom(new, "collation"):
        yield where.change(
            "column_type_changed",
            f"collation {custom(old, 'collation')}",
            f"collation {custom(new, 'collation')}",
        )


def _spelling(column: ContractColumn) -> str | None:
    return " ".join((column.physical_type or column.logical_type or "").casefold().split()) or None


def _compare(where: _Where, old: DataType, new: DataType) -> Iterator[Change]:
    if old == new:
        return
    if Family.STRUCT is old.family is new.family:
        yield from _compare_fields(where, old, new)
    elif Family.ARRAY is old.family is new.family and len(old.items) == len(new.items):
        for before, after in zip(old.items, new.items, strict=True):
            yield from _compare(where.below("[]"), before, after)
    elif Family.MAP is old.family is new.family and len(old.items) == len(new.items) == 2:
        yield from _compare_map(where, old, new)
    elif old.family in _NESTED or new.family in _NESTED:
        yield where.change("column_cardinality_changed", old, new)
    else:
        yield where.change(_classify(where, old, new), old, new)


def _compare_map(where: _Where, old: DataType, new: DataType) -> Iterator[Change]:
    if old.items[0] != new.items[0]:
        yield where.change("column_cardinality_changed", old, new)
    yield from _compare(where.below("{}"), old.items[1], new.items[1])


def _compare_fields(where: _Where, old: DataType, new: DataType) -> Iterator[Change]:
    before, after = dict(old.fields), dict(new.fields)
    for name, kind in before.items():
        if name in after:
            yield from _compare(where.below(f".{name}"), kind, after[name])
        else:
            yield where.below(f".{name}").change("nested_field_removed", kind, None)
    for name, kind in after.items():
        if name not in before:
            yield where.below(f".{name}").change("nested_field_added", None, kind)
    if [name for name in before if name in after] != [name for name in after if name in before]:
        yield where.change("column_reordered", tuple(before), tuple(after))


def _classify(where: _Where, old: DataType, new: DataType) -> str:
    if holds(old, new):
        return "column_type_narrowed"
    if not holds(new, old):
        return "column_type_changed"
    at_top = where.path == where.column.name
    if at_top and _bounded_within(old, new, where.column.bounds):
        return "column_type_narrowed"
    return "column_type_widened"


def _bounded_within(old: DataType, new: DataType, bounds: Bounds) -> bool:
    """Whether the contract's own limits keep every value of the wider type in the old one."""
    if new.family in (Family.STRING, Family.BINARY):
        limit = bounds.max_length
        return limit is not None and old.length is not None and limit <= old.length
    if new.family is Family.INTEGER:
        low, high = bounds.minimum, bounds.maximum
        if not isinstance(low, int) or not isinstance(high, int):
            return False
        smallest, largest = _integer_range(old)
        return smallest <= low and high <= largest
    return False


def _integer_range(kind: DataType) -> tuple[int, int]:
    bits = kind.bits or 64
    if not kind.signed:
        return 0, 2**bits - 1
    return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
