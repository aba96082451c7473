"""The page of errors: every slug is explained once, and no other is."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from scripts.errors_page import PAGE, capitalize, error_classes, errors_page, read_lines

CLASSES = error_classes()
SLUGS = Counter(cls.slug for cls in CLASSES)
# one thing that can go wrong in two layers that do not know each other


def test_every_slug_is_of_one_error() -> None:
    assert {slug for slug, count in SLUGS.items() if count > 1} == set()


def test_every_error_has_a_slug_of_its_own() -> None:
    assert [cls for cls in CLASSES if "slug" not in vars(cls)] == []


def test_every_slug_is_explained_and_no_other() -> None:
    lines = read_lines()
    assert sorted(lines) == sorted(SLUGS)
    assert {slug for slug, texts in lines.items() if len(texts) > 1} == set()


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == errors_page(), "run python scripts/errors_page.py"


def test_every_slug_is_an_anchor() -> None:
    headings = re.findall(r"^### (.*)$", errors_page(), re.MULTILINE)
    assert sorted(headings) == sorted(SLUGS)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("a text is long.", "A text is long."),
        ("hansa.lock is old.", "hansa.lock is old."),
        ("`--locked` was given.", "`--locked` was given."),
    ],
)
def test_a_line_becomes_a_sentence(line: str, sentence: str) -> None:
    assert capitalize(line) == sentence


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_exit_codes_are_those_of_the_design(cls: type) -> None:
    assert cls.exit_code in (1, 2, 3)  # type: ignore[attr-defined]
