from __future__ import annotations

import pytest

from hansa.projects.load import load_product
from hansa.projects.odcs import validate_odcs
from hansa.projects.scaffold import InvalidProductName, new_product_files, suggested_name
from hansa.projects.tree import MemoryTree


@pytest.mark.parametrize("team", ["sales-data", "Sales: 'EU' #1", "null", "42"])
def test_a_new_product_loads(team: str) -> None:
    texts = new_product_files("my_sales", team, "sales@example.com")
    files = {path: text.encode() for path, text in texts.items()}
    product = load_product(MemoryTree(files))
    assert (product.name, product.owner.team, product.owner.contact) == (
        "my_sales",
        team,
        "sales@example.com",
    )
    assert {name: model.public for name, model in product.models.items()} == {
        "daily_orders": True,
        "stg_orders": False,
    }
    assert {test.model for test in product.tests} == {"daily_orders"}
    assert validate_odcs(files["contract.yaml"], "contract.yaml") == ()
    assert ".hansa/" in texts[".gitignore"]
    assert product.sources["raw"]["orders"].path in texts


def test_a_new_product_may_have_another_dialect() -> None:
    texts = new_product_files("sales", "a", dialect="postgres")
    assert load_product(MemoryTree({p: t.encode() for p, t in texts.items()})).dialect == "postgres"


@pytest.mark.parametrize("name", ["Sales", "1st", "a__b", "", "a" * 64, "a-b"])
def test_a_name_that_cannot_be_a_product_is_refused(name: str) -> None:
    with pytest.raises(InvalidProductName) as caught:
        new_product_files(name)
    assert str(caught.value).startswith(f"`{name}` cannot name a product: ")
    assert caught.value.hint == "write a name such as sales or customer_orders"


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        ("sales", "sales"),
        ("My Sales-2026", "my_sales_2026"),
        ("2026 sales", "sales"),
        ("a__b", "a_b"),
        ("größe", "gr_e"),
        ("été", "t"),
        ("...", ""),
    ],
)
def test_a_name_is_suggested_from_the_directory(directory: str, expected: str) -> None:
    assert suggested_name(directory) == expected
