"""How long work tells what it is doing."""

from __future__ import annotations

from typing import Protocol

from hansa.deploy.definition import StoredObject
from hansa.errors import HansaError


class Progress(Protocol):
    """Takes one short sentence before each step that may take a while."""

    def __call__(self, message: str, /) -> None: ...


def silent(message: str, /) -> None:
    """A reporter for nobody."""
    del message


class Listener:
    """Hears what a command does with each relation, from the thread that called it.

    By itself it passes sentences on, and does nothing with the rest.
    """

    def __init__(self, say: Progress = silent) -> None:
        self.say = say

    def building(self, item: StoredObject) -> None:
        """A relation is begun."""

    def built(self, item: StoredObject) -> None:
        """A relation is built, beside what readers see."""

    def failed(self, item: StoredObject, error: HansaError) -> None:
        """A relation could not be built."""
