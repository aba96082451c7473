"""Expressions over names, as pytest's `-k` has them: `late and not (ua or dl)`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from hansa.errors import InvalidInput

_TOKEN = re.compile(r"\s*(?:(?P<mark>[()])|(?P<word>[^\s()]+))")
_WORDS = frozenset({"and", "or", "not"})
# a person's expression; deeper ones would only meet the interpreter's limit
_DEEPEST = 50


class NameExpressionInvalid(InvalidInput):
    """An expression over names cannot be read."""

    slug = "name-expression-invalid"
    hint = "join parts of names with `and`, `or`, `not` and parentheses: `late and not ua`"

    def __init__(self, text: str, reason: str, column: int) -> None:
        self.text = text
        self.reason = reason
        self.column = column

    def __str__(self) -> str:
        return f"the expression `{self.text}` is wrong at character {self.column}: {self.reason}"


class _Token(NamedTuple):
    text: str
    column: int


@dataclass(frozen=True, slots=True)
class NameExpression:
    """A parsed expression; `text` is as it was written."""

    text: str
    root: _Node

    def matches(self, names: Iterable[str]) -> bool:
        """Whether it holds where a word stands for "is a part of one of these names"."""
        return self.root.holds([name.casefold() for name in names])


@dataclass(frozen=True, slots=True)
class _Node:
    """A part of a name, or `and`, `or` or `not` over other nodes."""

    kind: str
    word: str = ""
    parts: tuple[_Node, ...] = ()

    def holds(self, names: list[str]) -> bool:
        match self.kind:
            case "and":
                return all(part.holds(names) for part in self.parts)
            case "or":
                return any(part.holds(names) for part in self.parts)
            case "not":
                return not self.parts[0].holds(names)
        return any(self.word in name for name in names)


def parse_name_expression(text: str) -> NameExpression:
    """The expression that a text spells. Raises NameExpressionInvalid at the wrong character."""
    return NameExpression(text, _Parser(text).parse())


class _Parser:
    """One pass over the tokens; `not` binds closer than `and`, and `and` than `or`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def parse(self) -> _Node:
        node = self._either()
        if self._word() is not None:
            reason = (
                "no `(` belongs to this `)`"
                if self._word() == ")"
                else "`and` or `or` is missing here"
            )
            raise self._error(reason)
        return node

    def _either(self) -> _Node:
        return self._joined("or", self._both)

    def _both(self) -> _Node:
        return self._joined("and", self._one)

    def _joined(self, word: str, read: object) -> _Node:
        assert callable(read)
        parts = [read()]
        while self._word() == word:
            self._at += 1
            parts.append(read())
        return parts[0] if len(parts) == 1 else _Node(word, parts=tuple(parts))

    def _one(self) -> _Node:
        word = self._word()
        if word is None or word == ")" or word in ("and", "or"):
            raise self._error("a part of a name belongs here")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error("it is nested too deeply")
        if word == "not":
            self._at += 1
            node = _Node("not", parts=(self._one(),))
        elif word == "(":
            node = self._inside()
        else:
            node = _Node("name", self._tokens[self._at].text.casefold())
            self._at += 1
        self._depth -= 1
        return node

    def _inside(self) -> _Node:
        opened = self._tokens[self._at]
        self._at += 1
        node = self._either()
        if self._word() is None:
            raise NameExpressionInvalid(self._text, "this `(` is never closed", opened.column)
        if self._word() != ")":
            raise self._error("`and` or `or` is missing here")
        self._at += 1
        return node

    def _word(self) -> str | None:
        """The token that comes next, a keyword in lower case; None at the end."""
        if self._at >= len(self._tokens):
            return None
        text = self._tokens[self._at].text
        return text.lower() if text.lower() in _WORDS else text

    def _error(self, reason: str) -> NameExpressionInvalid:
        ended = self._at >= len(self._tokens)
        column = len(self._text) + 1 if ended else self._tokens[self._at].column
        return NameExpressionInvalid(self._text, reason, column)


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text.rstrip()):
        group = "mark" if found["mark"] else "word"
        yield _Token(found[group], found.start(group) + 1)
