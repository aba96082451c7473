"""Sandboxes and targets as comparing needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hansa.engines.protocol import Engine
from hansa.engines.sandbox import DIALECT, Sandbox
from hansa.sql.identifiers import quote_path
from hansa.testing.datadiff.values import Relation


@dataclass(frozen=True, slots=True)
class SandboxQueries:
    """A sandbox; see `Queries`."""

    sandbox: Sandbox

    @property
    def dialect(self) -> str:
        return DIALECT

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        return self.sandbox.query(sql).rows

    def types(self, relation: Relation) -> Mapping[str, str]:
        return dict(self.sandbox.describe(relation))


@dataclass(frozen=True, slots=True)
class EngineQueries:
    """An open target; see `Queries`."""

    engine: Engine

    @property
    def dialect(self) -> str:
        return self.engine.dialect

    def rows(self, sql: str) -> Sequence[Sequence[Any]]:
        return self.engine.query(sql).rows

    def types(self, relation: Relation) -> Mapping[str, str]:
        path = quote_path(relation, self.engine.dialect)
        found = self.engine.describe(f"SELECT * FROM {path}")
        return {column.name: column.type for column in found}
