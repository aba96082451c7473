"""Measures what contracts promise on built relations, in as few scans as possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.deploy.checks import ALIAS, Check, Measure, Parent, parent_join
from hansa.deploy.quality import describe_expected, meets
from hansa.engines.errors import StatementFailed
from hansa.engines.protocol import Engine
from hansa.sql.identifiers import quote, quote_path

# how many breaking values a finding shows
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Audited:
    """One relation to check: `name` is what findings call it.

    With `sound`, the checks are such that only unreadable data can make them fail, and
    StatementFailed is raised then.
    """

    name: str
    path: tuple[str, ...]
    checks: tuple[Check, ...]
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an audit of one relation found, how many rows it has, and which checks failed."""

    rows: int
    findings: tuple[Diagnostic, ...]
    broken: frozenset[Check] = frozenset()


def audit(engine: Engine, audited: Audited) -> Outcome:
    """All findings of one relation: one scan for rows, one for duplicates, one a SQL check.

    Versions of a folded table are audited together; what they promise alike is measured once.

    A check that the engine cannot run (a pattern it does not know, a bound that does not
    compare with the column) is a finding itself. Breaking rows are read again for examples.
    """
    return _Audit(engine, audited).outcome()


class _Audit:
    def __init__(self, engine: Engine, audited: Audited) -> None:
        self._engine = engine
        self._audited = audited
        self._relation = quote_path(audited.path, engine.dialect)
        self._rows: dict[str | None, int] = {}
        # what is known of columns before their distinct values are counted
        self._extents: dict[str, Any] = {}
        self._measured: dict[Check, Any] = {}
        self._failed: dict[Check, str] = {}

    def outcome(self) -> Outcome:
        checks = tuple(dict.fromkeys(self._audited.checks))
        flags = tuple(dict.fromkeys(check.facet.flag for check in checks if check.facet.flag))
        duplicates = [c for c in checks if c.measure is Measure.DUPLICATES]
        if all(map(_is_plain, duplicates)):
            self._extents = dict.fromkeys(self._column(check.held[0]) for check in duplicates)
        self._measure_rows([c for c in checks if c.measure is Measure.BREACHES], flags)
        self._measure_duplicates(duplicates)
        for check in checks:
            if check.measure is Measure.ROWS:
                self._measured[check] = self._rows[check.facet.flag]
            elif check.measure is Measure.QUERY:
                self._measure_query(check)
        found = {check: tuple(self._findings(check)) for check in checks}
        broken = frozenset(check for check, findings in found.items() if findings)
        return Outcome(self._rows[None], tuple(chain.from_iterable(found.values())), broken)

    # -- measuring -----------------------------------------------------------------------

    def _measure_rows(self, checks: Sequence[Check], flags: Sequence[str]) -> None:
        parents = self._parents(checks)
        broken = {check: self._broken(check, parents) for check in checks}
        wanted = dict.fromkeys([*map(self._column, flags), *broken.values()])
        extents = {value: sql for value in self._extents if (sql := self._engine.extent_sql(value))}
        counts = ["count(*)", *extents.values(), *map(_count_where, wanted)]
        try:
            select = f"SELECT {', '.join(counts)} {self._from(parents)}"
            row = self._engine.query(select).rows[0]
        except StatementFailed as failure:
            # a type may have no order; nothing hangs on its extent
            self._extents.clear()
            self._measure_apart(broken, flags, failure)
            return
        self._extents |= zip(extents, row[1 : 1 + len(extents)], strict=True)
        found = dict(zip(wanted, row[1 + len(extents) :], strict=True))
        self._rows = {None: int(row[0])}
        self._rows |= {flag: int(found[self._column(flag)]) for flag in flags}
        self._measured |= {check: found[condition] for check, condition in broken.items()}

    def _measure_apart(
        self, broken: Mapping[Check, str], flags: Sequence[str], failure: StatementFailed
    ) -> None:
        """One by one, to tell the checks that cannot run from those that can."""
        if not broken or self._audited.sound:
            raise failure
        alike: dict[str, list[Check]] = {}
        for check, condition in broken.items():
            alike.setdefault(condition, []).append(check)
        if len(alike) == 1:
            self._failed |= dict.fromkeys(broken, failure.reason)
            self._measure_rows((), flags)
            return
        for checks in alike.values():
            self._measure_rows(checks, flags)

    def _parents(self, checks: Sequence[Check]) -> dict[tuple[Parent, tuple[str, ...]], str]:
        """The alias that each parent is joined under, by the columns that refer to it."""
        wanted = dict.fromkeys((c.parent, c.held) for c in checks if c.parent is not None)
        return {parent: f"r{index}" for index, parent in enumerate(wanted)}

    def _broken(self, check: Check, parents: Mapping[tuple[Parent, tuple[str, ...]], str]) -> str:
        condition = check.condition
        if check.parent is not None:
            alias = parents[check.parent, check.held]
            condition = f"({condition}) AND {alias}.found IS NULL"
        if check.facet.flag is None:
            return condition
        # what a check computes may fail on rows that are not the version's
        return f"CASE WHEN {self._column(check.facet.flag)} THEN {condition} ELSE FALSE END"

    def _from(self, parents: Mapping[tuple[Parent, tuple[str, ...]], str]) -> str:
        joins = [
            parent_join(self._engine, parent, columns, alias)
            for (parent, columns), alias in parents.items()
        ]
        return " ".join([f"FROM {self._relation} AS {ALIAS}", *joins])

    def _measure_duplicates(self, checks: Sequence[Check]) -> None:
        if not checks:
            return
        try:
            plain = all(map(_is_plain, checks))
            found = self._count_distinct(checks) if plain else self._group(checks)
        except StatementFailed as failure:
            if self._extents:
                # what others write to may have grown since
                self._extents.clear()
                self._measure_duplicates(checks)
                return
            if self._audited.sound:
                raise
            if len(checks) == 1:
                self._failed[checks[0]] = failure.reason
                return
            for check in checks:
                self._measure_duplicates([check])
            return
        self._measured |= found

    def _count_distinct(self, checks: Sequence[Check]) -> dict[Check, int]:
        """Surplus rows as known values less distinct ones, which every engine counts quickly."""
        values = {check: self._column(check.held[0]) for check in checks}
        wanted = tuple(dict.fromkeys(values.values()))
        distinct = {
            value: self._engine.distinct_sql(value, self._extents.get(value)) for value in wanted
        }
        counts = ", ".join(f"count({value}) - {sql}" for value, sql in distinct.items())
        row = self._engine.query(f"SELECT {counts} FROM {self._relation} AS {ALIAS}").rows[0]
        found = dict(zip(wanted, row, strict=True))
        return {check: int(found[value]) for check, value in values.items()}

    def _group(self, checks: Sequence[Check]) -> dict[Check, int]:
        flags = list(dict.fromkeys(check.facet.flag for check in checks))
        rows = self._engine.query(self._duplicates_sql(checks, flags)).rows
        surplus = {int(row[0]): row[1:] for row in rows}
        names = _all_columns(checks)
        found = {}
        for check in checks:
            counts = surplus.get(_grouping(names, check.held))
            found[check] = int(counts[flags.index(check.facet.flag)]) if counts else 0
        return found

    def _duplicates_sql(self, checks: Sequence[Check], flags: Sequence[str | None]) -> str:
        """Surplus rows by grouping: all keys in one pass, rows with a NULL in the key left out.

        They are counted for each flag, None standing for all rows.
        """
        names = _all_columns(checks)
        columns = [self._quote(name) for name in names]
        keys = dict.fromkeys(check.held for check in checks)
        sets = ", ".join(f"({self._list(key)})" for key in keys)
        known = " AND ".join(f"(GROUPING({name}) = 1 OR {name} IS NOT NULL)" for name in columns)
        grouping = " + ".join(
            f"GROUPING({name}) * {2**index}" for index, name in enumerate(columns)
        )
        counts = ", ".join(
            f"{self._count_of(flag)} AS row_count_{index}" for index, flag in enumerate(flags)
        )
        groups = (
            f"SELECT {grouping} AS grouped_by, {counts}, {known} AS is_known"
            f" FROM {self._relation} GROUP BY GROUPING SETS ({sets}) HAVING count(*) > 1"
        )
        surplus = ", ".join(
            f"sum(greatest(row_count_{index} - 1, 0))" for index, _ in enumerate(flags)
        )
        return (
            f"SELECT grouped_by, {surplus} FROM ({groups}) AS g WHERE is_known GROUP BY grouped_by"
        )

    def _count_of(self, flag: str | None) -> str:
        return "count(*)" if flag is None else _count_where(self._quote(flag))

    def _measure_query(self, check: Check) -> None:
        try:
            value = self._engine.query(check.query).scalar
        except StatementFailed as failure:
            self._failed[check] = failure.reason
            return
        if isinstance(value, bool | int | float) or hasattr(value, "as_integer_ratio"):
            self._measured[check] = value
        else:
            self._failed[check] = f"the query gave {value!r}, not a number"

    # -- findings ------------------------------------------------------------------------

    def _findings(self, check: Check) -> Iterable[Diagnostic]:
        if check in self._failed:
            reason = f"the check `{check.rule}` cannot run: {self._failed[check]}"
            yield self._finding(check, f"{self._subject(check)}: {reason}", Severity.ERROR)
            return
        count, rows = self._measured[check], self._rows[check.facet.flag]
        value = 100 * count / rows if check.percent and rows else count
        try:
            met = meets(value, check.expected)
        except (TypeError, LookupError):
            reason = f"`{check.rule}` compares with what is not a number"
            yield self._finding(check, f"{self._subject(check)}: {reason}", Severity.ERROR)
            return
        if not met:
            yield self._finding(check, self._message(check, count, rows), check.severity)

    def _message(self, check: Check, count: Any, rows: int) -> str:
        wanted = ""
        if check.measure in (Measure.ROWS, Measure.QUERY) or check.expected != (("mustBe", 0),):
            unit = " percent" if check.percent else ""
            wanted = f", it must {describe_expected(check.expected)}{unit}"
        subject = self._subject(check)
        match check.measure:
            case Measure.ROWS:
                return f"{subject} has {count} rows{wanted}"
            case Measure.QUERY:
                return f"{subject}: {check.says} gave {count}{wanted}"
            case _:
                examples = self._examples(check) if count else ""
                return f"{subject} {check.says} in {count} of {rows} rows{wanted}{examples}"

    def _subject(self, check: Check) -> str:
        if len(check.columns) == 1:
            return f"`{self._audited.name}.{check.columns[0]}`"
        columns = f" ({', '.join(check.columns)})" if check.columns else ""
        return f"`{self._audited.name}`{columns}"

    def _finding(self, check: Check, message: str, severity: Severity) -> Diagnostic:
        return Diagnostic(
            rule=check.rule,
            message=message,
            hint=check.hint,
            place=check.place,
            severity=severity,
            table=self._audited.name,
            column=check.columns[0] if len(check.columns) == 1 else None,
        )

    # -- examples ------------------------------------------------------------------------

    def _examples(self, check: Check) -> str:
        shown = check.columns
        if check.about_null:
            # the value itself says nothing, so the key must tell which row it is
            shown = tuple(name for name in check.key if name not in check.columns)
        if not shown:
            return ""
        try:
            rows = self._engine.query(self._examples_sql(check, shown)).rows
        except StatementFailed:
            return ""
        words = [
            "(" + ", ".join(map(_shown, row)) + ")" if len(row) > 1 else _shown(row[0])
            for row in rows
        ]
        if shown == check.columns:
            return f": {', '.join(words)}"
        return f", where ({', '.join(shown)}) is {', '.join(words)}"

    def _examples_sql(self, check: Check, shown: Sequence[str]) -> str:
        held = [self._column(check.facet.held(name)) for name in shown]
        values = [self._engine.text_sql(name) for name in held]
        listed = ", ".join(f"{value} AS e{index}" for index, value in enumerate(values))
        order = ", ".join(str(index + 1) for index in range(len(values)))
        if check.measure is Measure.DUPLICATES:
            known = [f"{name} IS NOT NULL" for name in held]
            if check.facet.flag is not None:
                known.append(self._column(check.facet.flag))
            body = (
                f"SELECT {listed} {self._from({})} WHERE {' AND '.join(known)}"
                f" GROUP BY {', '.join(values)} HAVING count(*) > 1"
            )
        else:
            parents = self._parents([check])
            broken = self._broken(check, parents)
            body = f"SELECT DISTINCT {listed} {self._from(parents)} WHERE {broken}"
        return f"{body} ORDER BY {order} LIMIT {EXAMPLES}"

    def _column(self, name: str) -> str:
        return f"{ALIAS}.{self._quote(name)}"

    def _quote(self, name: str) -> str:
        return quote(name, self._engine.dialect)

    def _list(self, names: Iterable[str]) -> str:
        return ", ".join(self._quote(name) for name in names)


def _is_plain(check: Check) -> bool:
    """Whether a check of duplicates is about the values of one column in all rows."""
    return len(check.columns) == 1 and check.facet.flag is None


def _count_where(condition: str) -> str:
    # the same as FILTER, for which DuckDB takes three times as long
    return f"count(CASE WHEN {condition} THEN 1 END)"


def _all_columns(checks: Iterable[Check]) -> list[str]:
    return list(dict.fromkeys(name for check in checks for name in check.held))


def _grouping(names: Sequence[str], key: Sequence[str]) -> int:
    """The sum that stands for a grouping set: a power of two for each column outside it."""
    return sum(2**index for index, name in enumerate(names) if name not in key)


def _shown(value: Any) -> str:
    return "NULL" if value is None else f"`{str(value)[:80]}`"
