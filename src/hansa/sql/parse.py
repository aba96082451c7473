"""From SQL text to one checked query tree."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property, lru_cache

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from hansa.errors import InvalidInput, Place
from hansa.sql.dialects import check_dialect

# A model is written by people: a longer text is data in the wrong place, and takes seconds.
MAX_LENGTH = 1_000_000
# Deeper nesting runs into the interpreter's recursion limit in one of the walks over the tree.
MAX_DEPTH = 100

_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END})
# What may be a second statement, or a template.
_SUSPECT = frozenset({TokenType.SEMICOLON, TokenType.L_BRACE, TokenType.BLOCK_START})
_STARTS = frozenset({TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.L_PAREN})
_PARAMETERS = frozenset({TokenType.PARAMETER, TokenType.PLACEHOLDER})
# Only a text with one of these words can hold something that writes.
_WRITING = frozenset(
    {TokenType.INTO, TokenType.INSERT, TokenType.UPDATE, TokenType.DELETE, TokenType.MERGE}
)
_LINE_END = re.compile("\n")
_QUOTED = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\$\$.*?\$\$"""
    r"""|(?P<open>/\*|'|"|`|\$\$)""",
    re.DOTALL,
)


class SqlInvalid(InvalidInput):
    """A text is not SQL of its dialect."""

    slug = "sql-invalid"

    def __init__(self, reason: str, place: Place, hint: str | None = None) -> None:
        self.reason = reason
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        return self.reason


class NotOneSelect(InvalidInput):
    """A model holds something else than one SELECT."""

    slug = "not-one-select"
    hint = "write exactly one SELECT statement, which may start with WITH"

    def __init__(self, found: str, place: Place) -> None:
        self.found = found
        self.place = place

    def __str__(self) -> str:
        return f"a model is one SELECT statement, but {self.found}"


class Positions:
    """Lines and columns of a text, by character offset."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file

    @cached_property
    def _starts(self) -> list[int]:
        # most texts are never asked for a place
        return [0, *(found.end() for found in _LINE_END.finditer(self._text))]

    def place(self, offset: int) -> Place:
        """The place of the character at `offset`, both numbers from 1."""
        line = bisect_right(self._starts, offset)
        return Place(self._file, line, offset - self._starts[line - 1] + 1)


def parse_select(text: str, dialect: str, file: str) -> exp.Query:
    """The one query that the text holds.

    Raises SqlInvalid for text that is not SQL of the dialect, or is too long or too deeply
    nested to analyse, and NotOneSelect for anything but one SELECT; both carry the place.
    """
    found = find_dialect(dialect)
    positions = Positions(text, file)
    tokens = _tokenize(text, found, positions)
    start = tokens[0].start
    try:
        trees = found.parser(error_level=ErrorLevel.IMMEDIATE).parse(tokens, text)
    except ParseError as error:
        raise _syntax_error(error, tokens, positions) from None
    except RecursionError:
        raise _too_deep(positions.place(start)) from None
    except Exception as error:  # a library's own mistake on odd text must not end in a traceback
        message = f"the SQL cannot be read ({type(error).__name__})"
        raise SqlInvalid(message, positions.place(start)) from None
    tree = trees[0]
    if not isinstance(tree, exp.Query):
        raise NotOneSelect("this is something else", positions.place(start))
    _check_reading(tree, tokens, positions)
    return tree


@lru_cache(maxsize=8)
def find_dialect(dialect: str) -> Dialect:
    """The parser library's object for a dialect; raises UnknownDialect."""
    return Dialect.get_or_raise(check_dialect(dialect))


def _tokenize(text: str, dialect: Dialect, positions: Positions) -> list[Token]:
    """The tokens of a text that may be one SELECT: all that can be told without parsing."""
    if len(text) > MAX_LENGTH:
        raise SqlInvalid(
            f"the SQL is {len(text):,} characters long, more than the {MAX_LENGTH:,} allowed",
            positions.place(0),
            "put data into a source file and read it as a source table",
        )
    if "\0" in text:
        raise SqlInvalid("the SQL holds a NUL character", positions.place(text.index("\0")))
    try:
        tokens = dialect.tokenize(text)
    except TokenError:
        raise _unfinished(text, positions) from None
    if not tokens:
        raise NotOneSelect("this file is empty", positions.place(0))
    _check_tokens(tokens, positions)
    return tokens


def _check_tokens(tokens: list[Token], positions: Positions) -> None:
    kinds = [token.token_type for token in tokens]
    # nearly all texts have nothing that a closer look could find
    if not _SUSPECT.isdisjoint(kinds) or sum(kind in _OPENING for kind in kinds) > MAX_DEPTH:
        _look_closely(tokens, positions)
    if kinds[0] not in _STARTS:
        place = positions.place(tokens[0].start)
        raise NotOneSelect(f"this begins with `{tokens[0].text}`", place)


def _look_closely(tokens: list[Token], positions: Positions) -> None:
    depth = 0
    previous: Token | None = None
    for token in tokens:
        kind = token.token_type
        if kind in _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                raise _too_deep(positions.place(token.start))
        elif kind in _CLOSING:
            depth -= 1
        if previous is not None:
            if previous.token_type is TokenType.SEMICOLON and kind is not TokenType.SEMICOLON:
                raise NotOneSelect("a second statement follows", positions.place(token.start))
            _check_template(previous, token, positions)
        elif kind is TokenType.SEMICOLON:
            raise NotOneSelect("this file starts with a semicolon", positions.place(token.start))
        previous = token


def _check_template(previous: Token, token: Token, positions: Positions) -> None:
    adjacent = token.start == previous.end + 1
    opens = previous.token_type is TokenType.L_BRACE and adjacent
    if previous.token_type is TokenType.BLOCK_START or (
        opens and token.token_type in (TokenType.L_BRACE, TokenType.MOD)
    ):
        raise SqlInvalid(
            "the SQL holds a template, which is not plain SQL",
            positions.place(previous.start),
            "write the name itself: `model`, `product.table` or `source.table`",
        )


def _check_reading(tree: exp.Query, tokens: list[Token], positions: Positions) -> None:
    start = tokens[0].start
    if tree.args.get("locks"):
        raise NotOneSelect("this one locks rows", positions.place(start))
    kinds = {token.token_type for token in tokens}
    if kinds & _PARAMETERS and tree.find(exp.Placeholder, exp.Parameter):
        raise SqlInvalid(
            "the SQL holds a parameter, which nothing fills in",
            positions.place(start),
            "write the value itself",
        )
    if kinds & _WRITING and tree.find(exp.DML, exp.Into):
        raise NotOneSelect("a part of this one writes", positions.place(start))


def _too_deep(place: Place) -> SqlInvalid:
    return SqlInvalid(
        f"the SQL is nested more than {MAX_DEPTH} levels deep",
        place,
        "split the query into CTEs or models",
    )


def _unfinished(text: str, positions: Positions) -> SqlInvalid:
    for match in _QUOTED.finditer(text):
        if match["open"]:
            what = "comment" if match["open"] == "/*" else "quote"
            return SqlInvalid(
                f"this {what} is never closed",
                positions.place(match.start()),
                f"close it with `{'*/' if what == 'comment' else match['open']}`",
            )
    return SqlInvalid("the SQL holds a character that does not belong there", positions.place(0))


def _syntax_error(error: ParseError, tokens: list[Token], positions: Positions) -> SqlInvalid:
    detail = error.errors[0] if error.errors else {}
    at = (detail.get("line"), detail.get("col"))
    token = next((token for token in tokens if (token.line, token.col) == at), tokens[-1])
    description = str(detail.get("description") or "")
    expecting = re.fullmatch(r"Expect(?:ing|ed) (\S{1,20})", description)
    missing = f", where `{expecting[1]}` is missing" if expecting else ""
    ends = token is tokens[-1] and not description.startswith("Invalid expression")
    where = "the SQL ends too early, after" if ends else "the SQL is wrong near"
    return SqlInvalid(f"{where} `{token.text[:60]}`{missing}", positions.place(token.start))
