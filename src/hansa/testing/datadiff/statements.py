"""The SQL that compares two relations: one statement a table, written for any engine.

Only what standard SQL has is used, but for picking the first few of many values, which each
engine spells in its own way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hansa.core.datatype import STRING
from hansa.sql.identifiers import literal, quote_path
from hansa.sql.types import type_sql
from hansa.testing.datadiff.alignment import AlignedColumn
from hansa.testing.datadiff.values import Relation

# two floats are equal when they differ by no more than this share of the larger one
TOLERANCE = 1e-9
_DIGITS = 9
EXAMPLES = 5
# planning a statement takes time that grows with the square of the columns it tells of
WIDEST = 100


@dataclass(frozen=True, slots=True)
class Statements:
    """Writes the statements for one pair of relations.

    Columns are numbered in the statements: `c0`, `c1`, … on one side; `o0` and `n0` where both
    meet. `key` are positions in `columns`. `sample` is how many keys (or distinct rows, without
    a key) are compared at most: those with the smallest hashes over both sides.
    """

    dialect: str
    old: Relation
    new: Relation
    columns: tuple[AlignedColumn, ...]
    key: tuple[int, ...] = ()
    sample: int | None = None

    def key_facts(self, *, is_old: bool) -> str:
        """Of one side: rows that share a key with an earlier one, rows with a NULL in the key.

        This looks at the key alone and comes first: a join over a key that repeats would
        multiply rows.
        """
        chosen = [self._expression(self.columns[at], is_old) for at in self.key]
        names = [f"c{at}" for at in self.key]
        listed = ", ".join(f"{sql} AS {name}" for sql, name in zip(chosen, names, strict=True))
        missing = " OR ".join(f"{name} IS NULL" for name in names)
        groups = ", ".join(names)
        return (
            f"SELECT coalesce(sum(r - 1), 0), coalesce(sum(CASE WHEN {missing} THEN r END), 0)"
            f" FROM (SELECT {groups}, count(*) AS r FROM (SELECT {listed} FROM"
            f" {self._path(is_old)}) AS s GROUP BY {groups}) AS g"
        )

    def by_key(self, detailed: Sequence[int]) -> str:
        """One row: rows of both sides, rows of one side only, rows that differ in a `detailed`
        column, examples of rows of one side; then for each detailed column the rows in which it
        differs; then examples for each of them."""
        keys = [f"coalesce(o{at}, n{at}) AS k{at}" for at in self.key]
        apart = "p IS NULL OR q IS NULL"
        sides = [
            f"o{at}, n{at}, CASE WHEN {apart} THEN 0 ELSE {self._differs(at)} END AS d{at}"
            for at in detailed
        ]
        paired = ", ".join(["o.p AS p", "n.q AS q", *keys, *sides])
        changed = " OR ".join(f"d{at} = 1" for at in detailed) or "1 = 0"
        order = [f"k{at}" for at in self.key]
        answers = [
            "count(p)",
            "count(q)",
            "count(CASE WHEN q IS NULL THEN 1 END)",
            "count(CASE WHEN p IS NULL THEN 1 END)",
            f"count(CASE WHEN {changed} THEN 1 END)",
            self._few(order, order, "q IS NULL"),
            self._few(order, order, "p IS NULL"),
            *(f"count(CASE WHEN d{at} = 1 THEN 1 END)" for at in detailed),
            *(self._few([*order, f"o{at}", f"n{at}"], order, f"d{at} = 1") for at in detailed),
        ]
        return (
            f"{self._sides(detailed)}, pairs AS (SELECT {paired} FROM o FULL JOIN n ON {self._on})"
            f" SELECT {', '.join(answers)} FROM pairs"
        )

    def changed_rows(self) -> str:
        """How many rows of both sides differ in any column."""
        changed = " OR ".join(f"{self._differs(at)} = 1" for at in self.compared)
        sides = self._sides(self.compared)
        return f"{sides} SELECT count(*) FROM o JOIN n ON {self._on} WHERE {changed}"

    def as_bags(self) -> str:
        """One row: rows of both sides, surplus rows of each, examples of them with the surplus."""
        names = [f"c{at}" for at in range(len(self.columns))]
        groups = f" GROUP BY {', '.join(names)}" if names else ""
        listed = "".join(f"{name}, " for name in names)
        every = range(len(self.columns))
        old, new = (self._plain_side("c", every, side, self._rounded) for side in (True, False))
        sides = (
            f"SELECT c.*, 1 AS p, 0 AS q FROM ({old}) AS c"
            f" UNION ALL SELECT c.*, 0, 1 FROM ({new}) AS c"
        )
        texts = [*names, "r"]
        return (
            f"WITH bags AS (SELECT {listed}coalesce(sum(p), 0) AS p, coalesce(sum(q), 0) AS q"
            f" FROM ({sides}) AS s{groups}),"
            f" surplus AS (SELECT {listed}p, q, abs(p - q) AS r FROM bags)"
            " SELECT coalesce(sum(p), 0), coalesce(sum(q), 0),"
            " coalesce(sum(CASE WHEN p > q THEN r END), 0),"
            " coalesce(sum(CASE WHEN q > p THEN r END), 0),"
            f" {self._few(texts, names, 'p > q')}, {self._few(texts, names, 'q > p')}"
            " FROM surplus"
        )

    @property
    def compared(self) -> tuple[int, ...]:
        """The positions of columns outside the key."""
        return tuple(at for at in range(len(self.columns)) if at not in self.key)

    # -- sides ---------------------------------------------------------------------------

    def _sides(self, wanted: Sequence[int]) -> str:
        chosen = [*self.key, *wanted]
        return f"WITH {self._side('o', 'p', chosen, True)}, {self._side('n', 'q', chosen, False)}"

    @property
    def _on(self) -> str:
        return " AND ".join(f"o.o{at} = n.n{at}" for at in self.key)

    def _side(self, prefix: str, mark: str, wanted: Sequence[int], is_old: bool) -> str:
        plain = self._plain_side(prefix, wanted, is_old, lambda _, sql: sql)
        return f"{prefix} AS (SELECT s.*, 1 AS {mark} FROM ({plain}) AS s)"

    def _plain_side(
        self,
        prefix: str,
        wanted: Sequence[int],
        is_old: bool,
        write: Callable[[AlignedColumn, str], str],
    ) -> str:
        chosen = ", ".join(
            f"{write(self.columns[at], self._expression(self.columns[at], is_old))} AS {prefix}{at}"
            for at in wanted
        )
        # a SELECT has to name something
        return f"SELECT {chosen or '1 AS c0'} FROM {self._path(is_old)}{self._where(is_old)}"

    def _where(self, is_old: bool) -> str:
        if self.sample is None:
            return ""
        hashes = " UNION ".join(
            f"SELECT {self._hash(side)} AS h FROM {self._path(side)}" for side in (True, False)
        )
        return (
            f" WHERE {self._hash(is_old)} <= (SELECT max(h) FROM (SELECT h FROM ({hashes}) AS u"
            f" ORDER BY h LIMIT {self.sample}) AS f)"
        )

    def _hash(self, is_old: bool) -> str:
        """The hash of the key, or of the whole row where there is no key."""
        positions = self.key or range(len(self.columns))
        parts = [
            self._text(self._rounded(column, self._expression(column, is_old)))
            for column in (self.columns[at] for at in positions)
        ]
        apart, missing = literal("\x1f", self.dialect), literal("\x1e", self.dialect)
        joined = f" || {apart} || ".join(f"coalesce({part}, {missing})" for part in parts)
        return f"md5({joined or literal('', self.dialect)})"

    @staticmethod
    def _expression(column: AlignedColumn, is_old: bool) -> str:
        return column.old if is_old else column.new

    def _path(self, is_old: bool) -> str:
        return quote_path(self.old if is_old else self.new, self.dialect)

    # -- values --------------------------------------------------------------------------

    def _differs(self, at: int) -> str:
        """1 where the values differ, else 0. NULL equals NULL, and NaN equals NaN."""
        old, new = f"o.o{at}", f"n.n{at}"
        same = f"{old} IS NOT DISTINCT FROM {new}"
        if not self.columns[at].is_float:
            return f"CASE WHEN {same} THEN 0 ELSE 1 END"
        infinite = literal(math.inf, self.dialect)
        # the difference is taken only of finite numbers of one sign, so it cannot overflow
        apart = (
            f"{old} IS NULL OR {new} IS NULL OR ({old} > 0) <> ({new} > 0)"
            f" OR NOT (abs({old}) < {infinite} AND abs({new}) < {infinite})"
        )
        share = f"{literal(TOLERANCE, self.dialect)} * greatest(abs({old}), abs({new}))"
        near = f"abs({old} - {new}) <= {share}"
        return f"CASE WHEN {same} THEN 0 WHEN {apart} THEN 1 WHEN {near} THEN 0 ELSE 1 END"

    def _rounded(self, column: AlignedColumn, sql: str) -> str:
        """What rows are grouped by: a float to so many digits that noise in the last ones is
        not seen; everything else as it is."""
        if not column.is_float:
            return sql
        ten, infinite = literal(10.0, self.dialect), literal(math.inf, self.dialect)
        power = f"power({ten}, floor(ln(abs({sql})) / ln({ten})))"
        return (
            f"CASE WHEN abs({sql}) > 0 AND abs({sql}) < {infinite}"
            f" THEN round({sql} / {power}, {_DIGITS}) * {power} ELSE {sql} END"
        )

    def _text(self, sql: str) -> str:
        return f"CAST({sql} AS {type_sql(STRING, self.dialect)})"

    def _few(self, values: Sequence[str], order: Sequence[str], condition: str) -> str:
        """The first few lists of values as text, of the rows where the condition holds."""
        texts = f"ARRAY[{', '.join(map(self._text, values))}]"
        if self.dialect == "duckdb":
            rank = f"row({', '.join(order)})" if order else "1"
            # where it gives NULL a row is passed over; planning many FILTERs takes long
            by = f"CASE WHEN {condition} THEN {rank} END"
            return f"arg_min({texts}, {by}, {EXAMPLES})"
        by = f" ORDER BY {', '.join(order)}" if order else ""
        return f"(array_agg({texts}{by}) FILTER (WHERE {condition}))[1:{EXAMPLES}]"
