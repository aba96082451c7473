"""`hansa diff` and `hansa check` in the forms that other tools read, and over git."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES


def git(directory: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    command = ["git", *identity, "-c", "commit.gpgsign=false", "-C", str(directory), *arguments]
    subprocess.run(command, check=True, capture_output=True)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def change_orders(orders: Path) -> None:
    """Removes `amount` (waived), removes `size`, adds `big`, and describes the table anew."""
    contract = orders / "contract.yaml"
    lines = contract.read_text().splitlines()
    kept = [line for line in lines if "name: amount" not in line and "name: size" not in line]
    big = "      - {name: big, logicalType: boolean, physicalType: boolean}"
    contract.write_text("\n".join([*kept, big]) + "\n")
    edit(contract, "One row per order.", "One row per order, ever.")
    edit(contract, "version: 1.0.0", "version: 1.1.0")
    model = "select id, customer, amount >= 100 as big from stg_orders\n"
    (orders / "models/fct_orders.sql").write_text(model)
    edit(orders / "tests/orders.yaml", ", amount: 100, size: large", ", big: true")
    edit(orders / "tests/orders.yaml", ", amount: 99.99, size: small", ", big: false")
    with (orders / "product.yaml").open("a") as file:
        file.write(
            "policy:\n  waivers:\n    - {rule: column_removed, table: fct_orders, "
            'column: amount, reason: "nobody, we asked: 100%", version: 1.1.0}\n'
        )


@pytest.fixture
def repository(tmp_path: Path, hansa: Hansa) -> Path:
    """A repository with orders in a folder; what changed since `main` is not committed."""
    root = tmp_path / "repository"
    orders = write_files(root / "products/orders", ORDERS)
    (root / ".gitignore").write_text(".hansa/\n")
    git(tmp_path, "init", "-q", "-b", "main", str(root))
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    change_orders(orders)
    return root


TEXT = """\
major [column_removed] git:main/contract.yaml:15:16: column `amount` of `fct_orders` is gone; \
queries that name it fail
  waived: nobody, we asked: 100%
major [column_removed] git:main/contract.yaml:16:16: column `size` of `fct_orders` is gone; \
queries that name it fail
  hint: keep `size` for this major line with `deprecated: true`, and remove it in the next one
minor [column_added] {label}contract.yaml:15:16: column `big` of `fct_orders` is new, \
of type boolean
patch [description_changed] {label}contract.yaml:9:11: the description of table `fct_orders` changed
orders: the change since 1.0.0 is major, so 1.1.0 is too low: it requires 2.0.0
"""


def test_git_revisions_are_compared_without_a_checkout(repository: Path, hansa: Hansa) -> None:
    git(repository, "tag", "v1")
    inside = "repository/products/orders"
    text = hansa("diff git:main .", inside).out
    assert text == TEXT.format(label="")
    # from elsewhere, the product is the one in the directory that is named
    assert hansa("diff git:main products/orders", "repository").out == TEXT.format(
        label="products/orders/"
    )
    assert hansa("diff git:main", "repository/products/orders").out == text
    assert hansa("diff git:v1 -C repository/products/orders").out == TEXT.replace(
        "git:main", "git:v1"
    ).format(label="repository/products/orders/")
    assert hansa("diff git:v1 git:main", inside).out == "orders: nothing changed since 1.0.0\n"
    assert hansa("diff git:v1:products/orders git:main:products/orders", "repository").out == (
        "orders: nothing changed since 1.0.0\n"
    )
    status = subprocess.run(
        ["git", "-C", str(repository), "status", "--porcelain"], capture_output=True, text=True
    )
    assert status.stdout.splitlines() == [
        f" M products/orders/{name}"
        for name in ("contract.yaml", "models/fct_orders.sql", "product.yaml", "tests/orders.yaml")
    ]


def test_a_revision_is_analysed_with_its_own_lockfile(tmp_path: Path, hansa: Hansa) -> None:
    orders = write_files(tmp_path / "orders", ORDERS)
    sales = write_files(tmp_path / "sales", SALES)
    assert hansa("publish", orders).code == 0
    assert hansa("lock", sales).code == 0
    git(tmp_path, "init", "-q", "-b", "main", str(sales))
    git(sales, "add", "product.yaml", "contract.yaml", "hansa.lock", "models", "tests")
    git(sales, "commit", "-q", "-m", "first")
    for old, new in (("fct_orders", "sold_orders"), ("version: 1.0.0", "version: 2.0.0")):
        edit(orders / "contract.yaml", old, new)
    (orders / "models/fct_orders.sql").rename(orders / "models/sold_orders.sql")
    edit(orders / "tests/orders.yaml", "fct_orders", "sold_orders")
    assert hansa("publish", orders).code == 0
    edit(sales / "product.yaml", "^1.0", "^2.0")
    for file in ("models/customer_sales.sql", "tests/sales.yaml"):
        edit(sales / file, "fct_orders", "sold_orders")
    assert hansa("lock", sales).code == 0
    found = hansa("diff git:main . --format json", sales)
    assert found.code == 0, found.err
    assert {change["rule"] for change in found.json["changes"]} >= {"requirement_major_changed"}
    assert hansa("diff git:main git:main", sales).out == "sales: nothing changed since 1.0.0\n"


SIDE_ERRORS = {
    "git:nope": (
        "error: `nope` is not a revision of this git repository\n"
        "hint: name a commit, branch or tag that `git log` shows\n"
    ),
    "git:main:nowhere": (
        "error: there is no product.yaml in `git:main`\n"
        "hint: run `hansa init` to start a product here\n"
    ),
    "nowhere": (
        "error: `nowhere` is no product directory, release or git revision\n"
        "hint: write a product directory, product@version, git:REVISION, "
        "or git:REVISION:DIRECTORY\n"
    ),
}


def test_a_side_that_is_nothing_is_told(repository: Path, hansa: Hansa) -> None:
    for side, expected in SIDE_ERRORS.items():
        outcome = hansa(f"diff {side} .", "repository/products/orders")
        assert (outcome.code, outcome.out, outcome.err) == (2, "", expected)


def test_github_annotations_stand_in_the_working_tree(
    repository: Path, hansa: Hansa, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = "products/orders/contract.yaml"
    expected = f"""\
::notice file={file},title=column_removed::column `amount` of `fct_orders` is gone; \
queries that name it fail%0Awaived: nobody, we asked: 100%25
::error file={file},title=column_removed::column `size` of `fct_orders` is gone; queries that \
name it fail%0Ahint: keep `size` for this major line with `deprecated: true`, and remove it in \
the next one
::warning file={file},line=15,col=16,title=column_added::column `big` of `fct_orders` is new, \
of type boolean
::notice file={file},line=9,col=11,title=description_changed::the description of table \
`fct_orders` changed
::error file={file},title=version_too_low::orders: the change since 1.0.0 is major, so 1.1.0 is \
too low: it requires 2.0.0%0Ahint: run `hansa version --bump`, or undo what breaks readers
"""
    assert hansa("diff git:main products/orders --format github", "repository").out == expected
    monkeypatch.setenv("GITHUB_WORKSPACE", str(repository))
    inside = repository / "products/orders"
    assert hansa("diff git:main . --format github", inside).out == expected
    assert hansa(f"diff git:main {inside} --format github", inside).out == expected


def test_sarif_results_stand_in_the_working_tree(repository: Path, hansa: Hansa) -> None:
    document = hansa("diff git:main products/orders --format sarif", "repository").json
    results = document["runs"][0]["results"]
    physical = [result["locations"][0]["physicalLocation"] for result in results]
    assert {place["artifactLocation"]["uri"] for place in physical} == {
        "products/orders/contract.yaml"
    }
    assert [
        (result["ruleId"], result["level"], place.get("region"), result.get("suppressions"))
        for result, place in zip(results, physical, strict=True)
    ] == [
        (
            "column_removed",
            "error",
            None,
            [{"kind": "external", "justification": "nobody, we asked: 100%"}],
        ),
        ("column_removed", "error", None, None),
        ("column_added", "warning", {"startLine": 15, "startColumn": 16}, None),
        ("description_changed", "note", {"startLine": 9, "startColumn": 11}, None),
        ("version_too_low", "error", None, None),
    ]


MARKDOWN = """\
# orders

## 1.1.0 (DAY)

### Breaking changes

- Column `size` of `fct_orders` is gone; queries that name it fail.

### Accepted by the owner

- Column `amount` of `fct_orders` is gone; queries that name it fail. \
Reason: Nobody, we asked: 100%.

### New

- Column `big` of `fct_orders` is new, of type boolean.

### Small changes

- The description of table `fct_orders` changed.

orders: the change since 1.0.0 is major, so 1.1.0 is too low: it requires 2.0.0.
"""


def test_markdown_groups_the_changes_by_level(repository: Path, hansa: Hansa) -> None:
    text = hansa("diff git:main --format markdown", "repository/products/orders").out
    assert re.sub(r"\(\d{4}-\d\d-\d\d\)", "(DAY)", text) == MARKDOWN


def test_check_answers_in_the_same_forms(repository: Path, hansa: Hansa) -> None:
    orders = repository / "products/orders"
    edit(orders / "models/fct_orders.sql", "select id", "select id::bigint as id")
    found = hansa("check --no-compare -C products/orders --format github", "repository")
    assert (found.code, found.out, found.err) == (
        1,
        "::error file=products/orders/contract.yaml,line=13,col=16,title=column_type_differs::"
        "column `id` of `fct_orders` is declared integer, but the SQL yields bigint%0A"
        "hint: cast it to integer in models/fct_orders.sql, or run `hansa contract sync`\n",
        "",
    )
    document = hansa("check --no-compare -C products/orders --format sarif", "repository").json
    assert [result["ruleId"] for result in document["runs"][0]["results"]] == [
        "column_type_differs"
    ]


def test_files_that_cannot_be_read_are_findings_too(repository: Path, hansa: Hansa) -> None:
    (repository / "products/orders/product.yaml").write_text("name: orders\nownr: x\n")
    found = hansa("check -C products/orders --format github", "repository")
    assert found.code == 2
    assert found.err == ""
    assert found.out.startswith("::error file=products/orders/product.yaml,line=")
    document = hansa("check -C products/orders --format sarif", "repository").json
    assert len(document["runs"][0]["results"]) == len(found.out.splitlines())
