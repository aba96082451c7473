"""The quality rules of a contract (library metrics and SQL) as checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hansa.core.contract import ContractTable, Quality
from hansa.core.diagnostic import Severity
from hansa.deploy.checks import ZERO, Check, CheckMaker, Measure

# names of older ODCS versions and their tools, for what 3.1 calls metrics
_OLDER_NAMES = {
    "nullcheck": "nullvalues",
    "nullcount": "nullvalues",
    "missingcheck": "missingvalues",
    "missingcount": "missingvalues",
    "validvalues": "invalidvalues",
    "invalidcount": "invalidvalues",
    "validitycheck": "invalidvalues",
    "duplicatecount": "duplicatevalues",
    "duplicatecheck": "duplicatevalues",
    "uniquecheck": "duplicatevalues",
    "uniquenesscheck": "duplicatevalues",
    "countcheck": "rowcount",
}
_MISSING = (None, "")

# the texts of SQL checks as they run in the target, by table, column ('' for none) and text
Queries = Mapping[tuple[str, str, str], str]


@dataclass(frozen=True, slots=True)
class _Subject:
    table: ContractTable
    column: str | None

    @property
    def key(self) -> tuple[str, ...]:
        return self.table.primary_key

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,) if self.column else ()


def quality_checks(maker: CheckMaker, table: ContractTable, queries: Queries) -> Iterator[Check]:
    """The checks of a table's and its columns' quality rules; texts and unknown tools give none."""
    for quality in table.quality:
        yield from _check(maker, quality, _Subject(table, None), queries)
    for column in table.columns:
        for quality in column.quality:
            yield from _check(maker, quality, _Subject(table, column.name), queries)


def _check(
    maker: CheckMaker, quality: Quality, subject: _Subject, queries: Queries
) -> Iterator[Check]:
    if quality.kind == "sql":
        query = queries.get((subject.table.name, subject.column or "", quality.query or ""))
        if query is not None:
            says = quality.description or f"the query of `{quality.name or 'sql'}`"
            check = Check("", Measure.QUERY, subject.columns, query=query, says=says)
            yield _under(quality, replace(check, facet=maker.facet))
    elif quality.kind == "library" and quality.metric:
        found = _library_check(maker, quality, subject)
        if found is not None:
            yield _under(quality, found)


def _library_check(maker: CheckMaker, quality: Quality, subject: _Subject) -> Check | None:
    metric = quality.metric or ""
    folded = metric.replace("_", "").casefold()
    arguments = dict(quality.arguments)
    column = subject.column
    match _OLDER_NAMES.get(folded, folded):
        case "rowcount":
            return Check("", Measure.ROWS, facet=maker.facet)
        case "duplicatevalues":
            columns = _texts(arguments.get("properties")) or subject.columns
            return maker.no_duplicates("", columns, None) if columns else None
        case "nullvalues" if column:
            condition = f"{maker.column(column)} IS NULL"
            check = _breaches(maker, subject, condition, "is NULL")
            return replace(check, about_null=True, key=subject.key)
        case "missingvalues" if column:
            listed = _values(arguments.get("missingValues")) or _MISSING
            return _breaches(maker, subject, _missing(maker, column, listed), "is missing")
        case "invalidvalues" if column:
            condition = _invalid(maker, column, arguments)
            says = "is not valid"
            return _breaches(maker, subject, condition, says) if condition else None
    return None


def _missing(maker: CheckMaker, column: str, listed: Sequence[Any]) -> str:
    """Texts are compared as texts, so that `N/A` may be asked of a column of numbers."""
    as_text = maker.engine.text_sql(maker.column(column))
    texts = ", ".join(maker.value(str(value)) for value in listed if value is not None)
    parts = [f"{as_text} IN ({texts})"] if texts else []
    parts += [f"{maker.column(column)} IS NULL"] if None in listed else []
    return " OR ".join(parts)


def _invalid(maker: CheckMaker, column: str, arguments: Mapping[str, Any]) -> str:
    parts = []
    valid = _values(arguments.get("validValues"))
    if valid:
        parts.append(f"({maker.not_one_of(column, valid)})")
    if isinstance(arguments.get("pattern"), str):
        parts.append(f"({maker.no_match(column, arguments['pattern'])})")
    return " OR ".join(parts)


def _breaches(maker: CheckMaker, subject: _Subject, condition: str, says: str) -> Check:
    return Check("", Measure.BREACHES, subject.columns, condition, says=says, facet=maker.facet)


def _under(quality: Quality, check: Check) -> Check:
    """The check with the rule's own name, comparison, unit and severity."""
    expected = tuple((name, _frozen(value)) for name, value in quality.conditions)
    if not expected and check.measure is not Measure.ROWS:
        expected = ZERO
    return replace(
        check,
        rule=quality.name or quality.metric or quality.kind,
        expected=expected,
        percent=(quality.unit or "").casefold() in ("percent", "%"),
        severity=_severity(quality.severity),
        place=quality.place,
        hint=quality.description,
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _severity(text: str) -> Severity:
    """ODCS leaves the words open; what does not sound like a failure only warns."""
    if text.casefold() in ("warning", "warn", "info", "low", "minor"):
        return Severity.WARNING
    return Severity.ERROR


def _values(found: Any) -> tuple[Any, ...]:
    if isinstance(found, list | tuple):
        return tuple(found)
    return () if found is None else (found,)


def _texts(found: Any) -> tuple[str, ...]:
    return tuple(str(value) for value in _values(found))


def meets(value: float, expected: Sequence[tuple[str, Any]]) -> bool:
    """Whether a measured number is what ODCS's comparisons ask for; unknown ones are passed."""
    return all(_meets(value, name, bound) for name, bound in expected)


def _meets(value: float, name: str, bound: Any) -> bool:
    match name:
        case "mustBe":
            return bool(value == bound)
        case "mustNotBe":
            return bool(value != bound)
        case "mustBeGreaterThan":
            return bool(value > bound)
        case "mustBeGreaterOrEqualTo" | "mustBeGreaterThanOrEqualTo":
            return bool(value >= bound)
        case "mustBeLessThan":
            return bool(value < bound)
        case "mustBeLessOrEqualTo" | "mustBeLessThanOrEqualTo":
            return bool(value <= bound)
        case "mustBeBetween":
            return bool(bound[0] <= value <= bound[1])
        case "mustNotBeBetween":
            return not bound[0] <= value <= bound[1]
    return True


_WORDS = {
    "mustBe": "be {}",
    "mustNotBe": "not be {}",
    "mustBeGreaterThan": "be more than {}",
    "mustBeGreaterOrEqualTo": "be at least {}",
    "mustBeGreaterThanOrEqualTo": "be at least {}",
    "mustBeLessThan": "be less than {}",
    "mustBeLessOrEqualTo": "be at most {}",
    "mustBeLessThanOrEqualTo": "be at most {}",
    "mustBeBetween": "be between {} and {}",
    "mustNotBeBetween": "not be between {} and {}",
}


def describe_expected(expected: Sequence[tuple[str, Any]]) -> str:
    """The comparisons in words: `be at least 10 and be less than 20`."""
    return " and ".join(
        _WORDS.get(name, name + " {}").format(*_values(bound)) for name, bound in expected
    )
