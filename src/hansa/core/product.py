"""A data product as its owner wrote it: identity, requirements, sources, models, tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hansa.core.contract import Contract
from hansa.core.diagnostic import Diagnostic
from hansa.core.schema import Column, TableSchema
from hansa.core.version import Constraint, Level, Version
from hansa.errors import Place


class Materialization(StrEnum):
    """How a model is stored."""

    VIEW = "view"
    TABLE = "table"
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True)
class Storage:
    """How one model is stored, and what incremental runs need.

    `cursor` is the column that tells new rows from old; `lookback` is how far before the
    newest stored cursor value a run starts again, as an interval text ("3 days") for times or
    a number for numbers.
    """

    materialized: Materialization
    unique_key: tuple[str, ...] = ()
    cursor: str | None = None
    lookback: str | int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One SELECT: `name` is the file's stem, `path` is relative to the product, with slashes.

    `introspection` says why the SQL depends on the database that its template was compiled
    against; None where it does not. `declared` are columns whose types are written down
    somewhere else than in the SQL; a contract that is inferred has these.
    """

    name: str
    path: str
    sql: str
    storage: Storage
    public: bool
    introspection: str | None = None
    declared: tuple[Column, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """How a source's CSV files are read; `null` is the text that stands for NULL."""

    null: str | None = None
    delimiter: str | None = None
    header: bool = True


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One source table: files (`path`, a file or glob) or a relation in the target.

    `schema` is None for files whose columns are not declared. `primary_key` is a fact that
    the owner knows and `run` checks.
    """

    name: str
    path: str | None = None
    relation: str | None = None
    schema: TableSchema | None = None
    primary_key: tuple[str, ...] = ()
    csv: CsvOptions = CsvOptions()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A required product and the versions of it that are accepted."""

    product: str
    constraint: Constraint
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for a product."""

    team: str
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """The rows of one input of a unit test; `input` is written as in SQL (`raw.flights`).

    `types` are DuckDB's words for the types of columns, where a file tells them. A row's cells
    have their places where the file that they stand in has such.
    """

    input: str
    rows: tuple[Mapping[str, Any], ...] = ()
    place: Place | None = field(default=None, compare=False)
    row_places: tuple[Place, ...] = field(default=(), compare=False)
    cell_places: tuple[Mapping[str, Place], ...] = field(default=(), compare=False, repr=False)
    types: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far floating point numbers may lie apart and count as equal; what is larger counts.

    `relative` is a share of the larger of the two.
    """

    absolute: float = 0.0
    relative: float = 0.0


@dataclass(frozen=True, slots=True)
class UnitTest:
    """One unit test: given rows in, expected rows out, compared on the columns that they name.

    With `error` the query must fail instead, with a message that holds this text (any, when it
    is empty). `frozen_time` is what the query takes for the time of day, in UTC where it has no
    offset; `time_limit` is in seconds.
    """

    name: str
    model: str
    given: tuple[Given, ...]
    expect: tuple[Mapping[str, Any], ...]
    description: str | None = None
    place: Place | None = field(default=None, compare=False)
    expect_places: tuple[Place, ...] = field(default=(), compare=False)
    expect_cells: tuple[Mapping[str, Place], ...] = field(default=(), compare=False, repr=False)
    error: str | None = None
    tolerance: Tolerance | None = None
    frozen_time: datetime | None = None
    time_limit: float | None = None


@dataclass(frozen=True, slots=True)
class DeclaredFix:
    """An owner's word that a change of values in one version mends a mistake."""

    version: Version
    table: str
    columns: tuple[str, ...]
    reason: str
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Waiver:
    """One finding that the owner accepts for one version, with a reason."""

    rule: str
    table: str
    version: Version
    reason: str
    column: str | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least that tests have to reach, in percent; None where nothing is asked.

    `obligations` is of coverage, `asserted` of the public columns, `mutation` of the score.
    """

    obligations: float | None = None
    asserted: float | None = None
    mutation: float | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The owner's own rules: levels by rule id, waivers, switches of the comparison, thresholds."""

    profile: str = "standard"
    levels: Mapping[str, Level] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    positional: bool = False
    coverage: Thresholds = Thresholds()
    # whether versions of its tables may be kept in one stored table
    folding: bool = True


@dataclass(frozen=True, slots=True)
class Product:
    """Everything that a product directory says.

    `models`, `sources` and `targets` map names to values; a source maps its table names.
    `label` is how the product's directory is shown to people and begins every place;
    `files` maps every path that goes into a release to its bytes. `notices` are warnings about
    what could not be loaded as it was meant. `time_limit` is what a unit test may take, in
    seconds, when neither it nor an option sets another limit.
    """

    name: str
    contract: Contract
    owner: Owner
    description: str | None = None
    dialect: str = "duckdb"
    requires: tuple[Requirement, ...] = ()
    sources: Mapping[str, Mapping[str, SourceTable]] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)
    tests: tuple[UnitTest, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict)
    registry: str | None = None
    allow_skew: frozenset[str] = frozenset()
    fixes: tuple[DeclaredFix, ...] = ()
    policy: Policy = field(default_factory=Policy)
    readme: str | None = None
    time_limit: float | None = None
    label: str = "."
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    notices: tuple[Diagnostic, ...] = field(default=(), compare=False)

    @property
    def version(self) -> Version:
        return self.contract.version
