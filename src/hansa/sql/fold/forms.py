"""Queries in the form that folding works on: scopes with every name resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

INPUT_SCHEMA = "input"


class Unfoldable(Exception):
    """A query, or a pair of them, that folding leaves alone; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TableSource:
    """A stored relation, by the number it has while versions are folded."""

    relation: int


@dataclass(frozen=True, slots=True, eq=False)
class OtherSource:
    """UNNEST or a lateral query: a node that reads the items before it."""

    node: exp.Expr


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One source in FROM under an alias that no other source of any version has.

    The first item has neither side nor kind nor `on`.
    """

    alias: str
    source: TableSource | OtherSource | Form
    side: str = ""
    kind: str = ""
    on: tuple[exp.Expr, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class SelectForm:
    """A SELECT: stars expanded, every column qualified, CTEs and aliases put in place."""

    items: tuple[Item, ...]
    columns: tuple[tuple[str, exp.Expr], ...]
    where: tuple[exp.Expr, ...] = ()
    group: tuple[exp.Expr, ...] | None = None
    having: tuple[exp.Expr, ...] = ()
    qualify: tuple[exp.Expr, ...] = ()
    distinct: bool = False
    # whether a column holds an aggregate or a window call
    aggregated: bool = False
    windowed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)

    @property
    def is_plain(self) -> bool:
        """Whether each row comes from one row of FROM, and from nothing else."""
        grouped = self.group is not None or self.having or self.aggregated
        return not (grouped or self.windowed or self.qualify or self.distinct)

    def clauses(self) -> Iterator[exp.Expr]:
        """Every expression outside of FROM."""
        yield from (part for _, part in self.columns)
        yield from (*self.where, *(self.group or ()), *self.having, *self.qualify)


@dataclass(frozen=True, slots=True, eq=False)
class SetForm:
    """UNION, EXCEPT or INTERSECT of two queries whose columns have the same names."""

    kind: type[exp.SetOperation]
    distinct: bool
    left: Form
    right: Form

    @property
    def names(self) -> tuple[str, ...]:
        return self.left.names


Form = SelectForm | SetForm


@dataclass(slots=True)
class Aliases:
    """Gives out aliases that no two sources share, over all versions that are folded.

    `labels` maps each to the alias as it was written.
    """

    labels: dict[str, str] = field(default_factory=dict)

    def fresh(self, label: str) -> str:
        """An alias for a source that is written under that name."""
        alias = f"source {len(self.labels) + 1}"
        self.labels[alias] = label
        return alias


def rebuilt(node: exp.Expr, change: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """A copy of the node with every expression directly inside it changed."""

    def of_value(value: Any) -> Any:
        if isinstance(value, exp.Expr):
            return change(value)
        if isinstance(value, list):
            return [of_value(part) for part in value]
        return value

    return type(node)(**{key: of_value(value) for key, value in node.args.items()})


def substituted(node: exp.Expr, change: Callable[[exp.Column], exp.Expr]) -> exp.Expr:
    """A copy of the node with every column changed, those inside of its subqueries too."""
    if isinstance(node, exp.Column):
        return change(node)
    return rebuilt(node, lambda part: substituted(part, change))


def mapped(form: Form, change: Callable[[exp.Column], exp.Expr]) -> Form:
    """The form with every column in its expressions changed, in sources as well."""
    if isinstance(form, SetForm):
        return replace(form, left=mapped(form.left, change), right=mapped(form.right, change))

    def each(parts: Iterable[exp.Expr]) -> tuple[exp.Expr, ...]:
        return tuple(substituted(part, change) for part in parts)

    return replace(
        form,
        items=tuple(_mapped_item(item, change) for item in form.items),
        columns=tuple((name, substituted(part, change)) for name, part in form.columns),
        where=each(form.where),
        group=None if form.group is None else each(form.group),
        having=each(form.having),
        qualify=each(form.qualify),
    )


def _mapped_item(item: Item, change: Callable[[exp.Column], exp.Expr]) -> Item:
    source = item.source
    if isinstance(source, OtherSource):
        source = OtherSource(substituted(source.node, change))
    elif not isinstance(source, TableSource):
        source = mapped(source, change)
    return replace(item, source=source, on=tuple(substituted(part, change) for part in item.on))


def reprojected(form: Form, columns: Iterable[tuple[str, str]]) -> Form:
    """The form with these columns: pairs of a new name and one that it has now."""
    wanted = list(columns)
    if isinstance(form, SetForm):
        places = {name: at for at, name in enumerate(form.names)}
        right = form.right.names
        mine = [(new, right[places[old]]) for new, old in wanted]
        return replace(
            form, left=reprojected(form.left, wanted), right=reprojected(form.right, mine)
        )
    known = dict(form.columns)
    return replace(form, columns=tuple((new, known[old].copy()) for new, old in wanted))


# Equality of expressions


def key_of(node: exp.Expr) -> str:
    """Equal for two expressions only if they read the same, but for aliases inside of them."""
    own: dict[str, str] = {}
    for alias in node.find_all(exp.TableAlias):
        own.setdefault(alias.name, f" {len(own)}")
    if not own:
        return str(node.sql(comments=False))
    copy = node.copy()
    for name in copy.find_all(exp.TableAlias):
        _rename(name.this, own)
    for column in copy.find_all(exp.Column):
        _rename(column.args.get("table"), own)
    return str(copy.sql(comments=False))


def _rename(name: exp.Expr | None, names: Mapping[str, str]) -> None:
    if isinstance(name, exp.Identifier) and name.name in names:
        name.set("this", names[name.name])


def unwrapped(node: exp.Expr) -> exp.Expr:
    """The expression inside of parentheses around all of it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def condition_key(node: exp.Expr) -> str:
    """As `key_of`, and equal for `a = b` and `b = a`."""
    node = unwrapped(node)
    if isinstance(node, exp.EQ):
        return " = ".join(sorted((key_of(node.this), key_of(node.expression))))
    return key_of(node)


def condition_keys(nodes: Iterable[exp.Expr]) -> frozenset[str]:
    """The keys of conditions that all have to hold."""
    return frozenset(condition_key(node) for node in nodes)


def conjuncts(node: exp.Expr) -> tuple[exp.Expr, ...]:
    """The parts of a condition that all have to hold."""
    node = unwrapped(node)
    if isinstance(node, exp.And):
        return (*conjuncts(node.this), *conjuncts(node.expression))
    return (node,)
