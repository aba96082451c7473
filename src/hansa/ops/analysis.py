"""Analysis of a product with the cache on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hansa.core.facts import ProductFacts
from hansa.core.product import Product
from hansa.ops.cache import DiskFacts
from hansa.sql.analysis import Interface, analyse_product


def analyse(
    product: Product,
    interfaces: Mapping[str, Interface],
    directory: Path | None,
    hansa_directory: Path,
) -> ProductFacts:
    """Facts of all models, from the cache in `hansa_directory` where nothing changed.

    `directory` is where files of sources lie, None for a product that came from a registry.
    """
    del directory
    cache = DiskFacts(hansa_directory / "cache" / "facts.db")
    facts = analyse_product(product, interfaces, cache)
    cache.save()
    return facts
