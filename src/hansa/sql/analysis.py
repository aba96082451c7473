"""Facts about all models of a product, each computed once for its content."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol

from hansa import __version__
from hansa.core.contract import ContractColumn
from hansa.core.diagnostic import Diagnostic, Severity
from hansa.core.facts import (
    Fingerprints,
    Input,
    InputKind,
    ModelFacts,
    ProductFacts,
    Reference,
)
from hansa.core.product import Product, SourceTable
from hansa.core.schema import TableSchema
from hansa.errors import Place
from hansa.sql.dialects import check_dialect
from hansa.sql.references import Names, PublicNames, ReferenceInvalid

if TYPE_CHECKING:
    from hansa.sql.canonical import Prover
    from hansa.sql.inference import ParsedModel

# Raise it when facts or the canonical form change their meaning while the version stays the same.
_FORMAT = "2"


@dataclass(frozen=True, slots=True)
class Interface:
    """One required product's pinned release: its public tables, and the names of the others.

    `line` is its major line (`1`, or `0.3`): tables of two lines never count as equal, whatever
    the names and columns, as another line may mean something else. `limits` are the contract's
    columns of each table, with what they say of values.
    """

    tables: Mapping[str, TableSchema]
    private: frozenset[str] = frozenset()
    line: str = ""
    limits: Mapping[str, tuple[ContractColumn, ...]] = field(default_factory=dict, compare=False)


class FactsCache(Protocol):
    """Facts by the hash of everything that they follow from."""

    def get(self, key: str) -> ModelFacts | None:
        """What was put under the key, None without it."""

    def put(self, key: str, facts: ModelFacts) -> None:
        """Keep facts under a key."""

    def __contains__(self, key: str) -> bool:
        """Whether something was put under the key."""


def analyse_product(
    product: Product, interfaces: Mapping[str, Interface], cache: FactsCache | None = None
) -> ProductFacts:
    """Facts about every model; whatever is wrong with the SQL is a finding in them.

    Fingerprints are left to `prove_product`, as only comparisons need them.
    `interfaces` maps required products to what their pinned releases offer; of a required
    product that is not in it, every table is accepted and none has known columns. Raises
    UnknownDialect.
    """
    check_dialect(product.dialect)
    return _ProductReader(product, interfaces, cache).read()


def prove_product(
    product: Product,
    facts: ProductFacts,
    interfaces: Mapping[str, Interface],
    cache: FactsCache | None = None,
    tables: Collection[str] | None = None,
    marks: Mapping[Input, str] | None = None,
) -> ProductFacts:
    """The facts with the fingerprints of every public table whose SQL is valid.

    With `tables`, those of these models instead, private or not. `marks` are as in Prover: what
    inputs hold decides then, not their names, so that fingerprints of two products or of two
    releases with other requirements can be compared.
    """
    reader = _ProductReader(product, interfaces, cache, marks or {})
    if tables is None:
        tables = [name for name, model in product.models.items() if model.public]
    return replace(facts, fingerprints=reader.fingerprints(facts, tables))


def schema_of_input(
    input: Input,  # noqa: A002
    product: Product,
    facts: Mapping[str, ModelFacts],
    interfaces: Mapping[str, Interface],
) -> TableSchema | None:
    """The shape of an input; None when its columns are not declared or its SQL is wrong."""
    match input.kind:
        case InputKind.MODEL:
            model = facts.get(input.name)
            return None if model is None else model.schema
        case InputKind.SOURCE:
            return _source_schema(product, input)
        case InputKind.REQUIRED:
            interface = interfaces.get(input.group)
            return None if interface is None else interface.tables.get(input.name)


def _source_schema(product: Product, source: Input) -> TableSchema | None:
    table = product.sources.get(source.group, {}).get(source.name)
    return None if table is None else shape_of_source(table)


def shape_of_source(table: SourceTable) -> TableSchema | None:
    """A source's columns with what its primary key says; None where none are declared."""
    if table.schema is None or not table.primary_key:
        return table.schema
    schema, key = table.schema, frozenset(table.primary_key)
    if not key <= set(schema.names):
        return schema
    columns = tuple(
        replace(column, nullable=False) if column.name in key else column
        for column in schema.columns
    )
    return TableSchema(columns, schema.keys | {key})


def unread_models(product: Product, cache: FactsCache) -> list[str]:
    """The models of whose SQL the cache knows nothing."""
    reader = _ProductReader(product, {}, cache)
    return [name for name in product.models if not reader.is_read(name)]


class SingleReader:
    """Reads one model after the other into a cache, as `analyse_product` will ask it.

    So the work can be shared. A model whose inputs are not known yet has them read as well.
    """

    def __init__(
        self, product: Product, interfaces: Mapping[str, Interface], cache: FactsCache
    ) -> None:
        self._reader = _ProductReader(product, interfaces, cache)

    def know(self, name: str, schema: TableSchema | None) -> None:
        """Take the schema of a model from somebody who has read it."""
        self._reader.know(name, schema)

    def read(self, name: str) -> TableSchema | None:
        """The schema of a model, read now unless it is known."""
        return self._reader.schema_of(name)


@dataclass(slots=True)
class _Visit:
    """A model whose inputs are being read: its mentions, and its tree if it was parsed now."""

    name: str
    mentions: ModelFacts
    parsed: ParsedModel | None
    pending: Iterator[Reference]


class _ProductReader:
    """Reads the models of a product, each after the models it reads.

    Only the trees of the models on the way from one model down to its inputs are in memory.
    """

    def __init__(
        self,
        product: Product,
        interfaces: Mapping[str, Interface],
        cache: FactsCache | None,
        marks: Mapping[Input, str] | None = None,
    ) -> None:
        self._product = product
        self._marks = marks or {}
        self._interfaces = interfaces
        self._cache = cache
        public = {
            name: PublicNames(interface.tables, interface.private)
            for name, interface in interfaces.items()
        }
        self._names = Names(product, public)
        self._facts: dict[str, ModelFacts] = {}
        self._contents: dict[str, str] = {}
        self._schemas: dict[Input, tuple[TableSchema | None, str]] = {}
        self._visits: dict[str, _Visit] = {}
        self._cycles: dict[str, list[Diagnostic]] = {}
        self._prover: Prover | None = None

    def read(self) -> ProductFacts:
        for name in self._product.models:
            if name not in self._facts:
                self._read_from(name)
        shown = {name: self._shown(self._facts[name]) for name in self._product.models}
        found = sorted(
            (finding for facts in shown.values() for finding in facts.diagnostics),
            key=lambda finding: finding.place or Place(""),
        )
        return ProductFacts(
            models=shown,
            order=tuple(self._facts),
            diagnostics=tuple(found),
        )

    def is_read(self, name: str) -> bool:
        """Whether the cache knows the model's SQL."""
        return self._cache is not None and self._mentions_key(name) in self._cache

    def know(self, name: str, schema: TableSchema | None) -> None:
        self._facts.setdefault(name, ModelFacts(name, schema=schema))

    def schema_of(self, name: str) -> TableSchema | None:
        if name not in self._facts:
            self._read_from(name)
        return self._facts[name].schema

    def _read_from(self, first: str) -> None:
        """Read a model and everything below it, without recursion: chains may be long."""
        self._visits[first] = self._visit(first)
        while self._visits:
            visit = next(reversed(self._visits.values()))
            below = self._next_below(visit)
            if below is None:
                self._finish(visit)
                del self._visits[visit.name]
            else:
                self._visits[below] = self._visit(below)

    def _visit(self, name: str) -> _Visit:
        mentions, parsed = self._mentions(name)
        return _Visit(name, mentions, parsed, iter(mentions.references))

    def _next_below(self, visit: _Visit) -> str | None:
        for mention in visit.pending:
            try:
                found = self._names.resolve(mention.input.group, mention.input.name)
            except ReferenceInvalid:
                continue
            if found.kind is not InputKind.MODEL or found.name in self._facts:
                continue
            if found.name in self._visits:
                self._report_cycle(visit.name, found.name, mention.place)
            else:
                return found.name
        return None

    def _report_cycle(self, model: str, target: str, place: Place) -> None:
        names = list(self._visits)
        path = " -> ".join([*names[names.index(target) :], target])
        self._cycles.setdefault(model, []).append(
            Diagnostic(
                "model_cycle",
                f"the models read each other in a circle: `{path}`",
                f"remove one of the references, such as the one to `{target}` here",
                place,
            )
        )

    def _mentions(self, name: str) -> tuple[ModelFacts, ParsedModel | None]:
        model = self._product.models[name]
        key = self._mentions_key(name)
        found = self._get(key)
        if found is not None:
            return found, None
        from hansa.sql.inference import mentions_of

        found, parsed = mentions_of(model, self._product.dialect, model.path)
        self._put(key, found)
        return found, parsed

    def _mentions_key(self, name: str) -> str:
        model = self._product.models[name]
        return _hash("mentions", self._product.dialect, model.path, name, model.sql)

    def _finish(self, visit: _Visit) -> None:
        name = visit.name
        facts = visit.mentions if visit.mentions.diagnostics else self._infer(visit)
        cycles = self._cycles.pop(name, [])
        if cycles:
            facts = replace(facts, schema=None, diagnostics=(*facts.diagnostics, *cycles))
        self._facts[name] = facts
        self._contents[name] = self._content(name, facts)

    def _infer(self, visit: _Visit) -> ModelFacts:
        name = visit.name
        model = self._product.models[name]
        file = model.path
        resolved = [self._resolution(mention) for mention in visit.mentions.references]
        key = _hash("facts", self._product.dialect, file, name, model.sql, *resolved)
        found = self._get(key)
        if found is not None:
            return found
        from hansa.sql.inference import ParsedModel, infer

        parsed = visit.parsed or ParsedModel(model, self._product.dialect, file)
        found = infer(parsed, self._names.resolve, lambda read: self._schema(read)[0])
        self._put(key, found)
        return found

    def _resolution(self, mention: Reference) -> str:
        """Everything about one mentioned name that facts may follow from."""
        try:
            found = self._names.resolve(mention.input.group, mention.input.name)
        except ReferenceInvalid as error:
            return f"{error.rule} {error} {error.hint}"
        return f"{found.kind} {found} {self._schema(found)[1]}"

    def _schema(self, input: Input) -> tuple[TableSchema | None, str]:  # noqa: A002
        """An input's schema with its hash."""
        known = self._schemas.get(input)
        if known is None:
            schema = schema_of_input(input, self._product, self._facts, self._interfaces)
            known = schema, _schema_hash(schema)
            if input.kind is not InputKind.MODEL or input.name in self._facts:
                self._schemas[input] = known
        return known

    def _content(self, name: str, facts: ModelFacts) -> str:
        """The hash of everything that decides a model's rows: all SQL and schemas below."""
        below = [self._content_below(read) for read in facts.inputs]
        return _hash("content", self._product.dialect, name, self._product.models[name].sql, *below)

    def _content_below(self, read: Input) -> str:
        mark = self._marks.get(read, "")
        if read.kind is InputKind.MODEL and not mark:
            return self._contents.get(read.name, "")
        return f"{read} {self._schema(read)[1]} {self._line(read)} {mark}"

    def _line(self, read: Input) -> str:
        """The pinned major line of a required product; nothing for other inputs."""
        interface = self._interfaces.get(read.group) if read.kind is InputKind.REQUIRED else None
        return "" if interface is None else interface.line

    def fingerprints(self, facts: ProductFacts, tables: Collection[str]) -> dict[str, Fingerprints]:
        """The fingerprints of these tables, by the facts that `read` gave."""
        for name in facts.order:
            self._facts[name] = facts.models[name]
            self._contents[name] = self._content(name, self._facts[name])
        schemas: dict[Input, TableSchema] = {}
        for model in self._facts.values():
            for input_ in model.inputs:
                schema = self._schema(input_)[0]
                if schema is not None:
                    schemas[input_] = schema
        return {
            name: self._fingerprint(name, schemas)
            for name in self._product.models
            if name in tables and not _is_broken(self._facts[name])
        }

    def _fingerprint(self, name: str, schemas: Mapping[Input, TableSchema]) -> Fingerprints:
        key = _hash("fingerprints", self._contents[name])
        found = self._get(key)
        if found is not None and found.fingerprints is not None:
            return found.fingerprints
        if self._prover is None:
            from hansa.sql.canonical import Prover

            lines = {name: found.line for name, found in self._interfaces.items()}
            self._prover = Prover(
                self._product.models, schemas, self._product.dialect, lines, self._marks
            )
        computed = self._prover.fingerprints(name)
        self._put(key, ModelFacts(name, fingerprints=computed))
        return computed

    def _shown(self, facts: ModelFacts) -> ModelFacts:
        """The facts with places as people see them; cached ones know the path in the product.

        So a release and a working copy with the same SQL share what was found out.
        """
        label = self._product.label
        if label in ("", "."):
            return facts

        def under(place: Place) -> Place:
            return replace(place, file=f"{label.rstrip('/')}/{place.file}")

        return replace(
            facts,
            references=tuple(
                replace(mention, place=under(mention.place)) for mention in facts.references
            ),
            diagnostics=tuple(
                replace(finding, place=finding.place and under(finding.place))
                for finding in facts.diagnostics
            ),
        )

    def _get(self, key: str) -> ModelFacts | None:
        return None if self._cache is None else self._cache.get(key)

    def _put(self, key: str, facts: ModelFacts) -> None:
        if self._cache is not None:
            self._cache.put(key, facts)


def _is_broken(facts: ModelFacts) -> bool:
    return any(finding.severity is Severity.ERROR for finding in facts.diagnostics)


def _schema_hash(schema: TableSchema | None) -> str:
    if schema is None:
        return ""
    keys = sorted(sorted(key) for key in schema.keys)
    return _hash(repr(schema.columns), repr(keys))


@lru_cache(maxsize=1)
def _versions() -> str:
    return f"{_FORMAT} {__version__} {version('sqlglot')}"


def _hash(*parts: str) -> str:
    """A key for everything in the parts, and for the versions that read them."""
    digest = blake2b(_versions().encode(), digest_size=20)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    return digest.hexdigest()
