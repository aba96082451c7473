"""How an incremental model takes in new rows without being computed in full."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.core.product import Storage
from hansa.deploy.definition import StoredObject
from hansa.deploy.names import DELTA_SUFFIX
from hansa.engines.protocol import Engine
from hansa.sql.identifiers import literal, quote, quote_path


@dataclass(frozen=True, slots=True)
class Delta:
    """The statements that bring one stored table up to date.

    Rows at or after the newest stored cursor value, less the lookback, are computed again, and
    so are rows whose cursor is NULL. They replace stored rows of the same unique key; without
    one, all stored rows of that span.
    """

    schema: str
    relation: str
    storage: Storage
    columns: tuple[str, ...]
    dialect: str

    def rows_sql(self, select: str) -> str:
        """The rows that are new or computed again."""
        if self.storage.cursor is None:
            return select
        cursor = f"q.{self._quote(self.storage.cursor)}"
        condition = f"{cursor} >= {self._threshold()} OR {cursor} IS NULL"
        return f"SELECT * FROM ({select}) AS q WHERE {condition}"

    def fits(self, engine: Engine) -> bool:
        """Whether the new rows have exactly the stored columns, in whatever order."""
        found = engine.columns((self.schema, self.relation + DELTA_SUFFIX))
        return sorted(column.name for column in found) == sorted(self.columns)

    def merged_sql(self) -> str:
        """What the table will hold: stored rows that stay, and the new ones."""
        return (
            f"SELECT {self._list()} FROM {self._table()} WHERE NOT ({self._replaced()})"
            f" UNION ALL SELECT {self._list()} FROM {self._delta()}"
        )

    def apply_sql(self) -> tuple[str, ...]:
        """The statements that make the table hold that."""
        return (
            f"DELETE FROM {self._table()} WHERE {self._replaced()}",
            f"INSERT INTO {self._table()} ({self._list()}) SELECT {self._list()}"
            f" FROM {self._delta()}",
        )

    def replaced_sql(self) -> str:
        """The stored rows that the new ones replace."""
        return f"SELECT {self._list()} FROM {self._table()} WHERE {self._replaced()}"

    def undo_sql(self, taken: str, previous: str) -> tuple[str, ...]:
        """The statements that take an applied delta back.

        `taken` is the relation with the rows that it brought, `previous` the one with those
        that it replaced. Without a key, what stayed has an older cursor than anything taken.
        """
        rows = quote_path((self.schema, taken), self.dialect)
        before = quote_path((self.schema, previous), self.dialect)
        return (
            f"DELETE FROM {self._table()} WHERE {self._taken(rows)}",
            f"INSERT INTO {self._table()} ({self._list()}) SELECT {self._list()} FROM {before}",
        )

    def _taken(self, rows: str) -> str:
        if self.storage.unique_key:
            return f"EXISTS (SELECT 1 FROM {rows} AS d WHERE {self._same_key()})"
        assert self.storage.cursor is not None
        name = self._quote(self.storage.cursor)
        cursor = f"{self._quote(self.relation)}.{name}"
        oldest = f"(SELECT min(d.{name}) FROM {rows} AS d)"
        return f"coalesce({cursor} >= {oldest}, {cursor} IS NULL)"

    def _same_key(self) -> str:
        own = self._quote(self.relation)
        return " AND ".join(
            f"d.{self._quote(name)} IS NOT DISTINCT FROM {own}.{self._quote(name)}"
            for name in self.storage.unique_key
        )

    def _replaced(self) -> str:
        own = self._quote(self.relation)
        if self.storage.unique_key:
            return f"EXISTS (SELECT 1 FROM {self._delta()} AS d WHERE {self._same_key()})"
        assert self.storage.cursor is not None
        cursor = f"{own}.{self._quote(self.storage.cursor)}"
        return f"coalesce({cursor} >= {self._threshold()}, TRUE)"

    def _threshold(self) -> str:
        assert self.storage.cursor is not None
        newest = f"max(m.{self._quote(self.storage.cursor)}){self._lookback()}"
        return f"(SELECT {newest} FROM {self._table()} AS m)"

    def _lookback(self) -> str:
        back = self.storage.lookback
        if back is None:
            return ""
        if isinstance(back, str):
            return f" - CAST({literal(back, self.dialect)} AS INTERVAL)"
        return f" - {literal(back, self.dialect)}"

    def _table(self) -> str:
        return quote_path((self.schema, self.relation), self.dialect)

    def _delta(self) -> str:
        return quote_path((self.schema, self.relation + DELTA_SUFFIX), self.dialect)

    def _list(self) -> str:
        return ", ".join(self._quote(name) for name in self.columns)

    def _quote(self, name: str) -> str:
        return quote(name, self.dialect)


def plan_delta(engine: Engine, schema: str, stored: StoredObject) -> Delta | None:
    """How to bring the stored table up to date; None when it must be computed in full.

    In full: when it is not there, holds no cursor value yet, or has neither cursor nor key.
    """
    storage = stored.storage
    if storage is None or not (storage.cursor or storage.unique_key):
        return None
    columns = tuple(column.name for column in engine.columns((schema, stored.relation)))
    if not columns:
        return None
    if storage.cursor:
        table = quote_path((schema, stored.relation), engine.dialect)
        newest = f"SELECT max({quote(storage.cursor, engine.dialect)}) IS NULL FROM {table}"
        if engine.query(newest).scalar:
            return None
    return Delta(schema, stored.relation, storage, columns, engine.dialect)
