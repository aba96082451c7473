"""How long work tells what it is doing."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Takes one short sentence before each step that may take a while."""

    def __call__(self, message: str, /) -> None: ...


def silent(message: str, /) -> None:
    """A reporter for nobody."""
    del message
