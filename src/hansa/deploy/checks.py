"""What a contract promises of a table's rows, as conditions that an audit measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hansa.core.contract import ContractColumn, ContractTable, Relationship, Scalar
from hansa.core.datatype import Family
from hansa.core.diagnostic import Severity
from hansa.core.product import SourceTable
from hansa.engines.protocol import Engine
from hansa.errors import Place
from hansa.sql.identifiers import literal, quote, quote_path

# what the audited relation is called in every condition
ALIAS = "t"

ZERO: tuple[tuple[str, Any], ...] = (("mustBe", 0),)


class Measure(StrEnum):
    """What number a check is about."""

    BREACHES = "breaches"  # rows that meet `condition`
    DUPLICATES = "duplicates"  # rows whose `columns` an earlier row has too
    ROWS = "rows"  # all rows
    QUERY = "query"  # the first value of a query of its own


@dataclass(frozen=True, slots=True)
class Parent:
    """The relation whose keys a reference must find."""

    path: tuple[str, ...]
    columns: tuple[str, ...]


class ColumnNotHeld(LookupError):
    """A contract speaks of a column that its version of a folded table does not have by that name.

    Another case may do on some engines: what a name means, the version itself can tell.
    """


@dataclass(frozen=True, slots=True)
class Facet:
    """What a check is about: the audited relation as it is, or one version of a folded table.

    `columns` are the version's columns, each with the one of the relation that holds it; `flag`
    is the column that is true for the version's rows, None where all rows are its own.
    """

    columns: tuple[tuple[str, str], ...] = ()
    flag: str | None = None

    def held(self, name: str) -> str:
        """The column of the relation that holds that of the version. Raises ColumnNotHeld."""
        if not self.columns:
            return name
        columns = dict(self.columns)
        if name not in columns:
            raise ColumnNotHeld(name)
        return columns[name]


WHOLE = Facet()


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: a number that is measured, and what it must be.

    `columns` are those of the contract. `condition` is SQL over the alias `t` that is true for a
    row that breaks the promise; with a `parent`, the row breaks it only if the parent lacks its
    key. `says` ends the sentence about the breach; `about_null` tells that the breaking value is
    NULL, so that only the columns of `key` can show which row it is. `expected` are ODCS
    comparisons; `percent` compares the share of all rows.
    """

    rule: str
    measure: Measure
    columns: tuple[str, ...] = ()
    condition: str = ""
    parent: Parent | None = None
    query: str = ""
    about_null: bool = False
    key: tuple[str, ...] = ()
    says: str = ""
    expected: tuple[tuple[str, Any], ...] = ZERO
    percent: bool = False
    severity: Severity = Severity.ERROR
    facet: Facet = WHOLE
    place: Place | None = field(default=None, compare=False)
    hint: str | None = field(default=None, compare=False)

    @property
    def held(self) -> tuple[str, ...]:
        """The columns as the audited relation calls them."""
        return tuple(map(self.facet.held, self.columns))


ParentOf = Callable[[str], tuple[str, ...] | None]


@dataclass(frozen=True, slots=True)
class CheckMaker:
    """Words checks for one engine; `parent_of` finds the relation of a relationship's table.

    Whatever names a column raises ColumnNotHeld where the facet lacks it.
    """

    engine: Engine
    parent_of: ParentOf
    facet: Facet = WHOLE

    def table_checks(self, table: ContractTable) -> Iterator[Check]:
        """All checks of a table but its quality rules, in the contract's order."""
        yield from self._key_checks(table)
        for column in table.columns:
            yield from self._column_checks(column, table.primary_key)
            for relationship in column.relationships:
                yield from self._references(relationship)
        for relationship in table.relationships:
            yield from self._references(relationship)

    def source_checks(self, source: SourceTable) -> Iterator[Check]:
        """The declared facts of a source: columns that are never NULL, and the primary key."""
        key = source.primary_key
        for column in source.schema.columns if source.schema else ():
            if not column.nullable and column.name not in key:
                yield self._not_null("required", (column.name,), key, source.place)
        if key:
            yield self._not_null("primary_key", key, key, source.place)
            yield self.no_duplicates("primary_key", key, source.place)

    def column(self, name: str) -> str:
        return f"{ALIAS}.{quote(self.facet.held(name), self.engine.dialect)}"

    def value(self, value: Scalar) -> str:
        return literal(value, self.engine.dialect)

    def one_of(self, name: str, values: Sequence[Scalar]) -> str:
        """A condition that a column has one of these values; NULL counts where it is listed."""
        listed = ", ".join(self.value(value) for value in values if value is not None)
        parts = [f"{self.column(name)} IN ({listed})"] if listed else []
        parts += [f"{self.column(name)} IS NULL"] if None in values else []
        return " OR ".join(parts) or "FALSE"

    def not_one_of(self, name: str, values: Sequence[Scalar]) -> str:
        """A condition that a column has a value, and none of these."""
        listed = ", ".join(self.value(value) for value in values if value is not None)
        known = f"{self.column(name)} IS NOT NULL"
        return f"{known} AND {self.column(name)} NOT IN ({listed})" if listed else known

    def no_match(self, name: str, pattern: str) -> str:
        return f"NOT {self.engine.matches_sql(self.column(name), pattern)}"

    def _key_checks(self, table: ContractTable) -> Iterator[Check]:
        key = table.primary_key
        if key:
            yield self._not_null("primary_key", key, key, table.place)
            yield self.no_duplicates("primary_key", key, table.place)
        for column in table.columns:
            if column.unique and key != (column.name,):
                yield self.no_duplicates("unique", (column.name,), column.place)

    def _not_null(
        self, rule: str, columns: tuple[str, ...], key: tuple[str, ...], place: Place | None
    ) -> Check:
        return Check(
            rule=rule,
            measure=Measure.BREACHES,
            columns=columns,
            condition=" OR ".join(f"{self.column(name)} IS NULL" for name in columns),
            about_null=True,
            key=key,
            says="is NULL" if len(columns) == 1 else "is NULL in part",
            facet=self.facet,
            place=place,
        )

    def no_duplicates(self, rule: str, columns: tuple[str, ...], place: Place | None) -> Check:
        for name in columns:
            self.facet.held(name)
        return Check(
            rule=rule,
            measure=Measure.DUPLICATES,
            columns=columns,
            says="repeats the value of another row",
            facet=self.facet,
            place=place,
        )

    def _column_checks(self, column: ContractColumn, key: tuple[str, ...]) -> Iterator[Check]:
        name = column.name
        if column.required and column.key_position is None:
            yield self._not_null("required", (name,), key, column.place)
        if column.enum:
            condition = self.not_one_of(name, _as_listed(column))
            yield self._breach(column, "enum", condition, "is not among the listed values")
        yield from self._bound_checks(column)
        yield from self._length_checks(column)
        if column.bounds.multiple_of is not None:
            step = self.value(column.bounds.multiple_of)
            says = f"is not a multiple of {column.bounds.multiple_of}"
            yield self._breach(column, "multiple_of", self._no_multiple(column, step), says)
        if column.pattern is not None:
            says = f"does not match `{column.pattern}`"
            yield self._breach(column, "pattern", self.no_match(name, column.pattern), says)

    def _bound_checks(self, column: ContractColumn) -> Iterator[Check]:
        bounds = column.bounds
        limits = (
            ("minimum", "<", bounds.minimum, "is below"),
            ("maximum", ">", bounds.maximum, "is above"),
            ("exclusive_minimum", "<=", bounds.exclusive_minimum, "is not above"),
            ("exclusive_maximum", ">=", bounds.exclusive_maximum, "is not below"),
        )
        for rule, operator, limit, says in limits:
            if limit is not None:
                condition = f"{self.column(column.name)} {operator} {self.value(limit)}"
                yield self._breach(column, rule, condition, f"{says} {limit}")

    def _length_checks(self, column: ContractColumn) -> Iterator[Check]:
        length = f"length({self.column(column.name)})"
        shortest, longest = column.bounds.min_length, column.bounds.max_length
        if longest is None and column.type.family is Family.STRING:
            # engines that ignore the length of VARCHAR(3) must keep the promise all the same
            longest = column.type.length
        if shortest is not None:
            condition = f"{length} < {shortest}"
            yield self._breach(column, "min_length", condition, f"is shorter than {shortest}")
        if longest is not None:
            condition = f"{length} > {longest}"
            yield self._breach(column, "max_length", condition, f"is longer than {longest}")

    def _no_multiple(self, column: ContractColumn, step: str) -> str:
        value = self.column(column.name)
        if column.type.family is Family.INTEGER and isinstance(column.bounds.multiple_of, int):
            return f"{value} % {step} <> 0"
        # 0.3 is a multiple of 0.1, though not for floating point numbers
        # and in some engines the quotient of whole numbers is whole, whatever is left over
        quotient = f"{value} * 1.0 / {step}"
        return f"abs({quotient} - round({quotient})) > 1e-9"

    def _references(self, relationship: Relationship) -> Iterator[Check]:
        path = self.parent_of(relationship.to_table)
        if path is None:
            return
        known = [f"{self.column(name)} IS NOT NULL" for name in relationship.columns]
        yield Check(
            rule="relationship",
            measure=Measure.BREACHES,
            columns=relationship.columns,
            condition=" AND ".join(known),
            parent=Parent(path, relationship.to_columns),
            says=f"is not in `{relationship.to_table}`",
            facet=self.facet,
            place=relationship.place,
        )

    def _breach(self, column: ContractColumn, rule: str, condition: str, says: str) -> Check:
        return Check(
            rule=rule,
            measure=Measure.BREACHES,
            columns=(column.name,),
            condition=condition,
            says=says,
            facet=self.facet,
            place=column.place,
        )


def parent_join(engine: Engine, parent: Parent, columns: Sequence[str], alias: str) -> str:
    """A LEFT JOIN to the distinct keys of a parent, which keeps every row of `t` once."""
    dialect = engine.dialect
    keys = [quote(name, dialect) for name in parent.columns]
    chosen = ", ".join(f"{key} AS k{index}" for index, key in enumerate(keys))
    distinct = f"SELECT DISTINCT {chosen}, TRUE AS found FROM {quote_path(parent.path, dialect)}"
    on = " AND ".join(
        f"{ALIAS}.{quote(name, dialect)} = {alias}.k{index}" for index, name in enumerate(columns)
    )
    return f"LEFT JOIN ({distinct}) AS {alias} ON {on}"


def _as_listed(column: ContractColumn) -> tuple[Scalar, ...]:
    """The values of an enum: as texts for a column of texts, which not every engine compares."""
    values = column.enum or ()
    if column.type.family is not Family.STRING:
        return values
    return tuple(
        str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
        for value in values
    )
