"""Compute a whole product on small data, so that others can build on it without its owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hansa.core.facts import Input, InputKind, ProductFacts
from hansa.core.product import Product
from hansa.engines.sandbox import DIALECT, Sandbox
from hansa.sql.identifiers import quote_path
from hansa.testing.compiled import CompiledModels, Relation
from hansa.testing.fixtures import store_table
from hansa.testing.macros import macros_of, use_macros
from hansa.testing.samples import Sampler, sample_source

RequiredRelation = Callable[[str, str], Relation]


class StandInKind(StrEnum):
    """What a table of a stand-in stands for."""

    SOURCE = "source"
    PRIVATE = "private"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class StandInTable:
    """One table that was computed; `origin` says where a source's rows are from."""

    name: str
    kind: StandInKind
    relation: Relation
    rows: int
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class StandInReport:
    """All tables of a stand-in: sources first, then models, each after those that it reads."""

    tables: tuple[StandInTable, ...] = ()

    @property
    def public(self) -> tuple[StandInTable, ...]:
        return tuple(table for table in self.tables if table.kind is StandInKind.PUBLIC)


def stand_in(
    product: Product,
    facts: ProductFacts,
    into: Sandbox,
    schema_name: str,
    required_relation: RequiredRelation,
    *,
    sample: Sampler = sample_source,
) -> StandInReport:
    """Compute all models of the product on the small data of its sources, as tables.

    Public tables come into `schema_name`, private models into `schema_name__private`, the
    sources' rows into `schema_name__sources` (as `"raw.weather"`); what stood in these schemas
    is replaced. `required_relation` tells for a required product and its table which relation
    of `into` stands in for it, `sample` gives a source's rows. Raises ModelNotComputed and
    its kin with the model's place, and the errors of fixtures with theirs.
    """
    site = _Site(product, schema_name, required_relation)
    for schema in site.schemas:
        into.drop_schema(schema)
    reads = sorted({read for one in facts.models.values() for read in one.inputs})
    sources = [read for read in reads if read.kind is InputKind.SOURCE]
    models = facts.order or tuple(facts.models)
    for schema in sorted({site.relation_of(read)[0] for read in [*sources, *map(_model, models)]}):
        into.create_schema(schema)
    tables = [_load(product, into, site.relation_of(read), read, sample) for read in sources]
    compiled = CompiledModels(product, site.relation_of)
    use_macros(into, macros_of(product))
    for name in models:
        relation = compiled.store(into, name)
        kind = StandInKind.PUBLIC if product.models[name].public else StandInKind.PRIVATE
        tables.append(StandInTable(name, kind, relation, _count(into, relation)))
    return StandInReport(tuple(tables))


def _model(name: str) -> Input:
    return Input(InputKind.MODEL, name)


class _Site:
    """Where each relation of one stand-in is kept."""

    def __init__(
        self, product: Product, schema_name: str, required_relation: RequiredRelation
    ) -> None:
        self._product = product
        self._public = schema_name
        self._private = f"{schema_name}__private"
        self._sources = f"{schema_name}__sources"
        self._required_relation = required_relation

    @property
    def schemas(self) -> tuple[str, ...]:
        return (self._public, self._private, self._sources)

    def relation_of(self, read: Input) -> Relation:
        match read.kind:
            case InputKind.REQUIRED:
                return self._required_relation(read.group, read.name)
            case InputKind.SOURCE:
                return (self._sources, str(read))
            case InputKind.MODEL:
                public = self._product.models[read.name].public
                return (self._public if public else self._private, read.name)


def _load(
    product: Product, into: Sandbox, relation: Relation, read: Input, sample: Sampler
) -> StandInTable:
    rows = sample(product, read.group, product.sources[read.group][read.name])
    store_table(into, relation, rows.table, rows.given)
    count = len(rows.table.texts[0])
    return StandInTable(str(read), StandInKind.SOURCE, relation, count, rows.origin)


def _count(into: Sandbox, relation: Relation) -> int:
    rows = into.query(f"SELECT count(*) FROM {quote_path(relation, DIALECT)}").rows
    return int(rows[0][0])
