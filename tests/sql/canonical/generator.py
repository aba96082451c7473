"""Draws random queries over the tables of `worlds`, each with its columns' names and types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "raw.t": (
        ("id", "int"),
        ("k", "int"),
        ("x", "int"),
        ("s", "text"),
        ("b", "bool"),
        ("d", "double"),
    ),
    "raw.u": (("k", "int"), ("v", "int"), ("s", "text"), ("m", "decimal"), ("day", "date")),
    "raw.w": (("a", "int"), ("c", "int"), ("x", "int"), ("s", "text")),
    "other.v": (("k", "int"), ("x", "int"), ("s", "text")),
}
COLUMN_NAMES = ("a", "c", "k", "x", "s", "v", "c0", "c1")
TEXTS = ("'a'", "'b'", "'ab'", "''")
DATES = ("DATE '2020-01-01'", "DATE '2020-01-02'")
JOINS = (
    *("JOIN", "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"),
    *("CROSS JOIN", "SEMI JOIN", "ANTI JOIN"),
)
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class Known:
    """A column that an expression may use: its SQL and its type."""

    sql: str
    kind: str


@dataclass
class Query:
    """SQL text, and the names and types of its columns."""

    sql: str
    columns: list[tuple[str, str]]


@dataclass
class Generator:
    """Draws queries; the same seed draws the same ones."""

    rng: Random
    _names: int = 0
    ctes: list[tuple[str, Query]] = field(default_factory=list)

    def query(self) -> Query:
        """A whole query, perhaps with CTEs."""
        self.ctes, self._names = [], 0
        for _ in range(self.rng.choice((0, 0, 1, 1, 2))):
            self.ctes.append((f"cte{len(self.ctes)}", self.select(1)))
        body = self.combined(2)
        if not self.ctes:
            return body
        parts = ", ".join(f"{name} AS ({query.sql})" for name, query in self.ctes)
        return Query(f"WITH {parts} {body.sql}", body.columns)

    def small(self) -> Query:
        """A query so small that others mean the same by chance."""
        self.ctes, self._names = [], 0
        first = self.select(0, ["int"] * self.rng.choice((1, 1, 2)))
        if self.rng.random() > 0.2:
            return first
        second = self.select(0, [kind for _, kind in first.columns])
        operation = self.rng.choice(("UNION ALL", "UNION", "EXCEPT", "INTERSECT"))
        return Query(f"{first.sql} {operation} {second.sql}", first.columns)

    def expressions(self) -> Query:
        """Values and a condition over one table: little to run, much to get wrong."""
        self._names = 0
        alias, columns, sql, _ = self.source(0)
        known = [Known(f"{alias}.{name}", kind) for name, kind in columns]
        kind = self.rng.choice(("int", "text", "bool"))
        shown = [
            f"{self.value(known, kind, 2, 1)} AS c0",
            f"({self.condition(known, 1)}) AS c1",
            f"CASE WHEN {self.condition(known, 1)} THEN 1 ELSE 2 END AS c2",
        ]
        where = f" WHERE {self.condition(known, 1)}" if self.rng.random() < 0.5 else ""
        names = [("c0", kind), ("c1", "bool"), ("c2", "int")]
        return Query(f"SELECT {', '.join(shown)} FROM {sql}{where}", names)

    def any(self) -> Query:
        """A query of any of these sizes."""
        self.ctes = []
        return self.rng.choice((self.query, self.query, self.small, self.expressions))()

    def combined(self, depth: int) -> Query:
        """A SELECT, or a few of them in set operations."""
        first = self.select(depth)
        if self.rng.random() > 0.15:
            return first
        sql = first.sql
        operation = self.rng.choice(("UNION ALL", "UNION ALL", "UNION", "EXCEPT", "INTERSECT"))
        for _ in range(self.rng.choice((1, 1, 2))):
            other = self.select(depth - 1, [kind for _, kind in first.columns])
            sql = f"{sql} {operation} {other.sql}"
        return Query(sql, first.columns)

    def select(self, depth: int, kinds: Sequence[str] | None = None) -> Query:
        """One SELECT, with columns of the given types where these are given."""
        known, clause, single = self.sources(depth)
        where = f" WHERE {self.condition(known, depth)}" if self.rng.random() < 0.45 else ""
        if self.rng.random() < 0.3:
            return self.grouped(known, clause + where, depth, kinds)
        wanted = list(kinds) if kinds is not None else self._some_kinds()
        columns = [(f"c{at}", kind) for at, kind in enumerate(wanted)]
        shown = [f"{self.value(known, kind, 2, depth)} AS {name}" for name, kind in columns]
        if kinds is None and self.rng.random() < 0.25:
            shown.append(f"{self.window(known, single)} AS c{len(columns)}")
            columns.append((f"c{len(columns)}", "int"))
        distinct = "DISTINCT " if self.rng.random() < 0.15 else ""
        qualify = ""
        if not distinct and self.rng.random() < 0.08:
            qualify = f" QUALIFY {self.window(known, single)} <= {self.rng.randint(1, 2)}"
        sql = f"SELECT {distinct}{', '.join(shown)} FROM {clause}{where}{qualify}"
        if kinds is None and self.rng.random() < 0.06:
            order = ", ".join(f"{name} {self.rng.choice(('ASC', 'DESC'))}" for name, _ in columns)
            sql = f"SELECT * FROM ({sql}) AS lim ORDER BY {order} LIMIT {self.rng.randint(1, 4)}"
        return Query(sql, columns)

    def _some_kinds(self) -> list[str]:
        kinds = ("int", "int", "int", "text", "bool", "double", "decimal", "date")
        return [self.rng.choice(kinds) for _ in range(self.rng.randint(1, 4))]

    # FROM

    def sources(self, depth: int) -> tuple[list[Known], str, str | None]:
        """Columns, the FROM clause, and the unique column where there is just table t."""
        alias, columns, sql, table = self.source(depth)
        known = [Known(f"{alias}.{name}", kind) for name, kind in columns]
        single = f"{alias}.id" if table == "raw.t" else None
        for _ in range(self.rng.choice((0, 0, 1, 1, 2))):
            if self.rng.random() < 0.12:
                alias, more, text = self.lateral(known)
                known = known + [Known(f"{alias}.{name}", kind) for name, kind in more]
                sql, single = f"{sql} {text}", None
                continue
            other, more, text, _ = self.source(depth)
            added = [Known(f"{other}.{name}", kind) for name, kind in more]
            kind = self.rng.choice(JOINS)
            if kind == "CROSS JOIN":
                sql = f"{sql} CROSS JOIN {text}"
            else:
                on = self.matching(known, added)
                sql = f"{sql} {kind} {text} ON {on}"
            if kind in ("SEMI JOIN", "ANTI JOIN"):
                continue
            known, single = known + added, None
        return known, sql, single

    def lateral(self, known: list[Known]) -> tuple[str, Sequence[tuple[str, str]], str]:
        """A join with a query that reads the sources before it."""
        alias = self.alias()
        numbers = [column.sql for column in known if column.kind == "int"] or ["1"]
        one, two = self.rng.choice(numbers), self.rng.choice(numbers)
        test = f"z.a = {one} AND z.x {self.rng.choice(COMPARISONS)} {two}"
        shown = self.rng.choice(("z.c AS c0, z.s AS c1", "MAX(z.c) AS c0, MIN(z.s) AS c1"))
        join, on = self.rng.choice((("CROSS JOIN", ""), ("LEFT JOIN", " ON TRUE")))
        text = f"{join} LATERAL (SELECT {shown} FROM raw.w AS z WHERE {test}) AS {alias}{on}"
        return alias, (("c0", "int"), ("c1", "text")), text

    def source(self, depth: int) -> tuple[str, Sequence[tuple[str, str]], str, str]:
        """One source: its alias, columns, SQL, and table name where it is one."""
        alias = self.alias()
        roll = self.rng.random()
        if self.ctes and roll < 0.35:
            name, query = self.rng.choice(self.ctes)
            return alias, query.columns, f"{name} AS {alias}", ""
        if depth > 0 and roll < 0.5:
            query = self.combined(depth - 1)
            return alias, query.columns, f"({query.sql}) AS {alias}", ""
        table = self.rng.choice(tuple(TABLES))
        return alias, TABLES[table], f"{table} AS {alias}", table

    def alias(self) -> str:
        """A name that no other source has, sometimes that of a column."""
        self._names += 1
        if self._names <= len(COLUMN_NAMES) and self.rng.random() < 0.15:
            return COLUMN_NAMES[self._names - 1]
        return f"q{self._names}"

    def matching(self, left: list[Known], right: list[Known]) -> str:
        """A join condition, mostly an equality of two integers."""
        mine = [column for column in left if column.kind == "int"]
        theirs = [column for column in right if column.kind == "int"]
        if not mine or not theirs or self.rng.random() < 0.1:
            return self.condition(left + right, 0)
        column = theirs[0] if self.rng.random() < 0.7 else self.rng.choice(theirs)
        parts = [f"{self.rng.choice(mine).sql} = {column.sql}"]
        if self.rng.random() < 0.25:
            parts.append(self.comparison(left + right, 0))
        return " AND ".join(parts)

    # Grouping and windows

    def grouped(
        self, known: list[Known], clause: str, depth: int, kinds: Sequence[str] | None
    ) -> Query:
        """A SELECT with GROUP BY, or one group only."""
        wanted = list(kinds) if kinds is not None else self._some_kinds()
        plain = [place for place in range(len(wanted)) if self.rng.random() < 0.5]
        columns, shown, keys = [], [], []
        for place, kind in enumerate(wanted):
            name = f"c{place}"
            columns.append((name, kind))
            if place in plain:
                text = self.value(known, kind, 1, 0)
                if "." in text and "SELECT" not in text:
                    keys.append(text)
            else:
                text = self.aggregate(known, kind)
            shown.append(f"{text} AS {name}")
        group = f" GROUP BY {', '.join(keys)}" if keys else ""
        having = ""
        if self.rng.random() < 0.3:
            having = f" HAVING {self.having(known, keys)}"
        return Query(f"SELECT {', '.join(shown)} FROM {clause}{group}{having}", columns)

    def having(self, known: list[Known], keys: list[str]) -> str:
        if keys and self.rng.random() < 0.5:
            return f"{self.rng.choice(keys)} IS NOT NULL"
        return f"{self.aggregate(known, 'int')} {self.rng.choice(COMPARISONS)} {self.number()}"

    def aggregate(self, known: list[Known], kind: str) -> str:
        """An aggregate call of that type."""
        value = self.value(known, kind, 1, 0)
        extra = f" FILTER (WHERE {self.comparison(known, 0)})" if self.rng.random() < 0.15 else ""
        if kind == "int":
            some = self.rng.choice(known).sql
            counts = ("COUNT(*)", f"COUNT({some})", f"COUNT(DISTINCT {some})")
            form = self.rng.choice((*counts, f"SUM({value})", f"MIN({value})", f"MAX({value})"))
            return f"CAST({form}{extra} AS INTEGER)" if form.startswith("SUM") else form + extra
        if kind == "bool":
            return f"{self.rng.choice(('BOOL_AND', 'BOOL_OR'))}({value}){extra}"
        return f"{self.rng.choice(('MIN', 'MAX'))}({value}){extra}"

    def window(self, known: list[Known], single: str | None) -> str:
        """A window call whose value does not depend on the order of ties."""
        some = self.rng.choice(known).sql
        numbers = [column.sql for column in known if column.kind == "int"] or ["1"]
        number = self.rng.choice(numbers)
        parts = []
        if self.rng.random() < 0.6:
            parts.append(f"PARTITION BY {some}")
        order = f"ORDER BY {self.rng.choice(known).sql} {self.rng.choice(('ASC', 'DESC'))}"
        if single is not None and self.rng.random() < 0.5:
            call = self.rng.choice(("ROW_NUMBER()", f"LAG({number})", f"FIRST_VALUE({number})"))
            frame = ""
            if self.rng.random() < 0.3:
                call, frame = f"MAX({number})", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW"
            return f"{call} OVER ({' '.join([*parts, 'ORDER BY ' + single])}{frame})"
        call = self.rng.choice(("RANK()", "DENSE_RANK()", "COUNT(*)", f"MAX({number})"))
        if call in ("RANK()", "DENSE_RANK()") or self.rng.random() < 0.5:
            parts.append(order)
        return f"{call} OVER ({' '.join(parts)})"

    # Values

    def number(self) -> str:
        return str(self.rng.randint(0, 3))

    def value(self, known: list[Known], kind: str, depth: int, queries: int = 0) -> str:
        """An expression of that type."""
        fitting = [column.sql for column in known if column.kind == kind]
        if fitting and (depth <= 0 or self.rng.random() < 0.5):
            return self.rng.choice(fitting)
        roll = self.rng.random()
        if depth > 0 and roll < 0.25:
            return self.choice(known, kind, depth)
        if depth > 0 and roll < 0.4:
            parts = [self.value(known, kind, depth - 1), self.value(known, kind, depth - 1)]
            return f"COALESCE({', '.join(parts)})"
        if queries > 0 and roll < 0.5 and kind == "int":
            return self.lookup(known)
        return self.simple(known, kind, depth)

    def choice(self, known: list[Known], kind: str, depth: int) -> str:
        """A CASE, IF or NULLIF."""
        one, two = (self.value(known, kind, depth - 1) for _ in range(2))
        roll = self.rng.random()
        if roll < 0.15:
            return f"NULLIF({one}, {two})"
        condition = self.comparison(known, 0)
        if roll < 0.3:
            return f"IF({condition}, {one}, {two})"
        other = f" ELSE {two}" if self.rng.random() < 0.7 else ""
        if self.rng.random() < 0.3:
            other = f" WHEN {self.comparison(known, 0)} THEN {two}{other}"
        return f"CASE WHEN {condition} THEN {one}{other} END"

    def simple(self, known: list[Known], kind: str, depth: int) -> str:
        """A constant, or an operation on simpler values."""
        if kind == "bool":
            if depth > 0:
                return f"({self.comparison(known, 0)})"
            return self.rng.choice(("TRUE", "FALSE", "NULL"))
        if kind == "text":
            if depth > 0 and self.rng.random() < 0.6:
                one = self.value(known, kind, depth - 1)
                return self.rng.choice((f"UPPER({one})", f"{one} || {self.rng.choice(TEXTS)}"))
            return self.rng.choice(TEXTS)
        if kind == "date":
            return self.rng.choice(DATES)
        if kind == "double":
            return f"CAST({self.value(known, 'int', depth - 1)} AS DOUBLE)"
        if kind == "decimal":
            return f"CAST({self.value(known, 'int', depth - 1)} AS DECIMAL(10, 2))"
        if depth <= 0 or self.rng.random() < 0.3:
            return self.number()
        one, two = (self.value(known, kind, depth - 1) for _ in range(2))
        operator = self.rng.choice(("+", "+", "-", "*"))
        return f"({one} {operator} {two})"

    def lookup(self, known: list[Known]) -> str:
        """A subquery that stands for one value."""
        numbers = [column.sql for column in known if column.kind == "int"] or ["1"]
        outer = self.rng.choice(numbers)
        return self.rng.choice(
            (
                f"(SELECT z.v FROM raw.u AS z WHERE z.k = {outer})",
                f"(SELECT MAX(z.x) FROM other.v AS z WHERE z.k = {outer})",
                f"(SELECT COUNT(*) FROM raw.w AS z WHERE z.a < {outer})",
                "(SELECT MIN(z.x) FROM raw.t AS z)",
            )
        )

    # Conditions

    def condition(self, known: list[Known], depth: int) -> str:
        """A condition, perhaps of several parts."""
        parts = [self.comparison(known, depth) for _ in range(self.rng.choice((1, 1, 1, 2, 2, 3)))]
        if len(parts) > 1 and self.rng.random() < 0.35:
            parts = [f"({parts[0]} OR {parts[1]})", *parts[2:]]
        text = " AND ".join(parts)
        return f"NOT ({text})" if self.rng.random() < 0.12 else text

    def comparison(self, known: list[Known], depth: int) -> str:
        """One comparison or test."""
        roll = self.rng.random()
        some = self.rng.choice(known)
        if roll < 0.12:
            return f"{some.sql} IS {self.rng.choice(('', 'NOT '))}NULL"
        numbers = [column.sql for column in known if column.kind == "int"] or ["1"]
        number = self.rng.choice(numbers)
        if roll < 0.2:
            return f"{number} BETWEEN {self.number()} AND {self.number()}"
        if roll < 0.3:
            negated = self.rng.choice(("", "", "NOT "))
            return f"{number} {negated}IN ({self.number()}, {self.number()})"
        if roll < 0.36:
            operator = self.rng.choice(("IS DISTINCT FROM", "IS NOT DISTINCT FROM"))
            return f"{number} {operator} {self.rng.choice(numbers)}"
        if depth > 0 and roll < 0.48:
            return self.membership(number)
        if roll < 0.52:
            flags = [column.sql for column in known if column.kind == "bool"]
            if flags:
                flag = self.rng.choice(flags)
                return self.rng.choice((flag, f"NOT {flag}", f"{flag} IS TRUE", f"{flag} = FALSE"))
        operator = self.rng.choice(COMPARISONS)
        left = self.value(known, some.kind, 1)
        others = [column for column in known if column.sql != left]
        if some.kind == "int" and self.rng.random() < 0.3:
            return f"{left} {operator} {self.number()}"
        return f"{left} {operator} {self.value(others, some.kind, 0)}"

    def membership(self, number: str) -> str:
        """EXISTS or IN with a query."""
        negated = self.rng.choice(("", "NOT "))
        extra = self.rng.choice(("", " AND z.x > 1", " AND z.x IS NOT NULL"))
        return self.rng.choice(
            (
                f"{negated}EXISTS (SELECT 1 FROM raw.w AS z WHERE z.a = {number}{extra})",
                f"{number} {negated}IN (SELECT z.k FROM raw.u AS z)",
                f"{number} {negated}IN (SELECT z.x FROM other.v AS z WHERE z.k = 1{extra})",
                f"{number} {negated}IN (SELECT z.a FROM raw.w AS z WHERE z.c > 0{extra})",
            )
        )
