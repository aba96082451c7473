"""Errors of verbs, as a person reads them: whole standard error, exit code, nothing changed."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS, SALES


@dataclass(frozen=True)
class Case:
    """Commands that go well first, edits (file, old text, new text), and a refused command."""

    command: str
    code: int
    err: str
    cwd: str = "orders"
    before: tuple[tuple[str, str], ...] = ()
    edits: tuple[tuple[str, str, str], ...] = ()


PUBLISHED = (("publish", "orders"),)
LOCKED = (*PUBLISHED, ("lock", "sales"))
TWO_TARGETS = "targets:\n  one: duckdb:///a.duckdb\n  two: duckdb:///b.duckdb\n"
DEV = "targets:\n  dev: duckdb:///../warehouse.duckdb\n"
REMOVED = (
    ("orders/models/fct_orders.sql", "    customer,\n", ""),
    (
        "orders/contract.yaml",
        "      - {name: customer, logicalType: string, physicalType: varchar, required: true}\n",
        "",
    ),
    ("orders/tests/orders.yaml", "customer: ada, amount: 100, size", "amount: 100, size"),
    ("orders/tests/orders.yaml", "customer: unknown, amount: 99.99, size", "amount: 99.99, size"),
)

CASES = {
    "already-a-product": Case(
        "init",
        2,
        "error: `product.yaml` exists already\n"
        "hint: name another directory; `hansa init` overwrites nothing\n",
    ),
    "invalid-product-name": Case(
        "init new --name 9lives",
        2,
        "error: `9lives` cannot name a product: a product's name has lower-case letters, digits "
        "and single underscores, begins with a letter, and is at most 63 long\n"
        "hint: write a name such as sales or customer_orders\n",
    ),
    "contract-exists": Case(
        "contract infer",
        2,
        "error: contract.yaml lists tables already\n"
        "hint: run `hansa contract sync` to bring it up to date, or infer with `--force`\n",
    ),
    "no-public-model": Case(
        "contract infer --force --public fct_ordres",
        2,
        "error: no model matches `fct_ordres`\nhint: did you mean `fct_orders` or `stg_orders`?\n",
    ),
    "unknown-export-format": Case(
        "contract export --to protobuf",
        2,
        "error: `protobuf` is not a format for contracts\n"
        "hint: the formats are odcs, jsonschema, avro, sql, markdown\n",
    ),
    "not-locked": Case(
        "check",
        2,
        "error: product.yaml:5:3: no release is locked for `orders`\nhint: run `hansa lock`\n",
        "sales",
    ),
    "lock-outdated": Case(
        "check",
        2,
        "error: product.yaml:5:3: the requirement of `orders` changed since hansa.lock was "
        "written\nhint: run `hansa lock`\n",
        "sales",
        before=LOCKED,
        edits=(("sales/product.yaml", "orders: ^1.0", "orders: ^2.0"),),
    ),
    "lock-not-current": Case(
        "lock --locked",
        1,
        "error: hansa.lock is out of date for `orders`, and `--locked` was given\n"
        "hint: run `hansa lock` and commit hansa.lock\n",
        "sales",
        before=PUBLISHED,
    ),
    "not-required": Case(
        "remove orderz",
        2,
        "error: this product does not require `orderz`\nhint: required are: `orders`\n",
        "sales",
    ),
    "not-required by update": Case(
        "update orderz",
        2,
        "error: this product does not require `orderz`\nhint: required are: `orders`\n",
        "sales",
        before=LOCKED,
    ),
    "unknown-side": Case(
        "diff 1.0.0",
        2,
        "error: `1.0.0` is no product directory, release or git revision\n"
        "hint: write a product directory, product@version, git:REVISION, or "
        "git:REVISION:DIRECTORY\n",
    ),
    "invalid-version": Case(
        "version 1.0",
        2,
        "error: `1.0` is not a semantic version\n"
        "hint: write three numbers, such as 1.4.0 or 2.0.0-rc.1\n",
    ),
    "invalid-constraint": Case(
        "add orders@^x.y.z.1",
        2,
        "error: `^x.y.z.1` is not a version constraint\n"
        "hint: write a caret, tilde, comparison or exact constraint: ^1.2, ~1.2.3, >=1.2 <3, "
        "1.4.0\n",
        "sales",
        before=PUBLISHED,
    ),
    "invalid-release-name": Case(
        "yank orders",
        2,
        "error: `orders` does not name a release\n"
        "hint: write product@version, such as flights@1.4.0\n",
        before=PUBLISHED,
    ),
    "nothing-to-bump": Case(
        "version --bump",
        2,
        "error: `sales` has no release yet to bump from\n"
        "hint: publish the first release as it is, or set a version with `hansa version 1.0.0`\n",
        "sales",
        before=LOCKED,
    ),
    "publish-check-failed": Case(
        "publish",
        1,
        "error: contract.yaml:15:16: `orders@1.0.0` is not published: the contract promises "
        "column `amount` of `fct_orders`, but the SQL does not yield it\n"
        "hint: mend the findings; `hansa check` lists them again\n",
        edits=(("orders/models/fct_orders.sql", "    amount,\n", ""),),
    ),
    "publish-tests-failed": Case(
        "publish",
        1,
        "error: `orders@1.0.0` is not published: unit tests fail: `large_orders_start_at_100`\n"
        "hint: run `hansa test` to see the differences\n",
        edits=(("orders/models/fct_orders.sql", ">= 100", ">= 101"),),
    ),
    "version-too-low": Case(
        "publish",
        1,
        "error: `orders@1.1.0` is not published: since 1.0.0 the change is major (column "
        "`customer` of `fct_orders` is gone; queries that name it fail)\n"
        "hint: run `hansa version --bump` to declare 2.0.0, or undo what breaks readers\n",
        before=PUBLISHED,
        edits=(*REMOVED, ("orders/contract.yaml", "version: 1.0.0", "version: 1.1.0")),
    ),
    "version-already-published": Case(
        "publish",
        1,
        "error: `orders@1.0.0` is already published, and a version can be published once\n"
        "hint: nothing is left to do: the published release has the same content\n",
        before=PUBLISHED,
    ),
    "version-already-published with other content": Case(
        "publish",
        1,
        "error: `orders@1.0.0` is already published, and a version can be published once\n"
        "hint: raise the version with `hansa version --bump` and publish again\n",
        before=PUBLISHED,
        edits=(("orders/README.md", "# orders", "# all orders"),),
    ),
    "not-published": Case(
        "deploy",
        1,
        "error: `orders@1.1.0` is not published, and only releases are deployed\n"
        "hint: run `hansa publish`; `hansa build` computes a working copy without a release\n",
        before=PUBLISHED,
        edits=(("orders/contract.yaml", "version: 1.0.0", "version: 1.1.0"),),
    ),
    "no-target": Case(
        "status",
        2,
        "error: product.yaml: no target is named\n"
        "hint: add `targets: {dev: duckdb:///.hansa/dev.duckdb}`, or give `--target URL`\n",
        edits=(("orders/product.yaml", DEV, ""),),
    ),
    "no-target of several": Case(
        "status",
        2,
        "error: product.yaml: several targets are named, and none of them is called `dev`\n"
        "hint: choose one with `--target`: one, two\n",
        edits=(("orders/product.yaml", DEV, TWO_TARGETS),),
    ),
    "unknown-target": Case(
        "status --target dve",
        2,
        "error: product.yaml: there is no target `dve`\nhint: did you mean `dev`?\n",
    ),
    "invalid-line": Case(
        "retire orders",
        2,
        "error: `orders` names no major line\n"
        "hint: write a product and its major line, such as flights@1\n",
    ),
    "invalid-line to deprecate": Case(
        "deprecate orders",
        2,
        "error: `orders` names no major line\n"
        "hint: write a product and its major line, such as flights@1\n",
        before=PUBLISHED,
    ),
    "unknown-rule": Case(
        "explain column_remove",
        2,
        "error: there is no rule `column_remove`\n"
        "hint: did you mean `column_removed` or `column_renamed` or `column_reordered`?\n",
    ),
    "demo-directory-not-empty": Case(
        "demo --keep .",
        2,
        "error: `{here}` is not empty\nhint: name a directory that does not exist yet\n",
    ),
    "directory-missing": Case(
        "status -C nowhere",
        2,
        "error: the directory `nowhere` does not exist\n"
        "hint: name an existing directory with `-C`\n",
    ),
    "unknown-product": Case(
        "dependents orderz",
        2,
        "error: no product `orderz` is in the registry `{registry}`\n"
        "hint: did you mean `orders`?\n",
        before=PUBLISHED,
    ),
    "unknown-line": Case(
        "deprecate orders@3",
        2,
        "error: `orders` has no release of the major line `3`\nhint: its major lines are `1`\n",
        before=PUBLISHED,
    ),
    "unknown-release": Case(
        "yank orders@3.0.0",
        2,
        "error: `orders` has no release `3.0.0`\nhint: the newest versions of `orders` are 1.0.0\n",
        before=PUBLISHED,
    ),
    "registry-not-found": Case(
        "dependents orders",
        3,
        "error: there is no registry at `{registry}`\n"
        "hint: check `registry` in product.yaml; a first `hansa publish` creates the directory\n",
    ),
    "target-missing": Case(
        "status",
        3,
        "error: the target `duckdb:///../warehouse.duckdb` cannot be opened: there is no such "
        "file\nhint: run `hansa deploy` first\n",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_error_says_what_happened_and_what_to_do(
    name: str, tmp_path: Path, hansa: Hansa
) -> None:
    case = CASES[name]
    write_files(tmp_path / "orders", ORDERS)
    write_files(tmp_path / "sales", SALES)
    for command, cwd in case.before:
        assert hansa(command, cwd).code == 0
    for file, old, new in case.edits:
        text = (tmp_path / file).read_text()
        assert text.count(old) == 1, old
        (tmp_path / file).write_text(text.replace(old, new))
    before = product_files(tmp_path)
    outcome = hansa(case.command, case.cwd)
    expected = case.err.replace("{here}", str(tmp_path / case.cwd))
    expected = expected.replace("{registry}", str(tmp_path / "registry"))
    assert (outcome.code, outcome.out, outcome.err) == (case.code, "", expected)
    assert product_files(tmp_path) == before


def product_files(directory: Path) -> dict[str, bytes]:
    """What is in the products' own files, all that `.hansa` holds excepted."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for name in ("orders", "sales")
        for path in (directory / name).rglob("*")
        if path.is_file() and ".hansa" not in path.parts
    }


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments],
        cwd=directory,
        check=True,
        capture_output=True,
    )


def test_uncommitted_files_are_not_published(tmp_path: Path, hansa: Hansa) -> None:
    directory = write_files(tmp_path / "orders", ORDERS)
    git(directory, "init", "-q")
    git(directory, "add", ".")
    git(directory, "commit", "-q", "-m", "Begin")
    (directory / "README.md").write_text("# changed\n")
    outcome = hansa("publish", "orders")
    assert (outcome.code, outcome.out, outcome.err) == (
        1,
        "",
        "error: `orders@1.0.0` is not published: not committed: `README.md`\n"
        "hint: commit or remove them, or publish with `--allow-dirty`\n",
    )
    assert hansa("publish --allow-dirty", "orders").code == 0
