"""The pages about product.yaml and contract.yaml against what is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hansa.projects import contract_shapes, product_file
from hansa.projects.decoding import Reader, Shape
from hansa.projects.product_file import read_product_file

DOCS = Path(__file__).parents[2] / "docs"
PRODUCT = (DOCS / "product-yaml.md").read_text(encoding="utf-8")
CONTRACT = (DOCS / "contract.md").read_text(encoding="utf-8")
SHAPES = {found.what: found for found in vars(product_file).values() if isinstance(found, Shape)}


def tables() -> dict[str, dict[str, str]]:
    """The keys of each section with their meaning."""
    found = {}
    for section in re.split(r"^## ", PRODUCT, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        found[title] = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", body, re.MULTILINE))
    return found


def test_every_part_of_product_yaml_has_a_section() -> None:
    assert sorted(tables()) == sorted(SHAPES)


@pytest.mark.parametrize("part", SHAPES)
def test_every_key_of_product_yaml_is_explained(part: str) -> None:
    explained = tables()[part]
    assert sorted(explained) == sorted(SHAPES[part].fields)
    required = {key for key, meaning in explained.items() if meaning.startswith("required")}
    assert required == set(SHAPES[part].required)


def test_the_example_of_product_yaml_is_valid() -> None:
    example = re.findall(r"^```yaml\n(.*?)^```$", PRODUCT, re.MULTILINE | re.DOTALL)[0]
    reader = Reader("product.yaml")
    found = read_product_file(example.encode(), reader)
    assert reader.findings == []
    assert found.name == "punctuality"


def test_every_key_of_the_contract_page_is_read() -> None:
    known = {
        key
        for shape in vars(contract_shapes).values()
        if isinstance(shape, Shape)
        for key in shape.fields
    }
    table = CONTRACT.split("| key |")[1].split("\n\n")[0]
    first_cells = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)[1:]
    named = {key for cell in first_cells for key in re.findall(r"\w+", cell.replace("`", " "))}
    assert named - known == set()
    options = CONTRACT.split("`properties[].logicalTypeOptions` | ")[1].split("\n")[0]
    assert set(re.findall(r"`(\w+)`", options)) <= set(contract_shapes.OPTIONS.fields)
