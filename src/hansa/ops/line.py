"""A product's major line, as verbs are told it."""

from __future__ import annotations

from hansa.errors import InvalidInput


class InvalidLine(InvalidInput):
    """A text names no major line of a product."""

    slug = "invalid-line"
    hint = "write a product and its major line, such as flights@1"

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"`{self.text}` names no major line"


def parse_line(text: str) -> tuple[str, str]:
    """The product and the line of `flights@1`; raises InvalidLine."""
    product, _, number = text.partition("@")
    if not (product and number):
        raise InvalidLine(text)
    return product, number
