"""Coverage of a change: the obligations of constructs that have a new line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hansa.core.product import Product
from hansa.sql.coverage.extents import Extents
from hansa.testing.changed_lines import ChangedFile
from hansa.testing.coverage import CoverageReport, Measured, ModelCoverage, Numbers


@dataclass(frozen=True, slots=True)
class ChangedModel:
    """What changed in a model's file, and the coverage of what is about the new lines."""

    file: ChangedFile
    coverage: ModelCoverage


@dataclass(frozen=True, slots=True)
class ChangeCoverage:
    """The models with new lines; `since` says what is compared with, None for nothing at all."""

    since: str | None
    models: tuple[ChangedModel, ...] = ()

    @property
    def numbers(self) -> Numbers:
        return sum((model.coverage.numbers for model in self.models), Numbers())

    @property
    def lines(self) -> int:
        return sum(len(model.file.lines) for model in self.models)


def coverage_of_change(
    report: CoverageReport, product: Product, changes: Iterable[ChangedFile], since: str | None
) -> ChangeCoverage:
    """The part of a report that is about the new lines of the models' files."""
    models = {model.path: model for model in product.models.values()}
    measured = {model.model: model for model in report.models}
    return ChangeCoverage(
        since,
        tuple(
            ChangedModel(
                change,
                # what was left out of the whole model is not counted
                replace(
                    measured[model.name],
                    obligations=obligations_on(
                        measured[model.name], model.sql, product.dialect, change.lines
                    ),
                    excluded=0,
                ),
            )
            for change in changes
            if change.path in models
            for model in (models[change.path],)
        ),
    )


def obligations_on(
    coverage: ModelCoverage, text: str, dialect: str, lines: frozenset[int]
) -> tuple[Measured, ...]:
    """The obligations of a model's `text` whose construct has one of these lines."""
    if not coverage.obligations:
        return ()
    extents = Extents(text, dialect)
    kept = []
    for one in coverage.obligations:
        extent = extents.of(one.obligation)
        last = extents.line_of(max(extent.start, extent.end - 1))
        if not lines.isdisjoint(range(one.obligation.line, last + 1)):
            kept.append(one)
    return tuple(kept)
