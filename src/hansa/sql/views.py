"""Stored SQL with the views that it reads put in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlglot import exp

from hansa.sql.mentions import outside_tables
from hansa.sql.parse import parse_select

Path = tuple[str, ...]


class Stored(NamedTuple):
    """A SELECT that reads `input.0`, `input.1`, …, which stand for the paths in `inputs`."""

    sql: str
    inputs: tuple[Path, ...]


ViewAt = Callable[[Path], Stored | None]


def open_views(stored: Stored, view_at: ViewAt, dialect: str, schema: str) -> Stored:
    """The same rows, read from what no view computes; `schema` is that of numbered inputs.

    `view_at` gives the SELECT of the view at a path, None for what is no view. SQL that reads
    no view is returned as it is. Raises SqlInvalid and NotOneSelect.
    """
    if all(view_at(path) is None for path in stored.inputs):
        return stored
    opening = _Opening(view_at, dialect, schema)
    tree = opening.open(stored)
    return Stored(str(tree.sql(dialect)), tuple(opening.paths))


@dataclass(slots=True)
class _Opening:
    view_at: ViewAt
    dialect: str
    schema: str
    paths: list[Path] = field(default_factory=list)

    def open(self, stored: Stored) -> exp.Query:
        tree = parse_select(stored.sql, self.dialect, "")
        for table in list(outside_tables(tree)):
            if table.db == self.schema and table.name.isdigit():
                self._replace(table, stored.inputs)
        return tree

    def _replace(self, table: exp.Table, inputs: Sequence[Path]) -> None:
        path = inputs[int(table.name)]
        view = self.view_at(path)
        if view is None or _has_more_than_a_name(table):
            if path not in self.paths:
                self.paths.append(path)
            number = str(self.paths.index(path))
            if table.args.get("alias") is None:
                # columns may be qualified by the number that it had
                table.set("alias", exp.TableAlias(this=table.this.copy()))
            table.set("this", exp.to_identifier(number, quoted=True))
            return
        alias = table.args.get("alias") or exp.TableAlias(this=table.this.copy())
        table.replace(exp.Subquery(this=self.open(view), alias=alias.copy()))


def _has_more_than_a_name(table: exp.Table) -> bool:
    """Whether a clause of its own (a sample, a pivot) would not stand behind a subquery."""
    return any(value for key, value in table.args.items() if key not in ("this", "db", "alias"))
