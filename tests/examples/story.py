"""The example products as they are at one point of their story, loaded and analysed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hansa.core.facts import ProductFacts
from hansa.core.product import Product
from hansa.projects.edit import set_version
from hansa.projects.load import load_product
from hansa.projects.tree import DirectoryTree
from hansa.sql.analysis import Interface, analyse_product, prove_product

EXAMPLES = Path(__file__).parents[2] / "examples" / "flights"
PRODUCTS = ("reference", "fleet", "weather", "flights", "punctuality")

# each point of the story with the changes that were copied over the products until then
POINTS = {
    "first releases": (),
    "a column more": ("flights-1.1.0",),
    "late means 30 minutes": ("flights-1.1.0", "flights-2.0.0", "punctuality-2.0.0"),
}


@dataclass(frozen=True)
class Analysed:
    """One product with everything that is known about it before its data."""

    product: Product
    facts: ProductFacts
    interfaces: Mapping[str, Interface]


def assemble(directory: Path, *changes: str) -> Path:
    """Copy the five products into a directory and apply changes; returns the directory."""
    for product in PRODUCTS:
        skipped = shutil.ignore_patterns(".hansa", "hansa.lock")
        shutil.copytree(EXAMPLES / product, directory / product, ignore=skipped)
    for change in changes:
        product, _, _ = change.partition("-")
        source = EXAMPLES / "changes" / change
        shutil.copytree(source, directory / product, dirs_exist_ok=True)
        declare(directory / product / "contract.yaml", change)
    return directory


def declare(contract: Path, change: str) -> None:
    """Declare the version that a change is named after; the story may leave that to its teams."""
    version = change.partition("-")[2]
    if version[0].isdigit():
        contract.write_text(set_version(contract.read_text("utf-8"), version), "utf-8")


def analyse_all(directory: Path) -> dict[str, Analysed]:
    """All five products, each analysed against the contracts of those it requires."""
    analysed: dict[str, Analysed] = {}
    for name in PRODUCTS:
        product = load_product(DirectoryTree(directory / name))
        interfaces = {
            requirement.product: interface_of(analysed[requirement.product].product)
            for requirement in product.requires
        }
        facts = prove_product(product, analyse_product(product, interfaces), interfaces)
        analysed[name] = Analysed(product, facts, interfaces)
    return analysed


def interface_of(product: Product) -> Interface:
    """What others may read of a product."""
    return Interface(
        {table.name: table.schema for table in product.contract.tables},
        frozenset(model.name for model in product.models.values() if not model.public),
    )
