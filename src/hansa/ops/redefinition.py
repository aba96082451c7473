"""Which models' own definitions differ between two versions, and whether a table feels it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from hansa.core.facts import Fingerprints, Input, InputKind, ModelFacts
from hansa.core.product import Model, Product, SourceTable
from hansa.core.schema import Column, TableSchema
from hansa.ops.sides import LoadedSide
from hansa.sql.analysis import analyse_product, prove_product, schema_of_input


class Redefinition:
    """Compares the definitions of two versions' models, private ones included.

    A model's own definition is its SQL, without comments and spacing, and what the sources and
    required tables that it reads are. A model that one side lacks counts as redefined.
    """

    def __init__(self, old: LoadedSide, new: LoadedSide) -> None:
        self._old = old
        self._new = new
        self._restored: dict[tuple[str, frozenset[str]], Fingerprints | None] = {}

    @cached_property
    def reworded(self) -> frozenset[str]:
        """The models whose SQL differs, or that one side lacks."""
        old, new = self._old.product, self._new.product
        return frozenset(
            name
            for name in old.models.keys() | new.models.keys()
            if _text(old, name) != _text(new, name) and _wording(old, name) != _wording(new, name)
        )

    @cached_property
    def fed_otherwise(self) -> frozenset[str]:
        """The models that read another source or required table under the same name."""
        return frozenset(
            name
            for name, facts in self._new.facts.models.items()
            if any(self._differs(read) for read in facts.inputs)
        )

    def below(self, table: str) -> frozenset[str]:
        """The redefined models that a table is computed from, itself among them."""
        found = _closure([table], self._new.facts.models)
        return found & (self.reworded | self.fed_otherwise)

    def matters(self, table: str, part: str | None, models: frozenset[str]) -> bool:
        """Whether a column's values (None: the rows) may differ because of these models.

        They do not when the table, computed with the old SQL of these models and the new SQL of
        all others, is proven to have the same.
        """
        if models & self.fed_otherwise or not models <= self._old.product.models.keys():
            return True
        key = (table, models)
        if key not in self._restored:
            self._restored[key] = self._prove_restored(table, models)
        restored, now = self._restored[key], self._new.facts.fingerprints.get(table)
        if restored is None or now is None:
            return True
        if part is None:
            return restored.rows != now.rows
        value = restored.columns.get(part)
        return value is None or value != now.columns.get(part)

    def _prove_restored(self, table: str, models: frozenset[str]) -> Fingerprints | None:
        """The fingerprints of a table of the new version with the old SQL of some models."""
        old, new = self._old.product, self._new.product
        if old.dialect != new.dialect:
            return None
        chosen: dict[str, Model] = {
            **_chosen(old, _closure(models, self._old.facts.models)),
            **_chosen(new, _closure([table], self._new.facts.models)),
            **_chosen(old, models),
        }
        mixed = replace(new, models=chosen)
        interfaces = self._new.interfaces
        facts = analyse_product(mixed, interfaces)
        return prove_product(mixed, facts, interfaces, tables=[table]).fingerprints.get(table)

    def _differs(self, read: Input) -> bool:
        if read.kind is InputKind.MODEL:
            return False
        old, new = self._old, self._new
        if read.kind is InputKind.SOURCE:
            before, after = (_source(side, read) for side in (old, new))
            if _location(before) != _location(after):
                return True
        elif _line(old, read.group) != _line(new, read.group):
            return True
        return _shapes_differ(_schema(old, read), _schema(new, read))


def _closure(names: Iterable[str], models: Mapping[str, ModelFacts]) -> frozenset[str]:
    """These models and all that they read, directly or not."""
    waiting = list(names)
    seen = set(waiting)
    while waiting:
        facts = models.get(waiting.pop())
        for read in facts.inputs if facts else ():
            if read.kind is InputKind.MODEL and read.name not in seen:
                seen.add(read.name)
                waiting.append(read.name)
    return frozenset(seen)


def _chosen(product: Product, names: frozenset[str]) -> dict[str, Model]:
    return {name: product.models[name] for name in sorted(names) if name in product.models}


def _text(product: Product, model: str) -> tuple[str, str] | None:
    found = product.models.get(model)
    return None if found is None else (product.dialect, found.sql)


def _wording(product: Product, model: str) -> str | None:
    found = product.models.get(model)
    return None if found is None else _worded(found.sql, product.dialect)


def _worded(sql: str, dialect: str) -> str:
    # most comparisons end before a parser is needed
    from hansa.sql.wording import wording

    return f"{dialect} {wording(sql, dialect)}"


def _source(side: LoadedSide, read: Input) -> SourceTable | None:
    return side.product.sources.get(read.group, {}).get(read.name)


def _location(source: SourceTable | None) -> object:
    return None if source is None else (source.path, source.relation, source.csv)


def _schema(side: LoadedSide, read: Input) -> TableSchema | None:
    return schema_of_input(read, side.product, side.facts.models, side.interfaces)


def _shapes_differ(before: TableSchema | None, after: TableSchema | None) -> bool:
    """Whether keys or what both sides know of a column differ; a column more says nothing."""
    if before is None or after is None:
        return before != after
    if before.keys != after.keys:
        return True
    known: dict[str, Column] = {column.name: column for column in before.columns}
    return any(known.get(column.name, column) != column for column in after.columns)


def _line(side: LoadedSide, product: str) -> tuple[int, ...] | None:
    pin = side.lockfile.locked.get(product)
    return None if pin is None else pin.version.line
