"""Proposed test cases as the text of a test file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from hansa.engines.sandbox import is_nested
from hansa.projects.roundtrip import quote_scalar
from hansa.testing.generation.proposals import Proposal
from hansa.testing.values import text_of_value

_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")
_BARE = ("INT", "DECIMAL", "DOUBLE", "FLOAT")


def cases_text(cases: Sequence[Proposal]) -> str:
    """The cases as entries of `unit_tests`, each with a note that asks for review."""
    return "".join(line for case in cases for line in _case(case))


def file_text(cases: Sequence[Proposal], before: str | None = None) -> str:
    """A test file with the cases at its end; what stood in it before stays as it is.

    `before` has to end with the list `unit_tests`, as hansa's own files do.
    """
    if not before or not before.strip():
        return f"unit_tests:\n{cases_text(cases)}"
    return f"{before.rstrip()}\n{cases_text(cases)}"


def _case(case: Proposal) -> Iterator[str]:
    shown = "; ".join(
        f"{goal.model} {one.line}:{one.column} {one.kind} {one.outcome}"
        for goal in case.goals
        for one in (goal.obligation,)
    )
    yield "  # review: generated; `expect` is what the model gives now, not what it should give\n"
    yield f"  # shows {shown}\n"
    yield f"  - name: {quote_scalar(case.name)}\n"
    yield f"    model: {quote_scalar(case.model)}\n"
    given = {read: rows for read, rows in case.rows.items() if rows}
    yield "    given:\n" if given else "    given: []\n"
    for read, rows in given.items():
        yield f"      - input: {quote_scalar(str(read))}\n"
        yield "        rows:\n"
        for row in rows:
            yield f"          - {_flow((name, _given(value)) for name, value in row.items())}\n"
    yield "    expect:\n"
    output = case.output
    yield "      rows:\n" if output.rows else "      rows: []\n"
    for cells in output.rows:
        texts = (
            (name, _expected(cell, kind))
            for name, kind, cell in zip(output.columns, output.types, cells, strict=True)
        )
        yield f"        - {_flow(texts)}\n"


def _flow(pairs: Any) -> str:
    return "{" + ", ".join(f"{_key(name)}: {text}" for name, text in pairs) + "}"


def _key(name: str) -> str:
    written = quote_scalar(name)
    return written if re.fullmatch(r"\w+|'.*'|\".*\"", written) else f"'{name}'"


def _given(value: Any) -> str:
    text = text_of_value(value, "VARCHAR")
    if text is None:
        return "null"
    return _quoted(text) if isinstance(value, str) else text


def _expected(text: str | None, kind: str) -> str:
    if text is None:
        return "null"
    is_number = any(word in kind for word in _BARE) and _NUMBER.match(text) is not None
    if not is_nested(kind) and (kind == "BOOLEAN" or is_number):
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    """A text inside braces, where commas and brackets end a plain one."""
    plain = quote_scalar(text)
    if plain != text or re.fullmatch(r"[\w.:+ /-]*\w", text):
        return plain
    return "'" + text.replace("'", "''") + "'"
