"""What one release is in a target, as values that `run` needs and the target keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hansa.core.contract import ContractTable, ServiceLevel
from hansa.core.product import SourceTable, Storage
from hansa.core.release import ReleaseName
from hansa.core.schema import TableSchema
from hansa.core.version import Version


class ObjectKind(StrEnum):
    """How one computation is kept in the store."""

    SOURCE = "source"
    LOADED = "loaded"
    VIEW = "view"
    TABLE = "table"
    INCREMENTAL = "incremental"

    @property
    def is_source(self) -> bool:
        """Whether its rows come from files: read in place, or loaded."""
        return self in (ObjectKind.SOURCE, ObjectKind.LOADED)

    @property
    def holds_rows(self) -> bool:
        """Whether it takes space of its own and is as old as its last run."""
        return self not in (ObjectKind.SOURCE, ObjectKind.VIEW)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One relation of a product's store: a source, or a model as one computation.

    `relation` is its name in the store, `label` the name in SQL (`fct_flights`, `raw.flights`).
    `content` is equal for two objects that hold the same rows, `fingerprint` also covers how
    they are stored. `sql` reads its inputs as `input.0`, `input.1`, …, which stand for the
    paths in `inputs`. A source has `source` and `base`, the directory of its files. `schema` is
    the shape that analysis found, None where it is not known.

    With `lowered`, columns of its files get names in lower case when they are loaded.

    A folded table has `versions`, the relations that it restores. Each of them is a view that
    has `folded`.
    """

    relation: str
    kind: ObjectKind
    label: str
    content: str
    fingerprint: str
    sql: str = ""
    file: str = ""
    inputs: tuple[tuple[str, ...], ...] = ()
    storage: Storage | None = None
    source: SourceTable | None = None
    base: str = ""
    schema: TableSchema | None = None
    versions: tuple[str, ...] = ()
    folded: Folded | None = None
    lowered: bool = False


@dataclass(frozen=True, slots=True)
class Folded:
    """How one version is restored from a folded table, and what it is when stored apart.

    `columns` are its columns in order, each with the column of the table `relation` that holds
    it; `flag` is the stored column that is true for its rows, None where all rows are its own.
    """

    relation: str
    columns: tuple[tuple[str, str], ...]
    flag: str | None
    apart: StoredObject


@dataclass(frozen=True, slots=True)
class PublicTable:
    """One table of the interface: what it promises, and the relation in the store that holds it."""

    contract: ContractTable
    relation: str


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """A source table whose declared facts are checked, and where its rows are."""

    source: SourceTable
    label: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pin:
    """The exact release of a required product that SQL was compiled against."""

    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class QualityQuery:
    """A SQL quality check, compiled: `sql` reads `input.0`, … as a stored object does.

    `column` is empty for a check of the whole table; `text` is the query in the contract.
    """

    table: str
    column: str
    text: str
    sql: str
    inputs: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything that deploying made of one release.

    `objects` stand after those they read. `pins` are its requirements, `queries` the SQL
    quality checks of its contract, `roles` those that may read its interface, `service_levels`
    what the contract promises beside its tables. With `folding`, versions of its tables may be
    folded; `borrowed` are the relations among `objects` that only that brought in.
    """

    product: str
    version: str
    digest: str
    team: str = ""
    pins: Mapping[str, Pin] = field(default_factory=dict)
    objects: tuple[StoredObject, ...] = ()
    tables: tuple[PublicTable, ...] = ()
    sources: tuple[SourceCheck, ...] = ()
    queries: tuple[QualityQuery, ...] = ()
    roles: tuple[str, ...] = ()
    service_levels: tuple[ServiceLevel, ...] = ()
    folding: bool = True
    borrowed: tuple[str, ...] = ()

    @property
    def name(self) -> ReleaseName:
        return ReleaseName(self.product, Version.parse(self.version))

    def table(self, name: str) -> PublicTable | None:
        """The public table of that name, or None."""
        return next((table for table in self.tables if table.contract.name == name), None)

    def stored(self, relation: str) -> StoredObject:
        """The object of that relation name; it is always there for a name of this release."""
        return next(item for item in self.objects if item.relation == relation)
