"""Given rows against the limits of values that the input's contract sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hansa.core.contract import ContractColumn, Scalar
from hansa.core.datatype import Family
from hansa.core.diagnostic import Diagnostic
from hansa.engines.sandbox import DIALECT, Sandbox, SandboxError
from hansa.sql.identifiers import literal, quote, quote_path
from hansa.testing.fixtures import FixtureTable, GivenRows, warn
from hansa.testing.values import cast_of, text_of_value


@dataclass(frozen=True, slots=True)
class _Limit:
    """A condition that no value of a column meets, and what it says of one that does."""

    column: str
    condition: str
    says: str


def limit_warnings(
    sandbox: Sandbox,
    path: Sequence[str],
    table: FixtureTable,
    given: GivenRows,
    columns: Sequence[ContractColumn],
) -> tuple[Diagnostic, ...]:
    """The values of a stored table that real data of its contract cannot have.

    A limit that DuckDB cannot compare with the column says nothing here; the contract's own
    checks tell about it.
    """
    stored = {name.casefold(): at for at, name in enumerate(table.columns)}
    limits = [
        limit
        for column in columns
        if column.name.casefold() in stored
        for limit in _limits_of(column)
    ]
    if not limits or not given.rows:
        return ()
    findings = []
    for limit, broken in _broken(sandbox, path, limits):
        at = stored[limit.column.casefold()]
        for number, value in enumerate(broken):
            if value:
                shown = table.texts[at][number]
                message = f"`{table.columns[at]}` is `{shown}`, which {limit.says}"
                findings.append(
                    (
                        number,
                        at,
                        warn(given, number, "fixture_value_excluded", message, limit.column),
                    )
                )
    findings.sort(key=lambda one: one[:2])
    return tuple(finding for _, _, finding in findings)


def admitted(
    sandbox: Sandbox, column: ContractColumn, kind: str, values: Sequence[Any]
) -> tuple[bool, ...]:
    """Which values a contract allows in a column that DuckDB stores as `kind`.

    A limit that DuckDB cannot compare with the column forbids nothing, as in `limit_warnings`.
    """
    allowed = [True] * len(values)
    texts = [text_of_value(value, kind) for value in values]
    cast = cast_of("unnest(?::VARCHAR[])", kind, attempt=True)
    for limit in _limits_of(column):
        sql = f"SELECT ({limit.condition}) FROM (SELECT {cast} AS {quote(column.name, DIALECT)})"
        try:
            answers = sandbox.query(sql, [texts]).rows
        except SandboxError:
            continue
        allowed = [before and not row[0] for before, row in zip(allowed, answers, strict=True)]
    return tuple(allowed)


def _broken(
    sandbox: Sandbox, path: Sequence[str], limits: Sequence[_Limit]
) -> Iterator[tuple[_Limit, tuple[bool | None, ...]]]:
    """For each limit, row by row, whether it is broken: all at once, or one by one."""
    try:
        rows = _ask(sandbox, path, limits)
    except SandboxError:
        if len(limits) > 1:
            for limit in limits:
                yield from _broken(sandbox, path, [limit])
        return
    yield from zip(limits, zip(*rows, strict=True), strict=True)


def _ask(
    sandbox: Sandbox, path: Sequence[str], limits: Sequence[_Limit]
) -> list[tuple[bool | None, ...]]:
    conditions = ", ".join(f"({limit.condition})" for limit in limits)
    sql = f"SELECT {conditions} FROM {quote_path(path, DIALECT)} ORDER BY rowid"
    return sandbox.query(sql).rows


def _limits_of(column: ContractColumn) -> Iterator[_Limit]:
    name, bounds = quote(column.name, DIALECT), column.bounds
    if column.enum:
        listed = ", ".join(_value(value) for value in column.enum if value is not None)
        if listed:
            says = "is not among the values that the contract lists"
            yield _Limit(column.name, f"{name} NOT IN ({listed})", says)
    comparisons: tuple[tuple[str, Scalar, str], ...] = (
        ("<", bounds.minimum, "is below"),
        (">", bounds.maximum, "is above"),
        ("<=", bounds.exclusive_minimum, "is not above"),
        (">=", bounds.exclusive_maximum, "is not below"),
    )
    for operator, bound, says in comparisons:
        if bound is not None:
            yield _Limit(column.name, f"{name} {operator} {_value(bound)}", f"{says} {bound}")
    if bounds.min_length is not None:
        condition = f"length({name}) < {bounds.min_length}"
        yield _Limit(column.name, condition, f"is shorter than {bounds.min_length}")
    longest = bounds.max_length
    if longest is None and column.type.family is Family.STRING:
        longest = column.type.length
    if longest is not None:
        yield _Limit(column.name, f"length({name}) > {longest}", f"is longer than {longest}")
    if bounds.multiple_of is not None:
        step = _value(bounds.multiple_of)
        condition = f"abs({name} / {step} - round({name} / {step})) > 1e-9"
        yield _Limit(column.name, condition, f"is not a multiple of {bounds.multiple_of}")
    if column.pattern is not None:
        matches = f"regexp_matches(CAST({name} AS VARCHAR), {literal(column.pattern, DIALECT)})"
        yield _Limit(column.name, f"NOT {matches}", f"does not match `{column.pattern}`")


def _value(value: Scalar) -> str:
    return literal(value, DIALECT)
