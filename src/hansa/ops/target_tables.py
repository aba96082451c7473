"""Models of any version computed in a target beside what is live, leaving nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from hansa.core.facts import Input, InputKind, ProductFacts
from hansa.core.product import Product, SourceTable
from hansa.core.release import Locked, ReleaseName
from hansa.deploy.errors import (
    ModelFailed,
    RequirementNotLive,
    RequirementNotPinned,
    SourceUnreadable,
)
from hansa.deploy.names import interface_schema, relation_name, store_name
from hansa.engines.errors import StatementFailed, TargetFailed
from hansa.engines.protocol import Engine
from hansa.sql.compile import compile_model
from hansa.sql.references import classify

Relation = tuple[str, ...]


class TargetTables:
    """Computes models as temporary tables of the open session.

    They end with the session, whether it is closed or killed, and nobody else sees them, so a
    target that is open for reading only is enough. Each distinct computation is made once:
    what two versions have in common they share. Files of sources are relative to `base`.
    """

    def __init__(self, engine: Engine, base: Path, report: Callable[[str], None]) -> None:
        self._engine = engine
        self._base = base
        self._report = report
        self._made: dict[str, Relation] = {}
        self._shown: dict[str, frozenset[str]] = {}

    def compute(
        self,
        product: Product,
        facts: ProductFacts,
        locked: Mapping[str, Locked],
        tables: frozenset[str],
    ) -> Mapping[str, Relation]:
        """Where the named models' rows are, with everything below them computed.

        Raises RequirementNotPinned, RequirementNotLive, ModelFailed, SourceUnreadable, and
        what compiling SQL raises.
        """
        relations: dict[str, Relation] = {}
        input_of = classify(product)

        def relation_of(read: Input) -> Relation:
            match read.kind:
                case InputKind.MODEL:
                    return relations[read.name]
                case InputKind.SOURCE:
                    return self._source(product.sources[read.group][read.name], str(read))
                case InputKind.REQUIRED:
                    return self._required(product, locked, read)

        needed = _below(facts, tables)
        for name in facts.order:
            if name not in needed:
                continue
            model = product.models[name]
            file = f"{product.label}/{model.path}"
            select = compile_model(
                model.sql, product.dialect, file, relation_of, input_of, self._engine.dialect
            )
            try:
                relations[name] = self._table(name, select)
            except StatementFailed as failure:
                raise ModelFailed(name, file, failure.reason) from None
        return {name: relations[name] for name in tables}

    def _source(self, source: SourceTable, label: str) -> Relation:
        if source.path is None:
            return tuple((source.relation or "").split("."))
        if not self._engine.reads_files:
            reason = f"{self._engine.title} does not see the files of this machine, and a"
            reason += " comparison loads nothing into it; compare on fixtures or on DuckDB"
            raise SourceUnreadable(label, source.path, reason)
        try:
            return self._table(label, self._engine.scan_sql(source, self._base))
        except (StatementFailed, TargetFailed) as failure:
            raise SourceUnreadable(label, source.path, failure.reason) from None

    def _required(self, product: Product, locked: Mapping[str, Locked], read: Input) -> Relation:
        name = ReleaseName(product.name, product.version)
        pin = locked.get(read.group)
        if pin is None:
            raise RequirementNotPinned(name, read.group)
        schema = interface_schema(read.group, pin.version, self._engine.name_limit)
        if schema not in self._shown:
            found = self._engine.relations(schema)
            self._shown[schema] = frozenset(relation.name for relation in found)
        table = relation_name(read.name, self._engine.dialect, self._engine.name_limit)
        if table not in self._shown[schema]:
            raise RequirementNotLive(name, ReleaseName(read.group, pin.version), self._engine.url)
        return (schema, table)

    def _table(self, label: str, select: str) -> Relation:
        """The temporary table of a SELECT: its name tells the computation, inputs included."""
        digest = sha256(select.encode()).hexdigest()
        if digest not in self._made:
            self._report(f"computing {label}")
            name = store_name(f"hansa_diff__{label}", digest, self._engine.name_limit)
            self._made[digest] = self._engine.create_temporary_table(name, select)
        return self._made[digest]


def _below(facts: ProductFacts, tables: frozenset[str]) -> set[str]:
    """The named models and all that they read."""
    found: set[str] = set()
    waiting = list(tables)
    while waiting:
        name = waiting.pop()
        if name in found or name not in facts.models:
            continue
        found.add(name)
        reads = facts.models[name].inputs
        waiting += [read.name for read in reads if read.kind is InputKind.MODEL]
    return found
