"""SQL cut into quotes, comments and the rest, quickly and without understanding it."""

from __future__ import annotations

import re
from functools import lru_cache

_ESCAPED = r"'(?:[^'\\]|''|\\.)*'"
_PLAIN = r"'(?:[^']|'')*'"
_COMMENT = r"--[^\n]*|/\*.*?\*/"
_DOLLARS = r"\$\$.*?\$\$"
_BACKSLASHED = frozenset({"bigquery", "databricks", "hive", "mysql", "snowflake", "spark"})


@lru_cache(maxsize=8)
def text_pattern(dialect: str) -> str:
    """A pattern of what holds no names: texts, and comments in a group `comment`."""
    single = _ESCAPED if dialect in _BACKSLASHED else _PLAIN
    doubled = r'|"(?:[^"\\]|\\.)*"' if dialect in ("bigquery", "databricks", "spark") else ""
    return rf"(?P<text>{single}|{_DOLLARS}{doubled})|(?P<comment>{_COMMENT})"


@lru_cache(maxsize=8)
def _words(dialect: str) -> re.Pattern[str]:
    quoted = r'|"(?:[^"]|"")*"|`[^`]*`'
    return re.compile(rf"{text_pattern(dialect)}{quoted}|\w+|[^\w\s]", re.DOTALL)


def words_of(sql: str, dialect: str) -> list[str]:
    """The text without the space between its words: equal for texts that differ in layout only."""
    return [found[0] for found in _words(dialect).finditer(sql)]


def code_of(sql: str, dialect: str) -> str:
    """The text with a space for each text and comment in it."""
    return _words(dialect).sub(
        lambda found: " " if found["text"] or found["comment"] else found[0], sql
    )


@lru_cache(maxsize=8)
def _parts(dialect: str) -> re.Pattern[str]:
    quoted = r'|"(?:[^"]|"")*"|`[^`]*`'
    return re.compile(rf"{text_pattern(dialect)}{quoted}|[()]", re.DOTALL)


def closing_of(sql: str, start: int, dialect: str) -> int:
    """The offset after the parenthesis that closes the one at `start`; -1 without one."""
    depth = 0
    for found in _parts(dialect).finditer(sql, start):
        if found[0] == "(":
            depth += 1
        elif found[0] == ")":
            depth -= 1
            if depth == 0:
                return found.end()
    return -1
