"""How far the constructs of a query reach in its text."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from hansa.sql.coverage.obligations import Obligation
from hansa.sql.parse import find_dialect

_OPENING = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE)
_CLOSING = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE)
_JOIN_WORDS = frozenset(
    {
        TokenType.JOIN,
        TokenType.LEFT,
        TokenType.RIGHT,
        TokenType.FULL,
        TokenType.INNER,
        TokenType.CROSS,
        TokenType.NATURAL,
        TokenType.ASOF,
    }
)
_CLAUSES = frozenset(
    {
        TokenType.FROM,
        TokenType.WHERE,
        TokenType.GROUP_BY,
        TokenType.HAVING,
        TokenType.QUALIFY,
        TokenType.WINDOW,
        TokenType.ORDER_BY,
        TokenType.LIMIT,
        TokenType.OFFSET,
        TokenType.FETCH,
        TokenType.UNION,
        TokenType.EXCEPT,
        TokenType.INTERSECT,
        TokenType.SEMICOLON,
    }
)
_ENDS_ITEM = _CLAUSES | _JOIN_WORDS | {TokenType.COMMA, TokenType.ON, TokenType.USING}
_ENDS_ARM = frozenset({TokenType.WHEN, TokenType.ELSE, TokenType.END})
_ENDS_CONDITION = (
    _ENDS_ITEM
    | _ENDS_ARM
    | {
        TokenType.AND,
        TokenType.OR,
        TokenType.THEN,
        TokenType.ALIAS,
        TokenType.ASC,
        TokenType.DESC,
    }
)
# a condition as a column is one construct with all its parts
_ENDS_WHOLE = _ENDS_CONDITION - {TokenType.AND, TokenType.OR}
# constructs that are one word, and calls that end with their parenthesis
_WORDS = ("distinct", "set")
_CALLS = ("coalesce", "nullif", "aggregate", "window")
_AFTER_CALL = ("FILTER", "OVER", "WITHIN", "WITHIN GROUP", "IGNORE", "RESPECT", "NULLS", "GROUP")


@dataclass(frozen=True, slots=True, order=True)
class Extent:
    """A stretch of a text, from its first character to the one after its last."""

    start: int
    end: int


class Extents:
    """Finds where a construct ends by its words; what it cannot tell ends with its first one."""

    def __init__(self, text: str, dialect: str) -> None:
        try:
            self._tokens: list[Token] = list(find_dialect(dialect).tokenize(text))
        except SqlglotError:
            self._tokens = []  # a model that cannot be read has a place, and no words
        self._starts = [token.start for token in self._tokens]
        self._lines = [0, *(place + 1 for place, one in enumerate(text) if one == "\n")]
        self._length = len(text)

    def offset(self, line: int, column: int) -> int:
        """The offset of a 1-based line and column; the text's end where there is no such line."""
        if not 0 < line <= len(self._lines):
            return self._length
        return min(self._lines[line - 1] + column - 1, self._length)

    def line_of(self, offset: int) -> int:
        """The 1-based line of an offset."""
        return bisect_right(self._lines, offset)

    def of(self, obligation: Obligation) -> Extent:
        """The construct of an obligation."""
        start = self.offset(obligation.line, obligation.column)
        index = bisect_right(self._starts, start) - 1
        if index < 0 or self._tokens[index].end < start:
            return Extent(start, min(start + 1, self._length))
        last = max(self._last(index, obligation.kind), index)
        return Extent(start, int(self._tokens[last].end) + 1)

    def _last(self, index: int, kind: str) -> int:
        """The index of a construct's last token."""
        first = self._tokens[index].token_type
        if kind in _WORDS or first is TokenType.END:
            return index
        if kind == "case" and first in _ENDS_ARM:
            return self._until(index + 1, _ENDS_ARM)
        if kind in _CALLS or kind == "case":
            return self._call(index)
        if kind in ("group", "limit"):
            return self._until(index + 1, _CLAUSES)
        if kind == "join":
            return self._until(index + 1, _ENDS_ITEM)
        return self._until(index, _ENDS_WHOLE if kind == "boolean" else _ENDS_CONDITION)

    def _until(self, index: int, ends: frozenset[TokenType]) -> int:
        """The last token before one of these that stands outside of brackets and inner CASEs."""
        depth = cases = betweens = 0
        for place in range(index, len(self._tokens)):
            kind = self._tokens[place].token_type
            if kind in _OPENING:
                depth += 1
            elif kind in _CLOSING:
                depth -= 1
                if depth < 0:
                    return place - 1
            elif depth:
                continue
            elif kind is TokenType.CASE:
                cases += 1
            elif cases:
                cases -= kind is TokenType.END
            elif kind is TokenType.BETWEEN:
                betweens += 1
            elif kind is TokenType.AND and betweens:
                betweens -= 1
            elif kind in ends and not self._is_another_word(place):
                return place - 1
        return len(self._tokens) - 1

    def _is_another_word(self, index: int) -> bool:
        """IS DISTINCT FROM is no clause, and LEFT(…) no join."""
        kind = self._tokens[index].token_type
        if kind is TokenType.FROM:
            return index > 0 and self._tokens[index - 1].token_type is TokenType.DISTINCT
        return kind in _JOIN_WORDS and self._opens(index + 1)

    def _call(self, index: int) -> int:
        """The end of `name(…)`, with the clauses that may follow an aggregate's call."""
        place = index + 1
        while not self._opens(place):
            if place >= len(self._tokens) or self._tokens[place].token_type is not TokenType.DOT:
                return index
            place += 2
        last = self._closing(place)
        while last + 1 < len(self._tokens):
            following = self._tokens[last + 1]
            if following.text.upper() not in _AFTER_CALL:
                break
            last += 1
            if self._opens(last + 1):
                last = self._closing(last + 1)
            elif following.text.upper() == "OVER":
                last += 1
        return min(last, len(self._tokens) - 1)

    def _opens(self, index: int) -> bool:
        return index < len(self._tokens) and self._tokens[index].token_type is TokenType.L_PAREN

    def _closing(self, index: int) -> int:
        depth = 0
        for place in range(index, len(self._tokens)):
            kind = self._tokens[place].token_type
            depth += (kind in _OPENING) - (kind in _CLOSING)
            if not depth:
                return place
        return len(self._tokens) - 1
