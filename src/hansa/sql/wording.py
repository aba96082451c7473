"""The wording of a query without what never matters: comments, spaces, case of keywords."""

from __future__ import annotations

from functools import lru_cache

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType

from hansa.sql.parse import find_dialect

_OWN_TEXT = frozenset({TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING})


def wording(text: str, dialect: str) -> str:
    """Equal for two texts only if they have the same tokens, up to the case of keywords.

    Words that may also be names keep their case. A text that is not SQL is its own wording.
    """
    try:
        tokens = find_dialect(dialect).tokenize(text)
    except TokenError:
        return text
    names = _names(dialect)
    parts = []
    for token in tokens:
        kept = token.token_type in _OWN_TEXT or token.token_type in names
        word = token.text if kept else token.text.upper()
        parts.append(f"{token.token_type.name}:{len(word)}:{word}")
    return " ".join(parts)


@lru_cache(maxsize=8)
def _names(dialect: str) -> frozenset[TokenType]:
    """Keywords of the dialect that it also takes as names."""
    parser = find_dialect(dialect).parser_class
    return frozenset(parser.ID_VAR_TOKENS) | frozenset(parser.FUNC_TOKENS)
