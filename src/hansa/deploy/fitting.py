"""A product as a target can hold it: names as short as they must be, in the case that is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hansa.core.contract import ContractColumn, ContractTable, Quality, Relationship, ServiceLevel
from hansa.core.facts import ProductFacts
from hansa.core.product import Product, SourceTable, Storage
from hansa.core.schema import TableSchema
from hansa.deploy.errors import NameTooLong
from hansa.deploy.names import relation_name
from hansa.engines.protocol import Engine
from hansa.errors import Place
from hansa.sql.dialects import LOWERCASING
from hansa.sql.translation import folds_names


def require_lengths(product: Product, facts: ProductFacts, engine: Engine) -> None:
    """See that no column has a longer name than the engine takes, which would cut it off.

    Raises NameTooLong, with the place where the contract or product.yaml names it.
    """
    limit = engine.column_limit
    if limit is None:
        return
    for table, column, place in _columns(product, facts):
        if len(column.encode()) > limit:
            raise NameTooLong(table, column, engine.title, limit, place)


def _columns(product: Product, facts: ProductFacts) -> Iterator[tuple[str, str, Place | None]]:
    for table in product.contract.tables:
        yield from ((table.name, column.name, column.place) for column in table.columns)
    for name, model in facts.models.items():
        yield from ((name, column, None) for column in (model.schema.names if model.schema else ()))
    for group, tables in product.sources.items():
        for source in tables.values():
            names = source.schema.names if source.schema else ()
            yield from ((f"{group}.{source.name}", name, source.place) for name in names)


@dataclass(frozen=True, slots=True)
class Fitting:
    """What names of one product become in a target of another dialect.

    With `folds`, SQL was written where case does not tell names apart and runs where it does, so
    that names of columns are lower case throughout.
    """

    own: str
    dialect: str
    limit: int
    facts: ProductFacts

    @property
    def folds(self) -> bool:
        return folds_names(self.own, self.dialect)

    def relation(self, name: str) -> str:
        """What readers call a public table here."""
        return relation_name(name, self.dialect, self.limit)

    def column(self, name: str, model: str | None = None) -> str:
        """What a column is called here; of a model, as its SQL names it, however others do."""
        if self.folds:
            return name.lower()
        found = self.facts.models.get(model) if model else None
        if self.dialect not in LOWERCASING or found is None or found.schema is None:
            return name
        written = found.schema.column(name)
        return written.name if written else name

    def table(self, table: ContractTable) -> ContractTable:
        """A public table with the names that it has here."""
        return replace(
            table,
            name=self.relation(table.name),
            columns=tuple(self._column(column, table.name) for column in table.columns),
            quality=tuple(self._quality(one, table.name) for one in table.quality),
            relationships=tuple(self._relationship(r, table.name) for r in table.relationships),
        )

    def _column(self, column: ContractColumn, model: str) -> ContractColumn:
        return replace(
            column,
            name=self.column(column.name, model),
            quality=tuple(self._quality(one, model) for one in column.quality),
            relationships=tuple(self._relationship(one, model) for one in column.relationships),
        )

    def _quality(self, quality: Quality, model: str) -> Quality:
        """A check with the columns that its arguments name."""
        arguments = tuple(
            (key, [self.column(str(one), model) for one in value])
            if key == "properties" and isinstance(value, list | tuple)
            else (key, value)
            for key, value in quality.arguments
        )
        return replace(quality, arguments=arguments)

    def _relationship(self, relationship: Relationship, model: str) -> Relationship:
        group, dot, table = relationship.to_table.rpartition(".")
        parent = None if group else table
        return replace(
            relationship,
            columns=tuple(self.column(name, model) for name in relationship.columns),
            to_table=f"{group}{dot}{self.relation(table)}",
            to_columns=tuple(self.column(name, parent) for name in relationship.to_columns),
        )

    def service_level(self, level: ServiceLevel) -> ServiceLevel:
        """A promise with the tables and columns that it is about."""
        parts = [part.strip().partition(".") for part in (level.element or "").split(",")]
        named = [
            f"{self.relation(table)}{dot}{self.column(column, table)}"
            for table, dot, column in parts
            if table
        ]
        return replace(level, element=", ".join(named) or level.element)

    def storage(self, storage: Storage, model: str) -> Storage:
        """How a model is stored, with the columns that it is found again by."""
        return replace(
            storage,
            unique_key=tuple(self.column(name, model) for name in storage.unique_key),
            cursor=self.column(storage.cursor, model) if storage.cursor else None,
        )

    def source(self, source: SourceTable) -> SourceTable:
        """What is known of a source, with the names that its columns have once they are here."""
        return replace(
            source,
            schema=self.shape(source.schema),
            primary_key=tuple(map(self.column, source.primary_key)),
        )

    def shape(self, schema: TableSchema | None) -> TableSchema | None:
        """A shape with the names that its columns have here."""
        if schema is None or not self.folds:
            return schema
        columns = tuple(replace(one, name=self.column(one.name)) for one in schema.columns)
        return TableSchema(
            columns, frozenset(frozenset(map(self.column, key)) for key in schema.keys)
        )
