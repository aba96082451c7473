"""Where a query calls a function."""

from __future__ import annotations

from itertools import pairwise

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType

from hansa.errors import Place
from hansa.sql.parse import Positions, find_dialect


def place_of_call(text: str, dialect: str, file: str, name: str) -> Place | None:
    """Where the query's own text first calls a function of this name; None where it does not."""
    try:
        tokens = list(find_dialect(dialect).tokenize(text))
    except TokenError:
        return None
    for word, following in pairwise(tokens):
        if following.token_type is TokenType.L_PAREN and word.text.casefold() == name.casefold():
            return Positions(text, file).place(word.start)
    return None
