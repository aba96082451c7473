"""Small products, built as values, and what a target shows of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from hansa.core.contract import Contract, ContractColumn, ContractTable
from hansa.core.facts import Fingerprints, Input, ProductFacts
from hansa.core.product import (
    Materialization,
    Model,
    Owner,
    Product,
    Requirement,
    SourceTable,
    Storage,
)
from hansa.core.release import Locked
from hansa.core.version import Constraint, Version
from hansa.deploy.define import Candidate
from hansa.engines.protocol import Engine, RelationKind
from hansa.sql.analysis import Interface, analyse_product, prove_product
from hansa.sql.identifiers import quote_path

TABLE = Storage(Materialization.TABLE)
VIEW = Storage(Materialization.VIEW)


@dataclass
class Ticks:
    """A clock that moves one second whenever it is read."""

    now: datetime = field(default=datetime(2026, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def table(name: str, *columns: str | ContractColumn, **rest: Any) -> ContractTable:
    """A table of the contract; columns given by name promise nothing but being there."""
    made = tuple(c if isinstance(c, ContractColumn) else ContractColumn(c) for c in columns)
    return replace(ContractTable(name, made), **rest)


def release(
    name: str,
    tables: Iterable[ContractTable],
    models: Mapping[str, str],
    *,
    storage: Mapping[str, Storage] | None = None,
    sources: Mapping[str, Mapping[str, SourceTable]] | None = None,
    locked: Mapping[str, str] | None = None,
    base: Path = Path(),
) -> Candidate:
    """A release to deploy, `flights@1.0.0`; its digest follows from its content."""
    product_name, _, version = name.partition("@")
    contract = Contract(product_name, Version.parse(version), tables=tuple(tables))
    public = {one.name for one in contract.tables}
    chosen = storage or {}
    pins = dict(pin.split("@") for pin in (locked or {}))
    product = Product(
        name=product_name,
        contract=contract,
        owner=Owner(f"team-{product_name}"),
        requires=tuple(Requirement(pin, Constraint.parse("*")) for pin in pins),
        sources=sources or {},
        models={
            model: Model(
                name=model,
                path=f"models/{model}.sql",
                sql=sql,
                storage=chosen.get(model, TABLE if model in public else VIEW),
                public=model in public,
            )
            for model, sql in models.items()
        },
        label=product_name,
    )
    return Candidate(
        product=product,
        facts=ProductFacts({}),
        digest=f"sha256:{sha256(repr((product, storage)).encode()).hexdigest()}",
        locked={
            pin.split("@")[0]: Locked(Version.parse(pin.split("@")[1]), digest)
            for pin, digest in (locked or {}).items()
        },
        base=base,
    )


def proven(candidate: Candidate, *required: Candidate) -> Candidate:
    """The release with what analysis knows of it; `required` are those that it pins."""
    interfaces = {
        one.product.name: Interface(
            {table.name: table.schema for table in one.product.contract.tables},
            line=str(one.product.version.line[0]),
        )
        for one in required
    }
    product = candidate.product
    facts = analyse_product(product, interfaces)
    assert facts.diagnostics == ()

    def prove(marks: Mapping[Input, str], models: Collection[str]) -> Mapping[str, Fingerprints]:
        return prove_product(product, facts, interfaces, None, models, marks).fingerprints

    return replace(candidate, facts=facts, prove=prove)


def pin(*candidates: Candidate) -> dict[str, str]:
    """What `locked` takes to pin these releases."""
    return {str(candidate.name): candidate.digest for candidate in candidates}


def layout(engine: Engine) -> dict[str, list[str]]:
    """Relations by schema as everybody may see them, hashes cut and hansa's own left out."""
    listed = {
        "duckdb": (
            "SELECT schema_name FROM duckdb_schemas() WHERE NOT internal"
            " AND database_name = current_database()"
        ),
        "postgres": "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_)'",
    }[engine.dialect]
    names = engine.query(listed).rows
    rows = [(schema, one.name) for (schema,) in names for one in engine.relations(schema)]
    found: dict[str, list[str]] = {schema: [] for (schema,) in sorted(names)}
    for schema, relation in sorted(rows):
        if relation.endswith(("__prev", "__took")):
            # what is kept of the last run is not part of what is live
            continue
        stem, separator, rest = relation.rpartition("__")
        cut = separator and len(rest) == 10 and schema.endswith("__store")
        found[schema].append(f"{stem}__#" if cut else relation)
    others = ("main", "public", "hansa")
    return {schema: sorted(kept) for schema, kept in found.items() if schema not in others}


def drop_by_hand(engine: Engine, schema: str, label: str) -> None:
    """Drop the stored tables of a model as somebody might who knows nothing of hansa."""
    cascade = " CASCADE" if engine.dialect == "postgres" else ""
    for found in engine.relations(schema):
        if found.name.startswith(f"{label}__") and found.kind is RelationKind.TABLE:
            engine.execute(
                f"DROP TABLE {quote_path((schema, found.name), engine.dialect)}{cascade}"
            )


def read(engine: Engine, relation: str, order: str = "1") -> list[tuple[Any, ...]]:
    """All rows of a relation, in order."""
    return list(engine.query(f"SELECT * FROM {relation} ORDER BY {order}").rows)
