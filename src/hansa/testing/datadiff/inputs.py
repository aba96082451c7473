"""The same small data for two versions of a product, and for what they require."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hansa.core.product import Product, SourceTable
from hansa.core.schema import TableSchema
from hansa.testing.errors import FixtureValueInvalid
from hansa.testing.fixtures import build_table
from hansa.testing.samples import Sample, sample_source

_NOTHING = "nothing"


class SharedSamples:
    """Gives each source of each product the same rows in all its versions.

    `products` may hold several versions of one product; the rows are those of the first one
    that has any for the source, under the columns and types that the asking version declares.
    Where they do not fit those types the asking version keeps its own rows, and `notes` tells.
    """

    def __init__(self, products: Iterable[Product]) -> None:
        self._products = tuple(products)
        self.notes: list[str] = []

    def sample(self, product: Product, group: str, source: SourceTable) -> Sample:
        """The source's rows; raises what `sample_source` raises."""
        for lender in self._products:
            lent = lender.sources.get(group, {}).get(source.name)
            if lender.name != product.name or lent is None:
                continue
            found = sample_source(lender, group, _widened(lent, source))
            if found.origin == _NOTHING:
                continue
            try:
                return self._refit(found, source)
            except FixtureValueInvalid as problem:
                self.notes.append(
                    f"`{group}.{source.name}` has rows of its own in {product.version}: {problem}"
                )
                break
        return sample_source(product, group, source)

    @staticmethod
    def _refit(found: Sample, source: SourceTable) -> Sample:
        if source.schema is None:
            return found
        return replace(found, table=build_table(found.given, source.schema, lenient=True))


def _widened(lent: SourceTable, asking: SourceTable) -> SourceTable:
    """The lender's source with the columns that only the asking version declares."""
    if lent.schema is None or asking.schema is None:
        return lent
    known = lent.schema
    more = tuple(column for column in asking.schema.columns if known.column(column.name) is None)
    return replace(lent, schema=TableSchema(known.columns + more, known.keys))
