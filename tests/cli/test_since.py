"""hansa test --coverage --since: the obligations on changed lines."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.conftest import Hansa, write_files
from tests.products import ORDERS

from hansa.registry.open import open_registry

MODEL = "models/fct_orders.sql"
ASSERTED = "asserted columns: 4 of 4 public columns (100%)\n"


def git(directory: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture(autouse=True)
def orders(tmp_path: Path) -> Path:
    """A repository whose only commit holds the product."""
    orders = write_files(tmp_path / "orders", {**ORDERS, ".gitignore": ".hansa/\n"})
    git(orders, "init", "--quiet")
    git(orders, "add", ".")
    git(orders, "commit", "--quiet", "--message", "begin")
    return orders


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def add_arm(orders: Path) -> None:
    """The second line of an arm is new, so the arm is about the change."""
    edit(orders / MODEL, "when amount", "when amount >= 500\n        then 'huge' when amount")


def test_only_what_is_about_new_lines_counts(hansa: Hansa, orders: Path) -> None:
    add_arm(orders)

    result = hansa("test --coverage --since HEAD", "orders")

    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "1 passed\n"
        "model       obligations  missed  cover  missing\n"
        "fct_orders            3       1    67%  6:10 case arm 1\n"
        "CHANGED               3       1    67%\n"
        "new or changed since git:HEAD: 2 lines of 1 model\n"
        "coverage of all models: 75%\n" + ASSERTED
    )


def test_the_gate_is_about_the_change(hansa: Hansa, orders: Path) -> None:
    assert hansa("test --since HEAD --fail-under 100", "orders").code == 0
    add_arm(orders)

    result = hansa("test --since HEAD --fail-under 70", "orders")

    assert result.code == 1
    assert result.err == (
        "error: coverage of the change: 66.66% is below the 70% asked for\n"
        "hint: add tests for the outcomes listed as missing\n"
    )
    assert hansa("test --fail-under 70", "orders").code == 0


def test_json_says_what_is_compared(hansa: Hansa, orders: Path) -> None:
    add_arm(orders)
    (orders / MODEL).rename(orders / "models/staging/fct_orders.sql")

    coverage = hansa("test --since git:HEAD --format json", "orders").json["coverage"]

    change = coverage["change"]
    (model,) = change["models"].values()
    assert coverage["percent"] == 75.0
    assert {key: value for key, value in change.items() if key != "models"} == {
        "since": "git:HEAD",
        "percent": 66.67,
        "met": 2,
        "total": 3,
        "unmeasurable": 0,
    }
    assert (model["path"], model["old_path"]) == ("models/staging/fct_orders.sql", MODEL)
    assert model["lines"] == [[6, 7]]
    assert [(one["line"], one["outcome"], one["status"]) for one in model["obligations"]] == [
        (6, "arm 1", "unmet"),
        (7, "arm 2", "met"),
        (7, "else", "met"),
    ]


def test_an_unchanged_line_of_a_changed_construct_counts(hansa: Hansa, orders: Path) -> None:
    edit(orders / MODEL, " then 'large'", "\n    then 'large'")
    git(orders, "commit", "--quiet", "--all", "--message", "wrap")
    edit(orders / MODEL, "    then 'large'", "    then 'larger'")

    change = hansa("test --since HEAD --format json", "orders").json["coverage"]["change"]

    (model,) = change["models"].values()
    assert model["lines"] == [[7, 7]]
    assert [(one["line"], one["outcome"]) for one in model["obligations"]] == [
        (6, "arm 1"),
        (7, "else"),
    ]


def test_nothing_changed(hansa: Hansa) -> None:
    result = hansa("test --since HEAD", "orders")

    assert result.out == (
        "1 passed\nno line of a model changed since git:HEAD\ncoverage of all models: 86%\n"
        + ASSERTED
    )


def test_a_release_is_compared_with_too(hansa: Hansa, orders: Path, tmp_path: Path) -> None:
    open_registry(str(tmp_path / "registry"), tmp_path, create=True).releases("orders")
    first = hansa("test --since release", "orders").out
    assert "new or changed as nothing is published yet: 13 lines of 2 models\n" in first
    assert hansa("publish", "orders").code == 0
    add_arm(orders)
    git(orders, "commit", "--quiet", "--all", "--message", "change")

    by_name = hansa("test --since orders@1.0.0", "orders").out
    newest = hansa("test --since release", "orders").out

    assert by_name == newest
    assert "new or changed since orders@1.0.0: 2 lines of 1 model\n" in newest


def test_a_model_that_was_no_sql_does_no_harm(hansa: Hansa, orders: Path) -> None:
    edit(orders / MODEL, "select", "selct")
    git(orders, "commit", "--quiet", "--all", "--message", "break")
    edit(orders / MODEL, "selct", "select")

    result = hansa("test --since HEAD", "orders")

    assert "new or changed since git:HEAD: 1 line of 1 model\n" in result.out


@pytest.mark.parametrize(
    ("since", "code", "said"),
    [
        ("nowhere", 2, "`nowhere` is not a revision of this git repository"),
        ("orders@9.0.0", 2, "`orders` has no release `9.0.0`"),
        ("HEAD@{99}", 2, "`HEAD@{99}`"),
    ],
)
def test_what_is_not_there_is_told(hansa: Hansa, since: str, code: int, said: str) -> None:
    assert hansa("publish", "orders").code == 0

    result = hansa(f"test --since {since}", "orders")

    assert (result.code, result.out) == (code, "")
    assert said in result.err
