"""From a release's product to what deploying it makes in a target."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from hansa.core.contract import ContractColumn, ContractTable, Quality
from hansa.core.facts import Input, InputKind, ProductFacts
from hansa.core.product import Materialization, Model, Product, SourceTable
from hansa.core.release import Locked, ReleaseName
from hansa.core.schema import TableSchema
from hansa.core.version import Version
from hansa.deploy.definition import (
    Definition,
    ObjectKind,
    Pin,
    PublicTable,
    QualityQuery,
    SourceCheck,
    StoredObject,
)
from hansa.deploy.errors import RequirementNotPinned, TableWithoutModel
from hansa.deploy.fitting import Fitting
from hansa.deploy.names import INPUT_SCHEMA, interface_schema, store_name, store_schema
from hansa.deploy.outputs import TypeSql, with_types
from hansa.deploy.proof import Proofs, Prove
from hansa.sql.analysis import shape_of_source
from hansa.sql.compile import compile_model
from hansa.sql.identifiers import quote
from hansa.sql.references import classify
from hansa.sql.wording import wording

# part of every fingerprint: raised when the same SQL would be stored differently
_COMPUTATION_FORMAT = "2"

_PLACEHOLDER = re.compile(r"\$?\{(table|object|column|property)\}")

_KINDS = {
    Materialization.VIEW: ObjectKind.VIEW,
    Materialization.TABLE: ObjectKind.TABLE,
    Materialization.INCREMENTAL: ObjectKind.INCREMENTAL,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A release to put into a target.

    `base` is the directory that its sources' files are relative to. `locked` are the releases
    of its requirements that its SQL is compiled against. With `prove`, tables are shared where
    they are proven equal; without it, where their SQL is the same.
    """

    product: Product
    facts: ProductFacts
    digest: str
    locked: Mapping[str, Locked] = field(default_factory=dict)
    base: Path = Path()
    prove: Prove | None = None

    @property
    def name(self) -> ReleaseName:
        return ReleaseName(self.product.name, self.product.version)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a definition needs to know of the target it is for.

    `content_of` tells what the table of a live release holds, as a fingerprint, or None when
    it is not known there; `stored_as` the relation that already holds an equal computation.
    `type_sql` words a type for the engine, or raises TypeLacking.
    Files are read in place where `reads_files`, and loaded into the store elsewhere.
    """

    dialect: str
    name_limit: int
    content_of: Callable[[str, Version, str], str | None]
    stored_as: Callable[[str], str | None]
    type_sql: TypeSql
    reads_files: bool = True


def define(candidate: Candidate, surroundings: Surroundings) -> Definition:
    """What deploying the release makes; reads no data and changes nothing.

    Raises TableWithoutModel, RequirementNotPinned, and what compiling SQL raises.
    """
    definer = _Definer(candidate, surroundings)
    fitting = definer.fitting
    tables = tuple(
        PublicTable(fitting.table(table), definer.model(table.name).relation)
        for table in candidate.product.contract.tables
    )
    queries = tuple(definer.queries())
    return Definition(
        product=candidate.product.name,
        version=str(candidate.product.version),
        digest=candidate.digest,
        team=candidate.product.owner.team,
        pins={
            name: Pin(str(pin.version), pin.digest)
            for name, pin in sorted(candidate.locked.items())
        },
        objects=tuple(definer.objects.values()),
        tables=tables,
        sources=tuple(definer.sources.values()),
        queries=queries,
        roles=tuple(role.name for role in candidate.product.contract.roles),
        service_levels=tuple(map(fitting.service_level, candidate.product.contract.service_levels)),
        folding=candidate.product.policy.folding,
    )


class _Definer:
    """Walks from public tables down, so that `objects` comes out in dependency order."""

    def __init__(self, candidate: Candidate, surroundings: Surroundings) -> None:
        self._product = candidate.product
        self._candidate = candidate
        self._surroundings = surroundings
        self._input_of = classify(candidate.product)
        self._store = store_schema(candidate.product.name, surroundings.name_limit)
        self._proofs = Proofs(candidate.product, candidate.facts, candidate.prove, self._held_by)
        self._by_label: dict[str, StoredObject] = {}
        self.fitting = Fitting(
            candidate.product.dialect,
            surroundings.dialect,
            surroundings.name_limit,
            candidate.facts,
        )
        self.objects: dict[str, StoredObject] = {}
        self.sources: dict[str, SourceCheck] = {}

    def model(self, name: str) -> StoredObject:
        if name not in self._by_label:
            model = self._product.models.get(name)
            if model is None:
                raise TableWithoutModel(self._candidate.name, name)
            self._keep(self._define_model(model))
        return self._by_label[name]

    def _keep(self, stored: StoredObject) -> None:
        self._by_label[stored.label] = stored
        self.objects.setdefault(stored.relation, stored)

    def _define_model(self, model: Model) -> StoredObject:
        text, inputs = self._compile(model.sql, model.path)
        sql = self._with_types(model, text)
        kind = _KINDS[model.storage.materialized]
        storage = self.fitting.storage(model.storage, model.name)
        described = [self._content_of(item) for item in inputs]
        text = wording(sql, self._surroundings.dialect)
        proven = self._proofs.key(model.name)
        content = _hash("model", text, *described) if proven is None else _hash("proven", proven)
        if kind is ObjectKind.VIEW:
            # it takes no space, and it shows what its own inputs hold now, so those decide
            fingerprint = _hash(kind.value, text, *(self._identity_of(item) for item in inputs))
        else:
            settings = (*storage.unique_key, storage.cursor or "", str(storage.lookback))
            fingerprint = _hash(content, kind.value, *settings)
        # what an incremental model holds depends on how it came about, and chance on when
        own = kind is ObjectKind.INCREMENTAL or not self._proofs.is_steady(model.name)
        return StoredObject(
            relation=self._relation(model.name, fingerprint),
            kind=kind,
            label=model.name,
            content=fingerprint if own else content,
            fingerprint=fingerprint,
            sql=sql,
            file=f"{self._product.label}/{model.path}",
            inputs=tuple(self._path(item) for item in inputs),
            storage=storage,
            schema=self._schema(model.name),
        )

    def _with_types(self, model: Model, sql: str) -> str:
        facts = self._candidate.facts.models.get(model.name)
        return with_types(
            sql,
            facts.schema if facts else None,
            self._product.contract.table(model.name),
            (self._product.dialect, self._surroundings.dialect),
            self._surroundings.type_sql,
        )

    def _schema(self, model: str) -> TableSchema | None:
        facts = self._candidate.facts.models.get(model)
        return self.fitting.shape(facts.schema) if facts else None

    def _compile(self, text: str, file: str) -> tuple[str, list[Input]]:
        inputs: list[Input] = []

        def placeholder(item: Input) -> tuple[str, ...]:
            if item not in inputs:
                inputs.append(item)
            return (INPUT_SCHEMA, str(inputs.index(item)))

        sql = compile_model(
            text,
            self._product.dialect,
            f"{self._product.label}/{file}",
            placeholder,
            self._input_of,
            self._surroundings.dialect,
        )
        return sql, inputs

    def _relation(self, label: str, fingerprint: str) -> str:
        kept = self._surroundings.stored_as(fingerprint)
        if kept is not None:
            return kept
        return store_name(label, fingerprint, self._surroundings.name_limit)

    def _content_of(self, item: Input) -> str:
        """What decides the rows of an input, as text for a hash."""
        match item.kind:
            case InputKind.MODEL:
                return self.model(item.name).content
            case InputKind.REQUIRED:
                version = self._pinned(item.group)
                known = self._surroundings.content_of(item.group, version, self._shown(item))
                return known or f"{item.group}@{version}.{item.name}"
            case InputKind.SOURCE:
                return self._source(item).content

    def _held_by(self, item: Input) -> str:
        """The same without taking a source in: not every model that is proven is deployed."""
        if item.kind is InputKind.SOURCE:
            source = self._product.sources[item.group][item.name]
            return self._define_source(str(item), source).content
        return self._content_of(item)

    def _identity_of(self, item: Input) -> str:
        """What tells an input from others that hold the same rows in another way."""
        if item.kind is InputKind.MODEL:
            return self.model(item.name).fingerprint
        return self._content_of(item)

    def _path(self, item: Input) -> tuple[str, ...]:
        match item.kind:
            case InputKind.MODEL:
                return (self._store, self.model(item.name).relation)
            case InputKind.REQUIRED:
                version = self._pinned(item.group)
                limit = self._surroundings.name_limit
                return (interface_schema(item.group, version, limit), self._shown(item))
            case InputKind.SOURCE:
                return self.sources[str(item)].path

    def _shown(self, item: Input) -> str:
        """What the owner of a required table calls it here."""
        return self.fitting.relation(item.name)

    def _pinned(self, product: str) -> Version:
        pin = self._candidate.locked.get(product)
        if pin is None:
            raise RequirementNotPinned(self._candidate.name, product)
        return pin.version

    def _source(self, item: Input) -> StoredObject:
        label = str(item)
        if label not in self._by_label:
            source = self._product.sources[item.group][item.name]
            stored = self._define_source(label, source)
            if source.path is None:
                # a relation of the target is read where it is: nothing of it is stored
                self._by_label[label] = stored
                path = tuple((source.relation or "").split("."))
            else:
                self._keep(stored)
                path = (self._store, stored.relation)
            self.sources[label] = SourceCheck(self.fitting.source(source), label, path)
        return self._by_label[label]

    def _define_source(self, label: str, source: SourceTable) -> StoredObject:
        base = str(self._candidate.base.absolute()) if source.path else ""
        origin = source.relation or f"{base}/{source.path}"
        columns = source.schema.columns if source.schema else ()
        shape = [f"{column.name} {column.type}" for column in columns]
        content = _hash("source", origin, repr(source.csv), *shape)
        return StoredObject(
            relation=self._relation(f"source__{label.replace('.', '__')}", content),
            kind=ObjectKind.SOURCE if self._surroundings.reads_files else ObjectKind.LOADED,
            label=label,
            content=content,
            fingerprint=content,
            source=source,
            base=base,
            schema=self.fitting.shape(shape_of_source(source)),
            lowered=self.fitting.folds,
        )

    def queries(self) -> list[QualityQuery]:
        """The SQL quality checks of all tables and columns, compiled."""
        found = []
        for table in self._product.contract.tables:
            found += [self._query(table, None, quality) for quality in _sql_checks(table.quality)]
            for column in table.columns:
                checks = _sql_checks(column.quality)
                found += [self._query(table, column, quality) for quality in checks]
        return found

    def _query(
        self, table: ContractTable, column: ContractColumn | None, quality: Quality
    ) -> QualityQuery:
        dialect = self._product.dialect
        text = quality.query or ""
        names = {"table": quote(table.name, dialect), "object": quote(table.name, dialect)}
        if column is not None:
            names |= dict.fromkeys(("column", "property"), quote(column.name, dialect))
        filled = _PLACEHOLDER.sub(lambda found: names.get(found[1], found[0]), text)
        sql, inputs = self._compile(filled, "contract.yaml")
        return QualityQuery(
            table=self.fitting.relation(table.name),
            column=self.fitting.column(column.name, table.name) if column else "",
            text=text,
            sql=sql,
            inputs=tuple(self._described_path(item) for item in inputs),
        )

    def _described_path(self, item: Input) -> tuple[str, ...]:
        self._content_of(item)
        return self._path(item)


def _sql_checks(checks: tuple[Quality, ...]) -> list[Quality]:
    return [check for check in checks if check.kind == "sql" and check.query]


def _hash(*parts: str) -> str:
    digest = sha256(_COMPUTATION_FORMAT.encode())
    for part in parts:
        data = part.encode()
        digest.update(f":{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()
