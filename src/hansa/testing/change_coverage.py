"""Coverage of a change: the obligations of constructs that have a new line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hansa.core.product import Product
from hansa.sql.coverage.extents import Extents
from hansa.testing.changed_lines import ChangedFile
from hansa.testing.coverage import CoverageReport, ModelCoverage, Numbers


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
            ChangedModel(change, _narrowed(measured[model.name], model.sql, product, change))
            for change in changes
            if change.path in models
            for model in (models[change.path],)
        ),
    )


def _narrowed(
    coverage: ModelCoverage, text: str, product: Product, change: ChangedFile
) -> ModelCoverage:
    """The obligations whose construct has a changed line; what was left out is not counted."""
    if not coverage.obligations:
        return replace(coverage, excluded=0)
    extents = Extents(text, product.dialect)
    kept = []
    for one in coverage.obligations:
        extent = extents.of(one.obligation)
        last = extents.line_of(max(extent.start, extent.end - 1))
        if not change.lines.isdisjoint(range(one.obligation.line, last + 1)):
            kept.append(one)
    return replace(coverage, obligations=tuple(kept), excluded=0)
