"""Mutants in the model's own words: only the characters that change are others."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlglot.tokenizer_core import Token, TokenType

from hansa.errors import HansaError
from hansa.sql.parse import find_dialect, parse_select


class LineChange(NamedTuple):
    """Lines that differ, with the number of the first one, from 1; either side may be empty."""

    line: int
    before: tuple[str, ...]
    after: tuple[str, ...]


class _Hunk(NamedTuple):
    """Tokens `start` to `end` of the unchanged SQL, and `first` to `last` of the changed one."""

    start: int
    end: int
    first: int
    last: int


# How far a word may stand from where generated SQL has it: `x IS NOT NULL` is `NOT x IS NULL`.
_REACH = 40


class Rewriting:
    """Carries changes of a model's generated SQL over to the text that its author wrote.

    `generated` is the SQL of the tree without a change.
    """

    def __init__(self, text: str, dialect: str, file: str, generated: str) -> None:
        self._text = text
        self._dialect = dialect
        self._file = file
        self._tokens = _tokenize(text, dialect)
        self._generated = _Words(generated, dialect)
        self._places = self._aligned()

    def rewrite(self, changed: str) -> str | None:
        """The author's text with the change that makes `changed` of the generated SQL.

        None where the change cannot be located for certain: what is given is known to be read
        as the same query as `changed`.
        """
        words = _Words(changed, self._dialect)
        hunks = list(self._hunks(words))
        for attempt, tight in ((hunks, True), (hunks, False), (self._widened(hunks), False)):
            text = self._applied(attempt, words, tight=tight)
            if text is not None and self._reads_as(text, changed):
                return text
        return None

    def _aligned(self) -> dict[int, int]:
        """Which token of the text each token of the generated SQL is; some are none."""
        matcher = difflib.SequenceMatcher(
            None,
            list(_keys_of_author(self._tokens, self._text)),
            [_key(token, self._generated.text) for token in self._generated.tokens],
            autojunk=False,
        )
        return {
            block.b + step: block.a + step
            for block in matcher.get_matching_blocks()
            for step in range(block.size)
        }

    def _hunks(self, changed: _Words) -> Iterator[_Hunk]:
        before, after = self._generated.words, changed.words
        start = 0
        while start < min(len(before), len(after)) and before[start] == after[start]:
            start += 1
        ends = [len(before), len(after)]
        while min(ends) > start and before[ends[0] - 1] == after[ends[1] - 1]:
            ends = [ends[0] - 1, ends[1] - 1]
        middle = difflib.SequenceMatcher(
            None, before[start : ends[0]], after[start : ends[1]], autojunk=False
        )
        for tag, first, last, other, otherwise in middle.get_opcodes():
            if tag != "equal":
                yield _Hunk(start + first, start + last, start + other, start + otherwise)

    def _widened(self, hunks: Sequence[_Hunk]) -> list[_Hunk]:
        """One hunk for all, up to the next token of the text that generated SQL has elsewhere."""
        if not hunks:
            return []
        start, end = hunks[0].start, hunks[-1].end
        for further in range(_REACH):
            at = end + further
            one, other = self._places.get(at - 1), self._places.get(at)
            if one is not None and other is not None and other > one + 1:
                return [_Hunk(start, at, hunks[0].first, hunks[-1].last + further)]
        return []

    def _applied(self, hunks: Sequence[_Hunk], words: _Words, *, tight: bool) -> str | None:
        text = self._text
        limit = len(self._tokens)
        for hunk in reversed(hunks):
            stretch = self._stretch(hunk, tight=tight)
            if stretch is None or stretch[1] > limit:
                return None
            limit = stretch[0]
            text = self._spliced(text, *stretch, words.between(hunk.first, hunk.last))
        return text

    def _stretch(self, hunk: _Hunk, *, tight: bool) -> tuple[int, int] | None:
        """The tokens of the text to be replaced; without `tight` all between known neighbours."""
        inner = [self._places.get(at) for at in range(hunk.start, hunk.end)]
        if tight and inner and None not in (inner[0], inner[-1]):
            return inner[0], inner[-1] + 1  # type: ignore[return-value, operator]
        left = -1 if hunk.start == 0 else self._places.get(hunk.start - 1)
        last = hunk.end == len(self._generated.tokens)
        right = len(self._tokens) if last else self._places.get(hunk.end)
        if tight and not inner and (left, right) != (None, None):
            place = right if left is None else left + 1
            return place, place  # type: ignore[return-value]
        if left is None or right is None or right <= left:
            return None
        return left + 1, right

    def _spliced(self, text: str, start: int, end: int, new: str) -> str:
        if start == end:
            return self._inserted(text, start, new) if new else text
        first, last = self._tokens[start].start, self._tokens[end - 1].end + 1
        if not new:
            return _without(text, first, last)
        return text[:first] + new + text[last:]

    def _inserted(self, text: str, at: int, new: str) -> str:
        if new.endswith("(") and at < len(self._tokens):
            place = self._tokens[at].start
            return text[:place] + new + text[place:]
        place = self._tokens[at - 1].end + 1 if at else 0
        gap = "" if new[0] in "),." or text[place - 1 : place] == "(" else " "
        follows = text[place : place + 1]
        after = "" if not follows or follows.isspace() or follows in "),;" else " "
        return text[:place] + gap + new + after + text[place:]

    def _reads_as(self, text: str, changed: str) -> bool:
        try:
            tree = parse_select(text, self._dialect, self._file)
        except HansaError:
            return False
        return tree.sql(dialect=self._dialect, comments=False) == changed


class _Words:
    """Generated SQL as tokens, and as the words that it is written in."""

    def __init__(self, text: str, dialect: str) -> None:
        self.text = text
        self.tokens = _tokenize(text, dialect)
        self.words = [text[token.start : token.end + 1] for token in self.tokens]

    def between(self, start: int, end: int) -> str:
        if start == end:
            return ""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end + 1]


def differing_lines(before: str, after: str) -> tuple[LineChange, ...]:
    """The lines in which two texts differ, without those around them."""
    old, new = before.splitlines(), after.splitlines()
    return tuple(
        LineChange(first + 1, tuple(old[first:last]), tuple(new[other:otherwise]))
        for tag, first, last, other, otherwise in difflib.SequenceMatcher(
            None, old, new, autojunk=False
        ).get_opcodes()
        if tag != "equal"
    )


def _tokenize(text: str, dialect: str) -> list[Token]:
    return list(find_dialect(dialect).tokenize(text))


def _keys_of_author(tokens: Sequence[Token], text: str) -> Iterator[object]:
    """The keys of tokens; the type in `DATE '2013-01-01'` is no token of generated SQL."""
    for number, token in enumerate(tokens):
        follows = tokens[number + 1].token_type if number + 1 < len(tokens) else None
        if follows is TokenType.STRING and token.token_type in _TYPES_OF_LITERALS:
            yield number
        else:
            yield _key(token, text)


_TYPES_OF_LITERALS = frozenset({TokenType.DATE, TokenType.TIME, TokenType.TIMESTAMP})


def _key(token: Token, text: str) -> tuple[TokenType | None, str]:
    """What makes two tokens the same, however they are written."""
    if token.token_type is TokenType.STRING:
        return token.token_type, text[token.start : token.end + 1]
    if token.token_type in (TokenType.IDENTIFIER, TokenType.VAR):
        return None, token.text.casefold()
    if token.token_type is TokenType.NEQ:
        return token.token_type, ""
    return None, token.text.casefold()


def _without(text: str, start: int, end: int) -> str:
    """The text without a stretch, and without the spaces or the empty line that it leaves."""
    line = text.rfind("\n", 0, start) + 1
    rest = text.find("\n", end)
    rest = len(text) if rest < 0 else rest
    if not text[line:start].strip() and not text[end:rest].strip():
        return text[:line] + text[rest + 1 :]
    before, after = text[:start], text[end:]
    if not text[line:start].strip():
        return before + after.lstrip(" \t")
    if after[:1].isspace() or after[:1] in ("", ")", ","):
        return before.rstrip(" \t") + after
    return before + (after.lstrip(" \t") if before[-1:].isspace() else after)
