"""Opens queries in FROM that only compute, filter or look up, so that refactorings align."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from hansa.sql.fold.forms import (
    Form,
    Item,
    OtherSource,
    SelectForm,
    SetForm,
    TableSource,
    mapped,
    unwrapped,
)

Change = Callable[[exp.Column], exp.Expr]


def flattened(form: Form) -> Form:
    """The same rows and columns with fewer scopes; what does not open stays as it is.

    Nothing rests on this being right: what is made of it is proven equal afterwards.
    """
    if isinstance(form, SetForm):
        return replace(form, left=flattened(form.left), right=flattened(form.right))
    form = replace(form, items=tuple(_inside(item) for item in form.items))
    opened = _opened_once(form)
    while opened is not None:
        form = opened
        opened = _opened_once(form)
    return _lifted(form) or form


def _inside(item: Item) -> Item:
    if isinstance(item.source, (TableSource, OtherSource)):
        return item
    return replace(item, source=flattened(item.source))


def _opened_once(form: SelectForm) -> SelectForm | None:
    """The form with its first query in FROM that can be opened in place."""
    sides = [item.side for item in form.items]
    for place, item in enumerate(form.items):
        inner = item.source
        if not isinstance(inner, SelectForm) or not inner.is_plain or not inner.items:
            continue
        later_pads = any(side in ("RIGHT", "FULL") for side in sides[place + 1 :])
        if not _opens(inner, item, place, later_pads):
            continue
        values = dict(inner.columns)
        if form.group is not None and any(
            part.find(exp.Column) is None for part in values.values()
        ):
            continue  # a constant put into GROUP BY would be read as a position
        return _spliced(form, place, item, inner)
    return None


def _opens(inner: SelectForm, item: Item, place: int, later_pads: bool) -> bool:
    just_columns = all(isinstance(part, exp.Column) for _, part in inner.columns)
    single = len(inner.items) == 1
    if single and just_columns and not inner.where:
        return not item.kind or item.side == ""
    if item.kind:
        return False
    if item.side == "":
        return not later_pads and (place == 0 or single)
    return item.side == "LEFT" and single and just_columns


def _spliced(form: SelectForm, place: int, item: Item, inner: SelectForm) -> SelectForm:
    first, *others = inner.items
    padded = item.side == "LEFT"
    on = (*item.on, *inner.where) if padded else item.on
    items = [replace(first, side=item.side, kind=item.kind, on=on), *others]
    opened = replace(
        form,
        items=(*form.items[:place], *items, *form.items[place + 1 :]),
        where=form.where if padded else (*inner.where, *form.where),
    )
    found = _select(mapped(opened, _values_of(item.alias, inner)))
    return replace(found, columns=tuple((name, unwrapped(part)) for name, part in found.columns))


def _values_of(alias: str, inner: SelectForm) -> Change:
    values = dict(inner.columns)

    def change(column: exp.Column) -> exp.Expr:
        if column.table != alias or column.name not in values:
            return column.copy()
        value = values[column.name].copy()
        simple = isinstance(value, (exp.Column, exp.Literal, exp.Func, exp.Paren))
        return value if simple else exp.Paren(this=value)

    return change


def _select(form: Form) -> SelectForm:
    assert isinstance(form, SelectForm)
    return form


def _lifted(form: SelectForm) -> SelectForm | None:
    """The only query in FROM with the columns of a SELECT that does nothing else."""
    if len(form.items) != 1 or form.where or not form.is_plain:
        return None
    inner = form.items[0].source
    if not isinstance(inner, SelectForm) or inner.distinct:
        return None
    columns = [
        (name, unwrapped(part))
        for name, part in _select(mapped(form, _values_of(form.items[0].alias, inner))).columns
    ]
    return replace(inner, columns=tuple(columns))
