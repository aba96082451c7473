"""DuckDB macros that a product brings for functions which DuckDB lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from hansa.errors import InvalidInput, Place
from hansa.sql.parse import Positions, find_dialect

_DIALECT = "duckdb"


class MacroInvalid(InvalidInput):
    """A file of macros holds something that is no macro, or that DuckDB refuses."""

    slug = "macro-invalid"
    hint = "write `CREATE MACRO name(parameters) AS expression;` for each function"

    def __init__(self, reason: str, place: Place) -> None:
        self.reason = reason
        self.place = place

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Macro:
    """One macro: its statement in DuckDB's dialect, and whether it gives a table."""

    name: str
    sql: str
    place: Place
    is_table: bool = False

    def place_of(self, line: int, column: int) -> Place:
        """The place in the file of a line and column of the statement, both from 1."""
        start = self.place
        if line == 1:
            return Place(start.file, start.line, start.column + column - 1)
        return Place(start.file, start.line + line - 1, column)


def read_macros(text: str, file: str) -> tuple[Macro, ...]:
    """The macros of a file, in their order.

    Raises MacroInvalid for a text that is anything else than `CREATE [OR REPLACE] MACRO`
    statements with names of one part, none of them twice.
    """
    positions = Positions(text, file)
    try:
        tokens = list(find_dialect(_DIALECT).tokenize(text))
    except TokenError:
        raise MacroInvalid("the macros cannot be read as SQL", Place(file)) from None
    found: dict[str, Macro] = {}
    for statement in _statements(tokens):
        macro = _macro(statement, text, positions)
        if macro.name.casefold() in found:
            raise MacroInvalid(f"macro `{macro.name}` is there twice", macro.place)
        found[macro.name.casefold()] = macro
    return tuple(found.values())


def _statements(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    statement: list[Token] = []
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            if statement:
                yield statement
            statement = []
        else:
            statement.append(token)
    if statement:
        yield statement


def _macro(tokens: Sequence[Token], text: str, positions: Positions) -> Macro:
    place = positions.place(tokens[0].start)
    words = [token.text.upper() for token in tokens]
    at = 3 if words[1:3] == ["OR", "REPLACE"] else 1
    if words[0] != "CREATE" or len(words) < at + 4 or words[at] != "MACRO":
        raise MacroInvalid(f"a statement that begins with `{tokens[0].text}` is no macro", place)
    name = tokens[at + 1]
    if tokens[at + 2].token_type is not TokenType.L_PAREN:
        raise MacroInvalid("a macro has a name of one part and parameters in parentheses", place)
    end = tokens[-1].end + 1
    is_table = _body(words, tokens[at + 2 :], at + 2) == "TABLE"
    return Macro(name.text, text[tokens[0].start : end], place, is_table)


def _body(words: Sequence[str], tokens: Sequence[Token], before: int) -> str:
    """The word after AS, which follows the parameters."""
    depth = 0
    for number, token in enumerate(tokens):
        if token.token_type is TokenType.L_PAREN:
            depth += 1
        elif token.token_type is TokenType.R_PAREN:
            depth -= 1
        if not depth:
            return next(iter(words[before + number + 2 :]), "")
    return ""
