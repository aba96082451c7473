"""Which names a product, a model, a source and a column may have."""

from __future__ import annotations

import re
import unicodedata

from hansa.projects.decoding import Reader, mismatch
from hansa.projects.yaml_document import Node, Scalar

_PRODUCT = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
MAX_LENGTH = 63
PRODUCT_FORM = "a product's name has lower-case letters, digits and single underscores"
RELATION_FORM = "a name has letters, digits and underscores, and begins with no digit"


def product_name_problem(name: str) -> str | None:
    """Why a text cannot name a product; None when it can."""
    if not _PRODUCT.match(name):
        return f"{PRODUCT_FORM}, begins with a letter, and is at most {MAX_LENGTH} long"
    if "__" in name:
        # `flights__store` and `flights__v1` are schemas of the product `flights` in a target.
        return "two underscores in a row are kept for the schemas that hold a product's tables"
    return None


def relation_name_problem(name: str) -> str | None:
    """Why a text cannot name a model, a source or a table; None when it can."""
    if not name.isidentifier():
        return RELATION_FORM
    if len(name.encode()) > MAX_LENGTH:
        return f"a name is at most {MAX_LENGTH} bytes long"
    return None


def column_name_problem(name: str) -> str | None:
    """Why a text cannot name a column; None when it can."""
    if not name or any(unicodedata.category(letter) == "Cc" for letter in name):
        return "a column's name is not empty and holds no control characters"
    return None


def product_name(node: Node, reader: Reader) -> str | None:
    """A product's name."""
    if not isinstance(node, Scalar):
        return mismatch(node, reader, PRODUCT_FORM)
    if node.value is None:
        return None
    return _checked(node, node.raw, product_name_problem(node.raw), reader)


def relation_name(node: Node, reader: Reader) -> str | None:
    """The name of a model, a source or a table."""
    if not isinstance(node, Scalar):
        return mismatch(node, reader, RELATION_FORM)
    if node.value is None and not node.raw:
        return None
    name = unicodedata.normalize("NFC", node.raw)
    return _checked(node, name, relation_name_problem(name), reader)


def column_name(node: Node, reader: Reader) -> str | None:
    """The name of a column: any text, as raw data has all kinds of names."""
    if not isinstance(node, Scalar):
        return mismatch(node, reader, "a column's name is a text")
    if node.value is None and not node.raw:
        return None
    return _checked(node, node.raw, column_name_problem(node.raw), reader)


def _checked(node: Node, name: str, problem: str | None, reader: Reader) -> str | None:
    if problem is None:
        return name
    reader.report(
        "invalid_name", node, f"`{name[:80]}` is not a valid name: {problem}", "rename it"
    )
    return None
