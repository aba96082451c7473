"""Products computed on small data in a sandbox, each on the stand-ins of what it pins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hansa.core.facts import ProductFacts
from hansa.core.product import Product
from hansa.deploy.names import interface_schema
from hansa.engines.sandbox import Sandbox
from hansa.ops.progress import Report
from hansa.ops.releases import OpenedRelease
from hansa.testing.samples import Sampler, sample_source
from hansa.testing.standin import StandInReport, stand_in

# DuckDB sets no limit; this is what every engine takes
_NAME_LIMIT = 63


@dataclass(frozen=True, slots=True)
class Built:
    """One product that was computed: the schema of its public tables, and what is in it."""

    product: str
    schema: str
    report: StandInReport


def schema_of(product: Product) -> str:
    """The schema of a product's public tables, as a target calls it."""
    return interface_schema(product.name, product.version, _NAME_LIMIT)


class StandIns:
    """The sandbox that everything is computed into; a release is computed once.

    `sample` gives the rows of each source; by default its product's own small data.
    """

    def __init__(self, sandbox: Sandbox, report: Report, sample: Sampler = sample_source) -> None:
        self._sandbox = sandbox
        self._report = report
        self._sample = sample
        self._built: dict[str, Built] = {}

    @property
    def built(self) -> tuple[Built, ...]:
        """The releases that stand in, deepest first."""
        return tuple(self._built.values())

    def add(self, opened: OpenedRelease) -> str:
        """Compute a release and what it pins; the schema of its public tables."""
        if opened.digest not in self._built:
            below = {name: self.add(child) for name, child in opened.required.items()}
            self._report(f"standing in for {opened.name}")
            product = opened.product
            built = self.compute(product, opened.facts, schema_of(product), below)
            self._built[opened.digest] = built
        return self._built[opened.digest].schema

    def compute(
        self, product: Product, facts: ProductFacts, schema: str, below: Mapping[str, str]
    ) -> Built:
        """Compute a product into `schema`; `below` are the schemas of what it requires."""
        report = stand_in(
            product,
            facts,
            self._sandbox,
            schema,
            lambda name, table: (below[name], table),
            sample=self._sample,
        )
        return Built(product.name, schema, report)
