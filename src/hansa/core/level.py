"""How much a change asks of those who read a product."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """How much a change asks of readers; ordered, so that `max` gives the required level."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Level:
        """The level of that name; raises KeyError for another name."""
        return cls[text.upper()]
