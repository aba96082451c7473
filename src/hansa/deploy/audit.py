"""Measures what contracts promise on built relations, in as few scans as possible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from hansa.core.diagnostic import Diagnostic, Severity
from hansa.deploy.checks import ALIAS, Check, Measure, parent_join
from hansa.deploy.quality import describe_expected, meets
from hansa.engines.errors import StatementFailed
from hansa.engines.protocol import Engine
from hansa.sql.identifiers import quote, quote_path

# how many breaking values a finding shows
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Audited:
    """One relation to check: `name` is what findings call it, `key` shows which rows break.

    With `sound`, the checks are such that only unreadable data can make them fail, and
    StatementFailed is raised then.
    """

    name: str
    path: tuple[str, ...]
    checks: tuple[Check, ...]
    key: tuple[str, ...] = ()
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an audit of one relation found, how many rows it has, and which checks failed."""

    rows: int
    findings: tuple[Diagnostic, ...]
    broken: frozenset[Check] = frozenset()


def audit(engine: Engine, audited: Audited) -> Outcome:
    """All findings of one relation: one scan for rows, one for duplicates, one a SQL check.

    A check that the engine cannot run (a pattern it does not know, a bound that does not
    compare with the column) is a finding itself. Breaking rows are read again for examples.
    """
    return _Audit(engine, audited).outcome()


class _Audit:
    def __init__(self, engine: Engine, audited: Audited) -> None:
        self._engine = engine
        self._audited = audited
        self._relation = quote_path(audited.path, engine.dialect)
        self._measured: dict[Check, Any] = {}
        self._failed: dict[Check, str] = {}

    def outcome(self) -> Outcome:
        checks = tuple(dict.fromkeys(self._audited.checks))
        rows = self._measure_rows([c for c in checks if c.measure is Measure.BREACHES])
        self._measure_duplicates([c for c in checks if c.measure is Measure.DUPLICATES])
        for check in checks:
            if check.measure is Measure.ROWS:
                self._measured[check] = rows
            elif check.measure is Measure.QUERY:
                self._measure_query(check)
        found = {check: tuple(self._findings(check, rows)) for check in checks}
        broken = frozenset(check for check, findings in found.items() if findings)
        return Outcome(rows, tuple(chain.from_iterable(found.values())), broken)

    # -- measuring -----------------------------------------------------------------------

    def _measure_rows(self, checks: Sequence[Check]) -> int:
        counts = ["count(*)", *(self._count(index, check) for index, check in enumerate(checks))]
        try:
            row = self._engine.query(f"SELECT {', '.join(counts)} {self._from(checks)}").rows[0]
        except StatementFailed as failure:
            return self._measure_apart(checks, failure)
        self._measured |= dict(zip(checks, row[1:], strict=True))
        return int(row[0])

    def _measure_apart(self, checks: Sequence[Check], failure: StatementFailed) -> int:
        """One by one, to tell the checks that cannot run from those that can."""
        if not checks or self._audited.sound:
            raise failure
        if len(checks) == 1:
            self._failed[checks[0]] = failure.reason
            return self._measure_rows(())
        for check in checks:
            rows = self._measure_rows([check])
        return rows

    def _count(self, index: int, check: Check) -> str:
        return f"count(*) FILTER (WHERE {_broken(check, index)})"

    def _from(self, checks: Sequence[Check]) -> str:
        joins = [
            parent_join(self._engine, check.parent, check.columns, f"r{index}")
            for index, check in enumerate(checks)
            if check.parent
        ]
        return " ".join([f"FROM {self._relation} AS {ALIAS}", *joins])

    def _measure_duplicates(self, checks: Sequence[Check]) -> None:
        if not checks:
            return
        try:
            found = dict(self._engine.query(self._duplicates_sql(checks)).rows)
        except StatementFailed as failure:
            if self._audited.sound:
                raise
            if len(checks) == 1:
                self._failed[checks[0]] = failure.reason
                return
            for check in checks:
                self._measure_duplicates([check])
            return
        names = _all_columns(checks)
        for check in checks:
            self._measured[check] = int(found.get(_grouping(names, check.columns), 0))

    def _duplicates_sql(self, checks: Sequence[Check]) -> str:
        """Surplus rows by grouping: all keys in one pass, rows with a NULL in the key left out."""
        names = _all_columns(checks)
        columns = [self._quote(name) for name in names]
        sets = ", ".join(f"({self._list(key)})" for key in {check.columns for check in checks})
        known = " AND ".join(f"(GROUPING({name}) = 1 OR {name} IS NOT NULL)" for name in columns)
        grouping = " + ".join(
            f"GROUPING({name}) * {2**index}" for index, name in enumerate(columns)
        )
        groups = (
            f"SELECT {grouping} AS grouped_by, count(*) AS row_count, {known} AS is_known"
            f" FROM {self._relation} GROUP BY GROUPING SETS ({sets}) HAVING count(*) > 1"
        )
        return (
            f"SELECT grouped_by, sum(row_count - 1) FROM ({groups}) AS g WHERE is_known"
            " GROUP BY grouped_by"
        )

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

    def _findings(self, check: Check, rows: int) -> Iterable[Diagnostic]:
        if check in self._failed:
            reason = f"the check `{check.rule}` cannot run: {self._failed[check]}"
            yield self._finding(check, f"{self._subject(check)}: {reason}", Severity.ERROR)
            return
        count = self._measured[check]
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
            shown = tuple(name for name in self._audited.key if name not in check.columns)
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
        values = [self._engine.text_sql(f"{ALIAS}.{self._quote(name)}") for name in shown]
        listed = ", ".join(f"{value} AS e{index}" for index, value in enumerate(values))
        order = ", ".join(str(index + 1) for index in range(len(values)))
        if check.measure is Measure.DUPLICATES:
            known = " AND ".join(f"{ALIAS}.{self._quote(name)} IS NOT NULL" for name in shown)
            body = (
                f"SELECT {listed} {self._from(())} WHERE {known}"
                f" GROUP BY {', '.join(values)} HAVING count(*) > 1"
            )
        else:
            body = f"SELECT DISTINCT {listed} {self._from([check])} WHERE {_broken(check, 0)}"
        return f"{body} ORDER BY {order} LIMIT {EXAMPLES}"

    def _quote(self, name: str) -> str:
        return quote(name, self._engine.dialect)

    def _list(self, names: Iterable[str]) -> str:
        return ", ".join(self._quote(name) for name in names)


def _broken(check: Check, index: int) -> str:
    if check.parent is None:
        return check.condition
    return f"({check.condition}) AND r{index}.found IS NULL"


def _all_columns(checks: Iterable[Check]) -> list[str]:
    return list(dict.fromkeys(name for check in checks for name in check.columns))


def _grouping(names: Sequence[str], key: Sequence[str]) -> int:
    """The sum that stands for a grouping set: a power of two for each column outside it."""
    return sum(2**index for index, name in enumerate(names) if name not in key)


def _shown(value: Any) -> str:
    return "NULL" if value is None else f"`{str(value)[:80]}`"
