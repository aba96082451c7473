"""What long work tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable


class Lasting(str):
    """A message about something that was done besides: it is shown wherever people look."""

    __slots__ = ()


Report = Callable[[str], None]


def silent(message: str) -> None:
    """A reporter that says nothing."""
