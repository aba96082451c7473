"""Measure how many small wrong changes to the SQL the unit tests notice."""

from __future__ import annotations

from hansa.core.suggestion import did_you_mean
from hansa.errors import InvalidInput
from hansa.ops.workspace import Workspace
from hansa.testing.mutation import MutationReport, Sample, measure_mutation


class MutatedModelUnknown(InvalidInput):
    """A model whose SQL should be mutated is not one of the product's."""

    slug = "mutated-model-unknown"

    def __init__(self, model: str, known: tuple[str, ...]) -> None:
        self.model = model
        self.hint = did_you_mean(model, known) or "name a model by its file's stem"

    def __str__(self) -> str:
        return f"there is no model `{self.model}` whose SQL could be changed"


def mutate(workspace: Workspace, sample: Sample, jobs: int) -> MutationReport:
    """Try the mutants of a sample on the product's tests. Raises MutatedModelUnknown."""
    product = workspace.product
    for model in sample.models:
        if model not in product.models:
            raise MutatedModelUnknown(model, tuple(sorted(product.models)))
    workspace.report(f"changing the SQL of {product.name} in small ways")
    return measure_mutation(
        product,
        workspace.facts,
        workspace.interfaces,
        sample=sample,
        jobs=jobs,
        report=workspace.report,
    )
