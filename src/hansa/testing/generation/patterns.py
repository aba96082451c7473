"""Texts that match a regular expression, for columns whose contract sets one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

_LONGEST_PATTERN = 500
_LONGEST_TEXT = 200
_DEEPEST = 20
_FURTHER = 3  # so much more often than it has to does an open repetition come
_ATTEMPTS = 12
_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_USUAL = _LETTERS + _DIGITS + "_ -./@"
_CLASSES = {"d": _DIGITS, "w": _LETTERS + _DIGITS + "_", "s": " "}
_BREAKS = {"n": "\n", "t": "\t", "r": "\r"}

_Writer = Callable[[random.Random], str]


class _Unsupported(Exception):
    """The pattern has something that this does not know how to write."""


def texts_matching(pattern: str, count: int) -> tuple[str, ...]:
    """Up to `count` different texts, always the same ones; none for what is not understood.

    Look-around, back references, flags and properties of letters are not understood. The
    database has the last word on whether a text matches.
    """
    try:
        write = _Reading(pattern).whole()
    except _Unsupported:
        return ()
    found: dict[str, None] = {}
    for number in range(_ATTEMPTS):
        try:
            found[write(random.Random(number))] = None
        except _Unsupported:
            continue
        if len(found) == count:
            break
    return tuple(found)


class _Reading:
    """Goes through a pattern once and gives what writes texts for it."""

    def __init__(self, pattern: str) -> None:
        # a contract comes from others: what is absurdly long or deep is not worth a sample
        if len(pattern) > _LONGEST_PATTERN:
            raise _Unsupported
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    def whole(self) -> _Writer:
        write = self._alternatives()
        if self._at < len(self._pattern):
            raise _Unsupported
        return write

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _next(self) -> str:
        letter = self._peek()
        if not letter:
            raise _Unsupported
        self._at += 1
        return letter

    def _take(self, text: str) -> bool:
        if not self._pattern.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def _alternatives(self) -> _Writer:
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        return lambda draw: draw.choice(branches)(draw)

    def _sequence(self) -> _Writer:
        parts: list[_Writer] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))
        return lambda draw: "".join(part(draw) for part in parts)

    def _atom(self) -> _Writer:
        letter = self._next()
        if letter in "^$":
            return lambda _: ""
        if letter == "(":
            return self._group()
        if letter == "[":
            return _one_of(self._members())
        if letter == ".":
            return _one_of(_LETTERS)
        if letter == "\\":
            return _one_of(self._escaped())
        if letter in "*+?":
            raise _Unsupported
        return _one_of(letter)

    def _group(self) -> _Writer:
        if not self._take("?:") and self._peek() == "?":
            raise _Unsupported
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Unsupported
        write = self._alternatives()
        self._depth -= 1
        if not self._take(")"):
            raise _Unsupported
        return write

    def _escaped(self) -> str:
        letter = self._next()
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter in _BREAKS:
            return _BREAKS[letter]
        if letter.isalnum():
            raise _Unsupported
        return letter

    def _members(self) -> str:
        excluding = self._take("^")
        members = ""
        while not self._take("]") or not members:
            members += self._member()
        if excluding:
            members = "".join(letter for letter in _USUAL if letter not in members)
        if not members:
            raise _Unsupported
        return members

    def _member(self) -> str:
        if self._pattern.startswith("[:", self._at):
            raise _Unsupported
        letter = self._next()
        first = self._escaped() if letter == "\\" else letter
        rest = self._pattern[self._at : self._at + 2]
        if len(first) != 1 or len(rest) < 2 or rest[0] != "-" or rest[1] in "]\\":
            return first
        self._at += 2
        return "".join(map(chr, range(ord(first), min(ord(rest[1]), ord(first) + 255) + 1)))

    def _repeated(self, write: _Writer) -> _Writer:
        if self._take("?"):
            least, most = 0, 1
        elif self._take("*"):
            least, most = 0, _FURTHER
        elif self._take("+"):
            least, most = 1, 1 + _FURTHER
        elif self._take("{"):
            least, most = self._counts()
        else:
            return write
        self._take("?")
        if least > most or least > _LONGEST_TEXT:
            raise _Unsupported
        return lambda draw: _joined(write, draw, draw.randint(least, min(most, least + _FURTHER)))

    def _counts(self) -> tuple[int, int]:
        low, comma, high = self._until("}").partition(",")
        if not low.isdecimal() or (high and not high.isdecimal()):
            raise _Unsupported
        least = int(low)
        return least, int(high) if high else least + (_FURTHER if comma else 0)

    def _until(self, end: str) -> str:
        read = ""
        while not self._take(end):
            read += self._next()
        return read


def _one_of(letters: str) -> _Writer:
    return lambda draw: draw.choice(letters)


def _joined(write: _Writer, draw: random.Random, times: int) -> str:
    return "".join(_pieces(write, draw, times))


def _pieces(write: _Writer, draw: random.Random, times: int) -> Iterator[str]:
    length = 0
    for _ in range(times):
        piece = write(draw)
        length += len(piece)
        if length > _LONGEST_TEXT:
            raise _Unsupported
        yield piece
