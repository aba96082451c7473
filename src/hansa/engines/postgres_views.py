"""Views of PostgreSQL, which are bound to what they read when they are made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hansa.engines.errors import StatementFailed, StillRead
from hansa.sql.identifiers import literal, quote, quote_path

if TYPE_CHECKING:
    from hansa.engines.protocol import Engine

_DIALECT = "postgres"

# views that read a relation directly, in the order in which they were made
_READERS = """
SELECT DISTINCT v.oid, n.nspname, v.relname, pg_get_viewdef(v.oid), pg_get_userbyid(v.relowner)
FROM pg_depend AS d
JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind = 'v'
JOIN pg_namespace AS n ON n.oid = v.relnamespace
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = {oid} AND v.oid <> {oid}
ORDER BY v.oid
"""
_GRANTS = """
SELECT privilege_type, CASE grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(grantee) END
FROM pg_class, aclexplode(relacl) WHERE oid = {oid} AND grantee <> relowner
"""


@dataclass(frozen=True, slots=True)
class View:
    """A view as it was: what it computes, who owns it, and who may do what with it."""

    oid: int
    path: tuple[str, str]
    select: str
    owner: str
    grants: tuple[tuple[Any, ...], ...]


class Dependents:
    """Views that must be bound anew before a transaction ends.

    What is made anew by the caller meanwhile is left as it is.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._taken_down: list[View] = []
        # a table that was replaced, by the name that it has until the transaction ends
        self._replaced: dict[str, tuple[str, ...]] = {}
        # and the name that it has afterwards, if it is not dropped
        self._kept: dict[str, str] = {}

    def unhook(self, path: Sequence[str], keep: str | None = None) -> None:
        """Move a table out of the way; its readers read what takes its name, at the end.

        Then it is dropped, or has the name `keep`.
        """
        aside = f"hansa_replaced_{self._oid(path)}"
        table = quote_path(path, _DIALECT)
        self._engine.execute(f"ALTER TABLE {table} RENAME TO {quote(aside, _DIALECT)}")
        self._replaced[aside] = tuple(path)
        if keep is not None:
            self._kept[aside] = keep

    def take_down(self, path: Sequence[str]) -> None:
        """Drop the views that read a view; they are made again at the end."""
        views = self._below([self._oid(path)])
        paths = {view.path for view in views}
        self._taken_down = [view for view in self._taken_down if view.path not in paths]
        self._taken_down += views
        self._drop_views(views)

    def restore(self) -> None:
        """Bind what waits to what has the names now, and put away the tables that were replaced."""
        if not (self._replaced or self._taken_down):
            return
        stale = self._below(
            [self._oid((*path[:-1], aside)) for aside, path in self._replaced.items()]
        )
        self._drop_views(stale)
        for view in (*stale, *self._taken_down):
            if not self._engine.columns(view.path):
                self._make(view)
        for aside, path in self._replaced.items():
            table = quote_path((*path[:-1], aside), _DIALECT)
            if aside in self._kept:
                name = quote(self._kept[aside], _DIALECT)
                self._engine.execute(f"ALTER TABLE {table} RENAME TO {name}")
            else:
                self._engine.execute(f"DROP TABLE {table}")
        self.forget()

    def forget(self) -> None:
        """Nothing waits any more, as the transaction ended."""
        self._taken_down.clear()
        self._replaced.clear()
        self._kept.clear()

    def _drop_views(self, views: Sequence[View]) -> None:
        if views:
            names = ", ".join(quote_path(view.path, _DIALECT) for view in views)
            self._engine.execute(f"DROP VIEW {names}")

    def _with_names(self, select: str) -> str:
        """The SELECT with the names that replaced tables had."""
        return re.sub(
            r"\bhansa_replaced_\d+\b",
            lambda found: (
                quote(self._replaced[found[0]][-1], _DIALECT)
                if found[0] in self._replaced
                else found[0]
            ),
            select,
        )

    def _make(self, view: View) -> None:
        name = quote_path(view.path, _DIALECT)
        try:
            self._engine.execute(f"CREATE VIEW {name} AS {self._with_names(view.select)}")
        except StatementFailed as failure:
            shown = ".".join(view.path)
            raise StillRead("what it reads", (shown,), failure.reason) from None
        for privilege, grantee in view.grants:
            role = "PUBLIC" if grantee is None else quote(grantee, _DIALECT)
            self._engine.execute(f"GRANT {privilege} ON {name} TO {role}")
        if view.owner != self._engine.query("SELECT current_user").scalar:
            self._engine.execute(f"ALTER VIEW {name} OWNER TO {quote(view.owner, _DIALECT)}")

    def _below(self, oids: Sequence[int]) -> list[View]:
        """All views that read relations, through other views too, each after what it reads."""
        found: dict[int, View] = {}
        waiting = list(oids)
        while waiting:
            rows = self._engine.query(_READERS.format(oid=waiting.pop(0))).rows
            for reader, schema, name, select, owner in rows:
                # seen again further down: it has to stand after that
                found.pop(reader, None)
                grants = self._engine.query(_GRANTS.format(oid=reader)).rows
                path = (str(schema), str(name))
                text = str(select).rstrip().rstrip(";")
                found[reader] = View(int(reader), path, text, str(owner), grants)
                waiting.append(reader)
        return list(found.values())

    def _oid(self, path: Sequence[str]) -> int:
        name = literal(quote_path(path, _DIALECT), _DIALECT)
        return int(self._engine.query(f"SELECT {name}::regclass::oid").scalar)
