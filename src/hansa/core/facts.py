"""What analysis finds out about models: inputs, columns, lineage, fingerprints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hansa.core.diagnostic import Diagnostic
from hansa.core.schema import TableSchema
from hansa.errors import Place


class InputKind(StrEnum):
    """What a name after FROM stands for."""

    MODEL = "model"
    SOURCE = "source"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, order=True)
class Input:
    """One relation that a model reads.

    `group` is the source's or the required product's name, empty for a model of the same
    product. `str(input)` is the name as SQL writes it: `raw.weather`, `airports_clean`.
    """

    kind: InputKind
    name: str
    group: str = ""

    def __str__(self) -> str:
        return f"{self.group}.{self.name}" if self.group else self.name


@dataclass(frozen=True, slots=True)
class Reference:
    """One mention of an input in a model's SQL."""

    input: Input
    place: Place


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A column that a column is made from; `direct` when its values pass through unchanged."""

    input: Input
    column: str
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What decides a relation's content, as hashes of canonical SQL.

    `rows` covers everything that decides which rows exist, each of `columns` everything that
    decides that column's values. Equal fingerprints mean proven equal. `opaque` says why
    nothing could be proven (then any change of the text changes every fingerprint).
    """

    rows: str
    columns: Mapping[str, str] = field(default_factory=dict)
    opaque: str | None = None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known about one model.

    `schema` is None when the SQL is wrong or an input's shape is not known. `lineage` maps
    each column to what it is made from, one step down; `row_origins` are the columns that
    decide which rows exist. `deterministic` is False when two runs over the same inputs may
    differ (random(), now()). `fingerprints` are set only on what a cache keeps of a public
    model; readers find them in ProductFacts.
    """

    name: str
    inputs: tuple[Input, ...] = ()
    references: tuple[Reference, ...] = ()
    schema: TableSchema | None = None
    lineage: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    row_origins: tuple[Origin, ...] = ()
    deterministic: bool = True
    diagnostics: tuple[Diagnostic, ...] = ()
    fingerprints: Fingerprints | None = None


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What is known about all models of a product.

    `order` lists the models so that each stands after the models it reads. `fingerprints`
    are there for every public table whose SQL is valid. `diagnostics` holds all findings of
    all models, in the order of files and places.
    """

    models: Mapping[str, ModelFacts]
    order: tuple[str, ...] = ()
    fingerprints: Mapping[str, Fingerprints] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
