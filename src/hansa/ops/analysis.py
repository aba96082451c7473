"""Analysis of a product with the cache on disk."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from hansa.core.facts import Fingerprints, Input, ProductFacts
from hansa.core.product import Product
from hansa.ops.cache import DiskFacts
from hansa.ops.read_ahead import processes_of, read_ahead
from hansa.sql.analysis import Interface, analyse_product, prove_product

Interfaces = Mapping[str, Interface]


def analyse(product: Product, interfaces: Interfaces, hansa_directory: Path) -> ProductFacts:
    """Facts of all models, from the cache in `hansa_directory` where nothing changed."""
    cache = _cache_in(hansa_directory)
    read_ahead(product, interfaces, cache, processes_of(os.environ))
    facts = analyse_product(product, interfaces, cache)
    cache.save()
    return facts


def prove(
    product: Product, facts: ProductFacts, interfaces: Interfaces, hansa_directory: Path
) -> ProductFacts:
    """The facts with fingerprints of the public tables, cached in the same way."""
    cache = _cache_in(hansa_directory)
    proven = prove_product(product, facts, interfaces, cache)
    cache.save()
    return proven


def prove_held(
    product: Product,
    facts: ProductFacts,
    interfaces: Interfaces,
    hansa_directory: Path,
    marks: Mapping[Input, str],
    models: Collection[str],
) -> Mapping[str, Fingerprints]:
    """Fingerprints of models where what the marked inputs hold decides, cached likewise."""
    cache = _cache_in(hansa_directory)
    proven = prove_product(product, facts, interfaces, cache, models, marks)
    cache.save()
    return proven.fingerprints


def _cache_in(hansa_directory: Path) -> DiskFacts:
    return DiskFacts(hansa_directory / "cache" / "facts.db")
