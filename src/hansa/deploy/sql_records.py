"""Hansa's records as tables of a target, for engines that change tables row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hansa.engines.protocol import Engine, Row
from hansa.sql.identifiers import Value, literal, quote, quote_path


class SqlRecords:
    """The tables of one schema; callers hold a transaction where it matters."""

    def __init__(self, engine: Engine, schema: str) -> None:
        self._engine = engine
        self._schema = schema

    def exists(self, table: str) -> bool:
        return any(found.name == table for found in self._engine.relations(self._schema))

    def select(self, table: str, columns: Sequence[str], where: Row) -> tuple[tuple[Any, ...], ...]:
        condition = f" WHERE {self._all(where)}" if where else ""
        listed = ", ".join(columns)
        return self._engine.query(f"SELECT {listed} FROM {self.path(table)}{condition}").rows

    def insert(self, table: str, row: Row) -> None:
        values = ", ".join(self._literal(value) for value in row.values())
        names = ", ".join(self._quote(name) for name in row)
        self._engine.execute(f"INSERT INTO {self.path(table)} ({names}) VALUES ({values})")

    def update(self, table: str, values: Row, where: Row) -> None:
        listed = ", ".join(
            f"{self._quote(name)} = {self._literal(value)}" for name, value in values.items()
        )
        condition = f" WHERE {self._all(where)}" if where else ""
        self._engine.execute(f"UPDATE {self.path(table)} SET {listed}{condition}")

    def delete(self, table: str, where: Row) -> None:
        self._engine.execute(f"DELETE FROM {self.path(table)} WHERE {self._all(where)}")

    def path(self, table: str) -> str:
        return quote_path((self._schema, table), self._engine.dialect)

    def _all(self, values: Mapping[str, Value]) -> str:
        return " AND ".join(
            f"{self._quote(name)} = {self._literal(value)}" for name, value in values.items()
        )

    def _quote(self, name: str) -> str:
        return quote(name, self._engine.dialect)

    def _literal(self, value: Value) -> str:
        return literal(value, self._engine.dialect)
