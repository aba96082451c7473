"""Merges two forms of equal rows into one that has the columns of both."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlglot import exp

from hansa.sql.canonical.calls import children
from hansa.sql.fold.forms import (
    Form,
    Item,
    OtherSource,
    SelectForm,
    SetForm,
    TableSource,
    Unfoldable,
    condition_keys,
    key_of,
    mapped,
    reprojected,
    substituted,
    unwrapped,
)
from hansa.sql.fold.names import column_of

# For each alias of the second form: the alias in the merged one, and its columns' new names.
Renaming = dict[str, tuple[str, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Merged:
    """A form with the columns of two: the first one's names stay, `names` has the second's."""

    form: Form
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Merger:
    """Merges forms scope by scope.

    `same_rows` proves that two queries in FROM have equal rows where their texts do not show
    it. The outermost forms are taken to have equal rows: whoever merges them proves it.
    """

    same_rows: Callable[[Form, Form], bool]
    name_limit: int

    def merge(self, first: Form, second: Form, wanted: Collection[str]) -> Merged:
        """Both in one, with the `wanted` columns of the second; raises Unfoldable."""
        return self._merge(first, second, wanted, outermost=True)

    def _merge(
        self, first: Form, second: Form, wanted: Collection[str], *, outermost: bool
    ) -> Merged:
        match first, second:
            case SelectForm(), SelectForm():
                return self._selects(first, second, wanted, outermost)
            case SetForm(), SetForm():
                return self._sets(first, second, wanted)
        raise Unfoldable("a set operation stands against a SELECT")

    def _sets(self, first: SetForm, second: SetForm, wanted: Collection[str]) -> Merged:
        if first.kind is not second.kind or first.distinct != second.distinct:
            raise Unfoldable("the set operations differ")
        left = self._merge(first.left, second.left, second.left.names, outermost=False)
        right = self._merge(first.right, second.right, second.right.names, outermost=False)
        pairs = {
            pair: name
            for name, *pair_ in zip(first.names, first.names, first.right.names, strict=True)
            for pair in [tuple(pair_)]
        }
        names: dict[str, str] = {}
        columns = [(name, pair) for pair, name in pairs.items()]
        taken = {name.casefold() for name in first.names}
        for name, other in zip(second.names, second.right.names, strict=True):
            if name not in wanted:
                continue
            pair = (left.names[name], right.names[other])
            if pair not in pairs:
                pairs[pair] = fresh_name(name, taken, self.name_limit)
                columns.append((pairs[pair], pair))
            names[name] = pairs[pair]
        is_union_all = first.kind is exp.Union and not first.distinct
        if not is_union_all and len(columns) > len(first.names):
            raise Unfoldable("the columns of a set operation decide its rows")
        merged = replace(
            first,
            left=reprojected(left.form, [(name, pair[0]) for name, pair in columns]),
            right=reprojected(right.form, [(name, pair[1]) for name, pair in columns]),
        )
        return Merged(merged, names)

    def _selects(
        self, first: SelectForm, second: SelectForm, wanted: Collection[str], outermost: bool
    ) -> Merged:
        if first.distinct != second.distinct or (first.group is None) != (second.group is None):
            raise Unfoldable("one query groups its rows and the other does not")
        items, renaming, left_over = self._items(first, second)
        change = _renamer(renaming)
        theirs = _select(mapped(replace(second, items=()), change))
        if not outermost:
            exact = not left_over and all(
                condition_keys(getattr(first, part) or ())
                == condition_keys(getattr(theirs, part) or ())
                for part in ("where", "group", "having", "qualify")
            )
            if not exact and not self.same_rows(first, second):
                raise Unfoldable("a query in FROM has other rows")
        columns, names = self._columns(first, theirs, wanted)
        if first.distinct and len(columns) > len(first.columns):
            raise Unfoldable("the columns of SELECT DISTINCT decide its rows")
        merged = replace(
            first,
            items=tuple(items),
            columns=tuple(columns),
            aggregated=first.aggregated or second.aggregated,
            windowed=first.windowed or second.windowed,
        )
        return Merged(_without_unused(merged, first.items), names)

    def _columns(
        self, first: SelectForm, theirs: SelectForm, wanted: Collection[str]
    ) -> tuple[list[tuple[str, exp.Expr]], dict[str, str]]:
        columns = list(first.columns)
        known: dict[str, str] = {}
        for name, part in columns:
            known.setdefault(key_of(part), name)
        taken = {name.casefold() for name, _ in columns}
        names: dict[str, str] = {}
        for name, part in theirs.columns:
            if name not in wanted:
                continue
            key = key_of(part)
            if key not in known:
                if first.group is not None and not _is_grouped(part, first):
                    raise Unfoldable("a column is not one of the groups' as they are written")
                known[key] = fresh_name(name, taken, self.name_limit)
                columns.append((known[key], part))
            names[name] = known[key]
        return columns, names

    # FROM

    def _items(
        self, first: SelectForm, second: SelectForm
    ) -> tuple[list[Item], Renaming, list[Item]]:
        """The sources of both, how the second's columns are called, and what only one has."""
        items, renaming = list(first.items), Renaming()
        free = list(range(len(items)))
        added: list[Item] = []
        for place, item in enumerate(second.items):
            candidates = [at for at in free if (at == 0) == (place == 0)]
            at = self._match(item, items, candidates, renaming)
            if at is not None:
                free.remove(at)
            elif item.side == "LEFT" and not item.kind:
                added.append(_moved(item, _renamer(renaming)))
            else:
                raise Unfoldable("the queries read other sources")
        unmatched = [items[at] for at in free]
        if any(item.side != "LEFT" or item.kind for item in unmatched):
            raise Unfoldable("the queries read other sources")
        return [*items, *added], renaming, [*unmatched, *added]

    def _match(
        self, item: Item, items: list[Item], candidates: Iterable[int], renaming: Renaming
    ) -> int | None:
        """The place of the source that the item is merged with; `items` gets the result."""
        for at in candidates:
            other = items[at]
            if (other.side, other.kind) != (item.side, item.kind):
                continue
            try:
                source, names = self._source(other, item, renaming)
            except Unfoldable:
                continue
            trial = {**renaming, item.alias: (other.alias, names)}
            change = _renamer(trial)
            on = [substituted(part, change) for part in item.on]
            if condition_keys(on) == condition_keys(other.on):
                items[at] = replace(other, source=source)
                renaming.update(trial)
                return at
        return None

    def _source(
        self, first: Item, second: Item, renaming: Renaming
    ) -> tuple[TableSource | OtherSource | Form, Mapping[str, str]]:
        one, other = first.source, second.source
        match one, other:
            case TableSource(), TableSource():
                if one.relation == other.relation:
                    return one, {}
            case OtherSource(), OtherSource():
                moved = substituted(other.node, _renamer(renaming))
                if key_of(one.node) == key_of(moved):
                    return one, {}
            case ((SelectForm() | SetForm()), (SelectForm() | SetForm())):
                merged = self._merge(one, other, other.names, outermost=False)
                if isinstance(one, SetForm) and not self._unchanged(one, other, merged):
                    raise Unfoldable("a set operation in FROM has other rows")
                return merged.form, merged.names
        raise Unfoldable("the queries read other sources")

    def _unchanged(self, one: Form, other: Form, merged: Merged) -> bool:
        grown = len(merged.form.names) > len(one.names)
        return not grown or self.same_rows(one, other)


def _is_grouped(node: exp.Expr, form: SelectForm) -> bool:
    """Whether an engine sees that the value is the same in all rows of a group."""
    own = {item.alias for item in form.items}
    keys = {key_of(unwrapped(key)) for key in form.group or ()}

    def is_covered(part: exp.Expr) -> bool:
        if key_of(unwrapped(part)) in keys or isinstance(part, exp.AggFunc):
            return True
        if isinstance(part, (exp.Column, exp.Query, exp.Subquery, exp.Anonymous)):
            return not any(column.table in own for column in part.find_all(exp.Column))
        return all(map(is_covered, children(part)))

    return is_covered(node)


def fresh_name(name: str, taken: set[str], limit: int) -> str:
    """The name, numbered where it is taken and shortened where it is too long; then taken."""
    found, number = _within(name, limit), 1
    while found.casefold() in taken:
        number += 1
        ending = f"_{number}"
        found = _within(name, limit - len(ending)) + ending
    taken.add(found.casefold())
    return found


def _within(name: str, limit: int) -> str:
    """The name in at most `limit` bytes, told apart by a hash where it is cut."""
    if len(name.encode()) <= limit:
        return name
    ending = "_" + sha256(name.encode()).hexdigest()[:8]
    cut = name.encode()[: limit - len(ending)].decode(errors="ignore")
    return cut + ending


def _renamer(renaming: Renaming) -> Callable[[exp.Column], exp.Expr]:
    known = dict(renaming)

    def change(column: exp.Column) -> exp.Expr:
        found = known.get(column.table)
        if found is None:
            return column.copy()
        alias, names = found
        if column.name in names:
            return column_of(alias, names[column.name])
        moved = column.copy()
        moved.set("table", exp.to_identifier(alias, quoted=True))
        return moved

    return change


def _moved(item: Item, change: Callable[[exp.Column], exp.Expr]) -> Item:
    source = item.source
    if isinstance(source, OtherSource):
        source = OtherSource(substituted(source.node, change))
    return replace(item, source=source, on=tuple(substituted(part, change) for part in item.on))


def _select(form: Form) -> SelectForm:
    assert isinstance(form, SelectForm)
    return form


def _without_unused(form: SelectForm, kept: Collection[Item]) -> SelectForm:
    """The form without joins that were added and that nothing reads."""
    own = {item.alias for item in kept}
    while True:
        nodes = [*form.clauses(), *(part for item in form.items for part in _reads(item))]
        read = {column.table for node in nodes for column in node.find_all(exp.Column)}
        items = tuple(item for item in form.items if item.alias in own or item.alias in read)
        if len(items) == len(form.items):
            return form
        form = replace(form, items=items)


def _reads(item: Item) -> Iterable[exp.Expr]:
    """What the item reads of others."""
    if isinstance(item.source, OtherSource):
        yield item.source.node
    for part in item.on:
        yield exp.Tuple(
            expressions=[
                column.copy() for column in part.find_all(exp.Column) if column.table != item.alias
            ]
        )
