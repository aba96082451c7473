"""Reads product.yaml: identity, owner, requirements, sources, settings, targets, policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hansa.core.datatype import UNKNOWN, DataType
from hansa.core.product import (
    CsvOptions,
    DeclaredFix,
    Materialization,
    Owner,
    Policy,
    Requirement,
    SourceTable,
    Thresholds,
    Waiver,
)
from hansa.core.schema import Column, TableSchema
from hansa.core.suggestion import did_you_mean
from hansa.core.version import Constraint, Level, Version
from hansa.errors import HansaError, Place
from hansa.projects.decoding import (
    Reader,
    Record,
    Shape,
    flag,
    items,
    mismatch,
    named,
    number,
    one_of,
    one_or_items,
    parsed,
    seconds,
    text,
    written,
)
from hansa.projects.names import column_name, product_name, relation_name
from hansa.projects.yaml_document import Node, Scalar, plain
from hansa.sql.dialects import check_dialect
from hansa.sql.types import parse_type

_LOOKBACK = re.compile(r"[1-9][0-9]{0,6} (second|minute|hour|day|week|month|year)s?\Z")
_DEFAULT_DIALECT = "duckdb"


def _lookback(node: Node, reader: Reader) -> str | int | None:
    allowed = "a lookback is a number, or an interval"
    if isinstance(node, Scalar):
        if node.value is None:
            return None
        if isinstance(node.value, int) and not isinstance(node.value, bool) and node.value >= 0:
            return node.value
        if isinstance(node.value, str) and _LOOKBACK.match(node.value):
            return node.value
    return mismatch(node, reader, allowed, "write it as `3 days`, `12 hours` or `1000`")


def _percent(node: Node, reader: Reader) -> float | None:
    found = number(node, reader)
    if found is None or 0 <= found <= 100:
        return found
    return mismatch(node, reader, "a threshold is a percentage from 0 to 100", "write it as `90`")


def _column(node: Node, reader: Reader) -> Record | str | None:
    if isinstance(node, Scalar):
        return text(node, reader)
    return _COLUMN(node, reader)


_VERSION = parsed(written, Version.parse, "invalid_version")
_CONSTRAINT = parsed(written, Constraint.parse, "invalid_constraint")
_LEVEL = one_of(*(str(level) for level in Level))
_NAMES = items(column_name, "the list of columns")
_COLUMN = Shape(
    "a source column",
    {"type": text, "required": flag, "description": text},
    ("type",),
    "write `name: type`, or `name: {type: …, required: true}`",
)
_CSV = Shape("the CSV options", {"null": written, "delimiter": written, "header": flag})
_TABLE = Shape(
    "a source table",
    {
        "path": text,
        "relation": text,
        "columns": named(_column, "the columns", column_name),
        "primary_key": one_or_items(column_name, "the primary key"),
        "csv": _CSV,
        "description": text,
    },
)
_SOURCE = Shape(
    "a source",
    {"tables": named(_TABLE, "the tables of a source", relation_name), "description": text},
    ("tables",),
)
_MODEL = Shape(
    "a model's settings",
    {
        "materialized": one_of(*Materialization),
        "unique_key": one_or_items(column_name, "the unique key"),
        "cursor": column_name,
        "lookback": _lookback,
        "introspection": text,
    },
)
_FIX = Shape("a fix", {"table": relation_name, "columns": _NAMES}, ("table",))
_CHANGE = Shape(
    "a declared change",
    {"version": _VERSION, "fix": _FIX, "reason": text},
    ("version", "fix", "reason"),
)
_WAIVER = Shape(
    "a waiver",
    {
        "rule": text,
        "table": relation_name,
        "column": column_name,
        "reason": text,
        "version": _VERSION,
    },
    ("rule", "table", "reason", "version"),
)
_THRESHOLDS = Shape(
    "the coverage thresholds",
    {"obligations": _percent, "asserted": _percent, "mutation": _percent},
)
_POLICY = Shape(
    "the policy",
    {
        "profile": one_of("standard", "strict"),
        "rules": named(_LEVEL, "the levels of rules"),
        "waivers": items(_WAIVER, "the waivers"),
        "positional": flag,
        "coverage": _THRESHOLDS,
        "folding": flag,
    },
)
_DBT = Shape(
    "the dbt project", {"project": text, "target": text, "compiled": flag}, (), "write `project: .`"
)
_OWNER = Shape("the owner", {"team": text, "contact": text}, ("team",))
_TESTS = Shape("the settings of tests", {"time_limit": seconds})
_PRODUCT = Shape(
    "product.yaml",
    {
        "name": product_name,
        "description": text,
        "owner": _OWNER,
        "dialect": parsed(text, check_dialect, "unknown_dialect"),
        "dbt": _DBT,
        "requires": named(_CONSTRAINT, "the requirements", product_name),
        "sources": named(_SOURCE, "the sources", relation_name),
        "models": named(_MODEL, "the settings of models"),
        "targets": named(text, "the targets"),
        "registry": text,
        "changes": items(_CHANGE, "the declared changes"),
        "policy": _POLICY,
        "tests": _TESTS,
        "allow_skew": one_or_items(product_name, "the list of products"),
    },
    ("name", "owner"),
    "begin with `name: my_product` and `owner: {team: my-team}`",
)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What product.yaml says about one model's storage; None where it says nothing."""

    materialized: Materialization | None = None
    unique_key: tuple[str, ...] = ()
    cursor: str | None = None
    lookback: str | int | None = None
    place: Place | None = None
    introspection: str | None = None


@dataclass(frozen=True, slots=True)
class DbtSettings:
    """The dbt project that a product is: its directory, and dbt's target to compile for.

    `compiled` is true in a release, which holds the compiled SQL as plain models.
    """

    project: str = "."
    target: str | None = None
    compiled: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ProductFile:
    """product.yaml as values; what was not valid has its default."""

    name: str | None = None
    name_place: Place | None = None
    description: str | None = None
    owner: Owner = field(default_factory=lambda: Owner(""))
    dialect: str = _DEFAULT_DIALECT
    requires: tuple[Requirement, ...] = ()
    sources: Mapping[str, Mapping[str, SourceTable]] = field(default_factory=dict)
    settings: Mapping[str, ModelSettings] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)
    registry: str | None = None
    allow_skew: frozenset[str] = frozenset()
    fixes: tuple[DeclaredFix, ...] = ()
    policy: Policy = field(default_factory=Policy)
    time_limit: float | None = None
    dbt: DbtSettings | None = None
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def compiles(self) -> bool:
        """Whether models come from a dbt project and not from files."""
        return self.dbt is not None and not self.dbt.compiled


def read_product_file(data: bytes, reader: Reader) -> ProductFile:
    """The values of product.yaml; problems are noted in the reader."""
    node = reader.read(data)
    record = _PRODUCT(node, reader) if node is not None else None
    if record is None:
        return ProductFile()
    dialect = record.get("dialect", _DEFAULT_DIALECT)
    owner = record.get("owner")
    result = ProductFile(
        name=record.get("name"),
        name_place=record.at("name"),
        description=record.get("description"),
        owner=Owner(owner.get("team", ""), owner.get("contact")) if owner else Owner(""),
        dialect=dialect,
        requires=_read_requirements(record),
        sources=_read_sources(record, dialect),
        settings=_read_settings(record),
        targets=record.get("targets", {}),
        registry=record.get("registry"),
        allow_skew=frozenset(record.get("allow_skew", ())),
        fixes=_read_fixes(record),
        policy=_read_policy(record.get("policy")),
        dbt=_read_dbt(record),
        document=plain(record.node),
        time_limit=record.get("tests").get("time_limit") if record.get("tests") else None,
    )
    return _check_names(result, record)


def _read_dbt(record: Record) -> DbtSettings | None:
    dbt: Record | None = record.get("dbt")
    if dbt is None:
        return None
    return DbtSettings(
        dbt.get("project", "."), dbt.get("target"), dbt.get("compiled", False), record.at("dbt")
    )


def _read_requirements(record: Record) -> tuple[Requirement, ...]:
    requires: Mapping[str, Constraint] = record.get("requires", {})
    return tuple(
        Requirement(name, constraint, record.name_place("requires", name))
        for name, constraint in requires.items()
    )


def _check_names(product: ProductFile, record: Record) -> ProductFile:
    """Refuse what makes a name in SQL mean two things, and a product that requires itself."""
    reader = record.reader
    for requirement in product.requires:
        place = requirement.place or record.at("requires")
        if requirement.product == product.name:
            reader.report(
                "self_requirement", place, "the product requires itself", "remove the line"
            )
        elif requirement.product in product.sources:
            message = f"`{requirement.product}` is a source and a required product too"
            reader.report("ambiguous_name", place, message, "rename the source")
    for name in sorted(product.allow_skew):
        if name == product.name:
            message = f"`{name}` is this product itself"
            reader.report("self_requirement", record.at("allow_skew"), message, "remove it")
    return product


def _read_sources(record: Record, dialect: str) -> Mapping[str, Mapping[str, SourceTable]]:
    sources: dict[str, Mapping[str, SourceTable]] = {}
    for group, source in record.get("sources", {}).items():
        tables = {}
        for name, table in source.get("tables", {}).items():
            place = source.name_place("tables", name)
            tables[name] = _read_table(name, table, place, dialect, record.get("dbt") is not None)
        sources[group] = tables
    return sources


def _read_table(name: str, record: Record, place: Place, dialect: str, of_dbt: bool) -> SourceTable:
    path, relation = record.get("path"), record.get("relation")
    reader = record.reader
    if path and relation:
        message = f"the source table `{name}` has a `path` and a `relation`"
        reader.report("conflicting_keys", place, message, "keep one of the two")
    elif not path and not relation:
        hint = "add `path: data/…` for files, or `relation: schema.table` for a table in the target"
        message = f"the source table `{name}` has neither `path` nor `relation`"
        reader.report("missing_key", place, message, hint)
    columns = _read_columns(record, dialect)
    # dbt projects seldom declare columns of sources; their types are then not known
    if relation and columns is None and not of_dbt:
        message = f"the columns of the relation `{name}` are not declared"
        reader.report("missing_key", place, message, "add `columns: {name: type}`")
    key = record.get("primary_key", ())
    if columns is not None:
        columns = _apply_key(columns, key, record)
    csv = record.get("csv")
    options = CsvOptions()
    if csv:
        options = CsvOptions(csv.get("null"), csv.get("delimiter"), csv.get("header", True))
        _check_delimiter(csv, options.delimiter)
    return SourceTable(name, path, relation, columns, key, options, place)


def _check_delimiter(csv: Record, delimiter: str | None) -> None:
    if delimiter is not None and len(delimiter) != 1:
        message = f"a delimiter is one character, and this is `{delimiter}`"
        csv.reader.report("wrong_type", csv.at("delimiter"), message, 'write it as ";"')


def _read_columns(record: Record, dialect: str) -> TableSchema | None:
    declared: Mapping[str, Record | str] | None = record.get("columns")
    if declared is None:
        return None
    columns = []
    for name, column in declared.items():
        place = record.name_place("columns", name)
        if isinstance(column, str):
            kind = _read_type(column, dialect, record.node_place("columns", name), record.reader)
            columns.append(Column(name, kind))
        else:
            where = column.at("type")
            kind = _read_type(column.get("type"), dialect, where, record.reader)
            columns.append(Column(name, kind, not column.get("required", False)))
        _check_case(name, columns, place, record.reader)
    return TableSchema(tuple(columns))


def _check_case(name: str, columns: list[Column], place: Place, reader: Reader) -> None:
    twin = next((c.name for c in columns[:-1] if c.name.casefold() == name.casefold()), None)
    if twin is not None:
        message = f"the columns `{twin}` and `{name}` differ only by letter case"
        reader.report("duplicate_column", place, message, "SQL cannot tell them apart; rename one")


def _read_type(name: str | None, dialect: str, place: Place, reader: Reader) -> DataType:
    if name is None or name.lower() == "unknown":
        return UNKNOWN
    try:
        return parse_type(name, dialect)
    except HansaError as error:
        reader.report("invalid_type", place, str(error), error.hint)
        return UNKNOWN


def _apply_key(schema: TableSchema, key: tuple[str, ...], record: Record) -> TableSchema:
    for name in key:
        if name not in schema.names:
            message = f"the primary key names the column `{name}`, which is not declared"
            hint = did_you_mean(name, schema.names)
            record.reader.report("unknown_column", record.at("primary_key"), message, hint)
    if not key or not set(key) <= set(schema.names):
        return schema
    # A primary key's columns hold no NULL, whether or not the owner says so again.
    columns = tuple(replace(c, nullable=False) if c.name in key else c for c in schema.columns)
    return TableSchema(columns, frozenset({frozenset(key)}))


def _read_settings(record: Record) -> Mapping[str, ModelSettings]:
    settings = {}
    for name, model in record.get("models", {}).items():
        place = record.name_place("models", name)
        kind = model.get("materialized")
        found = ModelSettings(
            Materialization(kind) if kind else None,
            model.get("unique_key", ()),
            model.get("cursor"),
            model.get("lookback"),
            place,
            model.get("introspection"),
        )
        _check_incremental(name, found, model)
        settings[name] = found
    return settings


def _check_incremental(name: str, settings: ModelSettings, model: Record) -> None:
    reader = model.reader
    if settings.materialized is Materialization.INCREMENTAL:
        # Without a unique key rows are only ever added; without a cursor nothing tells new ones.
        if not settings.cursor and not model.node.get("cursor"):
            message = f"the incremental model `{name}` has no `cursor`"
            hint = "add `cursor:` with the column that tells new rows from old"
            reader.report("missing_key", model.node, message, hint)
        return
    given = {
        "unique_key": bool(settings.unique_key),
        "cursor": settings.cursor is not None,
        "lookback": settings.lookback is not None,
    }
    for key, present in given.items():
        if present:
            message = f"`{key}` of `{name}` has a meaning for incremental models only"
            hint = f"add `materialized: incremental`, or remove `{key}`"
            reader.report("unused_key", model.at(key), message, hint)


def _read_fixes(record: Record) -> tuple[DeclaredFix, ...]:
    return tuple(
        DeclaredFix(
            change.get("version"),
            change.get("fix").get("table"),
            change.get("fix").get("columns", ()),
            change.get("reason"),
            change.reader.place(change.node),
        )
        for change in record.get("changes", ())
        if _complete(change, "version", "fix", "reason") and _complete(change.get("fix"), "table")
    )


def _read_policy(record: Record | None) -> Policy:
    if record is None:
        return Policy()
    rules: Mapping[str, str] = record.get("rules", {})
    waivers = tuple(
        Waiver(
            waiver.get("rule"),
            waiver.get("table"),
            waiver.get("version"),
            waiver.get("reason"),
            waiver.get("column"),
            waiver.reader.place(waiver.node),
        )
        for waiver in record.get("waivers", ())
        if _complete(waiver, "rule", "table", "version", "reason")
    )
    return Policy(
        record.get("profile", "standard"),
        {rule: Level.parse(level) for rule, level in rules.items()},
        waivers,
        record.get("positional", False),
        _read_thresholds(record.get("coverage")),
        record.get("folding", True),
    )


def _read_thresholds(record: Record | None) -> Thresholds:
    if record is None:
        return Thresholds()
    return Thresholds(record.get("obligations"), record.get("asserted"), record.get("mutation"))


def _complete(record: Record, *keys: str) -> Any:
    return all(record.get(key) is not None for key in keys)
