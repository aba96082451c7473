"""Texts for the patterns of contracts."""

from __future__ import annotations

import re

import pytest

from hansa.testing.generation.patterns import texts_matching


@pytest.mark.parametrize(
    "pattern",
    [
        "^[A-Z0-9]{2}$",
        "^N[0-9]{1,5}[A-Z]{0,2}$",
        "^[A-Za-z]+/[A-Za-z_]+$",
        r"^(?:a|bc)\.x?[^a-z]\d+$",
        r"^[]a]-\w*\s$",
        "^a{2,}b??$",
    ],
)
def test_texts_match(pattern: str) -> None:
    texts = texts_matching(pattern, 3)

    assert len(set(texts)) == 3
    assert all(re.search(pattern, text) for text in texts)
    assert texts == texts_matching(pattern, 3)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)b",
        "[a",
        "a{999}",
        "*",
        "(a",
        "a)",
        r"\1",
        "(" * 30 + "a" + ")" * 30,
        "a" * 501,
        "((a{200}){200}){200}",
    ],
)
def test_what_is_not_understood_or_too_long_gives_none(pattern: str) -> None:
    assert texts_matching(pattern, 3) == ()
