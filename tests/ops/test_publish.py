"""What a publication says of the release, and the changelog that travels in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES

from hansa.core.release import ReleaseName
from hansa.ops.clock import today
from hansa.ops.workspace import Workspace


@pytest.fixture
def shop(tmp_path: Path, hansa: Hansa) -> Hansa:
    """orders 1.0.0, published, and its files."""
    write_files(tmp_path / "orders", ORDERS)
    assert hansa("publish", "orders").code == 0
    return hansa


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def add(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def changelog(tmp_path: Path, release: str) -> str:
    workspace = Workspace(tmp_path / "orders")
    opened = workspace.store.open_name(ReleaseName.parse(release))
    return opened.files["CHANGELOG.md"].decode().replace(today().isoformat(), "TODAY")


FIRST = "## 1.0.0 (TODAY)\n\nFirst release.\n"


def test_the_first_release_says_so(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    published = hansa("publish", "orders")
    assert published.out.startswith(
        f"published orders@1.0.0 to {tmp_path / 'registry'} (first release): 1 tests passed"
    )
    assert changelog(tmp_path, "orders@1.0.0") == f"# Changes of orders\n\n{FIRST}"


def test_level_and_baseline_are_named_and_entries_add_up(shop: Hansa, tmp_path: Path) -> None:
    edit(tmp_path / "orders/contract.yaml", "One row per order.", "One row per paid order.")
    assert shop("version --bump", "orders").code == 0
    assert " (patch since 1.0.0): " in shop("publish", "orders").out
    add(tmp_path / "orders/README.md", "\nMore words.\n")
    assert shop("version --bump", "orders").code == 0
    data = shop("publish --format json", "orders").json
    assert (data["baseline"], data["required"]) == ("1.0.1", "none")
    assert changelog(tmp_path, "orders@1.0.2") == (
        "# Changes of orders\n\n"
        "## 1.0.2 (TODAY)\n\nNo change that readers can tell.\n\n"
        "## 1.0.1 (TODAY)\n\n### Small changes\n\n"
        "- The description of table `fct_orders` changed.\n\n"
        f"{FIRST}"
    )


def test_waivers_and_fixes_stand_in_the_changelog(shop: Hansa, tmp_path: Path) -> None:
    directory = tmp_path / "orders"
    edit(directory / "models/fct_orders.sql", "amount >= 100", "amount > 100")
    edit(directory / "contract.yaml", "{minimum: 0}", "{minimum: -1}")
    add(
        directory / "product.yaml",
        """changes:
  - {version: 1.0.1, fix: {table: fct_orders}, reason: a hundred is not large}
policy:
  waivers:
    - {rule: bound_loosened, table: fct_orders, version: 1.0.1, reason: nobody relies on it}
    - {rule: column_removed, table: fct_orders, version: 1.0.1, reason: left over}
""",
    )
    edit(directory / "tests/orders.yaml", "amount: 100, size: large", "amount: 100, size: small")
    add(
        directory / "product.yaml",
        "    - {rule: published_test_removed, table: fct_orders, version: 1.0.1, reason: wrong}\n",
    )
    assert shop("version 1.0.1", "orders").code == 0
    published = shop("publish", "orders")
    assert published.code == 0, published.err
    assert "the waiver of `column_removed` for `fct_orders` in 1.0.1 meets no finding" in (
        published.out
    )
    entry = changelog(tmp_path, "orders@1.0.1")
    assert "### Accepted by the owner\n\n" in entry
    assert "Reason: Nobody relies on it." in entry
    assert "### Fixes\n\n- `fct_orders`: a hundred is not large." in entry


def test_a_policy_that_names_no_rule_is_refused(shop: Hansa, tmp_path: Path) -> None:
    add(tmp_path / "orders/product.yaml", "policy: {rules: {column_remove: patch}}\n")
    checked = shop("check --format json", "orders")
    assert checked.code == 1
    assert [
        (finding["rule"], finding["place"]["file"], finding["hint"].split(" or ")[0])
        for finding in checked.json["findings"]
        if finding["severity"] == "error"
    ] == [("unknown_rule", "product.yaml", "did you mean `column_removed`")]


def test_a_name_that_was_used_before_with_another_meaning(shop: Hansa, tmp_path: Path) -> None:
    directory = tmp_path / "orders"
    contract = (directory / "contract.yaml").read_text()
    lines = [line for line in contract.splitlines() if "name: size" not in line]
    (directory / "contract.yaml").write_text("\n".join(lines) + "\n")
    edit(
        directory / "models/fct_orders.sql",
        "    amount,\n    case when amount >= 100 then 'large' else 'small' end as size\n",
        "    amount\n",
    )
    for size in (", size: large", ", size: small"):
        edit(directory / "tests/orders.yaml", size, "")
    add(
        directory / "product.yaml",
        "policy:\n  waivers:\n"
        "    - {rule: column_removed, table: fct_orders, version: 1.1.0, reason: unread}\n",
    )
    assert shop("version 1.1.0", "orders").code == 0
    assert shop("publish", "orders").code == 0
    edit(directory / "models/fct_orders.sql", "    amount\n", "    amount,\n    1 as size\n")
    edit(
        directory / "contract.yaml",
        "logicalTypeOptions: {minimum: 0}}\n",
        "logicalTypeOptions: {minimum: 0}}\n"
        "      - {name: size, logicalType: integer, physicalType: integer}\n",
    )
    changes = shop("diff orders@1.1.0 --format json", "orders").json["changes"]
    assert ("column_name_reused", "size") in [
        (change["rule"], change["column"]) for change in changes
    ]


def test_a_release_states_the_figures_of_its_tests(tmp_path: Path, hansa: Hansa) -> None:
    write_files(tmp_path / "orders", ORDERS)
    data = hansa("publish --mutate --format json", "orders").json
    measured = hansa("test --coverage --mutate --format json", "orders").json
    percent = int(measured["mutation"]["percent"] * 100) / 100
    coverage, asserted = (
        measured["coverage"]["percent"],
        measured["coverage"]["asserted"]["percent"],
    )
    assert data["figures"]["coverage"] == pytest.approx(coverage, abs=0.01)
    assert data["figures"]["asserted"] == pytest.approx(asserted, abs=0.01)
    assert data["figures"]["mutation"] == pytest.approx(percent, abs=0.01)
    workspace = Workspace(tmp_path / "orders")
    release = workspace.registry.release(ReleaseName.parse("orders@1.0.0"))
    assert release.figures is not None
    assert release.figures.mutation == data["figures"]["mutation"]
    opened = workspace.store.open_name(ReleaseName.parse("orders@1.0.0"))
    facts = json.loads(opened.files["facts.json"])["tests"]
    assert sum(one["met"] for one in facts["coverage"].values()) == measured["coverage"]["met"]
    assert (
        sum(one["killed"] for one in facts["mutation"].values()) == (measured["mutation"]["killed"])
    )


WEAK = """unit_tests:
  - name: an_order_stays
    model: fct_orders
    given: [{input: raw.orders, rows: [{id: 1, customer: ada, amount: 7}]}]
    expect: {rows: [{id: 1, size: small}]}
"""


@pytest.mark.parametrize(
    ("key", "figure", "hint"),
    [
        ("obligations", "coverage", "hint: add tests for models/"),
        ("asserted", "asserted columns", "hint: add tests for `fct_orders."),
        ("mutation", "mutation score", "hint: add tests for models/"),
    ],
)
def test_a_figure_below_the_policy_is_refused(
    tmp_path: Path, hansa: Hansa, key: str, figure: str, hint: str
) -> None:
    write_files(tmp_path / "orders", ORDERS)
    (tmp_path / "orders/tests/orders.yaml").write_text(WEAK)
    add(tmp_path / "orders/product.yaml", f"policy: {{coverage: {{{key}: 99.5}}}}\n")
    refused = hansa("publish", "orders")
    assert refused.code == 1
    assert f"`orders@1.0.0` is not published: {figure} " in refused.err
    assert "is below the 99.5% that `policy.coverage` asks for" in refused.err
    assert hint in refused.err
    assert not (tmp_path / "registry").exists()


def test_what_owners_state_is_shown_to_those_who_require_it(shop: Hansa, tmp_path: Path) -> None:
    write_files(tmp_path / "sales", SALES)
    assert shop("lock", "sales").code == 0
    figures = shop("publish --dry-run --format json", "orders").json["figures"]
    words = f"coverage {figures['coverage']:.0f}%, asserted {figures['asserted']:.0f}%"
    assert words in shop("tree -v", "sales").out
    assert "coverage" not in shop("tree", "sales").out
    assert shop("tree --format json", "sales").json["requires"][0]["figures"] == figures
    edit(tmp_path / "orders/contract.yaml", "One row per order.", "One row per paid order.")
    assert shop("version --bump", "orders").code == 0
    assert shop("publish", "orders").code == 0
    assert words in " ".join(shop("outdated", "sales").out.split())
