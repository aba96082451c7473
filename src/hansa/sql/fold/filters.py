"""Folds tables whose rows differ by a filter alone: rows of any version, and flags for each.

For a SELECT that neither groups nor numbers nor drops equal rows, filtering by a condition is the
same as computing the condition as a column and filtering by that. So the tables' queries without
their filters, and with them as columns, are merged and proven as all others are; then the merged
query keeps the rows that any of the flags is true for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from hansa.sql.fold.forms import Form, SelectForm, condition_key, conjuncts
from hansa.sql.fold.merge import fresh_name

_SAFE = (exp.Column, exp.Literal, exp.Null, exp.Boolean)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One version's part in a merged query: its columns there, and that of its filter."""

    columns: tuple[tuple[str, str], ...]
    condition: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Flagged:
    """A query that keeps the rows of several parts; `flags` names each part's column, in order.

    A flag is None where every row is the part's.
    """

    form: SelectForm
    flags: tuple[str | None, ...]


def unfiltered(form: Form) -> tuple[SelectForm, str | None] | None:
    """The query without its filter, which becomes a column, and that column's name.

    None for a query of which the filter decides more than which rows are kept.
    """
    if not isinstance(form, SelectForm) or not form.is_plain or not form.items:
        return None
    if not form.where:
        return form, None
    name = fresh_name("row filter", {name.casefold() for name in form.names}, 63)
    columns = (*form.columns, (name, _all(form.where)))
    return replace(form, columns=columns, where=()), name


def flagged(form: SelectForm, parts: Sequence[Part], limit: int) -> Flagged:
    """The merged query with a filter that keeps every part's rows, and flags to tell them."""
    values = dict(form.columns)
    filters = [
        () if part.condition is None else conjuncts(values[part.condition]) for part in parts
    ]
    common, rests = _split(filters)
    taken = {stored.casefold() for part in parts for _, stored in part.columns}
    flags: dict[str, str] = {}
    added: list[tuple[str, exp.Expr]] = []
    names: list[str | None] = []
    for rest in rests:
        key = " AND ".join(sorted(map(condition_key, rest)))
        if rest and key not in flags:
            flags[key] = fresh_name("is_row", taken, limit)
            added.append((flags[key], _is_true(rest)))
        names.append(flags[key] if rest else None)
    where = common if not all(rests) else (*common, _any(_all(rest) for rest in rests))
    columns = _guarded(form, parts, rests)
    return Flagged(replace(form, columns=(*columns, *added), where=where), tuple(names))


def _split(
    filters: Sequence[Sequence[exp.Expr]],
) -> tuple[tuple[exp.Expr, ...], list[tuple[exp.Expr, ...]]]:
    """The conditions that all filters have, and what each has beyond them."""
    keyed = [{condition_key(part): part for part in conditions} for conditions in filters]
    shared = set.intersection(*(set(conditions) for conditions in keyed))
    common = tuple(part for key, part in keyed[0].items() if key in shared)
    rests = [
        tuple(part for key, part in conditions.items() if key not in shared) for conditions in keyed
    ]
    return common, rests


def _guarded(
    form: SelectForm, parts: Sequence[Part], rests: Sequence[tuple[exp.Expr, ...]]
) -> list[tuple[str, exp.Expr]]:
    """The columns that parts pick, each computed for the rows of these parts alone.

    A value that a version would not have computed for a row might fail there.
    """
    users: Mapping[str, list[int]] = {
        name: [
            at for at, part in enumerate(parts) if name in {stored for _, stored in part.columns}
        ]
        for name in form.names
    }
    found = []
    for name, value in form.columns:
        using = users[name]
        if not using:
            continue
        everywhere = len(using) == len(parts) or not all(rests[at] for at in using)
        if not everywhere and not isinstance(value, _SAFE):
            condition = _any(_all(rests[at]) for at in using)
            value = exp.Case(ifs=[exp.If(this=condition, true=value.copy())])
        found.append((name, value))
    return found


def _is_true(conditions: Sequence[exp.Expr]) -> exp.Expr:
    # COALESCE and not IS TRUE, which not every engine has.
    return exp.Coalesce(this=_all(conditions), expressions=[exp.false()])


def _all(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return exp.and_(*(part.copy() for part in conditions), copy=False)


def _any(conditions: Iterable[exp.Expr]) -> exp.Expr:
    return exp.or_(*dict.fromkeys(conditions), copy=False)
